//! Where a thread stands.

use chrono::{DateTime, TimeDelta, Utc};
use protocol::{commands::SetStatus, limits::SNOOZE_DAYS_MAX, views::Status};

use super::{
    context::{Ctx, Pending, Wish},
    error::CommandError,
};
use crate::{
    domain::{fact::Fact, statuses, thread::Thread, timer::TimerKind},
    store::{threads, timers, transaction::Staged},
};

/// A status to be, and until when.
#[derive(Debug, Clone, Copy)]
pub(super) struct To {
    pub(super) status: Status,
    pub(super) until: Option<DateTime<Utc>>,
}

impl To {
    /// A status without an end.
    pub(super) fn now(status: Status) -> Self {
        Self { status, until: None }
    }
}

pub(super) async fn set(
    ctx: &mut Ctx<'_>,
    wish: &Wish,
    it: &SetStatus,
) -> Result<Pending, CommandError> {
    let thread = ctx.thread(wish, it.thread_id)?;
    let allowed = statuses::allowed(&thread.rules, thread.status);
    if it.to == Status::New || (it.to != thread.status && !allowed.contains(&it.to)) {
        return Err(CommandError::InvalidTransition { from: thread.status, to: it.to, allowed });
    }
    check_until(ctx, it)?;
    let to = To { status: it.to, until: it.until };
    Ok(Pending::Done(change(ctx, &thread, to).await?))
}

fn check_until(ctx: &Ctx<'_>, it: &SetStatus) -> Result<(), CommandError> {
    let invalid = |message| CommandError::Invalid { field: "command.until", message };
    let Some(until) = it.until else { return Ok(()) };
    if it.to != Status::Pending {
        return Err(invalid("goes with `pending` only"));
    }
    if until <= ctx.tx.now() {
        return Err(invalid("must be in the future"));
    }
    if until > ctx.tx.now() + TimeDelta::days(SNOOZE_DAYS_MAX) {
        return Err(invalid("must be within 366 days"));
    }
    Ok(())
}

/// Changes the status where a message moves it. One that stays keeps its end, too.
pub(super) async fn move_on(
    ctx: &mut Ctx<'_>,
    thread: &Thread,
    status: Status,
) -> Result<(), CommandError> {
    if status != thread.status {
        change(ctx, thread, To::now(status)).await?;
    }
    Ok(())
}

/// Changes a thread's status; nothing happens where it already is so.
pub(super) async fn change(
    ctx: &mut Ctx<'_>,
    thread: &Thread,
    to: To,
) -> Result<Option<Staged>, CommandError> {
    if thread.status == to.status && thread.until == to.until {
        return Ok(None);
    }
    threads::set_status(ctx.tx, thread.id, to.status, to.until).await?;
    match (thread.until, to.until) {
        (_, Some(until)) => {
            timers::set(ctx.tx, TimerKind::ReopenThread, thread.id.uuid(), until).await?;
            ctx.news.wake_timers = true;
        }
        (Some(_), None) => {
            timers::cancel(ctx.tx, TimerKind::ReopenThread, thread.id.uuid()).await?;
        }
        (None, None) => {}
    }
    let fact = Fact::StatusChanged { from: thread.status, to: to.status, until: to.until };
    Ok(Some(ctx.stage(thread, fact, None)))
}
