//! The feeds of this node, each with its task, and the poll that heals them.

use std::{
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

use dashmap::DashMap;
use protocol::ids::{InboxId, StreamId};
use tokio::sync::Notify;

use super::{
    feed::Feed,
    ring::{Ring, RingLimits},
    signals::Signals,
};
use crate::{
    bus::handle::Bus,
    shutdown::Shutdown,
    store::{error::StoreError, events, locks, pool::Store},
    telemetry::metrics::all::metrics,
};

/// How often Postgres is asked for the heads of the streams that are served: the longest that a lost
/// hint can cost.
const HEAD_POLL: Duration = Duration::from_secs(1);
/// The same while the bus is down, when there are no hints at all.
const HEAD_POLL_DEAF: Duration = Duration::from_millis(250);
/// How long a feed waits after Postgres has failed it.
const RETRY: Duration = Duration::from_millis(250);
/// A feed that nobody follows is kept for this long: they may come back.
const LINGER: Duration = Duration::from_secs(10);

type Begun = Box<dyn Fn(InboxId) + Send + Sync>;

/// The feeds of this node.
#[derive(Clone)]
pub struct Feeds {
    store: Store,
    bus: Bus,
    shutdown: Shutdown,
    limits: RingLimits,
    by_stream: Arc<DashMap<StreamId, Kept>>,
    heal_now: Arc<Notify>,
    begun: Arc<OnceLock<Begun>>,
}

/// A feed, and when it was wanted last.
struct Kept {
    feed: Arc<Feed>,
    wanted_at: Instant,
}

impl Feeds {
    /// Makes the registry and starts the poll.
    pub fn start(store: Store, bus: Bus, shutdown: Shutdown, limits: RingLimits) -> Self {
        let feeds = Self {
            store,
            bus,
            shutdown,
            limits,
            by_stream: Arc::default(),
            heal_now: Arc::default(),
            begun: Arc::default(),
        };
        let polling = feeds.clone();
        feeds.shutdown.spawn("head-poll", async move { polling.poll().await });
        feeds
    }

    /// Sets who is told of feeds that have begun. The first one stays.
    pub(super) fn on_begun(&self, begun: impl Fn(InboxId) + Send + Sync + 'static) {
        let _first = self.begun.set(Box::new(begun));
    }

    /// Returns the feed of a stream, if this node has it.
    pub fn get(&self, stream: StreamId) -> Option<Arc<Feed>> {
        self.by_stream.get(&stream).map(|kept| Arc::clone(&kept.feed))
    }

    /// Returns the feed of a stream and begins it if need be; `None` if there is no such stream. The
    /// caller waits on it soon, or it goes.
    pub async fn follow(&self, stream: StreamId) -> Result<Option<Arc<Feed>>, StoreError> {
        if let Some(mut kept) = self.by_stream.get_mut(&stream) {
            kept.wanted_at = Instant::now();
            return Ok(Some(Arc::clone(&kept.feed)));
        }
        let Some(state) = events::state(&self.store, stream).await? else { return Ok(None) };
        let hash = events::hash_at(&self.store, stream, state.head).await?.unwrap_or_default();
        let mut began = false;
        let feed = {
            let mut kept = self.by_stream.entry(stream).or_insert_with(|| {
                began = true;
                let feed = Arc::new(Feed::new(stream, state, hash, self.limits));
                Kept { feed, wanted_at: Instant::now() }
            });
            kept.wanted_at = Instant::now();
            Arc::clone(&kept.feed)
        };
        if began {
            self.bus.follow(stream);
            let (store, shutdown) = (self.store.clone(), self.shutdown.clone());
            let growing = Arc::clone(&feed);
            let task = async move { fetch(&growing, &store, &shutdown).await };
            self.shutdown.spawn("feed", task);
            self.load_locks(&[stream.into()]).await?;
            if let Some(begun) = self.begun.get() {
                begun(stream.into());
            }
        }
        Ok(Some(feed))
    }

    /// Asks Postgres at once what was missed.
    pub(super) fn heal_now(&self) {
        self.heal_now.notify_one();
    }

    async fn poll(&self) {
        loop {
            let wait = if self.bus.is_up() { HEAD_POLL } else { HEAD_POLL_DEAF };
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.heal_now.notified() => {}
                () = self.shutdown.cancelled() => return,
            }
            self.drop_idle();
            self.measure();
            if let Err(error) = self.heal().await {
                tracing::warn!(error = %error, "the head poll failed");
            }
        }
    }

    /// Brings the gauges up to date.
    fn measure(&self) {
        metrics().feeds_open.set(i64::try_from(self.by_stream.len()).unwrap_or(i64::MAX));
        let bytes: usize = self.by_stream.iter().map(|kept| kept.feed.ring(Ring::bytes)).sum();
        metrics().feed_rings_bytes.set(i64::try_from(bytes).unwrap_or(i64::MAX));
    }

    /// Finds what the bus has lost: heads of streams, and locks that other nodes gave.
    async fn heal(&self) -> Result<(), StoreError> {
        let streams: Vec<StreamId> = self.by_stream.iter().map(|kept| *kept.key()).collect();
        if streams.is_empty() {
            return Ok(());
        }
        for (stream, head) in events::heads(&self.store, &streams).await? {
            if let Some(feed) = self.get(stream)
                && feed.hint(head)
            {
                metrics().hints_missed.inc();
            }
        }
        let inboxes: Vec<InboxId> = streams.into_iter().map(InboxId::from).collect();
        self.load_locks(&inboxes).await
    }

    /// Ends the feeds that nobody follows any more.
    fn drop_idle(&self) {
        self.by_stream.retain(|stream, kept| {
            let keep = !kept.feed.is_idle() || kept.wanted_at.elapsed() < LINGER;
            if !keep {
                kept.feed.end();
                self.bus.leave(*stream);
            }
            keep
        });
    }

    async fn load_locks(&self, inboxes: &[InboxId]) -> Result<(), StoreError> {
        let found = inboxes.iter().filter_map(|inbox| self.get((*inbox).into()));
        let seen: Vec<_> = found.map(|feed| (feed.signals(Signals::version), feed)).collect();
        let held = locks::held(&self.store, inboxes).await?;
        for (seen, feed) in seen {
            let ours = held.iter().filter(|it| StreamId::from(it.inbox_id) == feed.stream);
            let ours = ours.map(|it| (it.thread_id, it.owner, it.lock.clone()));
            feed.change_signals(|signals| signals.sync_locks(seen, ours));
        }
        Ok(())
    }
}

async fn fetch(feed: &Feed, store: &Store, shutdown: &Shutdown) {
    loop {
        tokio::select! {
            () = feed.grown() => {}
            () = shutdown.cancelled() => return,
        }
        if feed.has_ended() {
            return;
        }
        while let Err(error) = feed.fetch(store).await {
            tracing::warn!(stream = %feed.stream, error = %error, "a feed could not be read on");
            tokio::select! {
                () = tokio::time::sleep(RETRY) => {}
                () = shutdown.cancelled() => return,
            }
        }
    }
}
