//! How far an outbound message is, as its provider says.

use protocol::{
    ids::{InboxId, StreamId},
    views::DeliveryState,
};
use uuid::Uuid;

use super::{
    context::{Ctx, OwnCommand},
    error::CommandError,
    road::Road,
};
use crate::{
    domain::{actor::Actor, delivery, fact::Fact, visibility::Audience},
    store::{
        deliveries::{self, Which},
        transaction::NewEvent,
    },
};

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
        let state = it.state;
        let moved = self.run_own(Actor::System, it).await?;
        if moved == Some(true) && !delivery::is_open(state) {
            // The thread's next message may go out now.
            self.wake_deliveries();
        }
        Ok(moved == Some(true))
    }
}

impl OwnCommand for Report {
    type Done = bool;

    fn stream(&self) -> Option<StreamId> {
        self.inbox.map(StreamId::from)
    }

    fn order(&self) -> Uuid {
        match &self.which {
            Which::Message(message) => message.uuid(),
            Which::Provider(..) => Uuid::nil(),
        }
    }

    async fn run(&self, ctx: &mut Ctx<'_>) -> Result<Option<bool>, CommandError> {
        report(ctx, self).await
    }
}

async fn report(ctx: &mut Ctx<'_>, it: &Report) -> Result<Option<bool>, CommandError> {
    let Some(found) = deliveries::lock(ctx.tx, &it.which).await? else { return Ok(None) };
    if let Some(provider_id) = &it.provider_id {
        deliveries::set_provider_id(ctx.tx, found.message_id, provider_id).await?;
    }
    if !delivery::moves(found.state, it.state) {
        return Ok(Some(false));
    }
    deliveries::set_state(ctx.tx, found.message_id, it.state, it.error.as_deref()).await?;
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
    Ok(Some(true))
}
