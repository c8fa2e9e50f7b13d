//! How far an outbound message is, as its provider says.

use protocol::{
    ids::{ChannelId, InboxId, MessageId, StreamId},
    views::DeliveryState,
};

use super::{
    context::{About, Ctx, OwnCommand},
    error::CommandError,
    road::Road,
};
use crate::{
    domain::{actor::Actor, delivery, fact::Fact, visibility::Audience},
    store::{
        deliveries::{self, NewState},
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
            // The thread's next message may go out now.
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
        Ok(report(ctx, self))
    }
}

fn report(ctx: &mut Ctx<'_>, Reported { message_id, it }: &Reported) -> Option<bool> {
    let found = ctx.delivery(*message_id)?;
    let moves = delivery::moves(found.state, it.state);
    ctx.tx.stage_state(NewState {
        message_id: *message_id,
        state: moves.then(|| (it.state, it.error.clone())),
        provider_id: it.provider_id.clone(),
    });
    if !moves {
        return Some(false);
    }
    let audience = Audience { before: found.assignee_id, after: found.assignee_id };
    ctx.tx.stage(NewEvent {
        stream: found.inbox_id.into(),
        actor: ctx.actor,
        thread: Some((found.thread_id, audience)),
        fact: Fact::DeliveryChanged {
            message_id: found.message_id,
            state: it.state,
            error: it.error.clone(),
        },
        content: None,
    });
    Some(true)
}
