//! The handshake (RFC 6455, section 4.2): who may connect, and from whose page.

use std::{sync::Arc, time::Duration};

use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderValue, Request, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use protocol::{
    errors::{ErrorCode, ErrorDetails},
    frames::SUBPROTOCOL,
    http::Problem,
};
use tokio::sync::OwnedSemaphorePermit;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::{connection, socket::Socket, state::WsState};
use crate::{
    auth::token::{self, Via},
    telemetry::{metrics::all::metrics, request_id::RequestId},
};

/// `GET /ws`.
pub async fn upgrade(State(state): State<WsState>, mut request: Request<Body>) -> Response {
    let accepted = match check(&state, &request) {
        Ok(accepted) => accepted,
        Err(Refusal::Later(away)) => {
            let draining = state.shutdown.is_draining();
            metrics().handshakes_refused.inc([if draining { "draining" } else { "overloaded" }]);
            return later(away);
        }
        Err(Refusal::Never(status, reason, why)) => {
            metrics().handshakes_refused.inc([reason]);
            tracing::info!(status = status.as_u16(), "handshake refused: {why}");
            let mut response = (status, format!("{why}\n")).into_response();
            if status == StatusCode::UPGRADE_REQUIRED {
                // RFC 9110, section 15.5.22, and RFC 6455, section 4.4.
                let wanted = [
                    (header::CONNECTION, HeaderValue::from_static("Upgrade")),
                    (header::UPGRADE, HeaderValue::from_static("websocket")),
                    (header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13")),
                ];
                response.headers_mut().extend(wanted);
            }
            return response;
        }
    };
    let permit = request.extensions().get::<Arc<OwnedSemaphorePermit>>().cloned();
    let upgrading = hyper::upgrade::on(&mut request);
    let (spawning, token) = (state.shutdown.clone(), accepted.token);
    let request_id = request.extensions().get::<RequestId>().cloned();
    spawning.spawn("socket", async move {
        let _permit = permit;
        match upgrading.await {
            Ok(upgraded) => {
                let socket = Socket::new(upgraded).await;
                connection::run(state, socket, token, request_id).await;
            }
            Err(error) => tracing::debug!(error = %error, "an upgrade did not happen"),
        }
    });
    let headers = [
        (header::CONNECTION, HeaderValue::from_static("Upgrade")),
        (header::UPGRADE, HeaderValue::from_static("websocket")),
        (header::SEC_WEBSOCKET_ACCEPT, accepted.answer),
        (header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(SUBPROTOCOL)),
    ];
    (StatusCode::SWITCHING_PROTOCOLS, headers).into_response()
}

/// Who comes to a node that is going away is sent to another one at once.
const DRAIN_AWAY: Duration = Duration::from_millis(100);

struct Accepted {
    answer: HeaderValue,
    token: Option<String>,
}

/// Why a handshake is refused.
enum Refusal {
    /// It is wrong: the status, why in one word for the figures, and in a sentence for the client.
    Never(StatusCode, &'static str, &'static str),
    /// There is no room for it now.
    Later(Duration),
}

impl From<(StatusCode, &'static str, &'static str)> for Refusal {
    fn from((status, reason, why): (StatusCode, &'static str, &'static str)) -> Self {
        Self::Never(status, reason, why)
    }
}

/// Sends a client away for a while, with a problem (RFC 9457) that says for how long.
fn later(away: Duration) -> Response {
    let retry_after_ms = u32::try_from(away.as_millis()).unwrap_or(u32::MAX);
    let code = ErrorCode::Overloaded;
    let details = ErrorDetails { retry_after_ms: Some(retry_after_ms), ..ErrorDetails::default() };
    let problem = Problem {
        r#type: "urn:tandem:error:overloaded".to_owned(),
        title: "overloaded".to_owned(),
        status: StatusCode::SERVICE_UNAVAILABLE.as_u16(),
        detail: "this node takes no more connections just now".to_owned(),
        code,
        retryable: code.retryable(),
        details: Some(Box::new(details)),
        request_id: None,
    };
    let body = serde_json::to_string(&problem).expect("a problem is JSON");
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json")),
        // In seconds (RFC 9110, section 10.2.3), so rounded up.
        (
            header::RETRY_AFTER,
            HeaderValue::from(u64::try_from(away.as_millis().div_ceil(1_000)).unwrap_or(u64::MAX)),
        ),
    ];
    let mut response = (StatusCode::SERVICE_UNAVAILABLE, headers, body).into_response();
    // Whoever knows the request's id writes the body again.
    response.extensions_mut().insert(problem);
    response
}

fn check(state: &WsState, request: &Request<Body>) -> Result<Accepted, Refusal> {
    const BAD: StatusCode = StatusCode::BAD_REQUEST;
    let headers = request.headers();
    if state.shutdown.is_draining() {
        return Err(Refusal::Later(DRAIN_AWAY));
    }
    if !lists(headers, &header::CONNECTION, "upgrade")
        || !lists(headers, &header::UPGRADE, "websocket")
    {
        return Err((
            StatusCode::UPGRADE_REQUIRED,
            "not_websocket",
            "this address speaks WebSocket only",
        )
            .into());
    }
    if text(headers, &header::SEC_WEBSOCKET_VERSION) != Some("13") {
        return Err((
            StatusCode::UPGRADE_REQUIRED,
            "not_websocket",
            "Sec-WebSocket-Version must be 13",
        )
            .into());
    }
    // Addresses end up in logs and histories.
    if request.uri().query().is_some_and(|query| query.contains("token=")) {
        return Err((
            BAD,
            "token_in_address",
            "a token does not belong into the address; send it in `hello`",
        )
            .into());
    }
    if !lists(headers, &header::SEC_WEBSOCKET_PROTOCOL, SUBPROTOCOL) {
        return Err((BAD, "subprotocol", "Sec-WebSocket-Protocol must offer tandem.v1").into());
    }
    let origin = text(headers, &header::ORIGIN);
    if headers.contains_key(header::ORIGIN) && !origin.is_some_and(|it| state.origins.allows(it)) {
        return Err(
            (StatusCode::FORBIDDEN, "origin", "pages of this origin may not connect").into()
        );
    }
    let authorization = text(headers, &header::AUTHORIZATION);
    let token = token::find(authorization, text(headers, &header::COOKIE));
    if origin.is_none() && token.as_ref().is_some_and(|(_token, via)| *via == Via::Cookie) {
        return Err(
            (StatusCode::FORBIDDEN, "cookie_without_origin", "a cookie needs an Origin").into()
        );
    }
    let key = headers.get(header::SEC_WEBSOCKET_KEY).ok_or((
        BAD,
        "bad_key",
        "Sec-WebSocket-Key is missing",
    ))?;
    if !STANDARD.decode(key).is_ok_and(|nonce| nonce.len() == 16) {
        return Err((BAD, "bad_key", "Sec-WebSocket-Key must be 16 bytes in base64").into());
    }
    state.handshakes.admit().map_err(Refusal::Later)?;
    let answer = HeaderValue::from_str(&derive_accept_key(key.as_bytes()))
        .map_err(|_impossible| (BAD, "bad_key", "Sec-WebSocket-Key is unusable"))?;
    Ok(Accepted { answer, token: token.map(|(token, _via)| token) })
}

fn text<'a>(headers: &'a HeaderMap, name: &header::HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// Says whether a header lists a word.
fn lists(headers: &HeaderMap, name: &header::HeaderName, word: &str) -> bool {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|item| item.trim().eq_ignore_ascii_case(word))
}
