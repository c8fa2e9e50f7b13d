//! What the business wrote past us, on a device of its own: it counts as a reply, so nobody answers
//! the same turn again.

use protocol::views::{DeliveryState, Direction};

use super::said;
use crate::{
    commands::{context::Ctx, error::CommandError, status},
    domain::{fact::Fact, inbound::Message, statuses},
    store::{
        attachments,
        channels::Channel,
        contacts, content, deliveries,
        messages::{self, NewMessage},
        threads,
    },
};

/// Stores an echo; `false` if it was stored before.
pub(super) async fn receive(
    ctx: &mut Ctx<'_>,
    channel: &Channel,
    it: &Message,
) -> Result<bool, CommandError> {
    if messages::by_provider_id(ctx.tx, channel.id, &it.provider_id).await?.is_some() {
        return Ok(false);
    }
    let reached = contacts::find_or_create(ctx.tx, &it.who).await?;
    let (id, fresh) =
        threads::find_or_create(ctx.tx, channel.inbox_id, channel.id, reached).await?;
    let thread = threads::lock(ctx.tx, id).await?.expect("the thread is locked by now");
    let reply_no = threads::next_turn(ctx.tx, thread.id).await?;
    let content = content::put(ctx.tx, thread.contact_id, &it.text).await?;
    let message = NewMessage {
        thread: thread.id,
        channel: channel.id,
        address: reached.address_id,
        direction: Direction::Out,
        content,
        form: it.form,
        answers: None,
        written_at: it.at,
        reply_no: Some(reply_no),
        provider_id: Some(&it.provider_id),
    };
    let Some((message_id, early)) = messages::create(ctx.tx, message).await? else {
        return Ok(false);
    };
    deliveries::create(ctx.tx, &thread, (message_id, channel.id, reply_no), DeliveryState::Sent)
        .await?;
    if fresh {
        let contact_id = reached.contact_id;
        ctx.stage(&thread, Fact::ThreadCreated { contact_id, channel_id: channel.id }, None);
    }
    let attachments = attachments::add(ctx.tx, message_id, thread.contact_id, &it.media).await?;
    ctx.news.wake_media |= !attachments.is_empty();
    let (channel_id, key) = (channel.id, None);
    let reply_no = Some(reply_no);
    let fact =
        Fact::MessageSent { message_id, channel_id, reply_no, key, attachments, terms: None };
    ctx.stage(&thread, fact, Some(content));
    if early {
        let actor = ctx.actor;
        said::catch_up(ctx, channel, (&thread, message_id), &it.provider_id).await?;
        ctx.actor = actor;
    }
    status::move_on(ctx, &thread, statuses::after_reply(&thread.rules, thread.status)).await?;
    Ok(true)
}
