//! A customer's message: contact, thread, message, and the thread comes back if it was done.

use protocol::{
    ids::{MessageId, StreamId},
    views::{ChannelKind, Direction},
};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{
    context::{Ctx, OwnCommand},
    error::CommandError,
    road::Road,
    status,
};
use crate::{
    bus::hint::Hint,
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
pub struct Inbound {
    /// The channel that it came by.
    pub channel: Channel,
    /// The customer's address.
    pub from: String,
    /// What it says.
    pub text: String,
    /// The provider's id: the same one is stored once.
    pub provider_id: String,
}

impl Road {
    /// Stores a customer's message; `None` if it was stored before.
    pub async fn receive(&self, it: Inbound) -> Result<Option<MessageId>, CommandError> {
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

/// A customer who types, by the channel and the address that it writes from.
pub struct ContactTyping {
    /// The channel.
    pub channel: Channel,
    /// The customer's address.
    pub from: String,
}

impl Road {
    /// Tells that a customer types, where there is a thread already. Nothing is stored.
    pub async fn contact_types(&self, it: &ContactTyping) -> Result<(), CommandError> {
        let (kind, inbox) = (it.channel.kind, it.channel.inbox_id);
        let found = threads::of_address(&self.store, inbox, kind, &it.from).await?;
        if let Some((thread, assignee)) = found {
            self.publish(Hint::ContactTyping { inbox, thread, assignee, typing: true });
        }
        Ok(())
    }
}

impl OwnCommand for Inbound {
    type Done = MessageId;

    fn stream(&self) -> Option<StreamId> {
        Some(self.channel.inbox_id.into())
    }

    fn order(&self) -> Uuid {
        // One sender's messages keep their order; different senders' threads get one.
        let digest = Sha256::digest(self.from.as_bytes());
        Uuid::from_slice(digest.get(..16).unwrap_or_default()).unwrap_or_default()
    }

    async fn run(&self, ctx: &mut Ctx<'_>) -> Result<Option<MessageId>, CommandError> {
        receive(ctx, self).await
    }
}

async fn receive(ctx: &mut Ctx<'_>, it: &Inbound) -> Result<Option<MessageId>, CommandError> {
    let channel = &it.channel;
    // The cheap way out for repetitions; the constraint decides when they come at the same instant.
    if messages::exists(ctx.tx, channel.id, &it.provider_id).await? {
        return Ok(None);
    }
    let reached = contacts::find_or_create(ctx.tx, channel.kind, &it.from).await?;
    ctx.actor = Actor::Contact(reached.contact_id);
    let (id, fresh) =
        threads::find_or_create(ctx.tx, channel.inbox_id, channel.id, reached).await?;
    let thread = threads::lock(ctx.tx, id).await?.expect("the thread is locked by now");
    let content = content::put(ctx.tx, thread.contact_id, &it.text).await?;
    let message = NewMessage {
        thread: thread.id,
        channel: channel.id,
        address: reached.address_id,
        direction: Direction::In,
        content,
        reply_no: None,
        provider_id: Some(&it.provider_id),
    };
    let Some(message_id) = messages::create(ctx.tx, message).await? else { return Ok(None) };
    if channel.kind == ChannelKind::Sandbox {
        // It has said what it typed.
        ctx.news.hints.push(Hint::ContactTyping {
            inbox: thread.inbox_id,
            thread: thread.id,
            assignee: thread.assignee_id,
            typing: false,
        });
    }
    if fresh {
        let contact_id = reached.contact_id;
        ctx.stage(&thread, Fact::ThreadCreated { contact_id, channel_id: channel.id }, None);
    }
    let fact = Fact::MessageReceived { message_id, channel_id: channel.id };
    ctx.stage(&thread, fact, Some(content));
    status::move_on(ctx, &thread, thread::after_inbound(thread.status)).await?;
    Ok(Some(message_id))
}
