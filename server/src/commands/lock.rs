//! The reply lock: taking, renewing, giving back, asking for it, taking it over.

use chrono::TimeDelta;
use protocol::{
    commands::{LockHeld, ReleaseLock, TakeOverLock},
    ids::ThreadId,
    limits::LOCK_LEASE_MS,
    signals::LockView,
};

use super::{
    context::{Ctx, Pending, Wish},
    error::CommandError,
};
use crate::{
    bus::hint::Hint,
    domain::{fact::Fact, lock::Lock, thread::Thread},
    store::{
        content,
        locks::{self, Acquired},
    },
    telemetry::metrics::all::metrics,
};

fn lease() -> TimeDelta {
    TimeDelta::milliseconds(i64::try_from(LOCK_LEASE_MS).unwrap_or(i64::MAX))
}

pub(super) async fn acquire(
    ctx: &mut Ctx<'_>,
    wish: &Wish,
    thread: ThreadId,
) -> Result<Pending, CommandError> {
    let thread = ctx.thread(wish, thread)?;
    let agent_id = wish.visibility.agent_id;
    match locks::acquire(ctx.tx, thread.id, thread.inbox_id, agent_id, lease()).await? {
        Acquired::Held(lock) => Err(CommandError::Locked(LockView {
            agent_id: lock.agent_id,
            expires_at: lock.expires_at,
        })),
        Acquired::Renewed(lock) => {
            metrics().lock_outcomes.inc(["renewed"]);
            Ok(held(ctx, &thread, lock))
        }
        Acquired::Taken(lock) => {
            metrics().lock_outcomes.inc(["taken"]);
            ctx.stage(&thread, Fact::LockAcquired { agent_id }, None);
            Ok(held(ctx, &thread, lock))
        }
    }
}

fn held(ctx: &mut Ctx<'_>, thread: &Thread, lock: Lock) -> Pending {
    let view = LockView { agent_id: lock.agent_id, expires_at: lock.expires_at };
    announce(ctx, thread, Some(view));
    Pending::Lock(LockHeld { token: lock.token, expires_at: lock.expires_at })
}

pub(super) fn announce(ctx: &mut Ctx<'_>, thread: &Thread, lock: Option<LockView>) {
    ctx.news.hints.push(Hint::Lock {
        inbox: thread.inbox_id,
        thread: thread.id,
        owner: thread.owner,
        lock,
    });
}

pub(super) async fn release(
    ctx: &mut Ctx<'_>,
    wish: &Wish,
    it: &ReleaseLock,
) -> Result<Pending, CommandError> {
    let thread = ctx.thread(wish, it.thread_id)?;
    if locks::release(ctx.tx, thread.id, wish.visibility.agent_id, Some(it.token)).await? {
        metrics().lock_outcomes.inc(["released"]);
        announce(ctx, &thread, None);
    }
    Ok(Pending::Done(None))
}

pub(super) async fn request(
    ctx: &mut Ctx<'_>,
    wish: &Wish,
    thread: ThreadId,
) -> Result<Pending, CommandError> {
    let thread = ctx.thread(wish, thread)?;
    let lock = locks::find(ctx.tx, thread.id).await?;
    let from = wish.visibility.agent_id;
    if let Some((lock, now)) = lock
        && lock.is_live(now)
        && lock.agent_id != from
    {
        metrics().lock_outcomes.inc(["requested"]);
        ctx.news.hints.push(Hint::LockRequested {
            inbox: thread.inbox_id,
            thread: thread.id,
            holder: lock.agent_id,
            from,
        });
    }
    Ok(Pending::Done(None))
}

pub(super) async fn take_over(
    ctx: &mut Ctx<'_>,
    wish: &Wish,
    it: &TakeOverLock,
) -> Result<Pending, CommandError> {
    let thread = ctx.thread(wish, it.thread_id)?;
    let to = wish.visibility.agent_id;
    let before = locks::find(ctx.tx, thread.id).await?;
    let taken = locks::take_over(ctx.tx, thread.id, to, lease()).await?;
    let (Some((before, _now)), Some(lock)) = (before, taken) else {
        // Nobody else holds it: there is nothing to take over, only to take.
        return acquire(ctx, wish, thread.id).await;
    };
    metrics().lock_outcomes.inc(["taken_over"]);
    let reason = content::put(ctx.tx, thread.contact_id, it.reason.as_str()).await?;
    ctx.stage(&thread, Fact::LockTakenOver { from: before.agent_id, to }, Some(reason));
    Ok(held(ctx, &thread, lock))
}
