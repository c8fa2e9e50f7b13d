//! Hints: that something was committed. Losing one costs a second at most, because the head poll
//! finds what it was about.

use protocol::{
    drafts::DraftPerson,
    ids::{AgentId, InboxId, NodeId, StreamId, ThreadId},
    owners::Assignment,
    signals::LockView,
};
use serde::{Deserialize, Serialize};

/// A hint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Hint {
    /// A stream has grown.
    Head {
        /// The stream.
        stream: StreamId,
        /// Its last place.
        head: u64,
    },
    /// A thread's lock was taken, renewed or given back.
    Lock {
        /// The thread's inbox.
        inbox: InboxId,
        /// The thread.
        thread: ThreadId,
        /// Who owns the thread, for the visibility rule.
        owner: Assignment,
        /// The lock as it is now.
        lock: Option<LockView>,
    },
    /// Somebody asks the holder for the lock.
    LockRequested {
        /// The thread's inbox.
        inbox: InboxId,
        /// The thread.
        thread: ThreadId,
        /// Who holds it.
        holder: AgentId,
        /// Who asks.
        from: AgentId,
    },
    /// Something has happened to a draft.
    Draft {
        /// The thread's inbox.
        inbox: InboxId,
        /// The thread.
        thread: ThreadId,
        /// How often something has.
        version: u64,
    },
    /// Who has a draft open on a node: everybody there.
    DraftPeople {
        /// The thread's inbox.
        inbox: InboxId,
        /// The thread.
        thread: ThreadId,
        /// The node.
        node: NodeId,
        /// Whether the others shall tell theirs.
        ask: bool,
        /// Them.
        people: Vec<DraftPerson>,
    },
    /// The customer types or has stopped, where its channel tells.
    ContactTyping {
        /// The thread's inbox.
        inbox: InboxId,
        /// The thread.
        thread: ThreadId,
        /// Who owns the thread, for the visibility rule.
        owner: Assignment,
        /// Whether it types.
        typing: bool,
    },
}

impl Hint {
    /// Returns the stream whose followers want to hear it.
    pub fn stream(&self) -> StreamId {
        match self {
            Self::Head { stream, .. } => *stream,
            Self::Lock { inbox, .. }
            | Self::LockRequested { inbox, .. }
            | Self::Draft { inbox, .. }
            | Self::DraftPeople { inbox, .. }
            | Self::ContactTyping { inbox, .. } => (*inbox).into(),
        }
    }
}
