//! The bus of a single node: a call. Other nodes on the same database find out by their head poll.

use std::sync::{Arc, OnceLock};

use protocol::{
    ids::{AgentId, InboxId, StreamId, ThreadId},
    signals::LockView,
};

/// News. Losing one costs a second at most: the head poll finds what it was about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
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
        assignee: Option<AgentId>,
        /// The lock as it is now.
        lock: Option<LockView>,
    },
    /// Somebody asks the holder for the lock.
    LockRequested {
        /// The thread.
        thread: ThreadId,
        /// Who holds it.
        holder: AgentId,
        /// Who asks.
        from: AgentId,
    },
}

type Listener = Box<dyn Fn(News) + Send + Sync>;

/// A cheap handle on the bus.
#[derive(Clone, Default)]
pub struct Bus {
    listener: Arc<OnceLock<Listener>>,
}

impl Bus {
    /// Sets who hears the news. The first one stays.
    pub fn listen(&self, listener: impl Fn(News) + Send + Sync + 'static) {
        if self.listener.set(Box::new(listener)).is_err() {
            tracing::error!("the bus already has a listener");
        }
    }

    /// Tells the news. Never waits, so that an acknowledgement is not held up.
    pub fn publish(&self, news: News) {
        if let Some(listener) = self.listener.get() {
            listener(news);
        }
    }
}
