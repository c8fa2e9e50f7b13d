//! Sessions of people, and API tokens: bodies of the HTTP API under `/api/v1`.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    ids::{AgentId, SessionId, TokenId},
    permissions::Permission,
    text::Name,
};

/// `GET /sessions`, and `GET /admin/sessions`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct Sessions {
    /// Those that are not over, the last used first.
    pub sessions: Vec<SessionView>,
}

/// A sign-in that is not over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct SessionView {
    /// The session.
    pub id: SessionId,
    /// Whose it is.
    pub agent_id: AgentId,
    /// Whether it is the one that asks.
    pub current: bool,
    /// What the browser, or another client, called itself when it signed in.
    pub client: Option<String>,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When it was last used, to the minute.
    pub used_at: DateTime<Utc>,
    /// When it ends by itself.
    pub expires_at: DateTime<Utc>,
}

/// `GET /tokens`, and `GET /admin/tokens`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct Tokens {
    /// Those that are not over, by name.
    pub tokens: Vec<TokenView>,
}

/// An API token. What it is made of is told once, when it is made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct TokenView {
    /// The token.
    pub id: TokenId,
    /// Whose it is: it sees what that agent sees.
    pub agent_id: AgentId,
    /// What it is for.
    pub name: String,
    /// What it may do, as far as its agent may.
    pub scopes: Vec<Permission>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last used, to the minute.
    pub used_at: DateTime<Utc>,
    /// When it ends by itself.
    pub expires_at: DateTime<Utc>,
}

/// `POST /tokens`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[cfg_attr(feature = "codegen", ts(optional_fields))]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    /// What it is for.
    pub name: Name,
    /// What it may do: nothing that its maker may not.
    pub scopes: Vec<Permission>,
    /// After how many days it ends by itself: 1 to 366, and 90 where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_in_days: Option<u32>,
}

/// What `POST /tokens` answers.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct TokenMade {
    /// The bearer token. It is not shown again.
    pub token: String,
    /// What it is.
    pub made: TokenView,
}

/// An API token as everybody knows it, who reads what it did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct TokenName {
    /// The token.
    pub id: TokenId,
    /// What it is for.
    pub name: String,
}
