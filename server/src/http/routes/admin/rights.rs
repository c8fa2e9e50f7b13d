//! Who may see and do what: members of inboxes, roles, teams.

use axum::{Json, body::Body, extract::State, http::StatusCode};
use protocol::{
    ids::{AgentId, InboxId, RoleId, TeamId},
    permissions::Permission,
    rights::{Made, Members, Teams, WantedMember, WantedRole, WantedTeam},
};

use crate::{
    http::{
        error::ApiError,
        read::{self, InPath},
        signed_in::Agent,
        state::HttpState,
    },
    queries::settings,
};

/// `GET /api/v1/admin/inboxes/{id}/members`.
pub async fn members(
    State(state): State<HttpState>,
    Agent(who): Agent,
    InPath(id): InPath<String>,
) -> Result<Json<Members>, ApiError> {
    let id: InboxId = read::id(&id, "inbox")?;
    Ok(Json(settings::members(&state.store, &who.visibility, id).await?))
}

/// `PUT /api/v1/admin/inboxes/{id}/members/{agent}`.
pub async fn set_member(
    State(state): State<HttpState>,
    Agent(who): Agent,
    InPath((id, agent)): InPath<(String, String)>,
    body: Body,
) -> Result<StatusCode, ApiError> {
    who.visibility.needs(Permission::ManageMembers)?;
    let (id, agent): (InboxId, AgentId) = (read::id(&id, "inbox")?, read::id(&agent, "agent")?);
    let wanted: WantedMember = protocol::read::body(&read::body(body).await?)?;
    state.road.set_member(&who.visibility, id, agent, wanted).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /api/v1/admin/inboxes/{id}/members/{agent}`.
pub async fn remove_member(
    State(state): State<HttpState>,
    Agent(who): Agent,
    InPath((id, agent)): InPath<(String, String)>,
) -> Result<StatusCode, ApiError> {
    let (id, agent): (InboxId, AgentId) = (read::id(&id, "inbox")?, read::id(&agent, "agent")?);
    state.road.remove_member(&who.visibility, id, agent).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /api/v1/admin/inboxes/{id}/roles`.
pub async fn create_role(
    State(state): State<HttpState>,
    Agent(who): Agent,
    InPath(id): InPath<String>,
    body: Body,
) -> Result<(StatusCode, Json<Made>), ApiError> {
    who.visibility.needs(Permission::ManageRoles)?;
    let id: InboxId = read::id(&id, "inbox")?;
    let wanted: WantedRole = protocol::read::body(&read::body(body).await?)?;
    let role_id = state.road.create_role(&who.visibility, id, wanted).await?;
    Ok((StatusCode::CREATED, Json(Made::Role { role_id })))
}

/// `PUT /api/v1/admin/roles/{id}`.
pub async fn change_role(
    State(state): State<HttpState>,
    Agent(who): Agent,
    InPath(id): InPath<String>,
    body: Body,
) -> Result<StatusCode, ApiError> {
    who.visibility.needs(Permission::ManageRoles)?;
    let id: RoleId = read::id(&id, "role")?;
    let wanted: WantedRole = protocol::read::body(&read::body(body).await?)?;
    state.road.change_role(&who.visibility, id, wanted).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /api/v1/admin/roles/{id}`.
pub async fn remove_role(
    State(state): State<HttpState>,
    Agent(who): Agent,
    InPath(id): InPath<String>,
) -> Result<StatusCode, ApiError> {
    let id: RoleId = read::id(&id, "role")?;
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
    body: Body,
) -> Result<(StatusCode, Json<Made>), ApiError> {
    who.visibility.needs(Permission::ManageTeams)?;
    let wanted: WantedTeam = protocol::read::body(&read::body(body).await?)?;
    let team_id = state.road.set_team(&who.visibility, None, wanted).await?;
    Ok((StatusCode::CREATED, Json(Made::Team { team_id })))
}

/// `PUT /api/v1/admin/teams/{id}`.
pub async fn change_team(
    State(state): State<HttpState>,
    Agent(who): Agent,
    InPath(id): InPath<String>,
    body: Body,
) -> Result<StatusCode, ApiError> {
    who.visibility.needs(Permission::ManageTeams)?;
    let id: TeamId = read::id(&id, "team")?;
    let wanted: WantedTeam = protocol::read::body(&read::body(body).await?)?;
    state.road.set_team(&who.visibility, Some(id), wanted).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /api/v1/admin/teams/{id}`.
pub async fn remove_team(
    State(state): State<HttpState>,
    Agent(who): Agent,
    InPath(id): InPath<String>,
) -> Result<StatusCode, ApiError> {
    let id: TeamId = read::id(&id, "team")?;
    state.road.remove_team(&who.visibility, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
