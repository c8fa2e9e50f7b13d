//! What a team does with threads: who owns them, where they stand, what is on them.

mod bulk;
mod episodes;
mod filters;
mod labels;
mod ownership;
mod reading;
mod statuses;

use protocol::{
    commands::{Assign, Command, SetStatus},
    ids::{AgentId, TagId, ThreadId},
    labels::{TagThread, TagView, Tags},
    views::Status,
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::api::Api;

/// Gives a thread from one agent to another.
pub(crate) fn assign(thread_id: ThreadId, from: Option<AgentId>, to: Option<AgentId>) -> Command {
    let (from_team, to_team, note) = (None, None, None);
    Command::Assign(Assign { thread_id, from, to, from_team, to_team, note, mentions: Vec::new() })
}

fn set(thread_id: ThreadId, to: Status) -> Command {
    Command::SetStatus(SetStatus { thread_id, to, until: None })
}

fn put_on(thread_id: ThreadId, tag_id: TagId) -> Command {
    Command::TagThread(TagThread { thread_id, tag_id })
}

fn take_off(thread_id: ThreadId, tag_id: TagId) -> Command {
    Command::UntagThread(TagThread { thread_id, tag_id })
}

/// Asks for something below the first inbox.
async fn ask(api: &Api, method: Method, path: &str, body: Value) -> (u16, Value) {
    let path = format!("/inboxes/{}{path}", api.me.inboxes[0].id);
    let answer = api.ask(method, &path, Some(&body)).await;
    let status = answer.status().as_u16();
    (status, serde_json::from_str(&answer.text().await.unwrap()).unwrap_or_default())
}

/// Makes a tag of the first inbox.
async fn tag(api: &Api, name: &str) -> TagView {
    let body = json!({ "name": name, "color": "teal" });
    let (status, answer) = ask(api, Method::POST, "/tags", body).await;
    assert_eq!(status, 201, "{answer}");
    let tags: Tags = serde_json::from_value(answer).unwrap();
    tags.tags.into_iter().find(|it| it.name == name).unwrap()
}

/// Changes the first inbox, as an administrator does.
async fn change_inbox(admin: &Api, changes: &Value) -> (u16, Value) {
    let inbox = &admin.me.inboxes[0];
    let mut body = json!({ "name": inbox.name, "mode": inbox.mode });
    for (field, value) in changes.as_object().unwrap() {
        body[field] = value.clone();
    }
    let answer = admin.ask(Method::PUT, &format!("/admin/inboxes/{}", inbox.id), Some(&body)).await;
    let status = answer.status().as_u16();
    (status, serde_json::from_str(&answer.text().await.unwrap()).unwrap())
}
