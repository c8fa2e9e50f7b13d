//! The inboxes of an agent.

use protocol::{http::Me, views::AgentView};

use super::error::QueryError;
use crate::{
    domain::visibility::Visibility,
    store::{inboxes, pool::Store, tokens},
};

/// Most names of API tokens that a desk is told.
const NAMES_MAX: i64 = 500;

/// Returns who asks and what it may see.
pub async fn me(
    store: &Store,
    agent: AgentView,
    visibility: &Visibility,
) -> Result<Me, QueryError> {
    let tokens = tokens::names(store, NAMES_MAX).await?;
    let may = visibility.permissions.list(true);
    Ok(Me { agent, may, inboxes: inboxes::of(store, visibility).await?, tokens })
}
