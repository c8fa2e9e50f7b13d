//! Commands for integrators: the same as on the socket.

use std::sync::Arc;

use axum::{Json, body::Body, extract::State};
use protocol::{
    bulk::BulkAnswers,
    http::CommandAnswer,
    read::{bulk_request, command_request},
};

use crate::{
    commands::context::Wish,
    http::{error::ApiError, read, signed_in::Agent, state::HttpState},
};

/// `POST /api/v1/commands`.
pub async fn post(
    State(state): State<HttpState>,
    Agent(who): Agent,
    body: Body,
) -> Result<Json<CommandAnswer>, ApiError> {
    let request = command_request(&read::body(body).await?)?;
    let wish = Wish { visibility: who.visibility, key: request.key, command: request.command };
    // It has logged its failure, with its key.
    let outcome = state.road.observe(&Arc::new(wish), None).await;
    Ok(Json(CommandAnswer { outcome: outcome.map_err(|error| ApiError(error.body()))? }))
}

/// `POST /api/v1/commands/bulk`.
pub async fn bulk(
    State(state): State<HttpState>,
    Agent(who): Agent,
    body: Body,
) -> Result<Json<BulkAnswers>, ApiError> {
    let request = bulk_request(&read::body(body).await?)?;
    let answers = state.road.bulk(&who.visibility, request.commands, None).await;
    Ok(Json(BulkAnswers { answers }))
}
