//! A file that came with a message, for who may see its thread.

use protocol::ids::AttachmentId;

use super::error::QueryError;
use crate::{
    domain::visibility::Visibility,
    store::{
        attachments::{self, Found},
        pool::Store,
    },
};

/// Returns a stored file.
pub async fn one(
    store: &Store,
    visibility: &Visibility,
    id: AttachmentId,
) -> Result<Found, QueryError> {
    let found = attachments::find(store, id).await?;
    found
        .filter(|it| visibility.sees(it.inbox_id, it.assignee_id))
        .ok_or(QueryError::NotFound { what: "attachment" })
}
