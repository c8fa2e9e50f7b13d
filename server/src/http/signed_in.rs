//! Who asks: an extractor that every route with an agent behind it takes. It is the first check of every
//! request, by the table of operations, before anything of a body is read.

use axum::{
    extract::FromRequestParts,
    http::{Method, request::Parts},
};
use protocol::{
    errors::ErrorCode,
    operations::{Operation, Takes},
};

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
        let who = session::authenticate(&state.store, &token).await?.ok_or_else(nobody)?;
        // The routes are built from the table, so that each has one.
        let operation = parts.extensions.get::<Operation>().copied();
        check(&who, operation.ok_or_else(read::nothing_here)?)?;
        read::check_query(parts.uri.query(), operation.map_or(&[], Operation::query))?;
        Ok(Self(who))
    }
}

/// What it takes in an inbox, and for a command, is asked for where that inbox is known.
fn check(who: &SignedIn, operation: Operation) -> Result<(), ApiError> {
    if let Takes::Of(permissions) = operation.takes() {
        who.visibility.needs_any(permissions)?;
    }
    Ok(())
}

/// A cookie comes along whoever's page asks, so a change needs one of our own pages.
pub fn check_origin(parts: &Parts, state: &HttpState) -> Result<(), ApiError> {
    let origin = read::header(&parts.headers, "origin");
    if origin.is_some_and(|origin| state.origins.allows(&origin)) {
        return Ok(());
    }
    Err(ApiError::new(ErrorCode::ForbiddenOrigin, "pages of this origin may not do this"))
}
