//! Drafts that agents write together: each change is tried on a copy, stored, and told as a hint.

use std::sync::Arc;

use protocol::{
    drafts::{DraftOnly, ReviewState, SendDraft},
    ids::{InboxId, StreamId, ThreadId},
    limits::REPLY_UNITS_MAX,
    permissions::Permission,
    text::{BadText, ReplyText},
};

use super::{
    context::{self, About, Ctx, OwnCommand, Pending, Wish},
    error::CommandError,
    reply::{self, FromDraft},
    road::Road,
};
use crate::{
    bus::hint::Hint,
    domain::{
        actor::Actor,
        draft::document::{self, Applied, BadUpdate, Broken, Content},
        fact::{Fact, SentDraft},
        thread::Thread,
        visibility::Visibility,
    },
    store::{
        drafts::{self, Draft, Update},
        error::StoreError,
    },
};

/// After so many changes the document is put together.
const WHOLE_AFTER: u64 = 64;

/// A change of a draft's document.
pub struct Change {
    /// Who makes it.
    pub who: Arc<Visibility>,
    /// The draft's thread.
    pub thread: ThreadId,
    /// Its inbox.
    pub inbox: InboxId,
    /// The document.
    pub epoch: u32,
    /// The document's client id of who makes it.
    pub client: u32,
    /// The change.
    pub update: Vec<u8>,
}

/// Where a change of a document is: which document, the how-manieth change.
#[derive(Debug, Clone, Copy)]
pub struct Saved {
    /// The document.
    pub epoch: u32,
    /// How many changes it has had.
    pub n: u64,
}

impl OwnCommand for Change {
    type Done = Saved;

    fn stream(&self) -> Option<StreamId> {
        Some(self.inbox.into())
    }

    fn about(&self) -> Option<About> {
        Some(About::Thread(self.thread))
    }

    fn order(&self) -> uuid::Uuid {
        self.thread.uuid()
    }

    async fn run(&self, ctx: &mut Ctx<'_>) -> Result<Option<Saved>, CommandError> {
        let Self { who, thread: id, epoch, client, update, .. } = self;
        let thread = ctx.seen_thread(who, *id)?;
        who.needs_in(thread.inbox_id, Permission::WriteDrafts)?;
        let mut draft = drafts::hold(ctx.tx, *id).await?;
        if draft.epoch != *epoch {
            let message = "the draft was sent, discarded or made anew meanwhile";
            return Err(CommandError::Conflict { field: Some("epoch"), message });
        }
        if !drafts::claim_client(ctx.tx, *id, *client, who.agent_id).await? {
            return Err(CommandError::BadDraftUpdate(BadUpdate::AnothersClient));
        }
        let stored = drafts::document(ctx.tx, *id, draft.epoch).await?;
        let changed = match document::apply(&stored, update, *client) {
            Ok(Applied::Known) => return Ok(Some(Saved { epoch: draft.epoch, n: draft.n })),
            Ok(Applied::Changed(changed)) => changed,
            Err(bad) => return Err(CommandError::BadDraftUpdate(bad)),
        };
        draft.n += 1;
        let saved = Saved { epoch: draft.epoch, n: draft.n };
        let digest = name(&draft, &changed.content);
        if digest != draft.digest {
            if !draft.authors.contains(&who.agent_id) {
                draft.authors.push(who.agent_id);
            }
            if draft.review == ReviewState::Approved {
                let fact = Fact::DraftApprovalVoided { digest: draft.name() };
                ctx.stage(&thread, fact, None);
                draft.review = ReviewState::Writing;
            }
            draft.digest = digest;
        }
        let count = u64::try_from(stored.len()).unwrap_or(u64::MAX);
        let update = if let Some(bytes) = changed.fresh {
            (draft.epoch, draft.n) = (draft.epoch + 1, 1);
            Update { client: None, bytes }
        } else if count >= WHOLE_AFTER {
            Update { client: None, bytes: changed.whole }
        } else {
            Update { client: Some(*client), bytes: changed.update }
        };
        drafts::add_update(ctx.tx, *id, &draft, &update).await?;
        drafts::keep(ctx.tx, *id, &draft).await?;
        tell(ctx, &thread, draft.version + 1);
        Ok(Some(saved))
    }
}

fn name(draft: &Draft, content: &Content) -> Option<Vec<u8>> {
    (!content.is_empty()).then(|| content.digest(&draft.salt).to_vec())
}

/// Tells that something has happened to a draft.
pub(super) fn tell(ctx: &mut Ctx<'_>, thread: &Thread, version: u64) {
    let (inbox, thread) = (thread.inbox_id, thread.id);
    ctx.news.hints.push(Hint::Draft { inbox, thread, version });
}

/// Returns a thread and its draft, which has to be the one that was on screen.
pub(super) async fn on_screen(
    ctx: &mut Ctx<'_>,
    wish: &Wish,
    (thread, digest): (ThreadId, &str),
) -> Result<(Thread, Draft), CommandError> {
    let thread = ctx.thread(wish, thread)?;
    let draft = drafts::hold(ctx.tx, thread.id).await?;
    let field = "command.digest";
    if draft.digest.is_none() {
        let message = "the draft is empty; it may have been sent or discarded meanwhile";
        return Err(CommandError::Conflict { field: Some(field), message });
    }
    if draft.name() != digest {
        let message = "the draft was changed meanwhile";
        return Err(CommandError::Conflict { field: Some(field), message });
    }
    Ok((thread, draft))
}

/// Returns what a draft says.
pub(super) async fn content(
    ctx: &mut Ctx<'_>,
    thread: &Thread,
    draft: &Draft,
) -> Result<Content, CommandError> {
    let stored = drafts::document(ctx.tx, thread.id, draft.epoch).await?;
    let content = document::read(&stored).ok().filter(|it| name(draft, it) == draft.digest);
    content.ok_or_else(|| StoreError::Unreadable { what: "draft_updates" }.into())
}

pub(super) async fn discard(
    ctx: &mut Ctx<'_>,
    wish: &Wish,
    it: &DraftOnly,
) -> Result<Pending, CommandError> {
    let (thread, draft) = on_screen(ctx, wish, (it.thread_id, &it.digest)).await?;
    drafts::empty(ctx.tx, thread.id).await?;
    tell(ctx, &thread, draft.version + 1);
    let event = ctx.stage(&thread, Fact::DraftDiscarded { digest: draft.name() }, None);
    Ok(Pending::Done(Some(event)))
}

/// Sends what the draft says as `reply.send` would, and empties it.
pub(super) async fn send(
    ctx: &mut Ctx<'_>,
    wish: &Wish,
    it: &SendDraft,
) -> Result<Pending, CommandError> {
    let thread = ctx.thread(wish, it.thread_id)?;
    // Before the draft: whoever sends it second is told what the first one has sent.
    reply::claim_turn(ctx, wish, it.seen_reply, None, &thread).await?;
    let (thread, draft) = on_screen(ctx, wish, (it.thread_id, &it.digest)).await?;
    let content = content(ctx, &thread, &draft).await?;
    let attachments = content.files().ok_or(CommandError::Invalid {
        field: "files",
        message: "the draft's files must be ids of uploads, one a line",
    })?;
    if !attachments.is_empty() {
        wish.visibility.needs_in(thread.inbox_id, Permission::SendAttachments)?;
    }
    let text = ReplyText::new(content.text).map_err(|bad| match bad {
        BadText::TooLong { .. } => CommandError::TooLong { max: REPLY_UNITS_MAX },
        _ => CommandError::Invalid { field: "text", message: "the draft says nothing" },
    })?;
    let approved = draft.review == ReviewState::Approved;
    let sent = SentDraft {
        digest: draft.name(),
        approved_by: approved.then_some(draft.reviewed_by).flatten(),
    };
    let reply = protocol::commands::SendReply {
        seen_seq: it.seen_seq,
        lock_token: it.lock_token,
        channel_id: it.channel_id,
        essential: it.essential,
        canned: it.canned,
        attachments,
        ..protocol::commands::SendReply::new(it.thread_id, text, it.seen_reply)
    };
    let from = FromDraft { sent, authors: draft.authors.clone() };
    let pending = reply::send_from(ctx, wish, &reply, Some(from)).await?;
    drafts::empty(ctx.tx, thread.id).await?;
    tell(ctx, &thread, draft.version + 1);
    Ok(pending)
}

impl From<Broken> for CommandError {
    fn from(_broken: Broken) -> Self {
        StoreError::Unreadable { what: "draft_updates" }.into()
    }
}

impl Ctx<'_> {
    /// Returns a thread that an agent may see, and that stands for itself.
    fn seen_thread(&self, who: &Visibility, id: ThreadId) -> Result<Thread, CommandError> {
        let held = self.held.threads.get(&id);
        Ok(context::may_see(who, held, "thread_id")?.thread.clone())
    }
}

impl Road {
    /// Changes a draft.
    pub async fn change_draft(&self, change: Change) -> Result<Saved, CommandError> {
        let actor = Actor::Agent(change.who.agent_id);
        let done = self.run_own(actor, change).await?;
        Ok(done.expect("it always does something"))
    }
}
