//! Ephemeral state: who views, who types, who holds the reply lock. Newest wins; nothing is stored.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::ids::{AgentId, InboxId, ThreadId};

/// What an agent does with a thread right now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Activity {
    /// Left the thread.
    Idle,
    /// Has the thread open.
    Viewing,
    /// Types a reply. Ends 6 seconds after the last signal.
    Typing,
}

/// All that is going on around one thread. Each one replaces the one before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct ThreadSignals {
    /// The thread.
    pub thread_id: ThreadId,
    /// Agents who have it open, those who type included; each agent once, however many tabs.
    pub viewing: Vec<AgentId>,
    /// Agents who type.
    pub typing: Vec<AgentId>,
    /// Those of `viewing` who may be gone: their node cannot be heard, because the bus is down.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "codegen", ts(optional, as = "Option<Vec<AgentId>>"))]
    pub stale: Vec<AgentId>,
    /// Whether the customer types, where the channel tells.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[cfg_attr(feature = "codegen", ts(optional, as = "Option<bool>"))]
    pub contact_typing: bool,
    /// The reply lock, if somebody holds it.
    pub lock: Option<LockView>,
}

/// The lease to reply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct LockView {
    /// Who holds it.
    pub agent_id: AgentId,
    /// When it ends unless renewed, by the database's clock.
    pub expires_at: DateTime<Utc>,
}

/// Whether an agent is there for customers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Availability {
    /// There.
    Online,
    /// Connected, but not at the desk.
    Away,
    /// At the desk, with no time for more.
    Busy,
    /// Not connected, or so chosen.
    Offline,
}

/// What one agent is doing, as far as the asking agent may see. Each one replaces the one before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct AgentPresence {
    /// The agent.
    pub agent_id: AgentId,
    /// Whether it is there.
    pub availability: Availability,
    /// Whether it has chosen that itself; otherwise it follows from its connections.
    pub chosen: bool,
    /// The threads that it has open.
    pub doing: Vec<Doing>,
    /// Whether all this may be over: its node cannot be heard, because the bus is down.
    pub stale: bool,
}

/// A thread that an agent has open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct Doing {
    /// The thread's inbox.
    pub inbox_id: InboxId,
    /// The thread.
    pub thread_id: ThreadId,
    /// Whether the agent types there.
    pub typing: bool,
}
