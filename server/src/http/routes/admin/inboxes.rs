//! Inboxes: listed, made, changed.

use axum::{Json, extract::State, http::StatusCode};
use protocol::{
    admin::{Inboxes, WantedInbox},
    drafts::ReviewRule,
    ids::InboxId,
};

use crate::{
    http::{
        error::ApiError,
        read::{InBody, InPath},
        signed_in::Agent,
        state::HttpState,
    },
    queries::settings,
};

/// `GET /api/v1/admin/inboxes`.
pub async fn list(
    State(state): State<HttpState>,
    Agent(who): Agent,
) -> Result<Json<Inboxes>, ApiError> {
    Ok(Json(settings::inboxes(&state.store, &who.visibility).await?))
}

/// `POST /api/v1/admin/inboxes`.
pub async fn create(
    State(state): State<HttpState>,
    Agent(who): Agent,
    InBody(wanted): InBody<WantedInbox>,
) -> Result<(StatusCode, Json<Inboxes>), ApiError> {
    state.road.set_inbox(&who.visibility, None, wanted).await?;
    let inboxes = settings::inboxes(&state.store, &who.visibility).await?;
    Ok((StatusCode::CREATED, Json(inboxes)))
}

/// `PUT /api/v1/admin/inboxes/{id}`.
pub async fn change(
    State(state): State<HttpState>,
    Agent(who): Agent,
    InPath(id): InPath<InboxId>,
    InBody(wanted): InBody<WantedInbox>,
) -> Result<Json<Inboxes>, ApiError> {
    state.road.set_inbox(&who.visibility, Some(id), wanted).await?;
    Ok(Json(settings::inboxes(&state.store, &who.visibility).await?))
}

/// `GET /api/v1/admin/inboxes/{id}/review`.
pub async fn review(
    State(state): State<HttpState>,
    Agent(who): Agent,
    InPath(id): InPath<InboxId>,
) -> Result<Json<ReviewRule>, ApiError> {
    Ok(Json(settings::review_rule(&state.store, &who.visibility, id).await?))
}

/// `PUT /api/v1/admin/inboxes/{id}/review`.
pub async fn set_review(
    State(state): State<HttpState>,
    Agent(who): Agent,
    InPath(id): InPath<InboxId>,
    InBody(wanted): InBody<ReviewRule>,
) -> Result<Json<ReviewRule>, ApiError> {
    state.road.set_review_rule(&who.visibility, id, wanted.clone()).await?;
    Ok(Json(wanted))
}
