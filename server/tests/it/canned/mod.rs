//! Canned replies: who writes them, who approves them, what becomes of them in a thread.

mod approval;
mod filling;
mod hearing;
mod uses;
mod writing;

use protocol::{
    canned::{CannedList, CannedReply, CannedSaved, CannedView, FilledCanned},
    ids::{InboxId, ThreadId},
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{
    api::Api,
    server::{TestServer, Wanted, make_admin},
};

/// A server where Sam is an administrator; Cleo approves as a supervisor does.
async fn office() -> (TestServer, Api) {
    let server = TestServer::start_with(Wanted { more_agents: 1, ..Wanted::default() }).await;
    make_admin(&server.database, "sam@demo.example").await;
    let sam = server.api("sam").await;
    (server, sam)
}

/// Gives an agent of the first inbox another role there.
async fn set_role(admin: &Api, agent: &Api, role: &str) {
    let path = format!("/admin/inboxes/{}/members/{}", admin.me.inboxes[0].id, agent.id());
    let body = json!({ "role": role, "scope": "all" });
    let answer = admin.ask(Method::PUT, &path, Some(&body)).await;
    assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
}

async fn ask(api: &Api, method: Method, path: &str, body: Option<&Value>) -> (u16, Value) {
    let answer = api.ask(method, path, body).await;
    let status = answer.status().as_u16();
    (status, serde_json::from_str(&answer.text().await.unwrap()).unwrap_or_default())
}

/// The field that a refusal names.
fn field(problem: &Value) -> &str {
    problem["details"]["field"].as_str().unwrap_or_default()
}

fn shared(inbox: InboxId) -> String {
    format!("/inboxes/{inbox}/canned")
}

const MINE: &str = "/me/canned";

fn reply(code: &str, texts: &Value) -> Value {
    json!({ "title": format!("About {code}"), "short_code": code, "texts": texts })
}

/// Makes one that has to be taken.
async fn make(api: &Api, path: &str, body: &Value) -> CannedView {
    let (status, answer) = ask(api, Method::POST, path, Some(body)).await;
    assert_eq!(status, 201, "{answer}");
    serde_json::from_value::<CannedSaved>(answer).unwrap().canned
}

/// Changes one, from what was on screen.
async fn change(api: &Api, it: &CannedView, body: &Value) -> (u16, Value) {
    let mut body = body.clone();
    body["version"] = json!(it.version);
    ask(api, Method::PUT, &format!("/canned/{}", it.id), Some(&body)).await
}

async fn changed(api: &Api, it: &CannedView, body: &Value) -> CannedView {
    let (status, answer) = change(api, it, body).await;
    assert_eq!(status, 200, "{answer}");
    serde_json::from_value::<CannedSaved>(answer).unwrap().canned
}

async fn approve(api: &Api, it: &CannedView) -> (u16, Value) {
    let body = json!({ "version": it.version });
    ask(api, Method::POST, &format!("/canned/{}/approve", it.id), Some(&body)).await
}

async fn list(api: &Api, query: &str) -> CannedList {
    api.get(&format!("/api/v1{}{query}", shared(api.me.inboxes[0].id))).await
}

async fn codes(api: &Api, query: &str) -> Vec<String> {
    list(api, query).await.canned.into_iter().map(|it| it.short_code).collect()
}

async fn read(api: &Api, it: &CannedView) -> CannedReply {
    api.get(&format!("/api/v1/canned/{}", it.id)).await
}

async fn fill(api: &Api, thread: ThreadId, it: &CannedView, query: &str) -> FilledCanned {
    api.get(&format!("/api/v1/threads/{thread}/canned/{}{query}", it.id)).await
}

async fn set_rule(admin: &Api, rule: &Value) {
    let path = format!("/admin/inboxes/{}/canned", admin.me.inboxes[0].id);
    let (status, answer) = ask(admin, Method::PUT, &path, Some(rule)).await;
    assert_eq!((status, &answer), (200, rule));
}
