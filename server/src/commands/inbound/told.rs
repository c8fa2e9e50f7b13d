//! The way in for all that providers tell.

use protocol::ids::StreamId;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{consent, echo, message, said};
use crate::{
    bus::hint::Hint,
    commands::{
        context::{Ctx, OwnCommand},
        error::CommandError,
        report::{Report, Which},
        road::Road,
    },
    domain::{
        actor::Actor,
        inbound::{Done, Early, Item, Sender, Status},
    },
    store::{
        channels::{self, Channel},
        contacts, templates, threads,
    },
    telemetry::metrics::{all::metrics, kinds::word},
};

/// A thing that a provider told of one of our channels.
struct Told {
    channel: Channel,
    item: Item,
}

impl Road {
    /// Takes one thing that a provider told; says whether it was new.
    pub async fn take(&self, channel: &Channel, item: Item) -> Result<bool, CommandError> {
        let kind = word(channel.kind);
        match item {
            Item::Status(status) => self.report(report(channel, status)).await,
            Item::Typing(who) => self.contact_types(channel, &who).await,
            item => {
                let message = matches!(item, Item::Message(_));
                let told = Told { channel: channel.clone(), item };
                let new = self.run_own(Actor::System, told).await?.is_some();
                match (message, new) {
                    (true, true) => metrics().inbound_messages.inc([kind]),
                    (true, false) => metrics().inbound_repeated.inc([kind]),
                    (false, _) => {}
                }
                Ok(new)
            }
        }
    }

    /// Tells that a customer types, where there is a thread already. Nothing is stored.
    async fn contact_types(&self, channel: &Channel, who: &Sender) -> Result<bool, CommandError> {
        let inbox = channel.inbox_id;
        let Some(address) = who.addresses.first() else { return Ok(false) };
        let found = threads::of_address(&self.store, inbox, address).await?;
        if let Some((thread, owner)) = found {
            self.publish(Hint::ContactTyping { inbox, thread, owner, typing: true });
        }
        Ok(found.is_some())
    }
}

fn report(channel: &Channel, it: Status) -> Report {
    let which = match it.ours {
        Some(message) => Which::Message(message),
        None => Which::Provider(channel.id, it.provider_id.clone()),
    };
    Report {
        which,
        inbox: Some(channel.inbox_id),
        state: it.state,
        error: it.error,
        provider_id: Some(it.provider_id),
        by: channel.id,
        unreached: it.unreached,
        word_within: None,
    }
}

impl OwnCommand for Told {
    type Done = ();

    fn stream(&self) -> Option<StreamId> {
        Some(self.channel.inbox_id.into())
    }

    fn order(&self) -> Uuid {
        // One customer's things keep their order; different customers' threads get one.
        let Some(address) = who(&self.item).and_then(|who| who.addresses.first()) else {
            return Uuid::nil();
        };
        let digest = Sha256::digest(address.value.as_bytes());
        Uuid::from_slice(digest.get(..16).unwrap_or_default()).unwrap_or_default()
    }

    async fn run(&self, ctx: &mut Ctx<'_>) -> Result<Option<()>, CommandError> {
        let channel = &self.channel;
        let new = match &self.item {
            Item::Message(it) => message::receive(ctx, channel, it).await?,
            Item::Echo(it) => echo::receive(ctx, channel, it).await?,
            Item::Reaction(it) => {
                let (provider_id, of) = (it.provider_id.clone(), it.on.clone());
                let done = Done::Reacted(it.emoji.clone());
                said::done(ctx, channel, &Early { provider_id, of, done }).await?
            }
            Item::Edit(it) => {
                let (provider_id, of) = (it.provider_id.clone(), it.of.clone());
                let done = Done::Edited(it.text.clone());
                said::done(ctx, channel, &Early { provider_id, of, done }).await?
            }
            Item::Revoke(it) => {
                let (provider_id, of) = (it.provider_id.clone(), it.of.clone());
                said::done(ctx, channel, &Early { provider_id, of, done: Done::Revoked }).await?
            }
            Item::Consent(it) => consent::changed(ctx, channel, it).await?,
            Item::Moved(it) => {
                let reached = contacts::find(ctx.tx, &it.from).await?;
                let Some(reached) = reached else { return Ok(None) };
                let added = contacts::add_address(ctx.tx, reached.contact_id, &it.to).await?;
                if added {
                    message::contact_changed(ctx, channel, reached.contact_id).await?;
                }
                added
            }
            Item::Template(it) => templates::stand(ctx.tx, channel.id, it).await?,
            Item::Unknown(it) => channels::keep_unknown(ctx.tx, channel.id, it).await?,
            Item::Status(_) | Item::Typing(_) => false,
        };
        Ok(new.then_some(()))
    }
}

fn who(item: &Item) -> Option<&Sender> {
    match item {
        Item::Message(it) | Item::Echo(it) => Some(&it.who),
        Item::Reaction(it) => Some(&it.who),
        Item::Edit(it) => Some(&it.who),
        Item::Revoke(it) => Some(&it.who),
        Item::Consent(it) => Some(&it.who),
        Item::Moved(it) => Some(&it.from),
        Item::Typing(who) => Some(who),
        Item::Status(_) | Item::Template(_) | Item::Unknown(_) => None,
    }
}
