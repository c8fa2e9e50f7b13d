//! What the connections of this node do, and what that makes of their agents.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    time::{Duration, Instant},
};

use protocol::{
    ids::{AgentId, ConnectionId, InboxId, ThreadId},
    limits::TYPING_TTL_MS,
    owners::Assignment,
    signals::Activity,
};

use crate::bus::presence::{AgentState, ThreadState};

/// Viewing ends this long after the last signal: clients repeat it every 20 seconds.
const VIEWING_TTL: Duration = Duration::from_mins(1);
/// A connection that is gone is shown for this long, so that a reload or a move to another node
/// shows nobody a leave and a join.
pub(super) const LEAVE_GRACE: Duration = Duration::from_secs(4);
/// Most threads that one connection is shown in.
const THREADS_MAX: usize = 16;

/// A thread, as a signal is about it.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// The thread.
    pub thread: ThreadId,
    /// Its inbox.
    pub inbox: InboxId,
    /// Who owns it.
    pub owner: Assignment,
}

/// What an agent did on a node, and what it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Move {
    pub(super) before: AgentState,
    pub(super) now: AgentState,
}

/// What a connection does in one thread.
#[derive(Debug, Clone, Copy)]
struct Entry {
    inbox: InboxId,
    owner: Assignment,
    typing_until: Option<Instant>,
    viewing_until: Instant,
}

/// One connection.
#[derive(Debug)]
struct Seat {
    agent: AgentId,
    present: bool,
    left_at: Option<Instant>,
    threads: HashMap<ThreadId, Entry>,
}

/// The connections of this node.
#[derive(Debug, Default)]
pub(super) struct Local {
    seats: HashMap<ConnectionId, Seat>,
    by_agent: HashMap<AgentId, HashSet<ConnectionId>>,
    /// Agents as the others were told of them.
    told: BTreeMap<AgentId, (AgentState, u64)>,
    version: u64,
    digest: u64,
}

impl Local {
    /// Adds a connection.
    pub(super) fn join(&mut self, id: ConnectionId, agent: AgentId) {
        let seat = Seat { agent, present: true, left_at: None, threads: HashMap::new() };
        self.seats.insert(id, seat);
        self.by_agent.entry(agent).or_default().insert(id);
    }

    /// Notes that a connection is gone; returns its agent.
    pub(super) fn leave(&mut self, id: ConnectionId, now: Instant) -> Option<AgentId> {
        let seat = self.seats.get_mut(&id)?;
        seat.left_at = Some(now);
        Some(seat.agent)
    }

    /// Forgets a connection at once; returns its agent.
    pub(super) fn remove(&mut self, id: ConnectionId) -> Option<AgentId> {
        let seat = self.seats.remove(&id)?;
        if let Some(ids) = self.by_agent.get_mut(&seat.agent) {
            ids.remove(&id);
            if ids.is_empty() {
                self.by_agent.remove(&seat.agent);
            }
        }
        Some(seat.agent)
    }

    /// Notes whether somebody sits at a connection; returns its agent.
    pub(super) fn attend(&mut self, id: ConnectionId, present: bool) -> Option<AgentId> {
        let seat = self.seats.get_mut(&id)?;
        seat.present = present;
        Some(seat.agent)
    }

    /// Notes what a connection does in a thread; returns its agent.
    pub(super) fn signal(
        &mut self,
        id: ConnectionId,
        place: Place,
        activity: Activity,
        now: Instant,
    ) -> Option<AgentId> {
        let seat = self.seats.get_mut(&id)?;
        if activity == Activity::Idle {
            seat.threads.remove(&place.thread);
            return Some(seat.agent);
        }
        if seat.threads.len() >= THREADS_MAX && !seat.threads.contains_key(&place.thread) {
            return None;
        }
        let typing = activity == Activity::Typing;
        let entry = Entry {
            inbox: place.inbox,
            owner: place.owner,
            typing_until: typing.then(|| now + Duration::from_millis(TYPING_TTL_MS)),
            viewing_until: now + VIEWING_TTL,
        };
        seat.threads.insert(place.thread, entry);
        Some(seat.agent)
    }

    /// Ends what is over; returns the agents who do something else now.
    pub(super) fn sweep(&mut self, now: Instant) -> BTreeSet<AgentId> {
        let mut changed = BTreeSet::new();
        let mut gone = Vec::new();
        for (id, seat) in &mut self.seats {
            if seat.left_at.is_some_and(|left| left + LEAVE_GRACE <= now) {
                gone.push(*id);
                continue;
            }
            let before = seat.threads.len();
            seat.threads.retain(|_thread, entry| entry.viewing_until > now);
            if seat.threads.len() != before {
                changed.insert(seat.agent);
            }
            for entry in seat.threads.values_mut() {
                if entry.typing_until.is_some_and(|until| until <= now) {
                    entry.typing_until = None;
                    changed.insert(seat.agent);
                }
            }
        }
        changed.extend(gone.into_iter().filter_map(|id| self.remove(id)));
        changed
    }

    /// Makes an agent's state anew; returns what it was and what it is, if that differs.
    pub(super) fn update(&mut self, agent: AgentId) -> Option<Move> {
        let now = self.state(agent);
        let (before, old_digest) =
            self.told.get(&agent).cloned().unwrap_or_else(|| (AgentState::gone(agent), 0));
        if before == now {
            return None;
        }
        self.version += 1;
        self.digest ^= old_digest;
        if now.connected {
            let digest = now.digest();
            self.digest ^= digest;
            self.told.insert(agent, (now.clone(), digest));
        } else {
            self.told.remove(&agent);
        }
        Some(Move { before, now })
    }

    fn state(&self, agent: AgentId) -> AgentState {
        let mut state = AgentState::gone(agent);
        let mut threads: BTreeMap<ThreadId, ThreadState> = BTreeMap::new();
        for id in self.by_agent.get(&agent).into_iter().flatten() {
            let Some(seat) = self.seats.get(id) else { continue };
            state.connected = true;
            state.present |= seat.present;
            for (thread, entry) in &seat.threads {
                let doing = threads.entry(*thread).or_insert(ThreadState {
                    thread: *thread,
                    inbox: entry.inbox,
                    owner: entry.owner,
                    typing: false,
                });
                doing.typing |= entry.typing_until.is_some();
            }
        }
        state.doing = threads.into_values().collect();
        state
    }

    /// Returns how often the agents have changed, and their digests together.
    pub(super) fn beat(&self) -> (u64, u64) {
        (self.version, self.digest)
    }

    /// Returns all agents.
    pub(super) fn all(&self) -> Vec<AgentState> {
        self.told.values().map(|(state, _digest)| state.clone()).collect()
    }

    /// Returns one agent.
    pub(super) fn get(&self, agent: AgentId) -> Option<&AgentState> {
        self.told.get(&agent).map(|(state, _digest)| state)
    }
}
