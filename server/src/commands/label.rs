//! What agents put on threads: a priority, and tags.

use protocol::{
    ids::TagId,
    labels::{Prioritise, TagThread},
    limits::THREAD_TAGS_MAX,
};

use super::{
    context::{Ctx, Pending, Wish},
    error::CommandError,
};
use crate::{domain::fact::Fact, store::tags};

pub(super) async fn prioritise(
    ctx: &mut Ctx<'_>,
    wish: &Wish,
    it: &Prioritise,
) -> Result<Pending, CommandError> {
    let thread = ctx.thread(wish, it.thread_id)?;
    if thread.priority == it.to {
        return Ok(Pending::Done(None));
    }
    tags::prioritise(ctx.tx, thread.id, it.to).await?;
    let fact = Fact::ThreadPrioritised { from: thread.priority, to: it.to };
    Ok(Pending::Done(Some(ctx.stage(&thread, fact, None))))
}

pub(super) async fn tag(
    ctx: &mut Ctx<'_>,
    wish: &Wish,
    it: &TagThread,
) -> Result<Pending, CommandError> {
    let invalid = |message| CommandError::Invalid { field: "command.tag_id", message };
    let thread = ctx.thread(wish, it.thread_id)?;
    if !tags::keep(ctx.tx, thread.inbox_id, it.tag_id).await? {
        return Err(invalid("must be a tag of the thread's inbox"));
    }
    let mut now = tags::on(ctx.tx, thread.id).await?;
    if now.contains(&it.tag_id) {
        return Ok(Pending::Done(None));
    }
    if now.len() >= THREAD_TAGS_MAX {
        return Err(invalid("a thread has at most 20 tags: take one off first"));
    }
    tags::put_on(ctx.tx, thread.id, it.tag_id).await?;
    now.push(it.tag_id);
    now.sort_unstable();
    let fact = Fact::ThreadTagged { tags: now, added: Some(it.tag_id), removed: None };
    Ok(Pending::Done(Some(ctx.stage(&thread, fact, None))))
}

pub(super) async fn untag(
    ctx: &mut Ctx<'_>,
    wish: &Wish,
    it: &TagThread,
) -> Result<Pending, CommandError> {
    let thread = ctx.thread(wish, it.thread_id)?;
    let before = tags::on(ctx.tx, thread.id).await?;
    let now: Vec<TagId> = before.iter().copied().filter(|tag| *tag != it.tag_id).collect();
    if now.len() == before.len() {
        return Ok(Pending::Done(None));
    }
    tags::take_off(ctx.tx, thread.id, it.tag_id).await?;
    let fact = Fact::ThreadTagged { tags: now, added: None, removed: Some(it.tag_id) };
    Ok(Pending::Done(Some(ctx.stage(&thread, fact, None))))
}
