//! A customer's message: contact, thread, message, and the thread comes back if it was done.

use protocol::{
    ids::ContactId,
    views::{Direction, Status},
};

use super::{auto_reply, consent, said};
use crate::{
    bus::hint::Hint,
    commands::{context::Ctx, error::CommandError, notify, status},
    domain::{
        actor::Actor,
        channel,
        fact::Fact,
        inbound::Message,
        keyword::{self, Keyword},
        statuses,
    },
    store::{
        attachments,
        channels::Channel,
        contacts, content,
        messages::{self, NewMessage},
        threads,
    },
};

/// Stores a message; `false` if it was stored before.
pub(super) async fn receive(
    ctx: &mut Ctx<'_>,
    channel: &Channel,
    it: &Message,
) -> Result<bool, CommandError> {
    // The cheap way out for repetitions; the constraint decides when they come at the same instant.
    if messages::by_provider_id(ctx.tx, channel.id, &it.provider_id).await?.is_some() {
        return Ok(false);
    }
    let reached = contacts::find_or_create(ctx.tx, &it.who).await?;
    ctx.actor = Actor::Contact(reached.contact_id);
    let (id, fresh) =
        threads::find_or_create(ctx.tx, channel.inbox_id, channel.id, reached).await?;
    let thread = threads::lock(ctx.tx, id).await?.expect("the thread is locked by now");
    let answers = match &it.answers {
        Some(provider_id) => messages::by_provider_id(ctx.tx, channel.id, provider_id)
            .await?
            .filter(|known| known.thread_id == thread.id)
            .map(|known| known.id),
        None => None,
    };
    let content = content::put(ctx.tx, reached.contact_id, &it.text).await?;
    let message = NewMessage {
        thread: thread.id,
        channel: channel.id,
        address: reached.address_id,
        direction: Direction::In,
        content,
        form: it.form,
        answers,
        written_at: it.at,
        reply_no: None,
        provider_id: Some(&it.provider_id),
    };
    let Some((message_id, early)) = messages::create(ctx.tx, message).await? else {
        return Ok(false);
    };
    if channel::tells_typing(channel.kind) {
        // It has said what it typed.
        ctx.news.hints.push(Hint::ContactTyping {
            inbox: thread.inbox_id,
            thread: thread.id,
            owner: thread.owner,
            typing: false,
        });
    }
    if fresh {
        let contact_id = reached.contact_id;
        ctx.stage(&thread, Fact::ThreadCreated { contact_id, channel_id: channel.id }, None);
    } else if reached.changed {
        ctx.stage(&thread, Fact::ContactChanged { contact_id: reached.contact_id }, None);
    }
    let contact = reached.contact_id;
    let attachments = attachments::add(ctx.tx, message_id, contact, &it.media).await?;
    ctx.news.wake_media |= !attachments.is_empty();
    let (channel_id, form) = (channel.id, it.form);
    let fact = Fact::MessageReceived { message_id, channel_id, form, answers, attachments };
    ctx.stage(&thread, fact, Some(content));
    notify::tell_owner(ctx, &thread, content).await?;
    if early {
        said::catch_up(ctx, channel, (&thread, message_id), &it.provider_id).await?;
    }
    if let Some(keyword) = keyword::of(it.form, &it.text) {
        let wanted = keyword == Keyword::Start;
        let about = channel::refused_by_keyword(channel.kind);
        consent::set(ctx, channel, &thread, reached.address_id, (about, wanted)).await?;
    }
    status::move_on(ctx, &thread, statuses::after_inbound(&thread.rules, thread.status)).await?;
    if fresh || thread.status == Status::Closed {
        auto_reply::send(ctx, &thread).await?;
    }
    Ok(true)
}

/// Tells that a contact is shown otherwise, where it has a thread in the inbox.
pub(super) async fn contact_changed(
    ctx: &mut Ctx<'_>,
    channel: &Channel,
    contact_id: ContactId,
) -> Result<(), CommandError> {
    if let Some(thread) = threads::lock_of(ctx.tx, channel.inbox_id, contact_id).await? {
        ctx.stage(&thread, Fact::ContactChanged { contact_id }, None);
    }
    Ok(())
}
