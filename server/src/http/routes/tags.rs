//! The tags of inboxes.

use axum::{Json, extract::State, http::StatusCode};
use protocol::{
    ids::{InboxId, TagId},
    labels::{Tags, WantedTag},
};

use crate::{
    http::{
        error::ApiError,
        read::{InBody, InPath},
        signed_in::Agent,
        state::HttpState,
    },
    queries::tags,
};

/// `GET /api/v1/inboxes/{id}/tags`.
pub async fn list(
    State(state): State<HttpState>,
    Agent(who): Agent,
    InPath(inbox): InPath<InboxId>,
) -> Result<Json<Tags>, ApiError> {
    Ok(Json(tags::of(&state.store, &who.visibility, inbox).await?))
}

/// `POST /api/v1/inboxes/{id}/tags`.
pub async fn create(
    State(state): State<HttpState>,
    Agent(who): Agent,
    InPath(inbox): InPath<InboxId>,
    InBody(wanted): InBody<WantedTag>,
) -> Result<(StatusCode, Json<Tags>), ApiError> {
    state.road.set_tag(&who.visibility, inbox, None, wanted).await?;
    let tags = tags::of(&state.store, &who.visibility, inbox).await?;
    Ok((StatusCode::CREATED, Json(tags)))
}

/// `PUT /api/v1/inboxes/{id}/tags/{tag}`.
pub async fn change(
    State(state): State<HttpState>,
    Agent(who): Agent,
    InPath((inbox, tag)): InPath<(InboxId, TagId)>,
    InBody(wanted): InBody<WantedTag>,
) -> Result<Json<Tags>, ApiError> {
    state.road.set_tag(&who.visibility, inbox, Some(tag), wanted).await?;
    Ok(Json(tags::of(&state.store, &who.visibility, inbox).await?))
}

/// `DELETE /api/v1/inboxes/{id}/tags/{tag}`.
pub async fn remove(
    State(state): State<HttpState>,
    Agent(who): Agent,
    InPath((inbox, tag)): InPath<(InboxId, TagId)>,
) -> Result<Json<Tags>, ApiError> {
    state.road.remove_tag(&who.visibility, inbox, tag).await?;
    Ok(Json(tags::of(&state.store, &who.visibility, inbox).await?))
}
