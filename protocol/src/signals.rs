//! Ephemeral state: who views, who types, who holds the reply lock. Newest wins; nothing is stored.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::ids::{AgentId, ThreadId};

/// What an agent does with a thread right now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS))]
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
#[cfg_attr(feature = "codegen", derive(ts_rs::TS))]
pub struct ThreadSignals {
    /// The thread.
    pub thread_id: ThreadId,
    /// Agents who have it open, those who type included; each agent once, however many tabs.
    pub viewing: Vec<AgentId>,
    /// Agents who type.
    pub typing: Vec<AgentId>,
    /// The reply lock, if somebody holds it.
    pub lock: Option<LockView>,
}

/// The lease to reply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS))]
pub struct LockView {
    /// Who holds it.
    pub agent_id: AgentId,
    /// When it ends unless renewed, by the database's clock.
    pub expires_at: DateTime<Utc>,
}
