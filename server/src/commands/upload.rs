//! Files for replies: uploaded first, named by a reply then, forgotten where none does. What was not sent
//! was seen by nobody, so it makes no events.

use chrono::TimeDelta;
use protocol::{
    commands::SendReply,
    ids::{AgentId, AttachmentId, ContactId, InboxId, MessageId},
    views::ChannelKind,
};

use super::{
    context::{Ctx, OwnCommand},
    error::CommandError,
    road::Road,
};
use crate::{
    domain::{actor::Actor, attachment::Attached, media},
    store::{
        attachments::Blob,
        uploads::{self, NewUpload, Whole},
    },
};

/// Most files that one agent may hold unsent.
const HELD_MAX: u64 = 32;
/// How long they are kept.
const KEPT: TimeDelta = TimeDelta::days(1);

/// Checks the files of a reply: they are there, and the channel takes them.
pub(super) async fn check(
    ctx: &mut Ctx<'_>,
    authors: &[AgentId],
    it: &SendReply,
    (inbox, kind): (InboxId, ChannelKind),
) -> Result<(), CommandError> {
    if it.attachments.is_empty() {
        return Ok(());
    }
    if it.template.is_some() {
        return Err(invalid("a template goes without files"));
    }
    let pieces = uploads::pieces(ctx.tx, (inbox, authors), &it.attachments).await?;
    if pieces.len() < it.attachments.len() {
        return Err(gone());
    }
    let has_text = !it.text.as_str().is_empty();
    media::check(kind, &pieces, has_text).map_err(|bad| CommandError::Invalid {
        field: if bad.field == "text" { "command.text" } else { ATTACHMENTS },
        message: bad.allowed,
    })
}

/// Gives a reply its files, which were checked.
pub(super) async fn attach(
    ctx: &mut Ctx<'_>,
    it: &SendReply,
    message: MessageId,
    contact: ContactId,
) -> Result<Vec<Attached>, CommandError> {
    if it.attachments.is_empty() {
        return Ok(Vec::new());
    }
    let attached = uploads::attach(ctx.tx, message, contact, &it.attachments).await?;
    // Another reply was faster, or one file is named twice.
    if attached.len() == it.attachments.len() { Ok(attached) } else { Err(gone()) }
}

const ATTACHMENTS: &str = "command.attachments";

fn gone() -> CommandError {
    invalid(
        "must name files that you have uploaded to this inbox, each once, and not sent yet; they are \
         kept for a day",
    )
}

fn invalid(message: &'static str) -> CommandError {
    CommandError::Invalid { field: ATTACHMENTS, message }
}

/// A file begins to come.
struct Begin {
    upload: NewUpload,
    bytes_max: u64,
}

impl OwnCommand for Begin {
    type Done = ();

    async fn run(&self, ctx: &mut Ctx<'_>) -> Result<Option<()>, CommandError> {
        let Self { upload, bytes_max } = self;
        // Counted one at a time.
        ctx.tx.alone(&format!("uploads of {}", upload.agent_id)).await?;
        let held = uploads::held(ctx.tx, upload.agent_id).await?;
        if held.count >= HELD_MAX || held.bytes.saturating_add(upload.reserved) > *bytes_max {
            return Err(CommandError::TooManyUploads);
        }
        uploads::begin(ctx.tx, upload).await?;
        Ok(Some(()))
    }
}

/// A file is there.
struct Finish(Whole);

impl OwnCommand for Finish {
    type Done = ();

    async fn run(&self, ctx: &mut Ctx<'_>) -> Result<Option<()>, CommandError> {
        Ok(uploads::finish(ctx.tx, &self.0).await?.then_some(()))
    }
}

/// A file will not be sent.
struct Forget(AttachmentId, AgentId);

impl OwnCommand for Forget {
    type Done = Blob;

    async fn run(&self, ctx: &mut Ctx<'_>) -> Result<Option<Blob>, CommandError> {
        Ok(uploads::forget(ctx.tx, self.0, self.1).await?)
    }
}

/// Files that nobody has sent for too long.
struct ForgetOld;

impl OwnCommand for ForgetOld {
    type Done = Vec<Blob>;

    async fn run(&self, ctx: &mut Ctx<'_>) -> Result<Option<Vec<Blob>>, CommandError> {
        let old = uploads::forget_old(ctx.tx, KEPT).await?;
        Ok((!old.is_empty()).then_some(old))
    }
}

impl Road {
    /// Makes room for an agent's file, if no more than `bytes_max` are held then.
    pub async fn begin_upload(
        &self,
        upload: NewUpload,
        bytes_max: u64,
    ) -> Result<(), CommandError> {
        let actor = Actor::Agent(upload.agent_id);
        self.run_own(actor, Begin { upload, bytes_max }).await?;
        Ok(())
    }

    /// Notes that a file is there; `false` if it was forgotten meanwhile.
    pub async fn finish_upload(&self, agent: AgentId, it: Whole) -> Result<bool, CommandError> {
        Ok(self.run_own(Actor::Agent(agent), Finish(it)).await?.is_some())
    }

    /// Forgets an agent's file that no reply has; returns where its bytes are.
    pub async fn forget_upload(
        &self,
        agent: AgentId,
        id: AttachmentId,
    ) -> Result<Option<Blob>, CommandError> {
        self.run_own(Actor::Agent(agent), Forget(id, agent)).await
    }

    /// Forgets some of the files that nobody has sent within a day; returns where their bytes are.
    pub async fn forget_old_uploads(&self) -> Result<Vec<Blob>, CommandError> {
        Ok(self.run_own(Actor::System, ForgetOld).await?.unwrap_or_default())
    }
}
