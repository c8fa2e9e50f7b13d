//! From a token to the agent behind it and what it may see.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use protocol::{ids::SessionId, views::AgentView};

use crate::{
    auth::token,
    domain::{rights::Permissions, visibility::Visibility},
    store::{agents, error::StoreError, pool::Store, sessions},
};

/// A signed-in agent.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The session.
    pub session_id: SessionId,
    /// When it ends by itself.
    pub expires_at: DateTime<Utc>,
    /// The agent.
    pub agent: AgentView,
    /// What it may see.
    pub visibility: Arc<Visibility>,
    /// Of an API token: what it may do, as far as its agent may.
    pub scopes: Option<Permissions>,
}

/// Finds who a token belongs to; `None` if it is unknown, over, revoked, or a session's that was not used
/// for `idle`.
pub async fn authenticate(
    store: &Store,
    token: &str,
    idle: Option<TimeDelta>,
) -> Result<Option<SignedIn>, StoreError> {
    let Some(session) = sessions::find(store, &token::hash(token), idle).await? else {
        return Ok(None);
    };
    let Some((agent, visibility)) = agents::visibility(store, session.agent_id).await? else {
        return Ok(None);
    };
    let visibility = match session.scopes {
        Some(scopes) => visibility.limited(session.id.uuid().into(), scopes),
        None => visibility,
    };
    Ok(Some(SignedIn {
        session_id: session.id,
        expires_at: session.expires_at,
        agent,
        visibility: Arc::new(visibility),
        scopes: session.scopes,
    }))
}
