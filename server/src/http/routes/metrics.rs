//! Figures for Prometheus.

use axum::{
    extract::State,
    http::{HeaderMap, header},
    response::IntoResponse,
};
use protocol::errors::ErrorCode;
use secrecy::ExposeSecret;
use subtle::ConstantTimeEq;

use crate::{
    http::{error::ApiError, read, state::HttpState},
    telemetry::metrics::page,
};

/// `GET /metrics`: on the same port as everything else, with a bearer token if one is set. It holds
/// counts and times only, nothing about persons.
pub async fn metrics(
    State(state): State<HttpState>,
    headers: HeaderMap,
) -> Result<impl IntoResponse, ApiError> {
    if let Some(wanted) = &state.metrics_token {
        let given = read::header(&headers, "authorization").unwrap_or_default();
        let given = given.strip_prefix("Bearer ").unwrap_or_default();
        if !bool::from(given.as_bytes().ct_eq(wanted.expose_secret().as_bytes())) {
            let message = "this page asks for a token of its own";
            return Err(ApiError::new(ErrorCode::Unauthenticated, message));
        }
    }
    state.store.measure();
    Ok(([(header::CONTENT_TYPE, page::CONTENT_TYPE)], page::page()))
}
