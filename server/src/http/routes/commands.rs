//! Commands for integrators: the same as on the socket.

use std::sync::Arc;

use axum::{Json, body::Body, extract::State};
use futures_util::future::join_all;
use protocol::{
    bulk::{BulkAnswer, BulkAnswers},
    http::{CommandAnswer, CommandRequest},
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

/// `POST /api/v1/commands/bulk`: they wait in their inboxes' lanes together, and so share transactions.
pub async fn bulk(
    State(state): State<HttpState>,
    Agent(who): Agent,
    body: Body,
) -> Result<Json<BulkAnswers>, ApiError> {
    let request = bulk_request(&read::body(body).await?)?;
    let (state, visibility) = (&state, &who.visibility);
    let answers = request.commands.into_iter().map(async |CommandRequest { key, command }| {
        let visibility = Arc::clone(visibility);
        let wish = Wish { visibility, key: key.clone(), command };
        match state.road.observe(&Arc::new(wish), None).await {
            Ok(outcome) => BulkAnswer { key, outcome: Some(outcome), error: None },
            Err(error) => BulkAnswer { key, outcome: None, error: Some(error.body()) },
        }
    });
    Ok(Json(BulkAnswers { answers: join_all(answers).await }))
}
