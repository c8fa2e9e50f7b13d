//! The inboxes of an agent.

use protocol::{http::Me, views::AgentView};

use super::error::QueryError;
use crate::{
    domain::visibility::Visibility,
    store::{inboxes, pool::Store},
};

/// Returns who asks and what it may see.
pub async fn me(
    store: &Store,
    agent: AgentView,
    visibility: &Visibility,
) -> Result<Me, QueryError> {
    let may = visibility.permissions.list(true);
    Ok(Me { agent, may, inboxes: inboxes::of(store, visibility).await? })
}
