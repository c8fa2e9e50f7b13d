//! Who may see and do what: bodies of the HTTP API under `/api/v1/admin` about people, roles, teams.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{
    ids::{AgentId, InboxId, RoleId, TeamId},
    owners::TeamView,
    permissions::Permission,
    text::{Email, Name, NewPassword},
    views::{Role, Scope},
};

/// A member's role in an inbox: the name of a built-in one, or the id of one of the inbox's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[cfg_attr(feature = "codegen", ts(type = "Role | RoleId"))]
#[cfg_attr(feature = "codegen", schemars(try_from = "String", into = "String"))]
pub enum MemberRole {
    /// A built-in role.
    BuiltIn(Role),
    /// A role of the inbox.
    Own(RoleId),
}

impl fmt::Display for MemberRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BuiltIn(Role::Agent) => f.write_str("agent"),
            Self::BuiltIn(Role::Supervisor) => f.write_str("supervisor"),
            Self::BuiltIn(Role::Admin) => f.write_str("admin"),
            Self::BuiltIn(Role::Reviewer) => f.write_str("reviewer"),
            Self::Own(id) => id.fmt(f),
        }
    }
}

impl FromStr for MemberRole {
    type Err = &'static str;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Ok(match word {
            "agent" => Self::BuiltIn(Role::Agent),
            "supervisor" => Self::BuiltIn(Role::Supervisor),
            "admin" => Self::BuiltIn(Role::Admin),
            "reviewer" => Self::BuiltIn(Role::Reviewer),
            id => Self::Own(id.parse().map_err(
                |_not_an_id| "must be agent, supervisor, admin, reviewer, or a role's id",
            )?),
        })
    }
}

impl Serialize for MemberRole {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for MemberRole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// `GET /admin/agents`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct Agents {
    /// All agents, by name: the disabled ones, too.
    pub agents: Vec<AgentSettings>,
}

/// An agent, as administrators see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct AgentSettings {
    /// The agent.
    pub id: AgentId,
    /// The name that colleagues see.
    pub name: String,
    /// What it signs in with.
    pub email: String,
    /// Its role in the organisation.
    pub role: Role,
    /// Whether it may not sign in.
    pub disabled: bool,
}

/// `POST /admin/agents`.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NewAgent {
    /// The name that colleagues see.
    pub name: Name,
    /// What it signs in with; nobody else has it.
    pub email: Email,
    /// Its role in the organisation.
    pub role: Role,
    /// Its password.
    pub password: NewPassword,
}

/// `PUT /admin/agents/{id}`: an agent as it shall be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WantedAgent {
    /// The name that colleagues see.
    pub name: Name,
    /// Its role in the organisation. The last administrator stays one.
    pub role: Role,
    /// Whether it may not sign in.
    #[serde(default)]
    pub disabled: bool,
}

/// `PUT /admin/agents/{id}/password`: a new one, which ends all of its sessions.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PasswordReset {
    /// The password.
    pub password: NewPassword,
}

/// `GET /admin/inboxes/{id}/members`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct Members {
    /// Who works in the inbox.
    pub members: Vec<MemberSettings>,
    /// The inbox's own roles, by name.
    pub roles: Vec<RoleSettings>,
}

/// A member of an inbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct MemberSettings {
    /// The agent.
    pub agent_id: AgentId,
    /// Its role there; `null` where that is its role in the organisation.
    pub role: Option<MemberRole>,
    /// Which threads it sees.
    pub scope: Scope,
}

/// `PUT /admin/inboxes/{id}/members/{agent}`: a member as it shall be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WantedMember {
    /// Its role there; left out, that in the organisation.
    #[serde(default)]
    pub role: Option<MemberRole>,
    /// Which threads it sees.
    pub scope: Scope,
}

/// A role of an inbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct RoleSettings {
    /// The role.
    pub id: RoleId,
    /// The inbox.
    pub inbox_id: InboxId,
    /// Its name.
    pub name: String,
    /// What it allows.
    pub permissions: Vec<Permission>,
}

/// `POST /admin/inboxes/{id}/roles`, and `PUT /admin/roles/{id}`: a role as it shall be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WantedRole {
    /// Its name; no other role of the inbox has it.
    pub name: Name,
    /// What it allows: of an inbox, not of the organisation.
    pub permissions: Vec<Permission>,
}

/// `GET /admin/teams`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct Teams {
    /// All teams, by name.
    pub teams: Vec<TeamView>,
}

/// `POST /admin/teams`, and `PUT /admin/teams/{id}`: a team as it shall be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WantedTeam {
    /// Its name; no other team has it.
    pub name: Name,
    /// Who is in it.
    pub members: Vec<AgentId>,
}

/// What `POST` of a role or a team answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(untagged)]
pub enum Made {
    /// A role.
    Role {
        /// It.
        role_id: RoleId,
    },
    /// A team.
    Team {
        /// It.
        team_id: TeamId,
    },
    /// An agent.
    Agent {
        /// It.
        agent_id: AgentId,
    },
}
