//! How far an outbound message is, as its provider says.

use chrono::TimeDelta;
use protocol::{
    ids::{ChannelId, InboxId, MessageId, StreamId},
    views::DeliveryState,
};

use super::{
    context::{About, Ctx, OwnCommand},
    error::CommandError,
    fallback,
    road::Road,
};
use crate::{
    domain::{actor::Actor, delivery, fact::Fact, visibility::Audience},
    store::{
        deliveries::{self, Delivery, NewState},
        transaction::NewEvent,
    },
};

/// How a report names its message.
#[derive(Debug, Clone)]
pub enum Which {
    /// By our own id.
    Message(MessageId),
    /// By the provider's id within a channel.
    Provider(ChannelId, String),
}

/// A provider's word on a message.
#[derive(Debug, Clone)]
pub struct Report {
    /// Which message.
    pub which: Which,
    /// Its inbox, where it is known: then it shares a transaction with others.
    pub inbox: Option<InboxId>,
    /// How far it is.
    pub state: DeliveryState,
    /// The provider's error code, where it failed.
    pub error: Option<String>,
    /// The provider's id, where this is the first to tell.
    pub provider_id: Option<String>,
    /// The channel whose provider tells it.
    pub by: ChannelId,
    /// Whether the message surely has reached nobody and never will.
    pub unreached: bool,
    /// In what time there has to be further word of it, or it is called back.
    pub word_within: Option<TimeDelta>,
}

impl Road {
    /// Moves a delivery forward; `false` if there is no such message, or it is further already.
    pub async fn report(&self, it: Report) -> Result<bool, CommandError> {
        let message_id = match &it.which {
            Which::Message(id) => Some(*id),
            Which::Provider(channel, id) => {
                deliveries::message_of(&self.store, *channel, id).await?
            }
        };
        let Some(message_id) = message_id else { return Ok(false) };
        let state = it.state;
        let moved = self.run_own(Actor::System, Reported { message_id, it }).await?;
        if moved == Some(true) && !delivery::is_open(state) {
            // The thread's next message may go out now, or this one, another way.
            self.wake_deliveries();
        }
        Ok(moved == Some(true))
    }
}

/// A report on a message that was found.
struct Reported {
    message_id: MessageId,
    it: Report,
}

impl OwnCommand for Reported {
    type Done = bool;

    fn stream(&self) -> Option<StreamId> {
        self.it.inbox.map(StreamId::from)
    }

    fn about(&self) -> Option<About> {
        Some(About::Delivery(self.message_id))
    }

    async fn run(&self, ctx: &mut Ctx<'_>) -> Result<Option<bool>, CommandError> {
        report(ctx, self).await
    }
}

async fn report(
    ctx: &mut Ctx<'_>,
    Reported { message_id, it }: &Reported,
) -> Result<Option<bool>, CommandError> {
    let Some(found) = ctx.delivery(*message_id) else { return Ok(None) };
    if !delivery::counts(found.channel_id == it.by, it.state) {
        return Ok(Some(false));
    }
    let remark = delivery::is_remark((found.state, found.error.as_deref()), (it.state, &it.error));
    let moves = delivery::moves(found.state, it.state) || remark;
    if moves && it.unreached && fallback::reroute(ctx, &found, it).await? {
        return Ok(Some(true));
    }
    ctx.tx.stage_state(NewState {
        message_id: *message_id,
        state: moves.then(|| (it.state, it.error.clone())),
        provider_id: it.provider_id.clone(),
    });
    if !moves {
        return Ok(Some(false));
    }
    if let Some(within) = it.word_within {
        fallback::expect_word(ctx, *message_id, within).await?;
    }
    stage(ctx, &found, (it.state, it.error.clone()), found.rerouted());
    Ok(Some(true))
}

/// Tells how far a delivery is.
pub(super) fn stage(
    ctx: &mut Ctx<'_>,
    found: &Delivery,
    (state, error): (DeliveryState, Option<String>),
    channel_id: Option<ChannelId>,
) {
    let audience = Audience::still(found.owner);
    ctx.tx.stage(NewEvent {
        stream: found.inbox_id.into(),
        actor: ctx.actor,
        thread: Some((found.thread_id, audience)),
        fact: Fact::DeliveryChanged { message_id: found.message_id, state, error, channel_id },
        content: None,
    });
}
