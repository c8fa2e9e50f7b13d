//! One stream as this node holds it: its ring, its signals, and who waits for more.
//!
//! A feed is told that the stream has grown and reads what is new from Postgres, in order and many
//! at a time: one way for this node's own commits, for other nodes', and for healing.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use parking_lot::Mutex;
use protocol::{ids::StreamId, limits::FRAME_EVENTS_MAX};
use tokio::sync::Notify;
use tokio_tungstenite::tungstenite::Utf8Bytes;
use uuid::Uuid;

use super::{
    encode,
    ring::{Entry, Ring, RingLimits},
    signals::Signals,
};
use crate::{
    domain::cursor::{HashPrefix, StreamState},
    store::{error::StoreError, events, pool::Store},
};

/// A frame of events, for all readers who see everything, are at `prev`, and have these rights.
#[derive(Debug, Clone)]
pub(super) struct SharedFrame {
    pub(super) prev: u64,
    pub(super) rights_version: i64,
    /// Where it leads.
    pub(super) to: u64,
    pub(super) hash: HashPrefix,
    /// How many events it has.
    pub(super) events: usize,
    pub(super) text: Utf8Bytes,
}

/// One stream on this node.
pub struct Feed {
    /// The stream.
    pub stream: StreamId,
    /// Its epoch.
    pub epoch: Uuid,
    ring: Mutex<Ring>,
    signals: Mutex<Signals>,
    frame: Mutex<Option<SharedFrame>>,
    wanted: AtomicU64,
    ended: AtomicBool,
    grown: Notify,
    waiting: Mutex<Vec<(u64, Arc<Notify>)>>,
    next_waiter: AtomicU64,
}

/// Keeps a connection woken; dropping it ends that.
pub struct Waiting {
    feed: Arc<Feed>,
    number: u64,
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.feed.waiting.lock().retain(|(number, _wake)| *number != self.number);
    }
}

impl Feed {
    /// Makes a feed that goes on from where the stream is.
    pub fn new(
        stream: StreamId,
        state: StreamState,
        head_hash: HashPrefix,
        limits: RingLimits,
    ) -> Self {
        Self {
            stream,
            epoch: state.epoch,
            ring: Mutex::new(Ring::new(state.head, head_hash, limits)),
            signals: Mutex::default(),
            frame: Mutex::default(),
            wanted: AtomicU64::new(state.head),
            ended: AtomicBool::new(false),
            grown: Notify::new(),
            waiting: Mutex::default(),
            next_waiter: AtomicU64::new(0),
        }
    }

    /// Says that the stream goes up to `head`; whether that is news. A smaller number than known says
    /// nothing new.
    pub fn hint(&self, head: u64) -> bool {
        let new = self.wanted.fetch_max(head, Ordering::AcqRel) < head;
        if new {
            self.grown.notify_one();
        }
        new
    }

    /// Says whether anybody follows.
    pub(super) fn is_idle(&self) -> bool {
        self.waiting.lock().is_empty()
    }

    /// Ends the feed's task.
    pub(super) fn end(&self) {
        self.ended.store(true, Ordering::Release);
        self.grown.notify_one();
    }

    /// Says whether the feed's task is to end.
    pub(super) fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Acquire)
    }

    /// Waits until there is more to fetch than the ring has.
    pub(super) async fn grown(&self) {
        self.grown.notified().await;
    }

    /// Fetches what is missing, a page at a time, and wakes the readers after each.
    pub(super) async fn fetch(&self, store: &Store) -> Result<(), StoreError> {
        loop {
            let head = self.head();
            if head >= self.wanted.load(Ordering::Acquire) {
                return Ok(());
            }
            let page = events::told_after(store, self.stream, head, FRAME_EVENTS_MAX).await?;
            if page.is_empty() {
                // The hint was ahead of what this connection to Postgres can see.
                return Ok(());
            }
            {
                let mut ring = self.ring.lock();
                let mut signals = self.signals.lock();
                for (stored, told) in &page {
                    let owner = stored.thread.and_then(|(_thread, _audience, now)| now);
                    ring.push(encode::entry(stored, told.as_ref()), owner);
                    if let Some((thread, audience, now)) = stored.thread
                        && audience.before != audience.after
                    {
                        signals.set_assignee(thread, now);
                    }
                }
            }
            self.wake();
        }
    }

    /// Returns the last place in the ring.
    pub fn head(&self) -> u64 {
        self.ring.lock().head()
    }

    /// Returns the last place in the ring and its hash.
    pub fn head_and_hash(&self) -> (u64, HashPrefix) {
        let ring = self.ring.lock();
        (ring.head(), ring.head_hash())
    }

    /// Looks into the ring.
    pub(super) fn ring<T>(&self, look: impl FnOnce(&Ring) -> T) -> T {
        look(&self.ring.lock())
    }

    /// Returns up to `limit` events after a place, if the ring goes back so far.
    pub(super) fn recent(&self, after: u64, limit: usize) -> Option<Vec<Arc<Entry>>> {
        self.ring.lock().after(after, limit)
    }

    /// Returns the newest frame if it goes on from this place.
    pub(super) fn shared_frame(&self, prev: u64, rights_version: i64) -> Option<SharedFrame> {
        let newest = self.frame.lock();
        let fits = |it: &&SharedFrame| it.prev == prev && it.rights_version == rights_version;
        newest.as_ref().filter(fits).cloned()
    }

    /// Keeps a frame for the readers who come to the same place.
    pub(super) fn share(&self, frame: SharedFrame) {
        *self.frame.lock() = Some(frame);
    }

    /// Looks at the signals.
    pub(super) fn signals<T>(&self, look: impl FnOnce(&Signals) -> T) -> T {
        look(&self.signals.lock())
    }

    /// Changes the signals and wakes the readers if something is different.
    pub fn change_signals(&self, change: impl FnOnce(&mut Signals) -> bool) {
        if change(&mut self.signals.lock()) {
            self.wake();
        }
    }

    /// Wakes a connection whenever there is more.
    pub fn wait(self: &Arc<Self>, wake: Arc<Notify>) -> Waiting {
        let number = self.next_waiter.fetch_add(1, Ordering::Relaxed);
        self.waiting.lock().push((number, wake));
        Waiting { feed: Arc::clone(self), number }
    }

    fn wake(&self) {
        for (_number, wake) in self.waiting.lock().iter() {
            wake.notify_one();
        }
    }
}
