//! What commands work with: the wish, its transaction, and what came of it before it has a place.

use std::sync::Arc;

use protocol::{
    commands::{Command, Done, LockHeld, NoteStored, Outcome, ReplySent},
    ids::{MessageId, NoteId, StreamId, ThreadId},
    text::Key,
};

use uuid::Uuid;

use super::error::CommandError;
use crate::{
    bus::hint::Hint,
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
pub struct Wish {
    /// Who, and what it may see.
    pub visibility: Arc<Visibility>,
    /// The client's name for it.
    pub key: Key,
    /// What.
    pub command: Command,
}

impl Wish {
    /// Returns the thread that it is about.
    pub(super) fn thread(&self) -> Option<ThreadId> {
        match &self.command {
            Command::SendReply(it) => Some(it.thread_id),
            Command::AddNote(it) => Some(it.thread_id),
            Command::Assign(it) => Some(it.thread_id),
            Command::SetStatus(it) => Some(it.thread_id),
            Command::OpenThread(it) => Some(it.thread_id),
            Command::AcquireLock(it) | Command::RequestLock(it) => Some(it.thread_id),
            Command::ReleaseLock(it) => Some(it.thread_id),
            Command::TakeOverLock(it) => Some(it.thread_id),
            Command::SetAvailability(_) => None,
        }
    }
}

/// What has to be told after the commit, apart from events.
#[derive(Default)]
pub(super) struct News {
    pub(super) hints: Vec<Hint>,
    pub(super) wake_deliveries: bool,
    pub(super) wake_timers: bool,
}

impl News {
    /// Takes over what another one has.
    pub(super) fn append(&mut self, mut other: Self) {
        self.hints.append(&mut other.hints);
        self.wake_deliveries |= other.wake_deliveries;
        self.wake_timers |= other.wake_timers;
    }
}

/// What a command works with: its transaction, who runs it, and the news to tell after commit.
pub(super) struct Ctx<'a> {
    pub(super) tx: &'a mut Transaction,
    pub(super) actor: Actor,
    pub(super) news: News,
}

/// A command that no agent gave: of a provider, of time, or of the server's beginning.
pub(super) trait OwnCommand: Sync {
    /// What came of it.
    type Done: Send;

    /// The stream that it will add to, where it is known before: it shares a transaction with others
    /// that wait for the same one.
    fn stream(&self) -> Option<StreamId> {
        None
    }

    /// Its place among those: commands with one order lock their rows in that order.
    fn order(&self) -> Uuid {
        Uuid::nil()
    }

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
        wish: &Wish,
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
