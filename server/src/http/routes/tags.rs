//! The tags of inboxes.

use axum::{Json, body::Body, extract::State, http::StatusCode};
use protocol::{
    ids::{InboxId, TagId},
    labels::{Tags, WantedTag},
};

use crate::{
    http::{
        error::ApiError,
        read::{self, InPath},
        signed_in::Agent,
        state::HttpState,
    },
    queries::tags,
};

/// `GET /api/v1/inboxes/{id}/tags`.
pub async fn list(
    State(state): State<HttpState>,
    Agent(who): Agent,
    InPath(inbox): InPath<String>,
) -> Result<Json<Tags>, ApiError> {
    let inbox: InboxId = read::id(&inbox, "inbox")?;
    Ok(Json(tags::of(&state.store, &who.visibility, inbox).await?))
}

/// `POST /api/v1/inboxes/{id}/tags`.
pub async fn create(
    State(state): State<HttpState>,
    Agent(who): Agent,
    InPath(inbox): InPath<String>,
    body: Body,
) -> Result<(StatusCode, Json<Tags>), ApiError> {
    let inbox: InboxId = read::id(&inbox, "inbox")?;
    let wanted: WantedTag = protocol::read::body(&read::body(body).await?)?;
    state.road.set_tag(&who.visibility, inbox, None, wanted).await?;
    let tags = tags::of(&state.store, &who.visibility, inbox).await?;
    Ok((StatusCode::CREATED, Json(tags)))
}

/// `PUT /api/v1/inboxes/{id}/tags/{tag}`.
pub async fn change(
    State(state): State<HttpState>,
    Agent(who): Agent,
    InPath((inbox, tag)): InPath<(String, String)>,
    body: Body,
) -> Result<Json<Tags>, ApiError> {
    let (inbox, tag): (InboxId, TagId) = (read::id(&inbox, "inbox")?, read::id(&tag, "tag")?);
    let wanted: WantedTag = protocol::read::body(&read::body(body).await?)?;
    state.road.set_tag(&who.visibility, inbox, Some(tag), wanted).await?;
    Ok(Json(tags::of(&state.store, &who.visibility, inbox).await?))
}

/// `DELETE /api/v1/inboxes/{id}/tags/{tag}`.
pub async fn remove(
    State(state): State<HttpState>,
    Agent(who): Agent,
    InPath((inbox, tag)): InPath<(String, String)>,
) -> Result<Json<Tags>, ApiError> {
    let (inbox, tag): (InboxId, TagId) = (read::id(&inbox, "inbox")?, read::id(&tag, "tag")?);
    state.road.remove_tag(&who.visibility, inbox, tag).await?;
    Ok(Json(tags::of(&state.store, &who.visibility, inbox).await?))
}
