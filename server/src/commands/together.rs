//! One transaction for several commands: each succeeds or is refused alone, they share the commit.

use std::sync::Arc;

use super::{
    context::{About, Ctx, Held, News},
    error::CommandError,
    job::{End, Job},
};
use crate::{
    store::{
        error::StoreError,
        idempotency::{self, Keyed, Known},
        patience::in_time,
        pool::Store,
        transaction::{Places, Transaction},
    },
    telemetry::metrics::all::metrics,
};

/// How often a transaction is run again that lost a race, or whose commit is in doubt.
const TRIES_MAX: u32 = 5;

/// What others have to be told after the commit.
#[derive(Default)]
pub(super) struct Told {
    pub(super) places: Places,
    pub(super) news: News,
}

/// Runs jobs in one transaction, and returns what is to be told of it. The caller ends the jobs.
pub(super) async fn run(
    store: &Store,
    jobs: &mut [Box<dyn Job>],
) -> Result<(Vec<End>, Told), StoreError> {
    let mut tries = 0;
    loop {
        tries += 1;
        match in_time(attempt(store, jobs)).await {
            // A commit in doubt is run again, too: its keys tell whether it happened.
            Err(error) if error.try_again() && tries < TRIES_MAX => {
                metrics().transactions_repeated.inc();
                tracing::debug!(tries, error = %error, "running a transaction again");
            }
            done => return done,
        }
    }
}

async fn attempt(store: &Store, jobs: &mut [Box<dyn Job>]) -> Result<(Vec<End>, Told), StoreError> {
    let mut tx = store.begin().await?;
    let subjects: Vec<About> = jobs.iter().filter_map(|job| job.about()).collect();
    let held = Held::all(&mut tx, &subjects).await?;
    // After the locks: whoever had them may have recorded one of these keys.
    let keys: Vec<Keyed> = jobs.iter().filter_map(|job| job.key()).collect();
    let mut known = idempotency::known(&mut tx, &keys).await?.into_iter();
    let alone = jobs.len() == 1;
    let (mut ends, mut news) = (Vec::with_capacity(jobs.len()), News::default());
    for job in &mut *jobs {
        let known = job.key().and_then(|_key| known.next()).unwrap_or(Known::New);
        ends.push(match known {
            Known::Done(outcome) => End::Before(outcome),
            Known::Reused => End::Refused(CommandError::KeyReused),
            Known::New => one(&mut tx, &held, job.as_mut(), alone, &mut news).await?,
        });
    }
    if !ends.iter().any(|end| matches!(end, End::Kept)) {
        // Nothing new was done, so there is nothing to commit.
        return Ok((ends, Told::default()));
    }
    let places = tx.number().await?;
    let mut done = Vec::new();
    for (job, end) in jobs.iter_mut().zip(&ends) {
        if matches!(end, End::Kept) {
            done.extend(job.key().zip(job.numbered(&places)));
        }
    }
    idempotency::record(&mut tx, &done).await?;
    tx.commit().await?;
    let kept = ends.iter().filter(|end| matches!(end, End::Kept)).count();
    metrics().commands_per_commit.observe_count(kept);
    Ok((ends, Told { places, news }))
}

async fn one(
    tx: &mut Transaction,
    held: &Held,
    job: &mut dyn Job,
    alone: bool,
    news: &mut News,
) -> Result<End, StoreError> {
    let savepoint = (!alone).then(|| tx.savepoint());
    let mut ctx = Ctx { actor: job.actor(), tx, held, news: News::default() };
    let end = match job.run(&mut ctx).await {
        Ok(true) => End::Kept,
        Ok(false) => End::Nothing,
        Err(CommandError::Store(error)) => {
            return Err(Arc::into_inner(error).expect("nobody else has this error yet"));
        }
        Err(refusal) => End::Refused(refusal),
    };
    let told = ctx.news;
    match (&end, savepoint) {
        (End::Kept, Some(savepoint)) => {
            news.append(told);
            tx.release(savepoint).await?;
        }
        (End::Kept, None) => news.append(told),
        (_, Some(savepoint)) => tx.roll_back_to(savepoint).await?,
        // Alone, it takes the whole transaction with it.
        (_, None) => {}
    }
    Ok(end)
}
