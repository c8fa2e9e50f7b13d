//! The real-time core as one handle: it hears the news and keeps feeds and signals up to date.

use std::{sync::Arc, time::Duration};

use protocol::{
    close::CloseCode,
    frames::{LockRequested, ServerFrame},
    ids::{NodeId, SessionId, StreamId},
};

use super::{
    connections::Connections, drafts::Drafts, feeds::Feeds, pages::Pages,
    presence::handle::Presence, ring::RingLimits,
};
use crate::{
    bus::{
        handle::{Bus, Heard},
        hint::Hint,
    },
    clock::Clock,
    domain::fact::Fact,
    shutdown::Shutdown,
    store::{agents, error::StoreError, events, pool::Store},
};

/// How often signals are looked through for what is over.
const SWEEP: Duration = Duration::from_millis(250);
/// How often the other nodes are told that this one lives.
const BEAT: Duration = Duration::from_secs(1);
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
    /// Who has which draft open.
    pub drafts: Drafts,
    /// What is no longer in memory.
    pub pages: Pages,
    /// Who is connected.
    pub connections: Connections,
}

impl Hub {
    /// Starts the core: it listens to the bus, follows the organisation, and sweeps.
    pub async fn start(
        pages: Pages,
        bus: &Bus,
        clock: Clock,
        shutdown: &Shutdown,
        limits: RingLimits,
    ) -> Result<Self, StoreError> {
        let store = pages.store.clone();
        let feeds = Feeds::start(store.clone(), bus.clone(), shutdown.clone(), limits);
        let hub = Self {
            node_id: bus.node(),
            presence: Presence::new(feeds.clone(), bus.clone()),
            drafts: Drafts::start(
                feeds.clone(),
                bus.clone(),
                store.clone(),
                (clock.clone(), shutdown),
            ),
            connections: Connections::default(),
            pages,
            feeds,
        };
        let filling = hub.presence.clone();
        hub.feeds.on_begun(move |inbox| filling.fill(inbox));
        let (listening, ticking) = (hub.clone(), clock.clone());
        bus.listen(move |heard| listening.hear(heard, &ticking));
        let org = hub.feeds.follow(StreamId::ORG).await?;
        hub.presence.set_people(agents::colleagues(&store).await?);
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
        if bus.is_shared() {
            let (beating, ending) = (hub.presence.clone(), shutdown.clone());
            shutdown.spawn("beat", async move { beat(&beating, &ending).await });
        }
        Ok(hub)
    }

    fn hear(&self, heard: Heard, clock: &Clock) {
        match heard {
            Heard::Hint(hint) => self.hint(hint, clock),
            Heard::Presence { from, news } => self.presence.take(from, news, clock.instant()),
            Heard::Subscribed => self.feeds.heal_now(),
            Heard::Up(up) => {
                self.presence.set_up(up, clock.instant());
                self.feeds.heal_now();
            }
        }
    }

    fn hint(&self, hint: Hint, clock: &Clock) {
        match hint {
            Hint::Head { stream, head } => {
                if let Some(feed) = self.feeds.get(stream) {
                    let _new = feed.hint(head);
                }
            }
            Hint::Lock { inbox, thread, owner, lock } => {
                if let Some(feed) = self.feeds.get(inbox.into()) {
                    let known = feed.ring(|ring| ring.owner(thread));
                    let owner = known.unwrap_or(owner);
                    feed.change_signals(|signals| signals.set_lock(thread, owner, lock));
                }
            }
            Hint::ContactTyping { inbox, thread, owner, typing: true } => {
                self.presence.contact_types(thread, inbox, owner, clock.instant());
            }
            Hint::ContactTyping { thread, typing: false, .. } => {
                self.presence.contact_stops(thread);
            }
            Hint::Draft { thread, version, .. } => self.drafts.grown(thread, version),
            Hint::DraftPeople { thread, node, ask, people, .. } => {
                self.drafts.hear((thread, node), people, ask, clock.instant());
            }
            Hint::LockRequested { thread, holder, from, .. } => {
                let frame = ServerFrame::LockRequested(LockRequested { thread_id: thread, from });
                self.connections.notice(holder, &frame);
            }
        }
    }

    /// Acts on what happened to the organisation: sessions that ended, people who came or chose.
    async fn follow_org(&self, store: &Store, at: &mut u64) -> Result<(), StoreError> {
        loop {
            let page = events::after(store, StreamId::ORG, *at, ORG_PAGE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            let mut people = false;
            for event in &page {
                match &event.fact {
                    Some(Fact::SessionRevoked { session_id, .. }) => {
                        self.connections.close_session(*session_id, CloseCode::SessionRevoked);
                    }
                    Some(Fact::TokenRevoked { token_id, .. }) => {
                        let session = SessionId::from(token_id.uuid());
                        self.connections.close_session(session, CloseCode::SessionRevoked);
                    }
                    Some(Fact::RightsChanged { agent_id, rights_version }) => {
                        people = true;
                        self.connections.close_older(*agent_id, *rights_version);
                    }
                    Some(Fact::AvailabilityChosen { .. } | Fact::AgentCreated { .. }) => {
                        people = true;
                    }
                    _ => {}
                }
            }
            if people {
                self.presence.set_people(agents::colleagues(store).await?);
            }
            *at = last.seq;
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

/// Tells the other nodes that this one lives, until it does not.
async fn beat(presence: &Presence, shutdown: &Shutdown) {
    let mut ticks = tokio::time::interval(BEAT);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => presence.beat(),
            () = shutdown.cancelled() => return,
        }
    }
}
