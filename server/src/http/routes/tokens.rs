//! API tokens: listed, made, revoked.

use axum::{Json, extract::State, http::StatusCode};
use protocol::{
    ids::TokenId,
    sessions::{NewToken, TokenMade, Tokens},
};
use secrecy::ExposeSecret;

use crate::{
    auth::token::{self, Kind},
    http::{
        error::ApiError,
        read::{InBody, InPath},
        signed_in::Agent,
        state::HttpState,
    },
    queries::sessions,
};

/// `GET /api/v1/tokens`.
pub async fn list(
    State(state): State<HttpState>,
    Agent(who): Agent,
) -> Result<Json<Tokens>, ApiError> {
    Ok(Json(sessions::own_tokens(&state.store, &who.visibility).await?))
}

/// `POST /api/v1/tokens`.
pub async fn create(
    State(state): State<HttpState>,
    Agent(who): Agent,
    InBody(wanted): InBody<NewToken>,
) -> Result<(StatusCode, Json<TokenMade>), ApiError> {
    let minted = token::mint(Kind::Token);
    let made = state.road.create_token(&who.visibility, wanted, minted.hash).await?;
    let token = minted.token.expose_secret().to_owned();
    Ok((StatusCode::CREATED, Json(TokenMade { token, made })))
}

/// `DELETE /api/v1/tokens/{token}`.
pub async fn revoke(
    State(state): State<HttpState>,
    Agent(who): Agent,
    InPath(id): InPath<TokenId>,
) -> Result<StatusCode, ApiError> {
    state.road.revoke_own_token(&who.visibility, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
