//! What commands work with: the wish, its transaction, and what came of it before it has a place.

use std::{collections::HashMap, sync::Arc};

use protocol::{
    commands::{Command, Done, LockHeld, NoteStored, Outcome, ReplySent},
    ids::{MessageId, NoteId, StreamId, ThreadId},
    text::Key,
};
use uuid::Uuid;

use super::{error::CommandError, rights};
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
        deliveries::{self, Delivery},
        error::StoreError,
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
            Command::AcquireLock(it) | Command::RequestLock(it) | Command::MarkUnread(it) => {
                Some(it.thread_id)
            }
            Command::ReleaseLock(it) => Some(it.thread_id),
            Command::TakeOverLock(it) => Some(it.thread_id),
            Command::Prioritise(it) => Some(it.thread_id),
            Command::TagThread(it) | Command::UntagThread(it) => Some(it.thread_id),
            Command::RequestReview(it) | Command::ApproveDraft(it) | Command::DiscardDraft(it) => {
                Some(it.thread_id)
            }
            Command::AskChanges(it) => Some(it.thread_id),
            Command::SendDraft(it) => Some(it.thread_id),
            Command::EditNote(it) => Some(it.thread_id),
            Command::DeleteNote(it) => Some(it.thread_id),
            Command::MuteThread(it) => Some(it.thread_id),
            // They look for all threads of a customer, and lock them with the contacts.
            Command::RenameContact(_)
            | Command::MergeContact(_)
            | Command::UnmergeContact(_)
            | Command::SetAvailability(_)
            | Command::ReadNotifications(_)
            | Command::ReadAllNotifications(_) => None,
        }
    }
}

/// What has to be told after the commit, apart from events.
#[derive(Default)]
pub(super) struct News {
    pub(super) hints: Vec<Hint>,
    pub(super) wake_deliveries: bool,
    pub(super) wake_timers: bool,
    pub(super) wake_media: bool,
    /// Threads that an agent has read.
    pub(super) read: Vec<ThreadId>,
}

impl News {
    /// Takes over what another one has.
    pub(super) fn append(&mut self, mut other: Self) {
        self.hints.append(&mut other.hints);
        self.wake_deliveries |= other.wake_deliveries;
        self.wake_timers |= other.wake_timers;
        self.wake_media |= other.wake_media;
        self.read.append(&mut other.read);
    }
}

/// What a command is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum About {
    /// A thread.
    Thread(ThreadId),
    /// The delivery of a message.
    Delivery(MessageId),
    /// Who is one customer with whom.
    Customers,
}

/// What the commands of a transaction are about, as it is under its locks.
pub(super) struct Held {
    pub(super) threads: HashMap<ThreadId, threads::Held>,
    deliveries: HashMap<MessageId, Delivery>,
}

impl Held {
    /// Locks all of it.
    pub(super) async fn all(tx: &mut Transaction, subjects: &[About]) -> Result<Self, StoreError> {
        let (mut threads, mut deliveries) = (Vec::new(), Vec::new());
        for about in subjects {
            match about {
                About::Thread(thread) => threads.push(thread.uuid()),
                About::Delivery(message) => deliveries.push(message.uuid()),
                About::Customers => {}
            }
        }
        Ok(Self {
            threads: threads::hold(tx, threads).await?,
            deliveries: deliveries::hold(tx, &deliveries).await?,
        })
    }
}

/// What a command works with: its transaction, what is locked in it, who runs it, and the news to tell
/// after commit.
pub(super) struct Ctx<'a> {
    pub(super) tx: &'a mut Transaction,
    pub(super) held: &'a Held,
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

    /// What it is about, where that is known before: it is locked with what the others are about.
    fn about(&self) -> Option<About> {
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

/// Returns a thread that was named in a field, if the agent may see it, it stands for itself, and the
/// agent may do there what it wishes.
pub(super) fn may_use<'a>(
    wish: &Wish,
    held: Option<&'a threads::Held>,
    field: &'static str,
) -> Result<&'a threads::Held, CommandError> {
    let held = may_see(&wish.visibility, held, field)?;
    rights::check(&wish.visibility, held.thread.inbox_id, &wish.command)?;
    Ok(held)
}

/// Returns a thread that was named in a field, if the agent may see it and it stands for itself.
pub(super) fn may_see<'a>(
    who: &Visibility,
    held: Option<&'a threads::Held>,
    field: &'static str,
) -> Result<&'a threads::Held, CommandError> {
    let missing = CommandError::NoThread { field };
    let held = held.ok_or(missing)?;
    let Thread { inbox_id, owner, merged_into, .. } = held.thread;
    let owner = if merged_into.is_some() { held.root_owner } else { owner };
    match merged_into {
        _ if !who.sees(inbox_id, owner) => Err(CommandError::NoThread { field }),
        Some(into) => Err(CommandError::Merged { field, into }),
        None => Ok(held),
    }
}

impl Ctx<'_> {
    /// Returns a thread that the actor may see. One that does not exist looks the same.
    pub(super) fn thread(&self, wish: &Wish, id: ThreadId) -> Result<Thread, CommandError> {
        Ok(self.held_thread(wish, id)?.thread)
    }

    /// Returns such a thread and its reply lock.
    pub(super) fn held_thread(
        &self,
        wish: &Wish,
        id: ThreadId,
    ) -> Result<threads::Held, CommandError> {
        may_use(wish, self.held.threads.get(&id), "command.thread_id").cloned()
    }

    /// Returns the thread that a command of the server's own is about.
    pub(super) fn own_thread(&self, id: ThreadId) -> Option<Thread> {
        self.held.threads.get(&id).map(|held| held.thread.clone())
    }

    /// Returns the delivery that the command is about.
    pub(super) fn delivery(&self, message: MessageId) -> Option<Delivery> {
        self.held.deliveries.get(&message).cloned()
    }

    /// Stages an event about a thread whose owner stays.
    pub(super) fn stage(
        &mut self,
        thread: &Thread,
        fact: Fact,
        content: Option<Content>,
    ) -> Staged {
        self.stage_for(thread, Audience::still(thread.owner), fact, content)
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
