//! Opening a thread is on record, and is the agent's read mark.

use protocol::{commands::OpenThread, ids::ThreadId};

use super::{
    context::{Ctx, Pending, Wish},
    error::CommandError,
    notify,
};
use crate::{
    domain::fact::Fact,
    store::{notifications::Which, threads},
};

pub(super) async fn open(
    ctx: &mut Ctx<'_>,
    wish: &Wish,
    it: &OpenThread,
) -> Result<Pending, CommandError> {
    let thread = ctx.thread(wish, it.thread_id)?;
    let agent_id = wish.visibility.agent_id;
    let marked = threads::mark_read(ctx.tx, thread.id, agent_id, it.read_seq).await?;
    let told = notify::read_which(ctx, wish, Which::Thread(thread.id, it.read_seq)).await?;
    let Some(read_seq) = marked else {
        return Ok(Pending::Done(told));
    };
    let event = ctx.stage(&thread, Fact::ThreadOpened { agent_id, read_seq }, None);
    ctx.news.read.push(thread.id);
    Ok(Pending::Done(Some(event)))
}

/// Lets the customer's last message be unread again, for this agent alone.
pub(super) async fn mark_unread(
    ctx: &mut Ctx<'_>,
    wish: &Wish,
    id: ThreadId,
) -> Result<Pending, CommandError> {
    let thread = ctx.thread(wish, id)?;
    let agent_id = wish.visibility.agent_id;
    let Some(read_seq) = threads::mark_unread(ctx.tx, thread.id, agent_id).await? else {
        return Ok(Pending::Done(None));
    };
    let fact = Fact::ThreadMarkedUnread { agent_id, read_seq };
    Ok(Pending::Done(Some(ctx.stage(&thread, fact, None))))
}
