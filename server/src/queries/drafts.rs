//! A thread's draft as it is.

use protocol::{drafts::DraftContent, ids::ThreadId};

use super::error::QueryError;
use crate::{
    domain::{draft::document, visibility::Visibility},
    store::{drafts, error::StoreError, pool::Store},
};

/// Returns what a thread's draft says, to whoever sees the thread.
pub async fn one(
    store: &Store,
    visibility: &Visibility,
    thread: ThreadId,
) -> Result<DraftContent, QueryError> {
    let read = drafts::after(store, thread, (0, 0)).await?;
    let read =
        read.filter(|it| !it.place.merged && visibility.sees(it.place.inbox_id, it.place.owner));
    let read = read.ok_or(QueryError::NotFound { what: "thread" })?;
    let stored: Vec<Vec<u8>> = read.updates.into_iter().map(|update| update.bytes).collect();
    let content = document::read(&stored)
        .map_err(|_broken| StoreError::Unreadable { what: "draft_updates" })?;
    let attachments = content.files().unwrap_or_default();
    Ok(DraftContent { draft: read.view, text: content.text, attachments })
}
