//! A customer's message: contact, thread, message, and the thread comes back if it was done.

use protocol::{ids::MessageId, views::Direction};

use super::{
    context::{Ctx, OwnCommand},
    error::CommandError,
    road::Road,
    status,
};
use crate::{
    domain::{actor::Actor, fact::Fact, thread},
    store::{
        channels::Channel,
        contacts, content,
        messages::{self, NewMessage},
        threads,
    },
    telemetry::metrics::{all::metrics, kinds::word},
};

/// A message as its provider told it.
pub struct Inbound<'a> {
    /// The channel that it came by.
    pub channel: &'a Channel,
    /// The customer's address.
    pub from: &'a str,
    /// What it says.
    pub text: &'a str,
    /// The provider's id: the same one is stored once.
    pub provider_id: &'a str,
}

impl Road {
    /// Stores a customer's message; `None` if it was stored before.
    pub async fn receive(&self, it: &Inbound<'_>) -> Result<Option<MessageId>, CommandError> {
        let channel = word(it.channel.kind);
        let stored = self.run_own(Actor::System, it).await?;
        let count = if stored.is_some() {
            &metrics().inbound_messages
        } else {
            &metrics().inbound_repeated
        };
        count.inc([channel]);
        Ok(stored)
    }
}

impl OwnCommand for Inbound<'_> {
    type Done = MessageId;

    async fn run(&self, ctx: &mut Ctx<'_>) -> Result<Option<MessageId>, CommandError> {
        receive(ctx, self).await
    }
}

async fn receive(ctx: &mut Ctx<'_>, it: &Inbound<'_>) -> Result<Option<MessageId>, CommandError> {
    let channel = it.channel;
    // The cheap way out for repetitions; the constraint decides when they come at the same instant.
    if messages::exists(ctx.tx, channel.id, it.provider_id).await? {
        return Ok(None);
    }
    let reached = contacts::find_or_create(ctx.tx, channel.kind, it.from).await?;
    ctx.actor = Actor::Contact(reached.contact_id);
    let (id, fresh) =
        threads::find_or_create(ctx.tx, channel.inbox_id, channel.id, reached).await?;
    let thread = threads::lock(ctx.tx, id).await?.expect("the thread is locked by now");
    let content = content::put(ctx.tx, thread.contact_id, it.text).await?;
    let message = NewMessage {
        thread: thread.id,
        channel: channel.id,
        address: reached.address_id,
        direction: Direction::In,
        content,
        reply_no: None,
        provider_id: Some(it.provider_id),
    };
    let Some(message_id) = messages::create(ctx.tx, message).await? else { return Ok(None) };
    if fresh {
        let contact_id = reached.contact_id;
        ctx.stage(&thread, Fact::ThreadCreated { contact_id, channel_id: channel.id }, None);
    }
    let fact = Fact::MessageReceived { message_id, channel_id: channel.id };
    ctx.stage(&thread, fact, Some(content));
    status::change(ctx, &thread, thread::after_inbound(thread.status)).await?;
    Ok(Some(message_id))
}
