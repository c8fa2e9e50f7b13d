//! Giving a thread to somebody: a compare-and-set on the owner that the sender saw.

use protocol::commands::Assign;

use super::{
    context::{Ctx, Pending, Wish},
    error::CommandError,
};
use crate::{
    domain::{fact::Fact, visibility::Audience},
    store::{agents, threads},
};

pub(super) async fn assign(
    ctx: &mut Ctx<'_>,
    wish: &Wish,
    it: &Assign,
) -> Result<Pending, CommandError> {
    let thread = ctx.thread(wish, it.thread_id)?;
    if let Some(to) = it.to
        && !agents::is_member(ctx.tx, to, thread.inbox_id).await?
    {
        return Err(CommandError::Invalid {
            field: "command.to",
            message: "must be an active member of the thread's inbox, or null",
        });
    }
    if !threads::set_assignee(ctx.tx, thread.id, it.from, it.to).await? {
        return Err(CommandError::OwnerChanged(thread.assignee_id));
    }
    if it.from == it.to {
        return Ok(Pending::Done(None));
    }
    let fact = Fact::ThreadAssigned { from: it.from, to: it.to };
    let audience = Audience { before: it.from, after: it.to };
    let event = ctx.stage_for(&thread, audience, fact, None);
    Ok(Pending::Done(Some(event)))
}
