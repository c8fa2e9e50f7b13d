//! Who may see and do what: members of inboxes, roles, teams.

use axum::{Json, extract::State, http::StatusCode};
use protocol::{
    ids::{AgentId, InboxId, RoleId, TeamId},
    rights::{Made, Members, Teams, WantedMember, WantedRole, WantedTeam},
};

use crate::{
    http::{
        error::ApiError,
        read::{InBody, InPath},
        signed_in::Agent,
        state::HttpState,
    },
    queries::settings,
};

/// `GET /api/v1/admin/inboxes/{id}/members`.
pub async fn members(
    State(state): State<HttpState>,
    Agent(who): Agent,
    InPath(id): InPath<InboxId>,
) -> Result<Json<Members>, ApiError> {
    Ok(Json(settings::members(&state.store, &who.visibility, id).await?))
}

/// `PUT /api/v1/admin/inboxes/{id}/members/{agent}`.
pub async fn set_member(
    State(state): State<HttpState>,
    Agent(who): Agent,
    InPath((id, agent)): InPath<(InboxId, AgentId)>,
    InBody(wanted): InBody<WantedMember>,
) -> Result<StatusCode, ApiError> {
    state.road.set_member(&who.visibility, id, agent, wanted).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /api/v1/admin/inboxes/{id}/members/{agent}`.
pub async fn remove_member(
    State(state): State<HttpState>,
    Agent(who): Agent,
    InPath((id, agent)): InPath<(InboxId, AgentId)>,
) -> Result<StatusCode, ApiError> {
    state.road.remove_member(&who.visibility, id, agent).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /api/v1/admin/inboxes/{id}/roles`.
pub async fn create_role(
    State(state): State<HttpState>,
    Agent(who): Agent,
    InPath(id): InPath<InboxId>,
    InBody(wanted): InBody<WantedRole>,
) -> Result<(StatusCode, Json<Made>), ApiError> {
    let role_id = state.road.create_role(&who.visibility, id, wanted).await?;
    Ok((StatusCode::CREATED, Json(Made::Role { role_id })))
}

/// `PUT /api/v1/admin/roles/{id}`.
pub async fn change_role(
    State(state): State<HttpState>,
    Agent(who): Agent,
    InPath(id): InPath<RoleId>,
    InBody(wanted): InBody<WantedRole>,
) -> Result<StatusCode, ApiError> {
    state.road.change_role(&who.visibility, id, wanted).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /api/v1/admin/roles/{id}`.
pub async fn remove_role(
    State(state): State<HttpState>,
    Agent(who): Agent,
    InPath(id): InPath<RoleId>,
) -> Result<StatusCode, ApiError> {
    state.road.remove_role(&who.visibility, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /api/v1/admin/teams`.
pub async fn teams(
    State(state): State<HttpState>,
    Agent(who): Agent,
) -> Result<Json<Teams>, ApiError> {
    Ok(Json(settings::teams(&state.store, &who.visibility).await?))
}

/// `POST /api/v1/admin/teams`.
pub async fn create_team(
    State(state): State<HttpState>,
    Agent(who): Agent,
    InBody(wanted): InBody<WantedTeam>,
) -> Result<(StatusCode, Json<Made>), ApiError> {
    let team_id = state.road.set_team(&who.visibility, None, wanted).await?;
    Ok((StatusCode::CREATED, Json(Made::Team { team_id })))
}

/// `PUT /api/v1/admin/teams/{id}`.
pub async fn change_team(
    State(state): State<HttpState>,
    Agent(who): Agent,
    InPath(id): InPath<TeamId>,
    InBody(wanted): InBody<WantedTeam>,
) -> Result<StatusCode, ApiError> {
    state.road.set_team(&who.visibility, Some(id), wanted).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /api/v1/admin/teams/{id}`.
pub async fn remove_team(
    State(state): State<HttpState>,
    Agent(who): Agent,
    InPath(id): InPath<TeamId>,
) -> Result<StatusCode, ApiError> {
    state.road.remove_team(&who.visibility, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
