//! Is the process alive, and does it take work?

use std::time::Duration;

use axum::{Json, extract::State, http::StatusCode};
use serde::Serialize;

use crate::http::{
    error::ApiError,
    read::{self, InPath},
    state::HttpState,
};

/// A database that does not answer within this time does not count as there.
const DATABASE_TIMEOUT: Duration = Duration::from_secs(2);
/// The longest word that is answered.
const WORD_BYTES_MAX: usize = 64;

/// `GET /healthz`: the process answers.
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// `GET /healthz/deployment/{word}`: which deployment this is, to who has its database.
pub async fn deployment(
    State(state): State<HttpState>,
    InPath(word): InPath<String>,
) -> Result<String, ApiError> {
    if word.len() > WORD_BYTES_MAX || !word.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(read::nothing_here());
    }
    Ok(state.store.prove(&word).await? + "\n")
}

/// What `/readyz` says.
#[derive(Serialize)]
pub struct Readiness {
    ready: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reasons: Vec<&'static str>,
}

/// `GET /readyz`: the server takes work, or why not.
pub async fn readyz(State(state): State<HttpState>) -> (StatusCode, Json<Readiness>) {
    let mut reasons = Vec::new();
    if !state.ready.get() {
        reasons.push("starting or draining");
    }
    let database = tokio::time::timeout(DATABASE_TIMEOUT, state.store.now()).await;
    if !matches!(database, Ok(Ok(_now))) {
        reasons.push("the database does not answer");
    }
    let ready = reasons.is_empty();
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(Readiness { ready, reasons }))
}
