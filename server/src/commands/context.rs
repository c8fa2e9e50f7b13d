//! What commands work with: the wish, its transaction, and what came of it before it has a place.

use protocol::{
    commands::{Command, Done, LockHeld, NoteStored, Outcome, ReplySent},
    ids::{MessageId, NoteId, ThreadId},
    text::Key,
};

use super::error::CommandError;
use crate::{
    bus::local::News,
    domain::{
        actor::Actor,
        fact::Fact,
        thread::Thread,
        visibility::{Audience, Visibility},
    },
    store::{
        content::Content,
        threads,
        transaction::{NewEvent, Places, Staged, Transaction},
    },
};

/// An agent's wish, with its key.
pub struct Wish<'a> {
    /// Who, and what it may see.
    pub visibility: &'a Visibility,
    /// The client's name for it.
    pub key: &'a Key,
    /// What.
    pub command: &'a Command,
}

/// What a command works with: its transaction, who runs it, and the news to tell after commit.
pub(super) struct Ctx<'a> {
    pub(super) tx: &'a mut Transaction,
    pub(super) actor: Actor,
    pub(super) news: Vec<News>,
    pub(super) wake_deliveries: bool,
}

/// A command that no agent gave: of a provider, of time, or of the server's beginning.
pub(super) trait OwnCommand: Sync {
    /// What came of it.
    type Done: Send;

    /// Does the work; `None` where nothing is to be done, and then nothing is kept.
    fn run(
        &self,
        ctx: &mut Ctx<'_>,
    ) -> impl Future<Output = Result<Option<Self::Done>, CommandError>> + Send;
}

/// What came of a command, before its events have their places.
pub(super) enum Pending {
    Reply { message_id: MessageId, event: Staged, reply_no: u32, arrived: Vec<MessageId> },
    Note { note_id: NoteId, event: Staged },
    Done(Option<Staged>),
    Lock(LockHeld),
}

impl Ctx<'_> {
    /// Locks a thread that the actor may see. One that does not exist looks the same.
    pub(super) async fn thread(
        &mut self,
        wish: &Wish<'_>,
        id: ThreadId,
    ) -> Result<Thread, CommandError> {
        threads::lock(self.tx, id)
            .await?
            .filter(|thread| wish.visibility.sees(thread.inbox_id, thread.assignee_id))
            .ok_or(CommandError::NotFound { what: "thread" })
    }

    /// Stages an event about a thread whose owner stays.
    pub(super) fn stage(
        &mut self,
        thread: &Thread,
        fact: Fact,
        content: Option<Content>,
    ) -> Staged {
        let audience = Audience { before: thread.assignee_id, after: thread.assignee_id };
        self.stage_for(thread, audience, fact, content)
    }

    /// Stages an event about a thread.
    pub(super) fn stage_for(
        &mut self,
        thread: &Thread,
        audience: Audience,
        fact: Fact,
        content: Option<Content>,
    ) -> Staged {
        self.tx.stage(NewEvent {
            stream: thread.inbox_id.into(),
            actor: self.actor,
            thread: Some((thread.id, audience)),
            fact,
            content,
        })
    }
}

impl Pending {
    pub(super) fn outcome(self, places: &Places) -> Outcome {
        match self {
            Self::Reply { message_id, event, reply_no, arrived } => {
                let seq = places.of(event);
                Outcome::ReplySent(ReplySent { message_id, seq, reply_no, arrived })
            }
            Self::Note { note_id, event } => {
                Outcome::NoteAdded(NoteStored { note_id, seq: places.of(event) })
            }
            Self::Done(event) => Outcome::Done(Done { seq: event.map(|event| places.of(event)) }),
            Self::Lock(held) => Outcome::LockHeld(held),
        }
    }
}
