//! People: listed, added, changed, given new passwords.

use axum::{Json, body::Body, extract::State, http::StatusCode};
use protocol::{
    ids::AgentId,
    permissions::Permission,
    rights::{Agents, Made, NewAgent, PasswordReset, WantedAgent},
};

use crate::{
    commands::agent::AddAgent,
    http::{
        error::ApiError,
        read::{self, InPath},
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
    body: Body,
) -> Result<(StatusCode, Json<Made>), ApiError> {
    who.visibility.needs(Permission::ManageAgents)?;
    let it: NewAgent = protocol::read::body(&read::body(body).await?)?;
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
    InPath(id): InPath<String>,
    body: Body,
) -> Result<StatusCode, ApiError> {
    who.visibility.needs(Permission::ManageAgents)?;
    let id: AgentId = read::id(&id, "agent")?;
    let wanted: WantedAgent = protocol::read::body(&read::body(body).await?)?;
    state.road.change_agent(&who.visibility, id, wanted).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `PUT /api/v1/admin/agents/{id}/password`.
pub async fn reset_password(
    State(state): State<HttpState>,
    Agent(who): Agent,
    InPath(id): InPath<String>,
    body: Body,
) -> Result<StatusCode, ApiError> {
    who.visibility.needs(Permission::ResetPasswords)?;
    let id: AgentId = read::id(&id, "agent")?;
    let it: PasswordReset = protocol::read::body(&read::body(body).await?)?;
    let hash = state.passwords.hash(it.password.as_str().to_owned()).await;
    state.road.reset_password(&who.visibility, id, hash).await?;
    Ok(StatusCode::NO_CONTENT)
}
