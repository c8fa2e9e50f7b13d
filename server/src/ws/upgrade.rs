//! The handshake (RFC 6455, section 4.2): who may connect, and from whose page.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderValue, Request, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use protocol::frames::SUBPROTOCOL;
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
        Err((status, reason, why)) => {
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

struct Accepted {
    answer: HeaderValue,
    token: Option<String>,
}

/// The status, the reason in one word for the figures, and in a sentence for the client.
type Refusal = (StatusCode, &'static str, &'static str);

fn check(state: &WsState, request: &Request<Body>) -> Result<Accepted, Refusal> {
    const BAD: StatusCode = StatusCode::BAD_REQUEST;
    let headers = request.headers();
    if state.shutdown.has_begun() {
        return Err((
            StatusCode::SERVICE_UNAVAILABLE,
            "draining",
            "the server is going away; come back",
        ));
    }
    if !lists(headers, &header::CONNECTION, "upgrade")
        || !lists(headers, &header::UPGRADE, "websocket")
    {
        return Err((
            StatusCode::UPGRADE_REQUIRED,
            "not_websocket",
            "this address speaks WebSocket only",
        ));
    }
    if text(headers, &header::SEC_WEBSOCKET_VERSION) != Some("13") {
        return Err((
            StatusCode::UPGRADE_REQUIRED,
            "not_websocket",
            "Sec-WebSocket-Version must be 13",
        ));
    }
    // Addresses end up in logs and histories.
    if request.uri().query().is_some_and(|query| query.contains("token=")) {
        return Err((
            BAD,
            "token_in_address",
            "a token does not belong into the address; send it in `hello`",
        ));
    }
    if !lists(headers, &header::SEC_WEBSOCKET_PROTOCOL, SUBPROTOCOL) {
        return Err((BAD, "subprotocol", "Sec-WebSocket-Protocol must offer tandem.v1"));
    }
    let origin = text(headers, &header::ORIGIN);
    if headers.contains_key(header::ORIGIN) && !origin.is_some_and(|it| state.origins.allows(it)) {
        return Err((StatusCode::FORBIDDEN, "origin", "pages of this origin may not connect"));
    }
    let authorization = text(headers, &header::AUTHORIZATION);
    let token = token::find(authorization, text(headers, &header::COOKIE));
    if origin.is_none() && token.as_ref().is_some_and(|(_token, via)| *via == Via::Cookie) {
        return Err((StatusCode::FORBIDDEN, "cookie_without_origin", "a cookie needs an Origin"));
    }
    let key = headers.get(header::SEC_WEBSOCKET_KEY).ok_or((
        BAD,
        "bad_key",
        "Sec-WebSocket-Key is missing",
    ))?;
    if !STANDARD.decode(key).is_ok_and(|nonce| nonce.len() == 16) {
        return Err((BAD, "bad_key", "Sec-WebSocket-Key must be 16 bytes in base64"));
    }
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
