//! The agents and what each of them is doing, for those who watch: state with a version, so that a
//! watcher is told what has changed since it looked last, however much has happened in between.

use std::collections::BTreeMap;

use protocol::{
    ids::{AgentId, InboxId},
    permissions::Permission,
    signals::{AgentPresence, Availability, Doing},
};

use crate::{
    bus::presence::{AgentState, ThreadState},
    domain::visibility::Visibility,
    store::agents::Colleague,
};

/// An agent as it is shown, before anybody's sight is applied.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Shown {
    availability: Availability,
    chosen: bool,
    connected: bool,
    doing: Vec<ThreadState>,
    stale: bool,
}

/// What is kept of an agent.
#[derive(Debug)]
struct Line {
    version: u64,
    choice: Option<Availability>,
    inboxes: Vec<InboxId>,
    shown: Shown,
}

/// All agents.
#[derive(Debug, Default)]
pub(super) struct Roster {
    version: u64,
    lines: BTreeMap<AgentId, Line>,
}

/// What a watcher is told.
#[derive(Debug, PartialEq, Eq)]
pub struct Told {
    /// Whether agents who are not listed are unknown.
    pub full: bool,
    /// The agents.
    pub agents: Vec<AgentPresence>,
}

impl Roster {
    /// Returns the version of the state: it grows with each change.
    pub(super) fn version(&self) -> u64 {
        self.version
    }

    /// Takes over who there is, what they chose and which inboxes they work in.
    pub(super) fn set_people(&mut self, people: Vec<Colleague>) -> Vec<AgentId> {
        let mut lines = BTreeMap::new();
        let mut ids = Vec::with_capacity(people.len());
        for person in people {
            let known = self.lines.remove(&person.id);
            let (version, shown) = known.map_or_else(
                || (0, Shown::of(person.availability, &[], false)),
                |line| (line.version, line.shown),
            );
            let Colleague { id, availability, inboxes } = person;
            lines.insert(id, Line { version, choice: availability, inboxes, shown });
            ids.push(id);
        }
        self.lines = lines;
        ids
    }

    /// Takes over what an agent does, as its nodes say; says whether it is shown otherwise.
    pub(super) fn update(&mut self, agent: AgentId, states: &[&AgentState], stale: bool) -> bool {
        let Some(line) = self.lines.get_mut(&agent) else { return false };
        let shown = Shown::of(line.choice, states, stale);
        if line.version != 0 && line.shown == shown {
            return false;
        }
        self.version += 1;
        line.version = self.version;
        line.shown = shown;
        true
    }

    /// Returns who has a connection, or may have one.
    pub(super) fn connected(&self) -> Vec<AgentId> {
        let there = |(id, line): (&AgentId, &Line)| line.shown.connected.then_some(*id);
        self.lines.iter().filter_map(there).collect()
    }

    /// Returns what has changed since a version for a watcher; `None` if nothing that it may see.
    pub(super) fn since(&self, seen: Option<u64>, visibility: &Visibility) -> Option<Told> {
        let told = |(id, line): (&AgentId, &Line)| {
            let watched = |inbox: &InboxId| visibility.may(*inbox, Permission::WatchAgents);
            let shared = line.inboxes.iter().any(watched);
            let new = seen.is_none_or(|seen| line.version > seen);
            (new && (shared || *id == visibility.agent_id)).then(|| AgentPresence {
                agent_id: *id,
                availability: line.shown.availability,
                chosen: line.shown.chosen,
                doing: line
                    .shown
                    .doing
                    .iter()
                    .filter(|doing| visibility.sees(doing.inbox, doing.owner))
                    .map(|doing| Doing {
                        inbox_id: doing.inbox,
                        thread_id: doing.thread,
                        typing: doing.typing,
                    })
                    .collect(),
                stale: line.shown.stale,
            })
        };
        let agents: Vec<AgentPresence> = self.lines.iter().filter_map(told).collect();
        let full = seen.is_none();
        (full || !agents.is_empty()).then_some(Told { full, agents })
    }
}

impl Shown {
    fn of(choice: Option<Availability>, states: &[&AgentState], stale: bool) -> Self {
        let connected = states.iter().any(|state| state.connected);
        let present = states.iter().any(|state| state.present);
        let availability = match (connected, choice, present) {
            (false, ..) => Availability::Offline,
            (true, Some(choice), _) => choice,
            (true, None, true) => Availability::Online,
            (true, None, false) => Availability::Away,
        };
        let mut doing: BTreeMap<_, ThreadState> = BTreeMap::new();
        for it in states.iter().flat_map(|state| &state.doing) {
            doing.entry(it.thread).or_insert(*it).typing |= it.typing;
        }
        let doing = doing.into_values().collect();
        Self { availability, chosen: connected && choice.is_some(), connected, doing, stale }
    }
}
