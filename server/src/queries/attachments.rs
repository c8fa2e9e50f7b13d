//! A file of a message, for who may see its thread, and for providers.

use protocol::{ids::AttachmentId, permissions::Permission};

use super::error::QueryError;
use crate::{
    auth::link::{Links, Part},
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
    let found = found.filter(|it| visibility.sees(it.inbox_id, it.owner));
    let found = found.ok_or(QueryError::NotFound { what: "attachment" })?;
    visibility.needs_in(found.inbox_id, Permission::ReadAttachments)?;
    Ok(found)
}

/// Returns a file of ours to whoever has a link to it: what customers sent has none.
pub async fn linked(
    store: &Store,
    links: &Links,
    (id, part, pass): (AttachmentId, Part, &str),
) -> Result<Found, QueryError> {
    let not_found = QueryError::NotFound { what: "file" };
    // Before anybody else is asked.
    if !links.is_good(id, part, pass) {
        return Err(not_found);
    }
    attachments::find(store, id).await?.filter(|it| it.sent).ok_or(not_found)
}
