//! What became of a file that came with a message, and who reads it.

use protocol::ids::{AgentId, AttachmentId, InboxId, MessageId, StreamId, ThreadId};
use uuid::Uuid;

use super::{
    context::{About, Ctx, OwnCommand},
    error::CommandError,
    road::Road,
    session::of_org,
};
use crate::{
    domain::{actor::Actor, attachment::Standing, fact::Fact},
    store::{
        attachments::{self, Blob},
        threads,
    },
};

/// A file that was fetched, or will not be.
pub struct Settled {
    /// Its message.
    pub message_id: MessageId,
    /// The message's thread.
    pub thread_id: ThreadId,
    /// The thread's inbox.
    pub inbox_id: InboxId,
    /// How it stands now.
    pub standing: Standing,
    /// Where its bytes are, if they were stored.
    pub blob: Option<Blob>,
}

impl OwnCommand for Settled {
    type Done = ();

    fn stream(&self) -> Option<StreamId> {
        Some(self.inbox_id.into())
    }

    fn about(&self) -> Option<About> {
        Some(About::Thread(self.thread_id))
    }

    fn order(&self) -> Uuid {
        self.thread_id.uuid()
    }

    async fn run(&self, ctx: &mut Ctx<'_>) -> Result<Option<()>, CommandError> {
        let Some(thread) = ctx.own_thread(self.thread_id) else { return Ok(None) };
        let thread = threads::root_of(ctx.tx, thread).await?;
        let settled = attachments::settle(ctx.tx, &self.standing, self.blob.as_ref()).await?;
        let Some(name) = settled else { return Ok(None) };
        let (message_id, attachment) = (self.message_id, self.standing.clone());
        ctx.stage(&thread, Fact::AttachmentChanged { message_id, attachment }, name);
        Ok(Some(()))
    }
}

/// An agent reads a file.
struct Opened {
    attachment_id: AttachmentId,
    agent_id: AgentId,
}

impl OwnCommand for Opened {
    type Done = ();

    fn stream(&self) -> Option<StreamId> {
        Some(StreamId::ORG)
    }

    fn order(&self) -> Uuid {
        self.attachment_id.uuid()
    }

    async fn run(&self, ctx: &mut Ctx<'_>) -> Result<Option<()>, CommandError> {
        let Self { attachment_id, agent_id } = *self;
        if !attachments::note_read(ctx.tx, attachment_id, agent_id).await? {
            return Ok(None);
        }
        ctx.tx.stage(of_org(ctx.actor, Fact::AttachmentOpened { attachment_id, agent_id }));
        Ok(Some(()))
    }
}

impl Road {
    /// Ends the waiting of a file; `false` if it does not wait any more.
    pub async fn settle_attachment(&self, it: Settled) -> Result<bool, CommandError> {
        Ok(self.run_own(Actor::System, it).await?.is_some())
    }

    /// Puts on record that an agent reads a file, at most once an hour.
    pub async fn attachment_opened(
        &self,
        attachment_id: AttachmentId,
        agent_id: AgentId,
    ) -> Result<(), CommandError> {
        self.run_own(Actor::Agent(agent_id), Opened { attachment_id, agent_id }).await?;
        Ok(())
    }
}
