//! Sessions and API tokens: one's own, and, for administrators, everybody's.

use protocol::{
    ids::SessionId,
    permissions::Permission,
    sessions::{Sessions, Tokens},
};

use super::error::QueryError;
use crate::{
    domain::visibility::Visibility,
    store::{pool::Store, sessions, tokens},
};

/// Returns the sessions of who asks.
pub async fn own(
    store: &Store,
    who: &Visibility,
    asking: SessionId,
) -> Result<Sessions, QueryError> {
    Ok(Sessions { sessions: sessions::list(store, Some(who.agent_id), asking).await? })
}

/// Returns everybody's sessions.
pub async fn all(
    store: &Store,
    who: &Visibility,
    asking: SessionId,
) -> Result<Sessions, QueryError> {
    who.needs(Permission::RevokeSessions)?;
    Ok(Sessions { sessions: sessions::list(store, None, asking).await? })
}

/// Returns the tokens of who asks.
pub async fn own_tokens(store: &Store, who: &Visibility) -> Result<Tokens, QueryError> {
    Ok(Tokens { tokens: tokens::list(store, Some(who.agent_id)).await? })
}

/// Returns everybody's tokens.
pub async fn all_tokens(store: &Store, who: &Visibility) -> Result<Tokens, QueryError> {
    who.needs(Permission::ManageTokens)?;
    Ok(Tokens { tokens: tokens::list(store, None).await? })
}
