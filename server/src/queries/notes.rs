//! What notes have said.

use protocol::{ids::NoteId, notes::NoteHistory, permissions::Permission};

use super::{error::QueryError, threads::seen};
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
    let missing = QueryError::NotFound { what: "note" };
    let Some(place) = notes::place(store, note).await? else { return Err(missing) };
    let Ok((inbox, _sight)) = seen(store, visibility, place.thread_id).await else {
        return Err(missing);
    };
    if place.author != visibility.agent_id {
        visibility.needs_in(inbox, Permission::ModerateNotes)?;
    }
    Ok(notes::history(store, note, place.thread_id).await?)
}
