//! Administration of people and rights over HTTP: who may, and what is refused.

use protocol::{admin::Inboxes, permissions::Permission, rights::Members, views::Role};
use reqwest::Method;
use serde_json::{Value, json};

use super::stage::{done, office, role, set_member, team};
use crate::harness::api::{Api, problem};

async fn refused(api: &Api, method: Method, path: &str, body: &Value) -> (u16, Option<String>) {
    let answer = api.ask(method, path, Some(body)).await;
    let status = answer.status().as_u16();
    assert!(status >= 400, "{path}");
    let problem = problem(answer).await;
    assert!(!problem.detail.is_empty());
    (status, problem.details.and_then(|details| details.field))
}

#[tokio::test]
async fn nobody_but_who_may_administers_people_and_rights() {
    let (server, admin) = office(1).await;
    let inbox = admin.me.inboxes[0].id;
    let (sam, ben) = (server.api("sam").await, server.api("ben").await);
    let crew = team(&admin, "Crew", &[ben.id()]).await;
    let own = role(&admin, "Own", &[]).await;
    let doors = [
        (Method::GET, "/admin/agents".to_owned()),
        (Method::POST, "/admin/agents".to_owned()),
        (Method::PUT, format!("/admin/agents/{}", ben.id())),
        (Method::PUT, format!("/admin/agents/{}/password", ben.id())),
        (Method::GET, format!("/admin/inboxes/{inbox}/members")),
        (Method::PUT, format!("/admin/inboxes/{inbox}/members/{}", ben.id())),
        (Method::DELETE, format!("/admin/inboxes/{inbox}/members/{}", ben.id())),
        (Method::POST, format!("/admin/inboxes/{inbox}/roles")),
        (Method::PUT, format!("/admin/roles/{own}")),
        (Method::DELETE, format!("/admin/roles/{own}")),
        (Method::GET, "/admin/teams".to_owned()),
        (Method::POST, "/admin/teams".to_owned()),
        (Method::PUT, format!("/admin/teams/{crew}")),
        (Method::DELETE, format!("/admin/teams/{crew}")),
    ];
    for (method, path) in doors {
        for who in [&sam, &ben] {
            let answer = who.ask(method.clone(), &path, Some(&json!({}))).await;
            assert_eq!(answer.status(), 403, "{method} {path}");
            assert!(problem(answer).await.details.unwrap().permission.is_some());
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn bad_rights_are_refused_with_their_field() {
    let (server, admin) = office(1).await;
    let inbox = admin.me.inboxes[0].id;
    let ben = server.api("ben").await.id();
    let nobody = protocol::ids::AgentId::from(uuid::Uuid::now_v7());
    let member = format!("/admin/inboxes/{inbox}/members/{ben}");
    let roles = format!("/admin/inboxes/{inbox}/roles");
    let me = format!("/admin/agents/{}", admin.id());
    let agent = |email: &str, password: &str| json!({ "name": "Dora", "email": email, "role": "agent", "password": password });
    let long = "correct horse battery";
    role(&admin, "Taken", &[]).await;
    team(&admin, "Taken", &[]).await;
    let cases = [
        (Method::PUT, &*member, json!({ "role": "king", "scope": "all" }), 422, "role"),
        (Method::PUT, &*member, json!({ "scope": "some" }), 422, "scope"),
        (Method::POST, &*roles, json!({ "name": " ", "permissions": [] }), 422, "name"),
        (
            Method::POST,
            &*roles,
            json!({ "name": "A", "permissions": ["fly"] }),
            422,
            "permissions[0]",
        ),
        (
            Method::POST,
            &*roles,
            json!({ "name": "A", "permissions": ["agents.manage"] }),
            422,
            "permissions",
        ),
        (Method::POST, &*roles, json!({ "name": "Taken", "permissions": [] }), 409, "name"),
        (Method::POST, "/admin/teams", json!({ "name": "Taken", "members": [] }), 409, "name"),
        (Method::POST, "/admin/teams", json!({ "name": "B", "members": [nobody] }), 422, "members"),
        (Method::POST, "/admin/agents", agent("no address", long), 422, "email"),
        (Method::POST, "/admin/agents", agent("dora@demo.example", "short"), 422, "password"),
        (Method::POST, "/admin/agents", agent("BEN@demo.example", long), 409, "email"),
        (Method::PUT, &*me, json!({ "name": "Ada", "role": "agent" }), 409, "role"),
        (
            Method::PUT,
            &*me,
            json!({ "name": "Ada", "role": "admin", "disabled": true }),
            409,
            "disabled",
        ),
    ];
    for (method, path, body, status, field) in cases {
        let (got, named) = refused(&admin, method.clone(), path, &body).await;
        assert_eq!((got, named.as_deref()), (status, Some(field)), "{method} {path} {body}");
    }
    // An inbox's role is of no use in another one.
    let other = json!({ "name": "Second", "mode": "team" });
    admin.ask(Method::POST, "/admin/inboxes", Some(&other)).await;
    let second = server.api("agent0").await.me.inboxes.into_iter().find(|it| it.id != inbox);
    let own = role(&admin, "Only here", &[]).await;
    let path = format!("/admin/inboxes/{}/members/{ben}", second.unwrap().id);
    let body = json!({ "role": own, "scope": "all" });
    let (status, field) = refused(&admin, Method::PUT, &path, &body).await;
    assert_eq!((status, field.as_deref()), (422, Some("role")));
    server.stop().await;
}

#[tokio::test]
async fn who_gets_another_address_signs_in_with_it() {
    let (server, admin) = office(0).await;
    let ben = server.api("ben").await;
    let path = format!("/admin/agents/{}", ben.id());
    let same = json!({ "name": "Benno", "role": "agent" });
    done(&admin, Method::PUT, &path, &same).await;
    assert_eq!(server.api("ben").await.me.agent.name, "Benno", "the address is as it was");
    let moved = json!({ "name": "Benno", "role": "agent", "email": "Benno@Demo.Example" });
    done(&admin, Method::PUT, &path, &moved).await;
    assert_eq!(server.api("benno").await.id(), ben.id());
    for (email, status) in [("ANN@demo.example", 409), ("a@b@c", 422)] {
        let body = json!({ "name": "Benno", "role": "agent", "email": email });
        let (got, field) = refused(&admin, Method::PUT, &path, &body).await;
        assert_eq!((got, field.as_deref()), (status, Some("email")), "{email}");
    }
    server.stop().await;
}

#[tokio::test]
async fn one_is_told_what_one_may_in_the_organisation_and_what_the_built_in_roles_allow() {
    let (server, admin) = office(0).await;
    let ben = server.api("ben").await;
    assert_eq!(ben.me.may, [Permission::CreateTokens]);
    let of_organisation = Permission::ALL.iter().filter(|it| it.is_of_organisation());
    assert!(of_organisation.eq(&admin.me.may));
    let inbox = &admin.me.inboxes[0];
    let path = format!("/api/v1/admin/inboxes/{}/members", inbox.id);
    let found: Members = admin.get(&path).await;
    let of = |role| found.built_in.iter().find(|it| it.role == role).unwrap().permissions.clone();
    assert_eq!(of(Role::Agent), ben.me.inboxes[0].may);
    assert_eq!(of(Role::Admin), inbox.may);
    assert_eq!(found.built_in.len(), 4);
    server.stop().await;
}

#[tokio::test]
async fn what_is_in_use_is_not_removed() {
    let (server, admin) = office(1).await;
    let ben = server.api("ben").await;
    let own = role(&admin, "Own", &[]).await;
    set_member(&admin, ben.id(), Some(&own.to_string()), protocol::views::Scope::All).await;
    let path = format!("/admin/roles/{own}");
    assert_eq!(refused(&admin, Method::DELETE, &path, &json!({})).await.0, 409);
    set_member(&admin, ben.id(), None, protocol::views::Scope::All).await;
    done(&admin, Method::DELETE, &path, &json!({})).await;
    assert_eq!(refused(&admin, Method::DELETE, &path, &json!({})).await.0, 404);
    server.stop().await;
}

#[tokio::test]
async fn an_inbox_for_health_data_has_no_whatsapp() {
    let (server, admin) = office(0).await;
    let clinic = json!({ "name": "Clinic", "mode": "team", "health_data": true });
    let answer = admin.ask(Method::POST, "/admin/inboxes", Some(&clinic)).await;
    assert_eq!(answer.status(), 201);
    let inboxes: Inboxes = answer.json().await.unwrap();
    let clinic = inboxes.inboxes.iter().find(|it| it.name == "Clinic").unwrap();
    assert!(clinic.health_data);
    let channel =
        |kind: &str| json!({ "inbox_id": clinic.id, "kind": kind, "address": "+12025550177" });
    let refused = admin.ask(Method::POST, "/admin/channels", Some(&channel("whatsapp"))).await;
    assert_eq!(refused.status(), 409);
    let field = problem(refused).await.details.and_then(|it| it.field);
    assert_eq!(field.as_deref(), Some("kind"));
    let added = admin.ask(Method::POST, "/admin/channels", Some(&channel("sms"))).await;
    assert_eq!(added.status(), 201);
    // The first inbox has one.
    let first = &admin.me.inboxes[0];
    let body = json!({ "name": first.name, "mode": "team", "health_data": true });
    let path = format!("/admin/inboxes/{}", first.id);
    let refused = admin.ask(Method::PUT, &path, Some(&body)).await;
    assert_eq!(refused.status(), 409);
    let field = problem(refused).await.details.and_then(|it| it.field);
    assert_eq!(field.as_deref(), Some("health_data"));
    server.stop().await;
}
