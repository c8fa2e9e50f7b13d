//! A cheap handle on the bus. Within a node it is a call; with Redis the other nodes hear it, too.

use std::{
    collections::BTreeSet,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};

use parking_lot::Mutex;
use protocol::ids::{NodeId, StreamId};
use tokio::sync::{Notify, mpsc};

use super::{envelope::Body, hint::Hint, presence::PresenceNews};
use crate::telemetry::metrics::all::metrics;

/// Messages that wait to be published. More than that means that Redis does not keep up, and then
/// the head poll is what carries on.
const QUEUE_MAX: usize = 8_192;

/// What comes out of the bus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// Something was committed, here or elsewhere.
    Hint(Hint),
    /// Another node tells of its agents.
    Presence {
        /// Which node.
        from: NodeId,
        /// What.
        news: PresenceNews,
    },
    /// A subscription has just begun: what was told before it was missed.
    Subscribed,
    /// The bus has come up, or gone down.
    Up(bool),
}

type Listener = Box<dyn Fn(Heard) + Send + Sync>;

/// The bus.
#[derive(Clone)]
pub struct Bus {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    /// This process.
    pub(super) node: NodeId,
    listener: OnceLock<Listener>,
    /// The way to the others, where there is one.
    pub(super) remote: Option<Remote>,
}

pub(super) struct Remote {
    queue: mpsc::Sender<Body>,
    /// The streams that this node follows.
    pub(super) followed: Mutex<BTreeSet<StreamId>>,
    /// Wakes the subscriber when that has changed.
    pub(super) changed: Notify,
    up: AtomicBool,
}

impl Bus {
    /// Makes the bus of a single node.
    pub fn local(node: NodeId) -> Self {
        Self { inner: Arc::new(Inner { node, listener: OnceLock::new(), remote: None }) }
    }

    /// Makes a bus that others hear, too, and what is to be published on it.
    pub(super) fn shared(node: NodeId) -> (Self, mpsc::Receiver<Body>) {
        let (queue, publishing) = mpsc::channel(QUEUE_MAX);
        let remote = Remote {
            queue,
            followed: Mutex::default(),
            changed: Notify::new(),
            up: AtomicBool::new(false),
        };
        let inner = Inner { node, listener: OnceLock::new(), remote: Some(remote) };
        (Self { inner: Arc::new(inner) }, publishing)
    }

    /// Sets who hears what comes. The first one stays.
    pub fn listen(&self, listener: impl Fn(Heard) + Send + Sync + 'static) {
        if self.inner.listener.set(Box::new(listener)).is_err() {
            tracing::error!("the bus already has a listener");
        }
    }

    /// Tells a hint. Never waits, so that an acknowledgement is not held up.
    pub fn publish(&self, hint: Hint) {
        self.send(Body::Hint(hint.clone()));
        self.hear(Heard::Hint(hint));
    }

    /// Tells a hint to the other nodes alone.
    pub fn tell_hint(&self, hint: Hint) {
        self.send(Body::Hint(hint));
    }

    /// Tells the other nodes of this node's agents.
    pub fn tell(&self, news: PresenceNews) {
        self.send(Body::Presence(news));
    }

    /// Wants to hear the hints of a stream.
    pub fn follow(&self, stream: StreamId) {
        if let Some(remote) = &self.inner.remote
            && remote.followed.lock().insert(stream)
        {
            remote.changed.notify_one();
        }
    }

    /// No longer wants to hear the hints of a stream.
    pub fn leave(&self, stream: StreamId) {
        if let Some(remote) = &self.inner.remote
            && remote.followed.lock().remove(&stream)
        {
            remote.changed.notify_one();
        }
    }

    /// Returns this node.
    pub fn node(&self) -> NodeId {
        self.inner.node
    }

    /// Says whether there may be other nodes.
    pub fn is_shared(&self) -> bool {
        self.inner.remote.is_some()
    }

    /// Says whether hints arrive. A bus without other nodes is always up.
    pub fn is_up(&self) -> bool {
        self.inner.remote.as_ref().is_none_or(|remote| remote.up.load(Ordering::Acquire))
    }

    pub(super) fn set_up(&self, up: bool) {
        let Some(remote) = &self.inner.remote else { return };
        if remote.up.swap(up, Ordering::AcqRel) != up {
            metrics().bus_up.set(i64::from(up));
            if up {
                tracing::info!("the bus is up");
            } else {
                tracing::warn!("the bus is down: changes of other nodes come by asking Postgres");
            }
            self.hear(Heard::Up(up));
        }
    }

    pub(super) fn hear(&self, heard: Heard) {
        if let Some(listener) = self.inner.listener.get() {
            listener(heard);
        }
    }

    fn send(&self, body: Body) {
        if let Some(remote) = &self.inner.remote
            && remote.queue.try_send(body).is_err()
        {
            metrics().bus_dropped.inc();
        }
    }
}
