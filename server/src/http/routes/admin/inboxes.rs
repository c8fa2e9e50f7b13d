//! Inboxes: listed, made, changed.

use axum::{Json, body::Body, extract::State, http::StatusCode};
use protocol::{
    admin::{Inboxes, WantedInbox},
    drafts::ReviewRule,
    ids::InboxId,
    permissions::Permission,
};

use crate::{
    http::{
        error::ApiError,
        read::{self, InPath},
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
    body: Body,
) -> Result<(StatusCode, Json<Inboxes>), ApiError> {
    who.visibility.needs(Permission::CreateInboxes)?;
    let wanted: WantedInbox = protocol::read::body(&read::body(body).await?)?;
    state.road.set_inbox(&who.visibility, None, wanted).await?;
    let inboxes = settings::inboxes(&state.store, &who.visibility).await?;
    Ok((StatusCode::CREATED, Json(inboxes)))
}

/// `PUT /api/v1/admin/inboxes/{id}`.
pub async fn change(
    State(state): State<HttpState>,
    Agent(who): Agent,
    InPath(id): InPath<String>,
    body: Body,
) -> Result<Json<Inboxes>, ApiError> {
    who.visibility.needs(Permission::ManageInboxes)?;
    let id: InboxId = read::id(&id, "inbox")?;
    let wanted: WantedInbox = protocol::read::body(&read::body(body).await?)?;
    state.road.set_inbox(&who.visibility, Some(id), wanted).await?;
    Ok(Json(settings::inboxes(&state.store, &who.visibility).await?))
}

/// `GET /api/v1/admin/inboxes/{id}/review`.
pub async fn review(
    State(state): State<HttpState>,
    Agent(who): Agent,
    InPath(id): InPath<String>,
) -> Result<Json<ReviewRule>, ApiError> {
    let id: InboxId = read::id(&id, "inbox")?;
    Ok(Json(settings::review_rule(&state.store, &who.visibility, id).await?))
}

/// `PUT /api/v1/admin/inboxes/{id}/review`.
pub async fn set_review(
    State(state): State<HttpState>,
    Agent(who): Agent,
    InPath(id): InPath<String>,
    body: Body,
) -> Result<Json<ReviewRule>, ApiError> {
    who.visibility.needs(Permission::ManageInboxes)?;
    let id: InboxId = read::id(&id, "inbox")?;
    let wanted: ReviewRule = protocol::read::body(&read::body(body).await?)?;
    state.road.set_review_rule(&who.visibility, id, wanted.clone()).await?;
    Ok(Json(wanted))
}
