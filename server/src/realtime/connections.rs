//! The connections of this node: whom a notice reaches, and which ones a revoked session closes.

use std::{
    collections::VecDeque,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use dashmap::DashMap;
use parking_lot::Mutex;
use protocol::{
    close::CloseCode,
    frames::ServerFrame,
    ids::{AgentId, ConnectionId, SessionId},
};
use tokio::sync::Notify;

/// A drain sends this many clients a second to the other nodes, or more where it would take too long.
const DRAINED_PER_SECOND: u32 = 500;
/// The longest drain.
const DRAIN_MAX: Duration = Duration::from_secs(30);
/// Most notices that wait for one connection; a further one is dropped, as the agent has plenty.
const NOTICES_MAX: usize = 16;

/// What the registry knows of a connection.
struct Handle {
    agent: AgentId,
    session: SessionId,
    rights_version: i64,
    post: Arc<Post>,
}

/// What waits for a connection. Most never get anything, so it is small while it is empty.
#[derive(Default)]
struct Post {
    close: OnceLock<CloseCode>,
    closed: Notify,
    notices: Mutex<VecDeque<Arc<ServerFrame>>>,
    noticed: Notify,
}

/// What a connection listens to.
pub struct Ears(Arc<Post>);

impl Ears {
    /// Waits until the connection has to be closed.
    pub async fn close(&self) -> CloseCode {
        loop {
            if let Some(code) = self.0.close.get() {
                return *code;
            }
            self.0.closed.notified().await;
        }
    }

    /// Waits for a frame that is for this agent only.
    pub async fn notice(&self) -> Arc<ServerFrame> {
        loop {
            if let Some(frame) = self.0.notices.lock().pop_front() {
                return frame;
            }
            self.0.noticed.notified().await;
        }
    }
}

impl Post {
    fn put(&self, frame: &Arc<ServerFrame>) {
        let mut notices = self.notices.lock();
        if notices.len() < NOTICES_MAX {
            notices.push_back(Arc::clone(frame));
            self.noticed.notify_one();
        }
    }
}

/// The connections of this node.
#[derive(Clone, Default)]
pub struct Connections {
    handles: Arc<DashMap<ConnectionId, Handle>>,
    drain: Arc<Drain>,
}

/// When each connection goes while the node drains.
#[derive(Default)]
struct Drain {
    /// How long it takes altogether, and for how many.
    window: OnceLock<(Duration, usize)>,
    next: AtomicUsize,
}

impl Connections {
    /// Adds a connection.
    pub fn add(
        &self,
        id: ConnectionId,
        (agent, rights_version): (AgentId, i64),
        session: SessionId,
    ) -> Ears {
        let post = Arc::new(Post::default());
        let handle = Handle { agent, session, rights_version, post: Arc::clone(&post) };
        self.handles.insert(id, handle);
        Ears(post)
    }

    /// Removes a connection.
    pub fn remove(&self, id: ConnectionId) {
        self.handles.remove(&id);
    }

    /// Returns how many there are.
    pub fn count(&self) -> usize {
        self.handles.len()
    }

    /// Returns how long a drain takes: as long as the other nodes need to take our clients.
    pub fn drain_window(&self) -> Duration {
        self.drain().0
    }

    /// Returns when the next connection goes, from the beginning of a drain: evenly over the window.
    pub fn drain_slot(&self) -> Duration {
        let (window, count) = self.drain();
        let place = self.drain.next.fetch_add(1, Ordering::Relaxed);
        let part = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        (window / part(count.max(1))).saturating_mul(part(place)).min(window)
    }

    fn drain(&self) -> (Duration, usize) {
        *self.drain.window.get_or_init(|| {
            let count = self.count();
            let window = Duration::from_secs(1)
                .saturating_mul(u32::try_from(count).unwrap_or(u32::MAX))
                / DRAINED_PER_SECOND;
            (window.min(DRAIN_MAX), count)
        })
    }

    /// Closes the connections of a session.
    pub fn close_session(&self, session: SessionId, code: CloseCode) {
        self.close(code, |handle| handle.session == session);
    }

    /// Closes the connections of an agent that have older rights than these.
    pub fn close_older(&self, agent: AgentId, rights_version: i64) {
        let older =
            |handle: &Handle| handle.agent == agent && handle.rights_version < rights_version;
        self.close(CloseCode::Rights, older);
    }

    fn close(&self, code: CloseCode, which: impl Fn(&Handle) -> bool) {
        for handle in self.handles.iter().filter(|handle| which(handle)) {
            // The first reason is the one.
            let _known = handle.post.close.set(code);
            handle.post.closed.notify_one();
        }
    }

    /// Sends a frame to every connection of an agent.
    pub fn notice(&self, agent: AgentId, frame: &ServerFrame) {
        let frame = Arc::new(frame.clone());
        for handle in self.handles.iter().filter(|handle| handle.agent == agent) {
            handle.post.put(&frame);
        }
    }
}
