//! Who may set up what, and what is refused.

use protocol::{
    admin::{ChannelSettings, Inboxes, Providers},
    errors::ErrorCode,
    views::{InboxMode, Role},
};
use reqwest::Method;
use serde_json::{Value, json};

use super::stage::{account, channel, done, field, inboxes, office, refused, sms, wanted_account};
use crate::harness::{
    server::Wanted,
    twilio::{SID, numbers::BUSINESS},
};

#[tokio::test]
async fn agents_and_supervisors_are_refused_at_every_door() {
    let (server, ada, fake) = office(Wanted::default()).await;
    let made = account(&ada, &fake).await;
    let channel = channel(&ada, made.id).await;
    let (accounts, channels) =
        (format!("/admin/accounts/{}", made.id), format!("/admin/channels/{}", channel.id));
    let inbox = format!("/admin/inboxes/{}", ada.me.inboxes[0].id);
    let doors = [
        (Method::GET, "/admin/inboxes".to_owned()),
        (Method::POST, "/admin/inboxes".to_owned()),
        (Method::PUT, inbox),
        (Method::GET, "/admin/providers".to_owned()),
        (Method::GET, "/admin/accounts".to_owned()),
        (Method::POST, "/admin/accounts".to_owned()),
        (Method::PUT, accounts.clone()),
        (Method::POST, format!("{accounts}/secrets")),
        (Method::POST, format!("{accounts}/test")),
        (Method::GET, "/admin/channels".to_owned()),
        (Method::POST, "/admin/channels".to_owned()),
        (Method::POST, format!("{channels}/test")),
        (Method::POST, format!("{channels}/pause")),
        (Method::POST, format!("{channels}/resume")),
    ];
    let before = server.database.count("select count(*) from events").await;
    for name in ["ann", "sam"] {
        let who = server.api(name).await;
        assert_ne!(who.me.agent.role, Role::Admin);
        for (method, path) in &doors {
            refused(&who, method.clone(), path, &json!({}), ErrorCode::Forbidden).await;
        }
    }
    let after = server.database.count("select count(*) from events").await;
    assert_eq!(after - before, 2, "their sessions, and nothing else");
    server.stop().await;
}

#[tokio::test]
async fn what_cannot_be_is_refused_and_the_field_named() {
    let (server, ada, fake) = office(Wanted::default()).await;
    let good = wanted_account(&fake);
    let with = |path: &[&str], value: Value| {
        let mut body = good.clone();
        let mut at = &mut body;
        for part in path {
            at = &mut at[*part];
        }
        *at = value;
        body
    };
    for (path, value, expected) in [
        (&["provider"][..], json!("pigeon"), "provider"),
        (&["name"], json!(" "), "name"),
        (&["name"], json!("x".repeat(81)), "name"),
        (&["settings", "account_sid"], json!("AC1"), "settings.account_sid"),
        (&["settings", "account_sid"], json!(""), "settings.account_sid"),
        (&["settings", "api_url"], json!("http://api.example"), "settings.api_url"),
        (&["settings", "colour"], json!("red"), "settings"),
        (
            &["settings", "api_key_sid"],
            json!("SK0123456789abcdef0123456789abcdef"),
            "secrets.api_key_secret",
        ),
        (&["secrets", "auth_token"], json!("s3cret two"), "secrets.auth_token"),
        (&["secrets", "auth_token"], json!(7), "secrets.auth_token"),
        (&["secrets", "other"], json!("s3cret"), "secrets"),
        (&["colour"], json!("red"), "colour"),
    ] {
        let body = with(path, value);
        let answer = ada.ask(Method::POST, "/admin/accounts", Some(&body)).await;
        assert_eq!(answer.status(), 422, "{path:?}");
        let problem = crate::harness::api::problem(answer).await;
        assert_eq!(field(&problem), expected, "{}", problem.detail);
        assert!(!problem.detail.contains("s3cret"), "{}", problem.detail);
    }
    let made = account(&ada, &fake).await;
    let again = refused(&ada, Method::POST, "/admin/accounts", &good, ErrorCode::Conflict).await;
    assert_eq!(field(&again), "name");

    let inbox = ada.me.inboxes[0].id;
    channel(&ada, made.id).await;
    let good = sms(inbox, made.id, "+12025550199");
    let taken = sms(inbox, made.id, BUSINESS);
    let path = "/admin/channels";
    let problem = refused(&ada, Method::POST, path, &taken, ErrorCode::Conflict).await;
    assert_eq!(field(&problem), "address");
    for (name, value, code, expected) in [
        ("kind", json!("sandbox"), ErrorCode::Invalid, "kind"),
        ("address", json!("nobody!"), ErrorCode::Invalid, "address"),
        ("external_id", json!("1"), ErrorCode::Invalid, "external_id"),
        ("account_id", json!(format!("acc_{}", "0".repeat(32))), ErrorCode::NotFound, ""),
        ("inbox_id", json!(format!("ibx_{}", "0".repeat(32))), ErrorCode::NotFound, ""),
    ] {
        let mut body = good.clone();
        body[name] = value;
        let problem = refused(&ada, Method::POST, path, &body, code).await;
        assert_eq!(field(&problem), expected, "{}", problem.detail);
    }
    server.stop().await;
}

#[tokio::test]
async fn inboxes_are_made_and_changed_and_have_channels_of_their_own() {
    let (server, ada, _fake) = office(Wanted::default()).await;
    let ben = server.api("ben").await;
    let wanted = json!({ "name": "Repairs", "mode": "exclusive", "auto_reply": "Soon.",
        "members": [ben.id()] });
    let all: Inboxes = done(&ada, Method::POST, "/admin/inboxes", &wanted).await;
    assert_eq!(all.agents.len(), 5);
    let made = all.inboxes.iter().find(|it| it.name == "Repairs").expect("the inbox").clone();
    assert_eq!((made.mode, made.auto_reply.as_deref()), (InboxMode::Exclusive, Some("Soon.")));
    let mut members = vec![ada.id(), ben.id()];
    members.sort();
    assert_eq!(made.members, members);
    let seen = server.api("ben").await.me.inboxes;
    assert!(seen.iter().any(|it| it.id == made.id));
    assert!(server.api("cleo").await.me.inboxes.iter().all(|it| it.id != made.id));

    let path = "/admin/inboxes";
    let again = refused(&ada, Method::POST, path, &wanted, ErrorCode::Conflict).await;
    assert_eq!(field(&again), "name");
    let change = format!("{path}/{}", made.id);
    let body = json!({ "name": "Front desk", "mode": "team" });
    refused(&ada, Method::PUT, &change, &body, ErrorCode::Conflict).await;
    let body = json!({ "name": "Workshop", "mode": "team" });
    done::<Inboxes>(&ada, Method::PUT, &change, &body).await;
    let now = inboxes(&ada).await.inboxes.into_iter().find(|it| it.id == made.id).unwrap();
    assert_eq!((&*now.name, now.mode, now.auto_reply), ("Workshop", InboxMode::Team, None));
    assert_eq!(now.members, members);

    let sandbox = json!({ "inbox_id": made.id, "kind": "sandbox", "address": "+12025550188" });
    let channel: ChannelSettings = done(&ada, Method::POST, "/admin/channels", &sandbox).await;
    assert!(channel.webhooks.is_empty() && channel.account_id.is_none());
    let providers: Providers = ada.get("/api/v1/admin/providers").await;
    let names: Vec<_> = providers.providers.iter().map(|it| &*it.name).collect();
    assert_eq!(names, ["rbm", "twilio", "whatsapp"]);
    assert_eq!(SID.len(), 34);
    server.stop().await;
}
