//! Who asks: an extractor that every route with an agent behind it takes.

use axum::{
    extract::FromRequestParts,
    http::{Method, request::Parts},
};
use protocol::errors::ErrorCode;

use super::{error::ApiError, read, state::HttpState};
use crate::auth::{
    session::{self, SignedIn},
    token::{self, Via},
};

/// The agent who asks.
pub struct Agent(pub SignedIn);

impl FromRequestParts<HttpState> for Agent {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &HttpState) -> Result<Self, ApiError> {
        let nobody = || ApiError::new(ErrorCode::Unauthenticated, "sign in first");
        let authorization = read::header(&parts.headers, "authorization");
        let cookie = read::header(&parts.headers, "cookie");
        let (token, via) =
            token::find(authorization.as_deref(), cookie.as_deref()).ok_or_else(nobody)?;
        let changes = !matches!(parts.method, Method::GET | Method::HEAD);
        if via == Via::Cookie && changes {
            check_origin(parts, state)?;
        }
        session::authenticate(&state.store, &token).await?.map(Self).ok_or_else(nobody)
    }
}

/// A cookie comes along whoever's page asks, so a change needs one of our own pages.
pub fn check_origin(parts: &Parts, state: &HttpState) -> Result<(), ApiError> {
    let origin = read::header(&parts.headers, "origin");
    if origin.is_some_and(|origin| state.origins.allows(&origin)) {
        return Ok(());
    }
    Err(ApiError::new(ErrorCode::ForbiddenOrigin, "pages of this origin may not do this"))
}
