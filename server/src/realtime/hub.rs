//! The real-time core as one handle: it hears the news and keeps feeds and signals up to date.

use std::{sync::Arc, time::Duration};

use protocol::{
    close::CloseCode,
    frames::{LockRequested, ServerFrame},
    ids::{NodeId, StreamId},
};
use uuid::Uuid;

use super::{
    connections::Connections,
    feeds::Feeds,
    presence::Presence,
    ring::{Owner, RingLimits},
};
use crate::{
    bus::{handle::Bus, hint::Hint},
    clock::Clock,
    domain::fact::Fact,
    shutdown::Shutdown,
    store::{error::StoreError, events, pool::Store},
};

/// How often signals are looked through for what is over.
const SWEEP: Duration = Duration::from_millis(250);
/// How long to wait after Postgres has failed.
const RETRY: Duration = Duration::from_millis(250);
/// How many of the organisation's events are read at a time.
const ORG_PAGE: usize = 500;

/// The real-time core of this node.
#[derive(Clone)]
pub struct Hub {
    /// This process.
    pub node_id: NodeId,
    /// The streams that it serves.
    pub feeds: Feeds,
    /// Who does what.
    pub presence: Presence,
    /// Who is connected.
    pub connections: Connections,
}

impl Hub {
    /// Starts the core: it listens to the bus, follows the organisation, and sweeps.
    pub async fn start(
        store: Store,
        bus: &Bus,
        clock: Clock,
        shutdown: &Shutdown,
        limits: RingLimits,
    ) -> Result<Self, StoreError> {
        let feeds = Feeds::start(store.clone(), shutdown.clone(), limits);
        let hub = Self {
            node_id: Uuid::now_v7().into(),
            presence: Presence::new(feeds.clone()),
            connections: Connections::default(),
            feeds,
        };
        let listening = hub.clone();
        bus.listen(move |hint| listening.hear(hint));
        let org = hub.feeds.follow(StreamId::ORG).await?;
        if let Some(org) = org {
            let (following, ending) = (hub.clone(), shutdown.clone());
            let wake = Arc::new(tokio::sync::Notify::new());
            let waiting = org.wait(Arc::clone(&wake));
            shutdown.spawn("org", async move {
                let _waiting = waiting;
                let mut at = org.head();
                loop {
                    tokio::select! {
                        () = wake.notified() => {}
                        () = ending.cancelled() => return,
                    }
                    while let Err(error) = following.follow_org(&store, &mut at).await {
                        tracing::warn!(error = %error, "the organisation could not be followed");
                        tokio::select! {
                            () = tokio::time::sleep(RETRY) => {}
                            () = ending.cancelled() => return,
                        }
                    }
                }
            });
        }
        let (sweeping, ending) = (hub.clone(), shutdown.clone());
        shutdown.spawn("sweep", async move { sweeping.sweep(&clock, &ending).await });
        Ok(hub)
    }

    fn hear(&self, hint: Hint) {
        match hint {
            Hint::Head { stream, head } => {
                if let Some(feed) = self.feeds.get(stream) {
                    feed.hint(head);
                }
            }
            Hint::Lock { inbox, thread, assignee, lock } => {
                if let Some(feed) = self.feeds.get(inbox.into()) {
                    let known = feed.ring(|ring| ring.owner(thread));
                    let owner = known.map_or(assignee, |Owner(owner)| owner);
                    feed.change_signals(|signals| signals.set_lock(thread, owner, lock));
                }
            }
            Hint::ContactTyping { .. } => {}
            Hint::LockRequested { thread, holder, from, .. } => {
                let frame = ServerFrame::LockRequested(LockRequested { thread_id: thread, from });
                self.connections.notice(holder, &frame);
            }
        }
    }

    /// Acts on what happened to the organisation: so far, sessions that ended.
    async fn follow_org(&self, store: &Store, at: &mut u64) -> Result<(), StoreError> {
        loop {
            let page = events::after(store, StreamId::ORG, *at, ORG_PAGE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            *at = last.seq;
            for event in &page {
                if let Some(Fact::SessionRevoked { session_id, .. }) = &event.fact {
                    self.connections.close_session(*session_id, CloseCode::SessionRevoked);
                }
            }
        }
    }

    async fn sweep(&self, clock: &Clock, shutdown: &Shutdown) {
        let mut ticks = tokio::time::interval(SWEEP);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                () = shutdown.cancelled() => return,
            }
            self.presence.sweep(clock.instant());
        }
    }
}
