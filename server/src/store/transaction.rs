//! A transaction that writes: it stages events and numbers them last, just before commit.

use chrono::{DateTime, Utc};
use protocol::ids::{StreamId, ThreadId};
use sqlx::{PgConnection, PgPool, Postgres};

use super::{
    canned_use::{self, Use},
    content::Content,
    deliveries::{self, NewState},
    error::StoreError,
    events,
    messages::{self, NewReply},
    words::unsigned,
};
use crate::{
    domain::{actor::Actor, fact::Fact, visibility::Audience},
    telemetry::metrics::all::metrics,
};

/// A transaction. Dropping it rolls back.
pub struct Transaction {
    tx: sqlx::Transaction<'static, Postgres>,
    now: DateTime<Utc>,
    /// A part has begun that the database has not been told of.
    untold: bool,
    staged: Vec<NewEvent>,
    replies: Vec<NewReply>,
    states: Vec<NewState>,
    uses: Vec<Use>,
    numbered: u64,
}

/// An event that has no place yet.
pub struct NewEvent {
    /// The stream.
    pub stream: StreamId,
    /// Who did it.
    pub actor: Actor,
    /// The thread, and who owned it before and after.
    pub thread: Option<(ThreadId, Audience)>,
    /// What happened.
    pub fact: Fact,
    /// Its text.
    pub content: Option<Content>,
}

/// Names a staged event until it has its place.
#[derive(Debug, Clone, Copy)]
pub struct Staged(usize);

/// The places that a transaction's events were given.
#[derive(Debug, Default)]
pub struct Places {
    seqs: Vec<u64>,
    /// The streams that grew, and their new heads.
    pub heads: Vec<(StreamId, u64)>,
}

impl Places {
    /// Returns an event's place.
    pub fn of(&self, staged: Staged) -> u64 {
        self.seqs.get(staged.0).copied().expect("the event was staged in this transaction")
    }
}

/// How much was staged at a savepoint.
pub struct Savepoint {
    events: usize,
    replies: usize,
    states: usize,
    uses: usize,
}

impl Transaction {
    pub(super) async fn begin(pool: &PgPool) -> Result<Self, StoreError> {
        let _timed = metrics().postgres_duration_seconds.of("begin").time();
        let mut tx = pool.begin().await?;
        let now =
            sqlx::query_scalar!(r#"select tandem_now() as "now!""#).fetch_one(&mut *tx).await?;
        let (staged, replies, states) = (Vec::new(), Vec::new(), Vec::new());
        let uses = Vec::new();
        Ok(Self { tx, now, untold: false, staged, replies, states, uses, numbered: 0 })
    }

    /// Returns when this transaction began, by the database's clock: the time of all that it does.
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// Gives the connection to a statement; before the first one of a part comes its savepoint.
    pub(super) async fn db(&mut self) -> Result<&mut PgConnection, StoreError> {
        if self.untold {
            sqlx::raw_sql("savepoint command").execute(&mut *self.tx).await?;
            self.untold = false;
        }
        Ok(&mut self.tx)
    }

    /// Waits until no other transaction has taken this name, and takes it until the end.
    pub async fn alone(&mut self, name: &str) -> Result<(), StoreError> {
        sqlx::query!("select pg_advisory_xact_lock(hashtextextended($1, 0))", name)
            .execute(&mut *self.tx)
            .await?;
        Ok(())
    }

    /// Stages an event.
    pub fn stage(&mut self, event: NewEvent) -> Staged {
        self.staged.push(event);
        Staged(self.staged.len() - 1)
    }

    /// Stages a reply: it is stored with all others of the transaction, in one statement.
    pub fn stage_reply(&mut self, reply: NewReply) {
        self.replies.push(reply);
    }

    /// Stages the state of a delivery, in the same way.
    pub fn stage_state(&mut self, state: NewState) {
        self.states.push(state);
    }

    /// Stages the use of a canned reply, in the same way.
    pub fn stage_use(&mut self, used: Use) {
        self.uses.push(used);
    }

    /// Begins a part that can be taken back alone. A part that only stages costs no statement.
    pub fn savepoint(&mut self) -> Savepoint {
        self.untold = true;
        Savepoint {
            events: self.staged.len(),
            replies: self.replies.len(),
            states: self.states.len(),
            uses: self.uses.len(),
        }
    }

    /// Keeps what was done since the savepoint.
    pub async fn release(&mut self, _savepoint: Savepoint) -> Result<(), StoreError> {
        if !std::mem::take(&mut self.untold) {
            sqlx::raw_sql("release savepoint command").execute(&mut *self.tx).await?;
        }
        Ok(())
    }

    /// Takes back what was done since the savepoint.
    pub async fn roll_back_to(&mut self, savepoint: Savepoint) -> Result<(), StoreError> {
        if !std::mem::take(&mut self.untold) {
            sqlx::raw_sql("rollback to savepoint command; release savepoint command")
                .execute(&mut *self.tx)
                .await?;
        }
        self.staged.truncate(savepoint.events);
        self.replies.truncate(savepoint.replies);
        self.states.truncate(savepoint.states);
        self.uses.truncate(savepoint.uses);
        Ok(())
    }

    /// Stores what was staged, and gives every event its place. From here on the streams' rows are
    /// locked: nothing but the outcome may follow before commit.
    pub async fn number(&mut self) -> Result<Places, StoreError> {
        messages::store_replies(&mut self.tx, self.now, &self.replies).await?;
        deliveries::store_states(&mut self.tx, &self.states).await?;
        canned_use::count_uses(&mut self.tx, self.now, &self.uses).await?;
        let staged = std::mem::take(&mut self.staged);
        let mut places = Places { seqs: vec![0; staged.len()], heads: Vec::new() };
        let mut streams: Vec<_> = staged.iter().map(|event| event.stream).collect();
        // One order for all writers, so that two transactions never wait for each other.
        streams.sort_unstable();
        streams.dedup();
        for stream in streams {
            let ours: Vec<_> =
                staged.iter().enumerate().filter(|(_, e)| e.stream == stream).collect();
            let first =
                events::append(&mut self.tx, self.now, stream, ours.iter().map(|(_, e)| *e))
                    .await?;
            for ((index, _event), seq) in ours.iter().zip(unsigned(first)..) {
                if let Some(place) = places.seqs.get_mut(*index) {
                    *place = seq;
                }
            }
            let count = u64::try_from(ours.len()).unwrap_or_default();
            self.numbered += count;
            places.heads.push((stream, unsigned(first) + count - 1));
        }
        Ok(places)
    }

    /// Commits. A connection that breaks here leaves the outcome unknown.
    pub async fn commit(self) -> Result<(), StoreError> {
        let timed = metrics().postgres_duration_seconds.of("commit").time();
        let committed = self.tx.commit().await;
        drop(timed);
        committed.map_err(|error| match StoreError::from(error) {
            StoreError::Unavailable(error) => {
                metrics().postgres_failures.inc(["commit_unknown"]);
                StoreError::CommitUnknown(error)
            }
            other => other,
        })?;
        metrics().events_appended.inc_by(self.numbered);
        Ok(())
    }
}
