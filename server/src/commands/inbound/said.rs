//! What customers do with messages: put marks on them, change them, take them back.

use crate::{
    commands::{context::Ctx, error::CommandError},
    domain::{
        actor::Actor,
        fact::Fact,
        inbound::{Edit, Reaction, Revoke},
        thread::Thread,
    },
    store::{
        channels::{self, Channel},
        content,
        messages::{self, Known},
        threads,
    },
};

/// Puts a mark on a message, or takes it away.
pub(super) async fn reacted(
    ctx: &mut Ctx<'_>,
    channel: &Channel,
    it: &Reaction,
) -> Result<bool, CommandError> {
    let Some((thread, on)) = about(ctx, channel, &it.provider_id, &it.on).await? else {
        return Ok(false);
    };
    let emoji = match &it.emoji {
        Some(emoji) => Some(content::put(ctx.tx, thread.contact_id, emoji).await?),
        None => None,
    };
    ctx.stage(&thread, Fact::MessageReacted { message_id: on.id }, emoji);
    Ok(true)
}

/// Changes what a message says.
pub(super) async fn edited(
    ctx: &mut Ctx<'_>,
    channel: &Channel,
    it: &Edit,
) -> Result<bool, CommandError> {
    let Some((thread, of)) = about(ctx, channel, &it.provider_id, &it.of).await? else {
        return Ok(false);
    };
    let text = content::put(ctx.tx, thread.contact_id, &it.text).await?;
    ctx.stage(&thread, Fact::MessageEdited { message_id: of.id }, Some(text));
    Ok(true)
}

/// Takes a message back.
pub(super) async fn revoked(
    ctx: &mut Ctx<'_>,
    channel: &Channel,
    it: &Revoke,
) -> Result<bool, CommandError> {
    let Some((thread, of)) = about(ctx, channel, &it.provider_id, &it.of).await? else {
        return Ok(false);
    };
    ctx.stage(&thread, Fact::MessageRevoked { message_id: of.id }, None);
    Ok(true)
}

/// Finds the message and locks its thread; `None` where this was told before, or is about a message
/// that we do not have.
async fn about(
    ctx: &mut Ctx<'_>,
    channel: &Channel,
    provider_id: &str,
    message: &str,
) -> Result<Option<(Thread, Known)>, CommandError> {
    let known = messages::by_provider_id(ctx.tx, channel.id, message).await?;
    let Some(known) = known else { return Ok(None) };
    let thread = threads::lock(ctx.tx, known.thread_id).await?.expect("a message has its thread");
    let thread = threads::root_of(ctx.tx, thread).await?;
    if !channels::first_time(ctx.tx, channel.id, provider_id).await? {
        return Ok(None);
    }
    ctx.actor = Actor::Contact(thread.contact_id);
    Ok(Some((thread, known)))
}
