//! Everybody's sessions and API tokens: listed, ended.

use axum::{Json, extract::State, http::StatusCode};
use protocol::{
    ids::{SessionId, TokenId},
    sessions::{Sessions, Tokens},
};

use crate::{
    http::{error::ApiError, read::InPath, signed_in::Agent, state::HttpState},
    queries::sessions,
};

/// `GET /api/v1/admin/sessions`.
pub async fn list(
    State(state): State<HttpState>,
    Agent(who): Agent,
) -> Result<Json<Sessions>, ApiError> {
    Ok(Json(sessions::all(&state.store, &who.visibility, who.session_id).await?))
}

/// `DELETE /api/v1/admin/sessions/{session}`.
pub async fn end(
    State(state): State<HttpState>,
    Agent(who): Agent,
    InPath(id): InPath<SessionId>,
) -> Result<StatusCode, ApiError> {
    state.road.end_session(&who.visibility, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /api/v1/admin/tokens`.
pub async fn tokens(
    State(state): State<HttpState>,
    Agent(who): Agent,
) -> Result<Json<Tokens>, ApiError> {
    Ok(Json(sessions::all_tokens(&state.store, &who.visibility).await?))
}

/// `DELETE /api/v1/admin/tokens/{token}`.
pub async fn revoke(
    State(state): State<HttpState>,
    Agent(who): Agent,
    InPath(id): InPath<TokenId>,
) -> Result<StatusCode, ApiError> {
    state.road.revoke_token(&who.visibility, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
