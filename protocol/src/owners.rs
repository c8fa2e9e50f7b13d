//! Who owns a thread: agents and teams.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::ids::{AgentId, TeamId};

/// Who owns a thread: an agent, a team, both, or nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Assignment {
    /// The agent.
    pub agent: Option<AgentId>,
    /// The team.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<TeamId>,
}

impl Assignment {
    /// Takes what a row has.
    pub fn from_parts(agent: Option<Uuid>, team: Option<Uuid>) -> Self {
        Self { agent: agent.map(AgentId::from), team: team.map(TeamId::from) }
    }
}

/// A team: agents who share threads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct TeamView {
    /// The team.
    pub id: TeamId,
    /// Its name.
    pub name: String,
    /// Who is in it.
    pub members: Vec<AgentId>,
}
