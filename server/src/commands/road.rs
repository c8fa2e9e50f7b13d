//! The one road: command, one transaction, commit, news. There is no other way to change anything.

use std::sync::Arc;

use protocol::commands::{Command, Outcome};
use sha2::{Digest, Sha256};
use tokio::sync::Notify;

use super::{
    assign,
    context::{Ctx, OwnCommand, Pending, Wish},
    error::CommandError,
    lock, note, open, reply, status,
};
use crate::{
    bus::local::{Bus, News},
    domain::actor::Actor,
    store::{
        idempotency::{self, Known},
        pool::Store,
        transaction::Places,
    },
};

/// How often a transaction is run again that lost a race, or whose commit is in doubt.
const TRIES_MAX: u32 = 5;

/// Runs commands.
#[derive(Clone)]
pub struct Road {
    pub(super) store: Store,
    bus: Bus,
    deliveries: Arc<Notify>,
}

impl Road {
    /// Makes the road. `deliveries` is woken when there is something to send.
    pub fn new(store: Store, bus: Bus, deliveries: Arc<Notify>) -> Self {
        Self { store, bus, deliveries }
    }

    /// Runs one wish.
    pub async fn run(&self, wish: &Wish<'_>) -> Result<Outcome, CommandError> {
        let mut outcomes = self.run_together(std::slice::from_ref(wish)).await?;
        outcomes.pop().expect("one wish has one outcome")
    }

    /// Runs wishes in one transaction. Each succeeds or is refused alone; they share the commit.
    pub async fn run_together(
        &self,
        wishes: &[Wish<'_>],
    ) -> Result<Vec<Result<Outcome, CommandError>>, CommandError> {
        let mut tries = 0;
        loop {
            tries += 1;
            match self.try_together(wishes).await {
                // A commit in doubt is run again, too: its keys tell whether it happened.
                Err(CommandError::Store(error)) if error.try_again() && tries < TRIES_MAX => {
                    tracing::debug!(tries, error = %error, "running a transaction again");
                }
                done => return done,
            }
        }
    }

    async fn try_together(
        &self,
        wishes: &[Wish<'_>],
    ) -> Result<Vec<Result<Outcome, CommandError>>, CommandError> {
        let mut tx = self.store.begin().await?;
        let mut results = Vec::with_capacity(wishes.len());
        let mut news = Vec::new();
        let mut wake_deliveries = false;
        for wish in wishes {
            let savepoint = tx.savepoint().await?;
            let actor = Actor::Agent(wish.visibility.agent_id);
            let mut ctx = Ctx { tx: &mut tx, actor, news: Vec::new(), wake_deliveries: false };
            match once(&mut ctx, wish).await {
                Ok(result) => {
                    news.append(&mut ctx.news);
                    wake_deliveries |= ctx.wake_deliveries;
                    tx.release(savepoint).await?;
                    results.push(Ok(result));
                }
                Err(CommandError::Store(error)) => return Err(error.into()),
                Err(refusal) => {
                    tx.roll_back_to(savepoint).await?;
                    results.push(Err(refusal));
                }
            }
        }
        if results.iter().all(|result| !matches!(result, Ok(Once::New(_)))) {
            // Nothing new was done, so there is nothing to commit.
            return Ok(results.into_iter().map(|r| r.map(|once| once.outcome(None))).collect());
        }
        let places = tx.number().await?;
        let mut outcomes = Vec::with_capacity(results.len());
        for (wish, result) in wishes.iter().zip(results) {
            let new = matches!(result, Ok(Once::New(_)));
            let outcome = result.map(|once| once.outcome(Some(&places)));
            if let (true, Ok(outcome)) = (new, &outcome) {
                let actor = wish.visibility.agent_id.uuid();
                idempotency::record(&mut tx, actor, wish.key, outcome).await?;
            }
            outcomes.push(outcome);
        }
        tx.commit().await?;
        self.tell(&places, news, wake_deliveries);
        Ok(outcomes)
    }

    /// Runs a command of the server itself, which has no key: what it is about is unique.
    pub(super) async fn run_own<C: OwnCommand>(
        &self,
        actor: Actor,
        command: &C,
    ) -> Result<Option<C::Done>, CommandError> {
        let mut tries = 0;
        loop {
            tries += 1;
            match self.try_own(actor, command).await {
                Err(CommandError::Store(error)) if error.try_again() && tries < TRIES_MAX => {
                    tracing::debug!(tries, error = %error, "running a transaction again");
                }
                done => return done,
            }
        }
    }

    async fn try_own<C: OwnCommand>(
        &self,
        actor: Actor,
        command: &C,
    ) -> Result<Option<C::Done>, CommandError> {
        let mut tx = self.store.begin().await?;
        let mut ctx = Ctx { tx: &mut tx, actor, news: Vec::new(), wake_deliveries: false };
        let Some(done) = command.run(&mut ctx).await? else { return Ok(None) };
        let Ctx { news, wake_deliveries, .. } = ctx;
        let places = tx.number().await?;
        tx.commit().await?;
        self.tell(&places, news, wake_deliveries);
        Ok(Some(done))
    }

    /// Wakes the worker that sends.
    pub(super) fn wake_deliveries(&self) {
        self.deliveries.notify_one();
    }

    fn tell(&self, places: &Places, news: Vec<News>, wake_deliveries: bool) {
        for (stream, head) in &places.heads {
            self.bus.publish(News::Head { stream: *stream, head: *head });
        }
        for item in news {
            self.bus.publish(item);
        }
        if wake_deliveries {
            self.deliveries.notify_one();
        }
    }
}

/// A wish that was done now, or had been done before.
enum Once {
    New(Pending),
    Before(Outcome),
}

impl Once {
    fn outcome(self, places: Option<&Places>) -> Outcome {
        match self {
            Self::Before(outcome) => outcome,
            Self::New(pending) => pending.outcome(places.expect("new outcomes were numbered")),
        }
    }
}

async fn once(ctx: &mut Ctx<'_>, wish: &Wish<'_>) -> Result<Once, CommandError> {
    let actor = wish.visibility.agent_id.uuid();
    let request = serde_json::to_vec(wish.command).expect("a command is JSON");
    let digest: [u8; 32] = Sha256::digest(&request).into();
    match idempotency::take(ctx.tx, actor, wish.key, &digest).await? {
        Known::Done(outcome) => return Ok(Once::Before(outcome)),
        Known::Reused => return Err(CommandError::KeyReused),
        Known::New => {}
    }
    let pending = match wish.command {
        Command::SendReply(it) => reply::send(ctx, wish, it).await,
        Command::AddNote(it) => note::add(ctx, wish, it).await,
        Command::Assign(it) => assign::assign(ctx, wish, it).await,
        Command::SetStatus(it) => status::set(ctx, wish, it).await,
        Command::OpenThread(it) => open::open(ctx, wish, it).await,
        Command::AcquireLock(it) => lock::acquire(ctx, wish, it.thread_id).await,
        Command::ReleaseLock(it) => lock::release(ctx, wish, it).await,
        Command::RequestLock(it) => lock::request(ctx, wish, it.thread_id).await,
        Command::TakeOverLock(it) => lock::take_over(ctx, wish, it).await,
    }?;
    Ok(Once::New(pending))
}
