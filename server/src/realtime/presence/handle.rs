//! Presence as one handle: what connections say goes in, what other nodes say goes in, and feeds,
//! watchers and the bus are told what is different.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use parking_lot::Mutex;
use protocol::{
    ids::{AgentId, ConnectionId, InboxId, NodeId, ThreadId},
    owners::Assignment,
    signals::Activity,
};
use tokio::sync::Notify;

use super::{
    local::{Local, Move, Place},
    remote::Remotes,
    rooms::Rooms,
    roster::{Roster, Told},
};
use crate::{
    bus::{handle::Bus, presence::PresenceNews},
    domain::visibility::Visibility,
    realtime::feeds::Feeds,
    store::agents::Colleague,
    telemetry::metrics::all::metrics,
};

/// Presence, over all nodes.
#[derive(Clone)]
pub struct Presence {
    feeds: Feeds,
    bus: Bus,
    state: Arc<Mutex<State>>,
    watchers: Arc<Watchers>,
}

#[derive(Default)]
struct State {
    local: Local,
    remotes: Remotes,
    rooms: Rooms,
    roster: Roster,
}

/// Connections that watch the agents. They are woken by the sweep: supervisors see changes at once
/// enough, and many changes together.
#[derive(Default)]
struct Watchers {
    changed: AtomicBool,
    waiting: Mutex<Vec<(ConnectionId, Arc<Notify>)>>,
}

impl Presence {
    /// Makes an empty one.
    pub fn new(feeds: Feeds, bus: Bus) -> Self {
        Self { feeds, bus, state: Arc::default(), watchers: Arc::default() }
    }

    /// Adds a connection.
    pub fn join(&self, connection: ConnectionId, agent: AgentId) {
        let mut state = self.state.lock();
        state.local.join(connection, agent);
        self.changed_here(&mut state, agent);
    }

    /// Notes what an agent does on one connection.
    pub fn signal(&self, connection: ConnectionId, place: Place, activity: Activity, now: Instant) {
        let mut state = self.state.lock();
        if let Some(agent) = state.local.signal(connection, place, activity, now) {
            self.changed_here(&mut state, agent);
            // Just looked up, where the room may remember another owner.
            self.show(&mut state, place.thread, Some(place.owner));
        }
    }

    /// Notes whether somebody sits at a connection.
    pub fn attend(&self, connection: ConnectionId, present: bool) {
        let mut state = self.state.lock();
        if let Some(agent) = state.local.attend(connection, present) {
            self.changed_here(&mut state, agent);
        }
    }

    /// Notes that a connection is gone. Its agent is shown a little longer, unless it had been silent
    /// for long enough.
    pub fn leave(&self, connection: ConnectionId, silent: bool, now: Instant) {
        self.watchers.waiting.lock().retain(|(id, _wake)| *id != connection);
        let mut state = self.state.lock();
        if silent {
            if let Some(agent) = state.local.remove(connection) {
                self.changed_here(&mut state, agent);
            }
        } else {
            state.local.leave(connection, now);
        }
    }

    /// Notes that a customer types.
    pub fn contact_types(&self, thread: ThreadId, inbox: InboxId, owner: Assignment, now: Instant) {
        let mut state = self.state.lock();
        state.rooms.contact_types(thread, inbox, owner, now);
        self.show(&mut state, thread, Some(owner));
    }

    /// Notes that a customer has stopped, or has said it.
    pub fn contact_stops(&self, thread: ThreadId) {
        let mut state = self.state.lock();
        if state.rooms.contact_stops(thread) {
            self.show(&mut state, thread, None);
        }
    }

    /// Takes what another node tells.
    pub fn take(&self, from: NodeId, news: PresenceNews, now: Instant) {
        let mut state = self.state.lock();
        if news == (PresenceNews::Ask { of: self.bus.node() }) {
            let (version, _digest) = state.local.beat();
            metrics().presence_full_states_sent.inc();
            self.bus.tell(PresenceNews::Full { version, agents: state.local.all() });
        }
        let taken = state.remotes.take(from, news, now);
        if taken.ask {
            metrics().presence_full_states_asked.inc();
            self.bus.tell(PresenceNews::Ask { of: from });
        }
        for it in taken.moves {
            self.moved(&mut state, from, &it);
        }
    }

    /// Notes whether the bus is up.
    pub fn set_up(&self, up: bool, now: Instant) {
        let mut state = self.state.lock();
        for (node, it) in state.remotes.set_up(up, now) {
            self.moved(&mut state, node, &it);
        }
    }

    /// Takes over who there is.
    pub fn set_people(&self, people: Vec<Colleague>) {
        let mut state = self.state.lock();
        for agent in state.roster.set_people(people) {
            self.list(&mut state, agent);
        }
    }

    /// Shows a feed that has just begun what goes on in its inbox.
    pub fn fill(&self, inbox: InboxId) {
        let mut state = self.state.lock();
        for thread in state.rooms.of_inbox(inbox) {
            self.show(&mut state, thread, None);
        }
    }

    /// Ends what is over, and wakes who watches.
    pub fn sweep(&self, now: Instant) {
        {
            let mut state = self.state.lock();
            for agent in state.local.sweep(now) {
                self.changed_here(&mut state, agent);
            }
            for (node, it) in state.remotes.sweep(now) {
                self.moved(&mut state, node, &it);
            }
            for thread in state.rooms.sweep(now) {
                self.show(&mut state, thread, None);
            }
            metrics().presence_nodes.set(i64::try_from(state.remotes.count() + 1).unwrap_or(1));
        }
        if self.watchers.changed.swap(false, Ordering::AcqRel) {
            for (_id, wake) in self.watchers.waiting.lock().iter() {
                wake.notify_one();
            }
        }
    }

    /// Tells the other nodes that this one lives.
    pub fn beat(&self) {
        let (version, digest) = self.state.lock().local.beat();
        self.bus.tell(PresenceNews::Beat { version, digest });
    }

    /// Tells the other nodes that this one goes away, and that its agents may come to them.
    pub fn goodbye(&self) {
        self.bus.tell(PresenceNews::Bye);
    }

    /// Wakes a connection when agents do something else.
    pub fn watch(&self, connection: ConnectionId, wake: Arc<Notify>) {
        self.unwatch(connection);
        self.watchers.waiting.lock().push((connection, wake));
    }

    /// No longer wakes a connection.
    pub fn unwatch(&self, connection: ConnectionId) {
        self.watchers.waiting.lock().retain(|(id, _wake)| *id != connection);
    }

    /// Returns what agents do that a watcher has not seen yet, and the version of that.
    pub fn agents(&self, seen: Option<u64>, visibility: &Visibility) -> (u64, Option<Told>) {
        let state = self.state.lock();
        let version = state.roster.version();
        if seen == Some(version) {
            return (version, None);
        }
        (version, state.roster.since(seen, visibility))
    }

    /// Returns who has a connection to any node, or may have one.
    pub fn connected(&self) -> Vec<AgentId> {
        self.state.lock().roster.connected()
    }

    fn changed_here(&self, state: &mut State, agent: AgentId) {
        let Some(it) = state.local.update(agent) else { return };
        let (version, _digest) = state.local.beat();
        self.bus.tell(PresenceNews::Change { version, agents: vec![it.now.clone()] });
        self.moved(state, self.bus.node(), &it);
    }

    fn moved(&self, state: &mut State, node: NodeId, it: &Move) {
        let (before, now) = (&it.before.doing, &it.now.doing);
        for thread in state.rooms.change(node, it.now.agent, before, now) {
            self.show(state, thread, None);
        }
        self.list(state, it.now.agent);
    }

    fn list(&self, state: &mut State, agent: AgentId) {
        let here = state.local.get(agent);
        let states: Vec<_> = here.into_iter().chain(state.remotes.of(agent)).collect();
        // Whoever is here, too, is known to be there.
        let unsure = here.is_none() && !states.is_empty() && state.remotes.is_stale();
        if state.roster.update(agent, &states, unsure) {
            self.watchers.changed.store(true, Ordering::Release);
        }
    }

    fn show(&self, state: &mut State, thread: ThreadId, looked_up: Option<Assignment>) {
        let (here, deaf) = (self.bus.node(), state.remotes.is_stale());
        let around = state.rooms.around(thread, |node| deaf && node != here);
        let Some((inbox, otherwise, around)) = around else { return };
        let Some(feed) = self.feeds.get(inbox.into()) else { return };
        // An event that the feed has already seen knows the owner better than anything else.
        let known = feed.ring(|ring| ring.owner(thread));
        let owner = known.or(looked_up);
        feed.change_signals(|signals| signals.set_around(thread, owner, otherwise, around));
    }
}
