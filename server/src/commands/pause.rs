//! Pausing a channel, and letting it send again.

use protocol::{ids::ChannelId, pauses::PauseReason};

use super::{
    context::{Ctx, OwnCommand},
    error::CommandError,
    road::Road,
};
use crate::{
    domain::{actor::Actor, fact::Fact},
    store::{channels, transaction::NewEvent},
};

/// Why a channel is paused, with the provider's code.
struct Pause {
    channel_id: ChannelId,
    reason: PauseReason,
    code: Option<String>,
}

impl OwnCommand for Pause {
    type Done = ();

    async fn run(&self, ctx: &mut Ctx<'_>) -> Result<Option<()>, CommandError> {
        let Self { channel_id, reason, ref code } = *self;
        let paused = channels::pause(ctx.tx, channel_id, reason, code.as_deref()).await?;
        let Some(inbox) = paused else { return Ok(None) };
        let fact = Fact::ChannelPaused { channel_id, reason, code: code.clone() };
        let (stream, actor) = (inbox.into(), ctx.actor);
        ctx.tx.stage(NewEvent { stream, actor, thread: None, fact, content: None });
        Ok(Some(()))
    }
}

struct Resume(ChannelId);

impl OwnCommand for Resume {
    type Done = ();

    async fn run(&self, ctx: &mut Ctx<'_>) -> Result<Option<()>, CommandError> {
        let channel_id = self.0;
        let Some(inbox) = channels::resume(ctx.tx, channel_id).await? else { return Ok(None) };
        let (stream, actor) = (inbox.into(), ctx.actor);
        let fact = Fact::ChannelResumed { channel_id };
        ctx.tx.stage(NewEvent { stream, actor, thread: None, fact, content: None });
        ctx.news.wake_deliveries = true;
        Ok(Some(()))
    }
}

impl Road {
    /// Lets nothing go out over a channel; `false` if that is so already.
    pub async fn pause_channel(
        &self,
        actor: Actor,
        channel_id: ChannelId,
        reason: PauseReason,
        code: Option<String>,
    ) -> Result<bool, CommandError> {
        let it = Pause { channel_id, reason, code };
        Ok(self.run_own(actor, it).await?.is_some())
    }

    /// Lets a channel send again; `false` if it does.
    pub async fn resume_channel(
        &self,
        actor: Actor,
        channel_id: ChannelId,
    ) -> Result<bool, CommandError> {
        Ok(self.run_own(actor, Resume(channel_id)).await?.is_some())
    }
}
