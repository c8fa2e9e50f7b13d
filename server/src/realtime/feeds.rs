//! The feeds of this node, each with its task, and the poll that heals them.

use std::{sync::Arc, time::Duration};

use dashmap::DashMap;
use protocol::ids::{InboxId, StreamId};

use super::{
    feed::Feed,
    ring::{Ring, RingLimits},
    signals::Signals,
};
use crate::{
    shutdown::Shutdown,
    store::{error::StoreError, events, locks, pool::Store},
    telemetry::metrics::all::metrics,
};

/// How often Postgres is asked for the heads of the streams that are served: the longest that a lost
/// hint can cost.
pub const HEAD_POLL: Duration = Duration::from_secs(1);
/// How long a feed waits after Postgres has failed it.
const RETRY: Duration = Duration::from_millis(250);

/// The feeds of this node.
#[derive(Clone)]
pub struct Feeds {
    store: Store,
    shutdown: Shutdown,
    limits: RingLimits,
    by_stream: Arc<DashMap<StreamId, Arc<Feed>>>,
}

impl Feeds {
    /// Makes the registry and starts the poll.
    pub fn start(store: Store, shutdown: Shutdown, limits: RingLimits) -> Self {
        let feeds = Self { store, shutdown, limits, by_stream: Arc::default() };
        let polling = feeds.clone();
        feeds.shutdown.spawn("head-poll", async move { polling.poll().await });
        feeds
    }

    /// Returns the feed of a stream, if this node has it.
    pub fn get(&self, stream: StreamId) -> Option<Arc<Feed>> {
        self.by_stream.get(&stream).map(|feed| Arc::clone(&feed))
    }

    /// Returns the feed of a stream and begins it if need be; `None` if there is no such stream.
    pub async fn follow(&self, stream: StreamId) -> Result<Option<Arc<Feed>>, StoreError> {
        if let Some(feed) = self.get(stream) {
            return Ok(Some(feed));
        }
        let Some(state) = events::state(&self.store, stream).await? else { return Ok(None) };
        let hash = events::hash_at(&self.store, stream, state.head).await?.unwrap_or_default();
        let mut began = false;
        let feed = Arc::clone(&self.by_stream.entry(stream).or_insert_with(|| {
            began = true;
            Arc::new(Feed::new(stream, state, hash, self.limits))
        }));
        if began {
            let (store, shutdown) = (self.store.clone(), self.shutdown.clone());
            let growing = Arc::clone(&feed);
            let task = async move { fetch(&growing, &store, &shutdown).await };
            self.shutdown.spawn("feed", task);
            self.load_locks(&[stream.into()]).await?;
        }
        Ok(Some(feed))
    }

    async fn poll(&self) {
        let mut ticks = tokio::time::interval(HEAD_POLL);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                () = self.shutdown.cancelled() => return,
            }
            self.measure();
            if let Err(error) = self.heal().await {
                tracing::warn!(error = %error, "the head poll failed");
            }
        }
    }

    /// Brings the gauges up to date.
    fn measure(&self) {
        metrics().feeds_open.set(i64::try_from(self.by_stream.len()).unwrap_or(i64::MAX));
        let bytes: usize = self.by_stream.iter().map(|feed| feed.ring(Ring::bytes)).sum();
        metrics().feed_rings_bytes.set(i64::try_from(bytes).unwrap_or(i64::MAX));
    }

    /// Finds what the bus has lost: heads of streams, and locks that other nodes gave.
    async fn heal(&self) -> Result<(), StoreError> {
        let streams: Vec<StreamId> = self.by_stream.iter().map(|feed| *feed.key()).collect();
        if streams.is_empty() {
            return Ok(());
        }
        for (stream, head) in events::heads(&self.store, &streams).await? {
            if let Some(feed) = self.get(stream) {
                feed.hint(head);
            }
        }
        let inboxes: Vec<InboxId> = streams.into_iter().map(InboxId::from).collect();
        self.load_locks(&inboxes).await
    }

    async fn load_locks(&self, inboxes: &[InboxId]) -> Result<(), StoreError> {
        let found = inboxes.iter().filter_map(|inbox| self.get((*inbox).into()));
        let seen: Vec<_> = found.map(|feed| (feed.signals(Signals::version), feed)).collect();
        let held = locks::held(&self.store, inboxes).await?;
        for (seen, feed) in seen {
            let ours = held.iter().filter(|it| StreamId::from(it.inbox_id) == feed.stream);
            let ours = ours.map(|it| (it.thread_id, it.assignee_id, it.lock.clone()));
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
        while let Err(error) = feed.fetch(store).await {
            tracing::warn!(stream = %feed.stream, error = %error, "a feed could not be read on");
            tokio::select! {
                () = tokio::time::sleep(RETRY) => {}
                () = shutdown.cancelled() => return,
            }
        }
    }
}
