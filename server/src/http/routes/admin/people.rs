//! People: listed, added, changed, given new passwords.

use axum::{Json, extract::State, http::StatusCode};
use protocol::{
    ids::AgentId,
    rights::{Agents, Made, NewAgent, PasswordReset, WantedAgent},
};

use crate::{
    commands::agent::AddAgent,
    http::{
        error::ApiError,
        read::{InBody, InPath},
        signed_in::Agent,
        state::HttpState,
    },
    queries::settings,
};

/// `GET /api/v1/admin/agents`.
pub async fn list(
    State(state): State<HttpState>,
    Agent(who): Agent,
) -> Result<Json<Agents>, ApiError> {
    Ok(Json(settings::agents(&state.store, &who.visibility).await?))
}

/// `POST /api/v1/admin/agents`.
pub async fn add(
    State(state): State<HttpState>,
    Agent(who): Agent,
    InBody(it): InBody<NewAgent>,
) -> Result<(StatusCode, Json<Made>), ApiError> {
    let agent = AddAgent {
        email: it.email.as_str().trim().to_lowercase(),
        name: it.name.as_str().trim().to_owned(),
        role: it.role,
        password_hash: state.passwords.hash(it.password.as_str().to_owned()).await,
    };
    let agent_id = state.road.add_agent(&who.visibility, agent).await?;
    Ok((StatusCode::CREATED, Json(Made::Agent { agent_id })))
}

/// `PUT /api/v1/admin/agents/{id}`.
pub async fn change(
    State(state): State<HttpState>,
    Agent(who): Agent,
    InPath(id): InPath<AgentId>,
    InBody(wanted): InBody<WantedAgent>,
) -> Result<StatusCode, ApiError> {
    state.road.change_agent(&who.visibility, id, wanted).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `PUT /api/v1/admin/agents/{id}/password`.
pub async fn reset_password(
    State(state): State<HttpState>,
    Agent(who): Agent,
    InPath(id): InPath<AgentId>,
    InBody(it): InBody<PasswordReset>,
) -> Result<StatusCode, ApiError> {
    let hash = state.passwords.hash(it.password.as_str().to_owned()).await;
    state.road.reset_password(&who.visibility, id, hash).await?;
    Ok(StatusCode::NO_CONTENT)
}
