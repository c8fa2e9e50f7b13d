//! One stream as this node holds it: its ring, its signals, and who waits for more.
//!
//! A feed is told that the stream has grown and reads what is new from Postgres, in order and many
//! at a time: one way for this node's own commits, for other nodes', and for healing. What it has read
//! it writes to the connections that wait for nothing else, and wakes the others.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use parking_lot::Mutex;
use protocol::{ids::StreamId, limits::FRAME_EVENTS_MAX};
use tokio::sync::Notify;
use tokio_tungstenite::tungstenite::Utf8Bytes;
use uuid::Uuid;

use super::{
    encode,
    live::{Delivered, Live},
    ring::{Entry, Ring, RingLimits},
    signals::Signals,
};
use crate::{
    domain::cursor::{HashPrefix, Position, StreamState},
    store::{error::StoreError, events, pool::Store},
};

/// So many connections are served before other tasks have a turn: about half a millisecond.
const SERVED_AT_ONCE: usize = 64;

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
    /// In the order of their numbers.
    waiting: Mutex<Vec<Waiter>>,
    next_waiter: AtomicU64,
}

/// Who waits for more.
#[derive(Clone)]
struct Waiter {
    number: u64,
    wake: Arc<Notify>,
    /// A reader who sees everything, and so can be sent what others are.
    live: Option<Arc<Live>>,
}

/// Keeps a connection woken; dropping it ends that.
pub struct Waiting {
    feed: Arc<Feed>,
    number: u64,
}

impl Waiting {
    /// Lets the feed write for this reader from here on, whenever its line is open.
    pub(super) fn serve(&self, live: &Arc<Live>) {
        let mut waiting = self.feed.waiting.lock();
        if let Ok(index) = waiting.binary_search_by_key(&self.number, |waiter| waiter.number)
            && let Some(waiter) = waiting.get_mut(index)
        {
            waiter.live = Some(Arc::clone(live));
        }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.feed.waiting.lock().retain(|waiter| waiter.number != self.number);
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

    /// Fetches what is missing, a page at a time, and delivers each.
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
            let (mut entries, mut signalled) = (None, false);
            {
                let mut ring = self.ring.lock();
                let mut signals = self.signals.lock();
                for (stored, told) in &page {
                    let owner =
                        stored.thread.map(|(_thread, _audience, now)| now).unwrap_or_default();
                    ring.push(encode::entry(stored, told.as_ref()), owner);
                    if let Some((thread, audience, now)) = stored.thread
                        && audience.before != audience.after
                    {
                        signalled |= signals.set_owner(thread, now);
                    }
                }
                if !signalled {
                    entries = ring.after(head, FRAME_EVENTS_MAX);
                }
            }
            self.deliver(head, &entries.unwrap_or_default()).await;
        }
    }

    /// Gives what is new after `prev` to everyone who waits. Without entries they are only woken.
    async fn deliver(&self, prev: u64, entries: &[Arc<Entry>]) {
        // The same for all, but for the version of their rights in its cursor.
        let mut made = BTreeMap::new();
        let mut from = 0;
        loop {
            let some = self.waiting_from(from);
            for Waiter { number, wake, live } in &some {
                from = number + 1;
                let delivered = live.as_ref().map_or(Delivered::Not, |live| {
                    let rights_version = live.rights_version;
                    let made = made.entry(rights_version).or_insert_with(|| {
                        let frame = self.frame_of_all(prev, rights_version, entries)?;
                        let message = encode::message(&frame.text);
                        Some((frame, message))
                    });
                    let made = made.as_ref();
                    made.map_or(Delivered::Not, |(frame, message)| live.deliver(frame, message))
                });
                if matches!(delivered, Delivered::Begun | Delivered::Not) {
                    wake.notify_one();
                }
            }
            if some.len() < SERVED_AT_ONCE {
                return;
            }
            tokio::task::yield_now().await;
        }
    }

    fn waiting_from(&self, number: u64) -> Vec<Waiter> {
        let waiting = self.waiting.lock();
        let skip = waiting.partition_point(|waiter| waiter.number < number);
        waiting.iter().skip(skip).take(SERVED_AT_ONCE).cloned().collect()
    }

    /// Makes the frame of all new events for readers who see everything; `None` where there is none
    /// that is the same for all of them, or they do not fit into one.
    fn frame_of_all(
        &self,
        prev: u64,
        rights_version: i64,
        entries: &[Arc<Entry>],
    ) -> Option<SharedFrame> {
        let fits = encode::fitting(entries).len() == entries.len();
        (fits && is_plain(prev, entries)).then(|| self.share(prev, rights_version, entries))?
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

    /// Makes a frame of events after `prev`, and keeps it for the readers who come to the same place;
    /// `None` where there is no event.
    pub(super) fn share(
        &self,
        prev: u64,
        rights_version: i64,
        entries: &[Arc<Entry>],
    ) -> Option<SharedFrame> {
        let last = entries.last()?;
        let (epoch, seq, hash) = (self.epoch, last.seq, last.hash);
        let cursor = Position { epoch, seq, hash, rights_version }.encode();
        let told = || entries.iter().map(|entry| &*entry.json).filter(|json| !json.is_empty());
        let text = encode::batch(self.stream, prev, seq, &cursor, told());
        let events = told().count();
        let frame = SharedFrame { prev, rights_version, to: seq, hash, events, text };
        *self.frame.lock() = Some(frame.clone());
        Some(frame)
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
        self.waiting.lock().push(Waiter { number, wake, live: None });
        Waiting { feed: Arc::clone(self), number }
    }

    fn wake(&self) {
        for waiter in self.waiting.lock().iter() {
            waiter.wake.notify_one();
        }
    }
}

/// Says whether these events go on from a place, and are told alike to all who see everything.
pub(super) fn is_plain(prev: u64, entries: &[Arc<Entry>]) -> bool {
    entries.first().is_some_and(|entry| entry.seq == prev + 1)
        && entries.iter().all(|entry| entry.private_to.is_none() && !entry.whole)
}
