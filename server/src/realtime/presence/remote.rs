//! What other nodes have told of their agents, and for how long that is believed.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use protocol::ids::{AgentId, NodeId};

use super::local::{LEAVE_GRACE, Move};
use crate::bus::presence::{AgentState, PresenceNews};

/// A node that is not heard for this long is dead. Its heartbeat comes every second.
const LEASE: Duration = Duration::from_secs(10);
/// A node is asked for its full state at most this often.
const ASK_EVERY: Duration = Duration::from_secs(1);

/// One other node.
#[derive(Debug)]
struct Node {
    version: Option<u64>,
    digest: u64,
    agents: BTreeMap<AgentId, AgentState>,
    heard_at: Instant,
    asked_at: Option<Instant>,
    said_bye_at: Option<Instant>,
}

/// The other nodes.
#[derive(Debug, Default)]
pub(super) struct Remotes {
    nodes: BTreeMap<NodeId, Node>,
    /// Since when the bus is down: nobody can be heard, so nobody is taken for dead.
    deaf: bool,
}

/// What came of a message.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Taken {
    /// The agents who do something else on that node now.
    pub(super) moves: Vec<Move>,
    /// Whether the node has to be asked for everything.
    pub(super) ask: bool,
}

impl Remotes {
    /// Takes a message of another node.
    pub(super) fn take(&mut self, from: NodeId, news: PresenceNews, now: Instant) -> Taken {
        let node = self.nodes.entry(from).or_insert_with(|| Node {
            version: None,
            digest: 0,
            agents: BTreeMap::new(),
            heard_at: now,
            asked_at: None,
            said_bye_at: None,
        });
        node.heard_at = now;
        let mut taken = Taken::default();
        match news {
            PresenceNews::Beat { version, digest } => {
                // Older than what is known: it was overtaken.
                let late = node.version.is_some_and(|known| version < known);
                let same = node.version == Some(version) && node.digest == digest;
                taken.ask = !late && !same;
            }
            PresenceNews::Change { version, agents } => match node.version {
                Some(known) if version <= known => {}
                Some(known) if version == known + 1 => {
                    node.version = Some(version);
                    taken.moves.extend(agents.into_iter().map(|state| node.set(state)));
                }
                // Something is missing in between, and what is missing may be of the same agent.
                Some(_) | None => taken.ask = true,
            },
            PresenceNews::Full { version, agents } => {
                if node.version.is_none_or(|known| version >= known) {
                    node.version = Some(version);
                    let mut gone = node.agents.clone();
                    for state in agents {
                        gone.remove(&state.agent);
                        taken.moves.push(node.set(state));
                    }
                    let gone = gone.into_keys().map(AgentState::gone);
                    taken.moves.extend(gone.map(|state| node.set(state)));
                }
            }
            PresenceNews::Bye => node.said_bye_at = Some(now),
            PresenceNews::Ask { .. } => {}
        }
        let asked = node.asked_at.is_some_and(|asked| asked + ASK_EVERY > now);
        taken.ask &= !asked;
        if taken.ask {
            node.asked_at = Some(now);
        }
        taken
    }

    /// Notes whether the bus is up; returns the agents whose state may be old, or no longer is.
    pub(super) fn set_up(&mut self, up: bool, now: Instant) -> Vec<(NodeId, Move)> {
        self.deaf = !up;
        let mut moves = Vec::new();
        for (id, node) in &mut self.nodes {
            // Everybody gets a lease's time to be heard again.
            node.heard_at = now;
            for state in node.agents.values_mut() {
                let before = state.clone();
                if !up {
                    // Nobody can say that they stopped.
                    state.doing.iter_mut().for_each(|doing| doing.typing = false);
                }
                moves.push((*id, Move { before, now: state.clone() }));
            }
            if !up {
                // What it says next follows on something else than what is kept.
                node.version = None;
            }
        }
        moves
    }

    /// Forgets nodes that are dead or have gone; returns the agents who were there.
    pub(super) fn sweep(&mut self, now: Instant) -> Vec<(NodeId, Move)> {
        let mut moves = Vec::new();
        let deaf = self.deaf;
        self.nodes.retain(|id, node| {
            let lost = !deaf && node.heard_at + LEASE <= now;
            let gone = node.said_bye_at.is_some_and(|at| at + LEAVE_GRACE <= now);
            if lost {
                tracing::warn!(node.id = %id, "a node is not heard any more; its agents are gone");
            }
            if lost || gone {
                moves.extend(node.agents.values().map(|before| {
                    let now = AgentState::gone(before.agent);
                    (*id, Move { before: before.clone(), now })
                }));
            }
            !lost && !gone
        });
        moves
    }

    /// Returns what each node says of an agent.
    pub(super) fn of(&self, agent: AgentId) -> impl Iterator<Item = &AgentState> {
        self.nodes.values().filter_map(move |node| node.agents.get(&agent))
    }

    /// Says whether what is known of other nodes may be old.
    pub(super) fn is_stale(&self) -> bool {
        self.deaf
    }

    /// Returns how many nodes are heard.
    pub(super) fn count(&self) -> usize {
        self.nodes.len()
    }
}

impl Node {
    fn set(&mut self, now: AgentState) -> Move {
        let old = if now.connected {
            self.digest ^= now.digest();
            self.agents.insert(now.agent, now.clone())
        } else {
            self.agents.remove(&now.agent)
        };
        self.digest ^= old.as_ref().map_or(0, AgentState::digest);
        Move { before: old.unwrap_or_else(|| AgentState::gone(now.agent)), now }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn node() -> NodeId {
        Uuid::from_u128(1).into()
    }

    fn state(agent: u128, connected: bool) -> AgentState {
        let agent = Uuid::from_u128(agent).into();
        AgentState { agent, connected, present: true, doing: Vec::new() }
    }

    fn digest(states: &[AgentState]) -> u64 {
        states.iter().fold(0, |sum, state| sum ^ state.digest())
    }

    #[test]
    fn what_was_missed_is_asked_for_and_what_comes_late_is_dropped() {
        let (mut remotes, now) = (Remotes::default(), Instant::now());
        let (ann, ben) = (state(7, true), state(8, true));
        let change = |version, state: &AgentState| PresenceNews::Change {
            version,
            agents: vec![state.clone()],
        };
        assert!(remotes.take(node(), change(5, &ann), now).ask, "a node that is not known yet");
        assert!(!remotes.take(node(), change(6, &ann), now).ask, "asked just now");
        let full = PresenceNews::Full { version: 6, agents: vec![ann.clone()] };
        assert_eq!(remotes.take(node(), full, now).moves.len(), 1);
        assert_eq!(remotes.take(node(), change(7, &ben), now).moves.len(), 1);
        let gone = state(7, false);
        let later = now + ASK_EVERY;
        assert!(remotes.take(node(), change(9, &gone), later).ask, "8 is missing");
        assert_eq!(remotes.of(ann.agent).count(), 1, "nothing out of order is taken");
        assert_eq!(remotes.take(node(), change(6, &gone), later), Taken::default(), "late");
        let beat = |version, digest| PresenceNews::Beat { version, digest };
        let right = digest(&[ann.clone(), ben.clone()]);
        assert!(!remotes.take(node(), beat(7, right), later).ask);
        let later = later + ASK_EVERY;
        assert!(remotes.take(node(), beat(7, right ^ 1), later).ask, "another digest");
        assert!(!remotes.take(node(), beat(6, 0), later + ASK_EVERY).ask, "an overtaken heartbeat");
        assert!(remotes.take(node(), beat(8, right), later + ASK_EVERY).ask, "another version");
    }

    #[test]
    fn a_node_that_is_not_heard_is_dead_unless_nobody_can_be_heard() {
        let (mut remotes, now) = (Remotes::default(), Instant::now());
        let full = PresenceNews::Full { version: 1, agents: vec![state(7, true)] };
        remotes.take(node(), full.clone(), now);
        assert!(remotes.sweep(now + Duration::from_millis(9_999)).is_empty());
        remotes.set_up(false, now);
        assert!(remotes.sweep(now + LEASE * 9).is_empty(), "the bus is down");
        assert!(remotes.is_stale());
        remotes.set_up(true, now + LEASE * 9);
        assert!(remotes.sweep(now + LEASE * 9).is_empty(), "it may speak now");
        assert_eq!(remotes.sweep(now + LEASE * 10).len(), 1);
        remotes.take(node(), full, now);
        remotes.take(node(), PresenceNews::Bye, now);
        assert!(remotes.sweep(now).is_empty(), "its agents may be on their way to another node");
        assert_eq!(remotes.sweep(now + LEAVE_GRACE).len(), 1);
    }
}
