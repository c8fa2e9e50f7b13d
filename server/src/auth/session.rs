//! From a token to the agent behind it and what it may see.

use std::sync::Arc;

use protocol::{ids::SessionId, views::AgentView};

use crate::{
    auth::token,
    domain::visibility::Visibility,
    store::{agents, error::StoreError, pool::Store, sessions},
};

/// A signed-in agent.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The session.
    pub session_id: SessionId,
    /// The agent.
    pub agent: AgentView,
    /// What it may see.
    pub visibility: Arc<Visibility>,
}

/// Finds who a token belongs to; `None` if it is unknown, over or revoked.
pub async fn authenticate(store: &Store, token: &str) -> Result<Option<SignedIn>, StoreError> {
    let Some(session) = sessions::find(store, &token::hash(token)).await? else { return Ok(None) };
    let found = agents::visibility(store, session.agent_id).await?;
    Ok(found.map(|(agent, visibility)| SignedIn {
        session_id: session.id,
        agent,
        visibility: Arc::new(visibility),
    }))
}
