//! Notes and notifications.

use axum::{Json, extract::State};
use protocol::{notes::NoteHistory, notifications::NotificationPage};

use crate::{
    http::{
        error::ApiError,
        read::{self, InPath, Params},
        signed_in::Agent,
        state::HttpState,
    },
    queries::{notes, notifications},
};

/// How many notifications come where the client does not say.
const LIMIT: u32 = 50;

/// `GET /api/v1/notes/{id}/history`.
pub async fn history(
    State(state): State<HttpState>,
    Agent(who): Agent,
    InPath(note): InPath<String>,
) -> Result<Json<NoteHistory>, ApiError> {
    let note = read::id(&note, "note")?;
    Ok(Json(notes::history(&state.store, &who.visibility, note).await?))
}

/// `GET /api/v1/notifications`.
pub async fn notifications(
    State(state): State<HttpState>,
    Agent(who): Agent,
    params: Params,
) -> Result<Json<NotificationPage>, ApiError> {
    let before = read::number(params.get("before"), "before")?;
    let limit = read::number(params.get("limit"), "limit")?.unwrap_or(LIMIT);
    Ok(Json(notifications::list(&state.store, &who.visibility, before, limit).await?))
}
