//! Signing in and out, and who one is.

use std::net::SocketAddr;

use axum::{
    Extension, Json,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use protocol::{
    errors::{ErrorBody, ErrorCode, ErrorDetails},
    http::{Me, SignIn, SignedIn, Transport},
    ids::SessionId,
    sessions::Sessions,
};
use secrecy::ExposeSecret;

use crate::{
    auth::token::{self, Kind},
    http::{
        error::ApiError,
        read::{self, InBody, InPath},
        signed_in::Agent,
        state::HttpState,
    },
    queries::{inboxes, sessions as queries},
    store::agents,
};

/// As long as a session lasts.
pub(super) const COOKIE_SECONDS: u32 = 14 * 24 * 60 * 60;

/// `POST /api/v1/sessions`.
pub async fn sign_in(
    State(state): State<HttpState>,
    Extension(client): Extension<SocketAddr>,
    headers: HeaderMap,
    InBody(asked): InBody<SignIn>,
) -> Result<Response, ApiError> {
    // Another site's page must not sign its visitor in as somebody else.
    let origin = read::header(&headers, "origin");
    if origin.is_some_and(|origin| !state.origins.allows(&origin)) {
        let message = "pages of this origin may not sign in";
        return Err(ApiError::new(ErrorCode::ForbiddenOrigin, message));
    }
    if let Err(wait) = state.sign_ins.check(client.ip(), &asked.email) {
        let retry_after_ms = u32::try_from(wait.as_millis()).ok();
        let details = ErrorDetails { retry_after_ms, ..ErrorDetails::default() };
        let message = "too many tries; wait a little";
        return Err(ErrorBody::new(ErrorCode::RateLimited, message).with(details).into());
    }
    let found = agents::by_email(&state.store, &asked.email).await?;
    let hash = found.as_ref().map(|it| it.password_hash.clone());
    let right = state.passwords.verify(asked.password, hash).await;
    let Some(known) = found.filter(|it| right && !it.disabled) else {
        tracing::info!(client = %client.ip(), "a sign-in was refused");
        let message = "e-mail and password do not belong together";
        return Err(ApiError::new(ErrorCode::BadCredentials, message));
    };
    let minted = token::mint(Kind::Session);
    let client = read::header(&headers, "user-agent");
    let expires_at = state.road.sign_in(known.agent.id, minted.hash, client.as_deref()).await?;
    let cookie = asked.transport == Some(Transport::Cookie);
    let token = minted.token.expose_secret();
    let answer =
        SignedIn { token: (!cookie).then(|| token.to_owned()), expires_at, agent: known.agent };
    let mut response = (StatusCode::CREATED, Json(answer)).into_response();
    if cookie {
        set_cookie(&mut response, &state, token, COOKIE_SECONDS);
    }
    Ok(response)
}

/// `GET /api/v1/sessions`.
pub async fn list(
    State(state): State<HttpState>,
    Agent(who): Agent,
) -> Result<Json<Sessions>, ApiError> {
    Ok(Json(queries::own(&state.store, &who.visibility, who.session_id).await?))
}

/// `DELETE /api/v1/sessions/{session}`.
pub async fn end(
    State(state): State<HttpState>,
    Agent(who): Agent,
    InPath(id): InPath<SessionId>,
) -> Result<StatusCode, ApiError> {
    state.road.end_own_session(&who.visibility, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /api/v1/sessions/current`.
pub async fn sign_out(
    State(state): State<HttpState>,
    Agent(who): Agent,
) -> Result<Response, ApiError> {
    state.road.end_own_session(&who.visibility, who.session_id).await?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    set_cookie(&mut response, &state, "", 0);
    Ok(response)
}

/// `GET /api/v1/me`.
pub async fn me(State(state): State<HttpState>, Agent(who): Agent) -> Result<Json<Me>, ApiError> {
    Ok(Json(inboxes::me(&state.store, who.agent, &who.visibility).await?))
}

/// Puts the session into the browser.
pub(super) fn set_cookie(response: &mut Response, state: &HttpState, token: &str, seconds: u32) {
    let secure = if state.secure { "; Secure" } else { "" };
    let name = token::COOKIE;
    let cookie =
        format!("{name}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}");
    if let Ok(value) = cookie.parse() {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}
