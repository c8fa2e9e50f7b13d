//! Every request, sockets' handshakes included: its id, its span, its count and its duration.

use std::time::Instant;

use axum::{
    extract::{MatchedPath, Request},
    http::{HeaderValue, StatusCode},
    middleware::Next,
    response::Response,
};
use protocol::http::Problem;
use tracing::{Instrument, field};

use super::{error, read};
use crate::telemetry::{
    metrics::all::metrics,
    request_id::{HEADER, RequestId},
};

/// Gives a request its id, and puts it into the answer.
pub async fn observe(mut request: Request, next: Next) -> Response {
    let began = Instant::now();
    let id = RequestId::taken(read::header(request.headers(), HEADER).as_deref());
    // The route and not the path: paths have phone numbers in them, and whatever a stranger types.
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    // An error's span is there whatever the log's filter.
    let span = tracing::error_span!(
        "request",
        request.id = id.as_str(),
        http.method = request.method().as_str(),
        http.route = route,
        http.status = field::Empty,
    );
    request.extensions_mut().insert(id.clone());
    let mut response = next.run(request).instrument(span.clone()).await;
    let status = response.status();
    span.record("http.status", status.as_u16());
    if let Some(mut problem) = response.extensions_mut().remove::<Problem>() {
        problem.request_id = Some(id.as_str().to_owned());
        error::set_body(&mut response, &problem);
    }
    if let Ok(value) = HeaderValue::from_str(id.as_str()) {
        response.headers_mut().insert(HEADER, value);
    }
    metrics().http_requests.inc([class(status)]);
    metrics().http_request_duration_seconds.observe(began.elapsed());
    response
}

fn class(status: StatusCode) -> &'static str {
    match status.as_u16() {
        ..200 => "1xx",
        200..300 => "2xx",
        300..400 => "3xx",
        400..500 => "4xx",
        500.. => "5xx",
    }
}
