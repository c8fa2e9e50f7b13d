//! The tags of an inbox.

use protocol::{ids::InboxId, labels::Tags};

use super::error::QueryError;
use crate::{
    domain::visibility::Visibility,
    store::{pool::Store, tags},
};

/// Returns the tags of an inbox that the asker works in.
pub async fn of(store: &Store, who: &Visibility, inbox: InboxId) -> Result<Tags, QueryError> {
    who.of(inbox).ok_or(QueryError::NotFound { what: "inbox" })?;
    let mut found = tags::of(store, &[inbox.uuid()]).await?;
    Ok(Tags { tags: found.remove(&inbox.uuid()).unwrap_or_default() })
}
