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
};
use secrecy::ExposeSecret;

use crate::{
    auth::token,
    http::{
        error::ApiError,
        read::{self, InBody},
        signed_in::Agent,
        state::HttpState,
    },
    queries::inboxes,
    store::agents,
};

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
    let minted = token::mint();
    let expires_at = state.road.sign_in(known.agent.id, minted.hash).await?;
    let cookie = asked.transport == Some(Transport::Cookie);
    let token = minted.token.expose_secret();
    let answer =
        SignedIn { token: (!cookie).then(|| token.to_owned()), expires_at, agent: known.agent };
    let mut response = (StatusCode::CREATED, Json(answer)).into_response();
    if cookie {
        let seconds = 14 * 24 * 60 * 60;
        set_cookie(&mut response, &state, token, seconds);
    }
    Ok(response)
}

/// `DELETE /api/v1/sessions/current`.
pub async fn sign_out(
    State(state): State<HttpState>,
    Agent(who): Agent,
) -> Result<Response, ApiError> {
    state.road.sign_out(who.agent.id, who.session_id).await?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    set_cookie(&mut response, &state, "", 0);
    Ok(response)
}

/// `GET /api/v1/me`.
pub async fn me(State(state): State<HttpState>, Agent(who): Agent) -> Result<Json<Me>, ApiError> {
    Ok(Json(inboxes::me(&state.store, who.agent, &who.visibility).await?))
}

fn set_cookie(response: &mut Response, state: &HttpState, token: &str, seconds: u32) {
    let secure = if state.secure { "; Secure" } else { "" };
    let name = token::COOKIE;
    let cookie =
        format!("{name}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}");
    if let Ok(value) = cookie.parse() {
        response.headers_mut().insert(header::SET_COOKIE, value);
    }
}
