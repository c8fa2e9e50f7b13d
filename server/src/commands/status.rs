//! Where a thread stands.

use protocol::{commands::SetStatus, views::Status};

use super::{
    context::{Ctx, Pending, Wish},
    error::CommandError,
};
use crate::{
    domain::{
        fact::Fact,
        thread::{self, Thread},
    },
    store::{threads, transaction::Staged},
};

pub(super) async fn set(
    ctx: &mut Ctx<'_>,
    wish: &Wish<'_>,
    it: &SetStatus,
) -> Result<Pending, CommandError> {
    if !thread::may_set(it.to) {
        return Err(CommandError::InvalidTransition(it.to));
    }
    let thread = ctx.thread(wish, it.thread_id).await?;
    Ok(Pending::Done(change(ctx, &thread, it.to).await?))
}

/// Changes a thread's status; nothing happens where it already is so.
pub(super) async fn change(
    ctx: &mut Ctx<'_>,
    thread: &Thread,
    to: Status,
) -> Result<Option<Staged>, CommandError> {
    if thread.status == to {
        return Ok(None);
    }
    threads::set_status(ctx.tx, thread.id, to).await?;
    let fact = Fact::StatusChanged { from: thread.status, to };
    Ok(Some(ctx.stage(thread, fact, None)))
}
