//! Signing in with OpenID Connect: the browser goes to the provider, and comes back. Whatever goes wrong, it
//! ends at the desk, which says so.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use protocol::http::{OidcWay, SignInWays};
use secrecy::ExposeSecret;

use super::sessions::{COOKIE_SECONDS, set_cookie};
use crate::{
    auth::{
        oidc::{AWAY, OidcError, Person},
        token::{self, Kind, Minted},
    },
    http::{
        error::ApiError,
        read::{self, Params},
        state::HttpState,
    },
    store::{agents, identities},
};

/// Carries what a browser has to bring back. `Lax`: it comes back from another site.
const COOKIE: &str = "tandem_oidc";
const COOKIE_PATH: &str = "/api/v1/sessions/oidc";

/// What the desk is told, in its address.
#[derive(Clone, Copy)]
enum Ended {
    SignedIn,
    /// Why not, in a word.
    Refused(&'static str),
}

/// `GET /api/v1/sessions/ways`.
pub async fn ways(State(state): State<HttpState>) -> Json<SignInWays> {
    let oidc = state
        .oidc
        .as_ref()
        .map(|it| OidcWay { name: it.name().to_owned(), path: COOKIE_PATH.to_owned() });
    Json(SignInWays { password: true, oidc })
}

/// `GET /api/v1/sessions/oidc`.
pub async fn begin(State(state): State<HttpState>) -> Result<Response, ApiError> {
    let oidc = state.oidc.as_ref().ok_or_else(read::nothing_here)?;
    match oidc.begin().await {
        Ok(begun) => {
            let mut response = to(begun.url.as_str());
            keep(&mut response, &state, &begun.sealed, AWAY.num_seconds());
            Ok(response)
        }
        Err(error) => {
            tracing::warn!(error = %error, "a sign-in with OpenID Connect could not begin");
            Ok(to_desk(&state, Ended::Refused("unavailable")))
        }
    }
}

/// `GET /api/v1/sessions/oidc/callback`.
pub async fn end(
    State(state): State<HttpState>,
    headers: HeaderMap,
    params: Params,
) -> Result<Response, ApiError> {
    let oidc = state.oidc.as_ref().ok_or_else(read::nothing_here)?;
    let (Some(code), Some(given)) = (params.get("code"), params.get("state")) else {
        // It says why not in `error`; people refuse, too.
        return Ok(to_desk(&state, Ended::Refused("refused")));
    };
    let sealed = token::cookie(read::header(&headers, "cookie").as_deref(), COOKIE);
    let ended = match oidc.end(&sealed.unwrap_or_default(), given, code.clone()).await {
        Ok(person) => person,
        Err(OidcError::Expired) => return Ok(to_desk(&state, Ended::Refused("expired"))),
        Err(error) => {
            tracing::warn!(error = %error, "a sign-in with OpenID Connect failed");
            return Ok(to_desk(&state, Ended::Refused("unavailable")));
        }
    };
    sign_in(&state, &headers, ended).await
}

/// Begins the session of an agent whom the provider knows, or whose address it has verified.
async fn sign_in(
    state: &HttpState,
    headers: &HeaderMap,
    person: Person,
) -> Result<Response, ApiError> {
    let Person { issuer, subject, email } = person;
    let mut found = identities::find(&state.store, &issuer, &subject).await?;
    if found.is_none()
        && let Some(email) = email
        && let Some(known) = agents::by_email(&state.store, &email).await?
    {
        found = Some((known.agent.id, known.disabled));
        if !known.disabled {
            state.road.link_identity(known.agent.id, issuer, subject).await?;
        }
    }
    let agent_id = match found {
        Some((agent_id, false)) => agent_id,
        Some((_, true)) => return Ok(to_desk(state, Ended::Refused("disabled"))),
        None => return Ok(to_desk(state, Ended::Refused("unknown"))),
    };
    let Minted { token, hash } = token::mint(Kind::Session);
    let client = read::header(headers, "user-agent");
    state.road.sign_in(agent_id, hash, client.as_deref()).await?;
    let mut response = to_desk(state, Ended::SignedIn);
    set_cookie(&mut response, state, token.expose_secret(), COOKIE_SECONDS);
    Ok(response)
}

fn to_desk(state: &HttpState, ended: Ended) -> Response {
    let mut response = to(&match ended {
        Ended::SignedIn => "/?signed-in=yes".to_owned(),
        Ended::Refused(why) => format!("/?sign-in={why}"),
    });
    keep(&mut response, state, "", 0);
    response
}

fn to(place: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    if let Ok(place) = place.parse() {
        response.headers_mut().insert(header::LOCATION, place);
    }
    response
}

fn keep(response: &mut Response, state: &HttpState, sealed: &str, seconds: i64) {
    let secure = if state.secure { "; Secure" } else { "" };
    let cookie = format!(
        "{COOKIE}={sealed}; Path={COOKIE_PATH}; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}"
    );
    if let Ok(value) = cookie.parse() {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}
