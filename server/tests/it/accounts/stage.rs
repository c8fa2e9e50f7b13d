//! An administrator, and what it does over HTTP.

use protocol::{
    admin::{AccountView, ChannelSettings, Channels, Inboxes, Tested},
    errors::ErrorCode,
    http::Problem,
    ids::{AccountId, ChannelId, InboxId},
};
use reqwest::Method;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::harness::{
    api::{Api, problem},
    fake_twilio::{FakeTwilio, InboundSms},
    server::{TestServer, Wanted, make_admin},
    twilio::{SID, numbers::BUSINESS, sid},
};

/// A secret that is long enough to be shown by its end.
pub(super) const TOKEN: &str = "f0e1d2c3b4a5968778695a4b3c2d1e0f";

/// Signs in as an administrator.
pub(super) async fn admin(server: &TestServer) -> Api {
    make_admin(&server.database, "agent0@demo.example").await;
    server.api("agent0").await
}

/// A server, its administrator, and a fake of Twilio that has an account.
pub(super) async fn office(wanted: Wanted) -> (TestServer, Api, FakeTwilio) {
    let clock = wanted.clock.clone();
    let fake = FakeTwilio::start_with_clock(move || clock.now()).await;
    fake.add_account(SID, TOKEN, &[BUSINESS]);
    let keys = vec!["AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=".to_owned()];
    let seal_keys = if wanted.data_dir.is_some() { wanted.seal_keys.clone() } else { keys };
    let wanted = Wanted { more_agents: 1, seal_keys, ..wanted };
    let server = TestServer::start_with(wanted).await;
    let ada = admin(&server).await;
    (server, ada, fake)
}

/// Does something that has to succeed.
pub(super) async fn done<T: DeserializeOwned>(
    api: &Api,
    method: Method,
    path: &str,
    body: &Value,
) -> T {
    let answer = api.ask(method, path, Some(body)).await;
    let (status, text) = (answer.status(), answer.text().await.unwrap());
    assert!(status.is_success(), "{path}: {status} {text}");
    serde_json::from_str(&text).expect(&text)
}

/// Does something that is refused.
pub(super) async fn refused(
    api: &Api,
    method: Method,
    path: &str,
    body: &Value,
    code: ErrorCode,
) -> Problem {
    let answer = api.ask(method, path, Some(body)).await;
    assert!(answer.status().is_client_error(), "{path}: {}", answer.status());
    let problem = problem(answer).await;
    assert_eq!(problem.code, code, "{path}: {}", problem.detail);
    problem
}

/// Returns the field that a refusal is about.
pub(super) fn field(problem: &Problem) -> &str {
    problem.details.as_ref().and_then(|it| it.field.as_deref()).unwrap_or_default()
}

/// Returns what an account at the fake needs.
pub(super) fn wanted_account(fake: &FakeTwilio) -> Value {
    json!({
        "provider": "twilio",
        "name": "Main",
        "settings": { "account_sid": SID, "api_url": fake.base_url() },
        "secrets": { "auth_token": TOKEN },
    })
}

/// Sets up an account at the fake.
pub(super) async fn account(ada: &Api, fake: &FakeTwilio) -> AccountView {
    done(ada, Method::POST, "/admin/accounts", &wanted_account(fake)).await
}

/// Adds an SMS channel to the first inbox.
pub(super) async fn channel(ada: &Api, account: AccountId) -> ChannelSettings {
    let inbox = ada.me.inboxes[0].id;
    let wanted = sms(inbox, account, BUSINESS);
    done(ada, Method::POST, "/admin/channels", &wanted).await
}

/// Returns an SMS channel to be.
pub(super) fn sms(inbox: InboxId, account: AccountId, number: &str) -> Value {
    json!({ "inbox_id": inbox, "account_id": account, "kind": "sms", "address": number })
}

/// Gives an account a new secret.
pub(super) async fn rotate(ada: &Api, account: &AccountView, value: &str) -> AccountView {
    let path = format!("/admin/accounts/{}/secrets", account.id);
    let body = json!({ "version": account.version, "name": "auth_token", "value": value,
        "overlap_hours": 1 });
    done(ada, Method::POST, &path, &body).await
}

/// Asks whether a channel works.
pub(super) async fn test(ada: &Api, channel: ChannelId) -> Tested {
    done(ada, Method::POST, &format!("/admin/channels/{channel}/test"), &json!({})).await
}

/// Finds a channel as it is now.
pub(super) async fn found(ada: &Api, channel: ChannelId) -> ChannelSettings {
    let channels: Channels = ada.get("/api/v1/admin/channels").await;
    channels.channels.into_iter().find(|it| it.id == channel).expect("the channel")
}

/// Lists inboxes.
pub(super) async fn inboxes(ada: &Api) -> Inboxes {
    ada.get("/api/v1/admin/inboxes").await
}

/// Lets a customer text the business, signed for the address that the channel has; returns the status.
pub(super) async fn text(fake: &FakeTwilio, channel: &ChannelSettings, from: &str) -> u16 {
    let id = sid();
    let url = &channel.webhooks[0].url;
    let it = InboundSms { account_sid: SID, sid: &id, from, to: &channel.address, body: "Hello?" };
    fake.inbound(url, &it).await
}
