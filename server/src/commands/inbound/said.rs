//! What customers do with messages: put marks on them, change them, take them back.

use protocol::ids::MessageId;

use crate::{
    commands::{context::Ctx, error::CommandError},
    domain::{
        actor::Actor,
        fact::Fact,
        inbound::{Done, Early},
        thread::Thread,
    },
    store::{
        channels::{self, Channel},
        content, early, messages, threads,
    },
};

/// Does it, where the message is there; keeps it until then, where it is not.
pub(super) async fn done(
    ctx: &mut Ctx<'_>,
    channel: &Channel,
    it: &Early,
) -> Result<bool, CommandError> {
    let Some(known) = messages::by_provider_id(ctx.tx, channel.id, &it.of).await? else {
        return Ok(early::keep(ctx.tx, channel.id, it).await?);
    };
    let thread = threads::lock(ctx.tx, known.thread_id).await?.expect("a message has its thread");
    let thread = threads::root_of(ctx.tx, thread).await?;
    once(ctx, channel, (&thread, known.id), it).await
}

/// Does what was told before its message.
pub(super) async fn catch_up(
    ctx: &mut Ctx<'_>,
    channel: &Channel,
    message: (&Thread, MessageId),
    provider_id: &str,
) -> Result<(), CommandError> {
    for it in early::take(ctx.tx, channel.id, provider_id).await? {
        once(ctx, channel, message, &it).await?;
    }
    Ok(())
}

async fn once(
    ctx: &mut Ctx<'_>,
    channel: &Channel,
    (thread, message_id): (&Thread, MessageId),
    it: &Early,
) -> Result<bool, CommandError> {
    if !channels::first_time(ctx.tx, channel.id, &it.provider_id).await? {
        return Ok(false);
    }
    ctx.actor = Actor::Contact(thread.contact_id);
    let text = match &it.done {
        Done::Reacted(emoji) => emoji.as_ref(),
        Done::Edited(text) => Some(text),
        Done::Revoked => None,
    };
    let content = match text {
        Some(text) => Some(content::put(ctx.tx, thread.contact_id, text).await?),
        None => None,
    };
    let fact = match &it.done {
        Done::Reacted(_) => Fact::MessageReacted { message_id },
        Done::Edited(_) => Fact::MessageEdited { message_id },
        Done::Revoked => Fact::MessageRevoked { message_id },
    };
    ctx.stage(thread, fact, content);
    Ok(true)
}
