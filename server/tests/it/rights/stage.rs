//! An administrator who sets people up over HTTP.

use protocol::{
    ids::{AgentId, InboxId, RoleId, TeamId},
    permissions::Permission,
    rights::Made,
    views::Scope,
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::harness::{
    api::Api,
    server::{TestServer, Wanted, make_admin},
};

/// A server with so many agents beside its administrator, who is `agent0`.
pub(crate) async fn office(agents: usize) -> (TestServer, Api) {
    let server =
        TestServer::start_with(Wanted { more_agents: agents + 1, ..Wanted::default() }).await;
    make_admin(&server.database, "agent0@demo.example").await;
    let admin = server.api("agent0").await;
    (server, admin)
}

/// Asks for something that has to be done.
pub(crate) async fn done(admin: &Api, method: Method, path: &str, body: &Value) -> Option<Made> {
    let answer = admin.ask(method, path, Some(body)).await;
    let (status, text) = (answer.status(), answer.text().await.unwrap());
    assert!(status.is_success(), "{path}: {status} {text}");
    (status == StatusCode::CREATED).then(|| serde_json::from_str(&text).unwrap())
}

/// Says what an agent is in the first inbox.
pub(crate) async fn set_member(admin: &Api, agent: AgentId, role: Option<&str>, scope: Scope) {
    let inbox = admin.me.inboxes[0].id;
    let path = format!("/admin/inboxes/{inbox}/members/{agent}");
    done(admin, Method::PUT, &path, &json!({ "role": role, "scope": scope })).await;
}

/// Makes a role of the first inbox.
pub(crate) async fn role(admin: &Api, name: &str, permissions: &[Permission]) -> RoleId {
    let inbox: InboxId = admin.me.inboxes[0].id;
    let path = format!("/admin/inboxes/{inbox}/roles");
    let body = json!({ "name": name, "permissions": permissions });
    match done(admin, Method::POST, &path, &body).await {
        Some(Made::Role { role_id }) => role_id,
        other => panic!("{other:?}"),
    }
}

/// Makes a team.
pub(crate) async fn team(admin: &Api, name: &str, members: &[AgentId]) -> TeamId {
    let body = json!({ "name": name, "members": members });
    match done(admin, Method::POST, "/admin/teams", &body).await {
        Some(Made::Team { team_id }) => team_id,
        other => panic!("{other:?}"),
    }
}

/// Returns the permissions of inboxes.
pub(crate) fn of_inboxes() -> Vec<Permission> {
    Permission::ALL.iter().copied().filter(|it| !it.is_of_organisation()).collect()
}
