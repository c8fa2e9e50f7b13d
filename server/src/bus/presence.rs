//! What nodes tell each other of the agents that are connected to them. Each node alone owns what it
//! tells; the others keep it for as long as they hear that node.

use protocol::{
    ids::{AgentId, InboxId, NodeId, ThreadId},
    owners::Assignment,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// One message between nodes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum PresenceNews {
    /// The sender lives. Whoever has another version or digest of its agents asks for them.
    Beat {
        /// How often its agents have changed.
        version: u64,
        /// The digests of its agents, added with exclusive or.
        digest: u64,
    },
    /// Some of its agents do something else; makes `version` out of the one before.
    Change {
        /// The version after it.
        version: u64,
        /// The agents, each as it is now.
        agents: Vec<AgentState>,
    },
    /// The sender wants all agents of a node.
    Ask {
        /// The node.
        of: NodeId,
    },
    /// All of its agents.
    Full {
        /// The version.
        version: u64,
        /// The agents; who is not listed is not there.
        agents: Vec<AgentState>,
    },
    /// The sender is going away in an orderly way.
    Bye,
}

/// What one agent does on one node, over all of its connections there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentState {
    /// The agent.
    pub agent: AgentId,
    /// Whether it has a connection; without one, this takes it off the list.
    pub connected: bool,
    /// Whether somebody sits at one of them.
    pub present: bool,
    /// The threads that it has open, in order of their ids.
    pub doing: Vec<ThreadState>,
}

/// A thread that an agent has open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThreadState {
    /// The thread.
    pub thread: ThreadId,
    /// Its inbox.
    pub inbox: InboxId,
    /// Who owned it when the agent came, for the visibility rule; a feed knows better.
    pub owner: Assignment,
    /// Whether the agent types.
    pub typing: bool,
}

impl AgentState {
    /// Returns the state of an agent who is not there.
    pub fn gone(agent: AgentId) -> Self {
        Self { agent, connected: false, present: false, doing: Vec::new() }
    }

    /// Returns the first bytes of the state's SHA-256.
    pub fn digest(&self) -> u64 {
        let json = serde_json::to_vec(self).expect("a state is JSON");
        let digest = Sha256::digest(&json);
        digest.iter().take(8).fold(0, |sum, byte| sum << 8 | u64::from(*byte))
    }
}
