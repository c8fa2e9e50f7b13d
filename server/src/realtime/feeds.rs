//! The feeds of this node, each with its task, and the poll that heals them.

use std::{sync::Arc, time::Duration};

use dashmap::DashMap;
use protocol::ids::{InboxId, StreamId};

use super::{feed::Feed, ring::RingLimits};
use crate::{
    shutdown::Shutdown,
    store::{error::StoreError, events, locks, pool::Store},
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
    feeds: Arc<DashMap<StreamId, Arc<Feed>>>,
}

impl Feeds {
    /// Makes the registry and starts the poll.
    pub fn start(store: Store, shutdown: Shutdown, limits: RingLimits) -> Self {
        let feeds = Self { store, shutdown, limits, feeds: Arc::default() };
        let polling = feeds.clone();
        feeds.shutdown.spawn("head-poll", async move { polling.poll().await });
        feeds
    }

    /// Returns the feed of a stream, if this node has it.
    pub fn get(&self, stream: StreamId) -> Option<Arc<Feed>> {
        self.feeds.get(&stream).map(|feed| Arc::clone(&feed))
    }

    /// Returns all feeds.
    pub fn all(&self) -> Vec<Arc<Feed>> {
        self.feeds.iter().map(|feed| Arc::clone(&feed)).collect()
    }

    /// Returns the feed of a stream and begins it if need be; `None` if there is no such stream.
    pub async fn follow(&self, stream: StreamId) -> Result<Option<Arc<Feed>>, StoreError> {
        if let Some(feed) = self.get(stream) {
            return Ok(Some(feed));
        }
        let Some(state) = events::state(&self.store, stream).await? else { return Ok(None) };
        let hash = events::hash_at(&self.store, stream, state.head).await?.unwrap_or_default();
        let mut began = false;
        let feed = Arc::clone(&self.feeds.entry(stream).or_insert_with(|| {
            began = true;
            Arc::new(Feed::new(stream, state, hash, self.limits))
        }));
        if began {
            let (store, shutdown) = (self.store.clone(), self.shutdown.clone());
            let fed = Arc::clone(&feed);
            self.shutdown.spawn("feed", async move { fetch(&fed, &store, &shutdown).await });
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
            if let Err(error) = self.heal().await {
                tracing::warn!(error = %error, "the head poll failed");
            }
        }
    }

    /// Finds what the bus has lost: heads of streams, and locks that other nodes gave.
    async fn heal(&self) -> Result<(), StoreError> {
        let streams: Vec<StreamId> = self.feeds.iter().map(|feed| *feed.key()).collect();
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
        let held = locks::held(&self.store, inboxes).await?;
        for inbox in inboxes {
            let Some(feed) = self.get((*inbox).into()) else { continue };
            feed.change_signals(|signals| {
                let mut changed = false;
                for thread in signals.locked() {
                    if !held.iter().any(|lock| lock.thread_id == thread) {
                        changed |= signals.end_lock(thread);
                    }
                }
                for lock in held.iter().filter(|lock| lock.inbox_id == *inbox) {
                    let view = Some(lock.lock.clone());
                    changed |= signals.set_lock(lock.thread_id, lock.assignee_id, view);
                }
                changed
            });
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
