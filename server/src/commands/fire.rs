//! What timers do when they are due.

use protocol::views::Status;

use super::{
    context::{About, Ctx, OwnCommand},
    error::CommandError,
    fallback,
    road::Road,
    status::{self, To},
};
use crate::{
    domain::{
        actor::Actor,
        thread::Thread,
        timer::{Timer, TimerKind},
    },
    store::{threads, timers},
};

impl OwnCommand for Timer {
    type Done = ();

    fn about(&self) -> Option<About> {
        // Locked before the timer, with its thread.
        (self.kind == TimerKind::RecallMessage).then(|| About::Delivery(self.subject.into()))
    }

    async fn run(&self, ctx: &mut Ctx<'_>) -> Result<Option<()>, CommandError> {
        match self.kind {
            TimerKind::ReopenThread => reopen(ctx, self).await,
            TimerKind::RecallMessage => fallback::recall(ctx, self).await,
        }
    }
}

async fn reopen(ctx: &mut Ctx<'_>, timer: &Timer) -> Result<Option<()>, CommandError> {
    // The thread before the timer, as every command does it: two who come the other way round
    // would wait for each other.
    let thread = threads::lock(ctx.tx, timer.subject.into()).await?;
    if !timers::take(ctx.tx, timer).await? {
        return Ok(None);
    }
    if let Some(thread) = thread.filter(waits) {
        status::change(ctx, &thread, To::now(Status::Open)).await?;
    }
    Ok(Some(()))
}

/// What is a part of another thread waits for nothing: its timer is set again when they are parted.
fn waits(thread: &Thread) -> bool {
    thread.status == Status::Pending && thread.merged_into.is_none()
}

impl Road {
    /// Fires a timer; `false` if it was moved, called off or fired in the meantime.
    pub async fn fire(&self, timer: &Timer) -> Result<bool, CommandError> {
        Ok(self.run_own(Actor::System, timer.clone()).await?.is_some())
    }
}
