//! What notes have said.

use protocol::{ids::NoteId, notes::NoteHistory, permissions::Permission};

use super::error::QueryError;
use crate::{
    domain::visibility::Visibility,
    store::{notes, pool::Store},
};

/// Returns all versions of a note to its author, or to a moderator.
pub async fn history(
    store: &Store,
    visibility: &Visibility,
    note: NoteId,
) -> Result<NoteHistory, QueryError> {
    let place = notes::place(store, note).await?;
    let seen = place.filter(|it| visibility.sees(it.inbox_id, it.owner));
    let place = seen.ok_or(QueryError::NotFound { what: "note" })?;
    if place.author != visibility.agent_id {
        visibility.needs_in(place.inbox_id, Permission::ModerateNotes)?;
    }
    Ok(notes::history(store, note, place.thread_id).await?)
}
