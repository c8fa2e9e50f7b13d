//! The event log: appending, reading on from a place, and where streams are.

use chrono::{DateTime, Utc};
use protocol::{
    ids::{AgentId, StreamId, TeamId, ThreadId},
    owners::Assignment,
};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    content,
    error::StoreError,
    hydrate,
    patience::InTime,
    pool::{Snapshot, Store},
    transaction::NewEvent,
    words::{signed, unsigned},
};
use crate::{
    domain::{
        actor::Actor,
        chain::Header,
        cursor::{HashPrefix, StreamState},
        fact::{Fact, VERSION},
        visibility::Audience,
    },
    telemetry::metrics::all::metrics,
};

/// Columns of the events of one transaction, for `append_events`.
#[derive(Default)]
struct Columns {
    kind: Vec<String>,
    v: Vec<i16>,
    actor_kind: Vec<String>,
    actor_id: Vec<Option<Uuid>>,
    thread_id: Vec<Option<Uuid>>,
    assignee_before: Vec<Option<Uuid>>,
    assignee_after: Vec<Option<Uuid>>,
    team_before: Vec<Option<Uuid>>,
    team_after: Vec<Option<Uuid>>,
    data: Vec<String>,
    content_id: Vec<Option<Uuid>>,
    header: Vec<Vec<u8>>,
    digest: Vec<Vec<u8>>,
}

impl Columns {
    fn push(&mut self, stream: StreamId, at: DateTime<Utc>, event: &NewEvent) {
        let parts = event.fact.parts();
        let thread = event.thread.map(|(id, _audience)| id.uuid());
        let parts_of =
            |owner: Assignment| (owner.agent.map(AgentId::uuid), owner.team.map(TeamId::uuid));
        let audience = event.thread.map(|(_id, audience)| audience);
        let (assignee_before, team_before) =
            audience.map(|it| parts_of(it.before)).unwrap_or_default();
        let (assignee_after, team_after) =
            audience.map(|it| parts_of(it.after)).unwrap_or_default();
        let header = Header {
            stream: stream.uuid(),
            kind: &parts.kind,
            v: VERSION,
            at_us: at.timestamp_micros(),
            actor_kind: event.actor.kind(),
            actor_id: event.actor.id(),
            thread_id: thread,
            assignees: [assignee_before, assignee_after],
            teams: [team_before, team_after],
            data: &parts.data,
        };
        self.header.push(header.bytes());
        self.digest.push(event.content.map(|c| c.digest.to_vec()).unwrap_or_default());
        self.content_id.push(event.content.map(|c| c.id));
        self.kind.push(parts.kind);
        self.data.push(parts.data);
        self.v.push(VERSION);
        self.actor_kind.push(event.actor.kind().to_owned());
        self.actor_id.push(event.actor.id());
        self.thread_id.push(thread);
        self.assignee_before.push(assignee_before);
        self.assignee_after.push(assignee_after);
        self.team_before.push(team_before);
        self.team_after.push(team_after);
    }
}

/// Appends the events of one transaction to one stream and returns the first one's place. The
/// stream's row stays locked until commit.
#[expect(clippy::as_conversions, reason = "how a checked statement is told a parameter's type")]
pub(super) async fn append(
    db: &mut PgConnection,
    at: DateTime<Utc>,
    stream: StreamId,
    events: impl Iterator<Item = &NewEvent>,
) -> Result<i64, StoreError> {
    let mut columns = Columns::default();
    for event in events {
        columns.push(stream, at, event);
    }
    let first = sqlx::query_scalar!(
        r#"
        select append_events(
            $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15
        ) as "first!"
        "#,
        stream.uuid(),
        &columns.kind,
        &columns.v,
        at,
        &columns.actor_kind,
        columns.actor_id.as_slice() as &[Option<Uuid>],
        columns.thread_id.as_slice() as &[Option<Uuid>],
        columns.assignee_before.as_slice() as &[Option<Uuid>],
        columns.assignee_after.as_slice() as &[Option<Uuid>],
        columns.team_before.as_slice() as &[Option<Uuid>],
        columns.team_after.as_slice() as &[Option<Uuid>],
        &columns.data,
        columns.content_id.as_slice() as &[Option<Uuid>],
        &columns.header,
        &columns.digest,
    )
    .fetch_one(db)
    .await?;
    Ok(first)
}

/// An event as it is read back, with its content and what delivery needs.
#[derive(Debug, Clone)]
pub struct StoredEvent {
    /// Its place.
    pub seq: u64,
    /// The first bytes of its hash, for cursors.
    pub hash: HashPrefix,
    /// When.
    pub at: DateTime<Utc>,
    /// Who did it.
    pub actor: Actor,
    /// The thread, who owned it before and after, and who owns it, or what it is a part of, now.
    pub thread: Option<(ThreadId, Audience, Assignment)>,
    /// What happened; `None` for a kind of a later version.
    pub fact: Option<Fact>,
    /// Its text.
    pub text: Option<String>,
}

/// Reads the events after a place, in order.
pub async fn after(
    store: &Store,
    stream: StreamId,
    after: u64,
    limit: usize,
) -> Result<Vec<StoredEvent>, StoreError> {
    let _timed = metrics().postgres_duration_seconds.of("page_read").time();
    let rows = sqlx::query!(
        r#"
        select e.seq, e.kind, e.at, e.actor_kind, e.actor_id, e.thread_id, e.assignee_before,
            e.assignee_after, e.team_before, e.team_after, e.data::text as "data!", substr(e.hash, 1, 8) as "hash!",
            e.content_id, c.bytes as "bytes?", r.assignee_id as "assignee_now?",
            r.team_id as "team_now?"
        from events e
        left join contents c on c.id = e.content_id
        left join threads t on t.id = e.thread_id
        left join threads r on r.id = coalesce(t.merged_into, t.id)
        where e.stream_id = $1 and e.seq > $2
        order by e.seq
        limit $3
        "#,
        stream.uuid(),
        signed(after),
        i64::try_from(limit).unwrap_or(i64::MAX),
    )
    .fetch_all(&store.pool)
    .in_time()
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let audience = Audience {
                before: Assignment::from_parts(row.assignee_before, row.team_before),
                after: Assignment::from_parts(row.assignee_after, row.team_after),
            };
            let now = Assignment::from_parts(row.assignee_now, row.team_now);
            StoredEvent {
                seq: unsigned(row.seq),
                hash: prefix(&row.hash),
                at: row.at,
                actor: Actor::from_parts(&row.actor_kind, row.actor_id),
                thread: row.thread_id.map(|id| (id.into(), audience, now)),
                fact: Fact::read(&row.kind, &row.data),
                text: row.content_id.map(|_id| content::text(row.bytes)),
            }
        })
        .collect())
}

/// Returns where a stream is; `None` if there is no such stream.
pub async fn state(store: &Store, stream: StreamId) -> Result<Option<StreamState>, StoreError> {
    let row = sqlx::query!("select epoch, head, floor from streams where id = $1", stream.uuid())
        .fetch_optional(&store.pool)
        .in_time()
        .await?;
    Ok(row.map(|row| StreamState {
        epoch: row.epoch,
        head: unsigned(row.head),
        floor: unsigned(row.floor),
    }))
}

/// Returns where a stream is in this snapshot, with the hash of its last event.
pub async fn state_in(
    snapshot: &mut Snapshot,
    stream: StreamId,
) -> Result<Option<(StreamState, HashPrefix)>, StoreError> {
    let row = sqlx::query!(
        "select epoch, head, floor, last_hash from streams where id = $1",
        stream.uuid(),
    )
    .fetch_optional(&mut *snapshot.tx)
    .await?;
    Ok(row.map(|row| {
        let state =
            StreamState { epoch: row.epoch, head: unsigned(row.head), floor: unsigned(row.floor) };
        (state, prefix(&row.last_hash))
    }))
}

/// Returns the heads of streams: the poll that heals whatever the bus lost.
pub async fn heads(
    store: &Store,
    streams: &[StreamId],
) -> Result<Vec<(StreamId, u64)>, StoreError> {
    let _timed = metrics().postgres_duration_seconds.of("head_poll").time();
    let ids: Vec<Uuid> = streams.iter().map(|id| id.uuid()).collect();
    let rows = sqlx::query!("select id, head from streams where id = any($1)", &ids)
        .fetch_all(&store.pool)
        .in_time()
        .await?;
    Ok(rows.into_iter().map(|row| (row.id.into(), unsigned(row.head))).collect())
}

/// Returns the first bytes of the hash at a place; at the floor, of what the first kept event follows
/// on.
pub async fn hash_at(
    store: &Store,
    stream: StreamId,
    seq: u64,
) -> Result<Option<HashPrefix>, StoreError> {
    let hash = sqlx::query_scalar!(
        r#"
        select case when $2::bigint = s.floor
            then s.floor_hash
            else (select e.hash from events e where e.stream_id = s.id and e.seq = $2)
        end
        from streams s
        where s.id = $1
        "#,
        stream.uuid(),
        signed(seq),
    )
    .fetch_optional(&store.pool)
    .in_time()
    .await?;
    Ok(hash.flatten().map(|hash| prefix(&hash)))
}

/// Reads the events after a place as clients are told them.
pub async fn told_after(
    store: &Store,
    stream: StreamId,
    after: u64,
    limit: usize,
) -> Result<Vec<(StoredEvent, Option<protocol::events::Event>)>, StoreError> {
    let stored = self::after(store, stream, after, limit).await?;
    hydrate::events(store, stream, stored).await
}

fn prefix(hash: &[u8]) -> HashPrefix {
    hash.first_chunk().copied().unwrap_or_default()
}
