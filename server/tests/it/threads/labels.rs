//! Priorities and tags: who may, what is told, what a list shows.

use protocol::{
    commands::{Command, Outcome},
    errors::ErrorCode,
    events::EventBody,
    http::ThreadPage,
    labels::{Prioritise, Priority, TagColor, Tagged},
    views::Scope,
};
use reqwest::Method;
use serde_json::json;

use super::{ask, put_on, tag, take_off};
use crate::harness::{
    api::{CUSTOMER, refused},
    server::{TestServer, make_admin, set_scope},
};

#[tokio::test]
async fn a_priority_reaches_colleagues_and_lists() {
    let server = TestServer::start().await;
    let (ann, mut anns) = server.desk("ann").await;
    let id = ann.new_thread(CUSTOMER).await.id;
    ann.new_thread("+12025550199").await;
    let urgent = Command::Prioritise(Prioritise { thread_id: id, to: Priority::Urgent });
    anns.command("p1", urgent.clone()).await.unwrap();
    let again = anns.command("p2", urgent).await.unwrap();
    assert!(matches!(again, Outcome::Done(done) if done.seq.is_none()), "it already was so");
    let told = |body: &EventBody| match body {
        EventBody::Prioritised(it) => Some((it.from, it.priority)),
        _ => None,
    };
    anns.until_known("the event", |desk| desk.events.iter().any(|it| told(&it.body).is_some()))
        .await;
    let events = ann.snapshot(id).await.timeline.events;
    let shown: Vec<_> = events.iter().filter_map(|it| told(&it.body)).collect();
    assert_eq!(shown, [(Priority::Normal, Priority::Urgent)], "the timeline has it once");
    let page = |query: &str| {
        let path = format!("/api/v1/inboxes/{}/threads?{query}", ann.me.inboxes[0].id);
        let ann = ann.clone();
        async move { ann.get::<ThreadPage>(&path).await.threads }
    };
    let urgent = page("priority=urgent").await;
    assert_eq!(
        urgent.iter().map(|it| (it.id, it.priority)).collect::<Vec<_>>(),
        [(id, Priority::Urgent)]
    );
    assert_eq!(page("priority=normal").await.len(), 1);
    let path = format!("/api/v1/inboxes/{}/threads?priority=soon", ann.me.inboxes[0].id);
    assert_eq!(ann.try_get(&path).await.status(), 422);
    server.stop().await;
}

#[tokio::test]
async fn tags_are_put_on_and_taken_off_and_told_to_who_sees_the_thread() {
    let server = TestServer::start().await;
    let sam = server.api("sam").await;
    let (ann, mut anns) = server.desk("ann").await;
    let ben_id = server.api("ben").await.id();
    set_scope(&server.database, ben_id, Scope::Assigned).await;
    let (_ben, mut bens) = server.desk("ben").await;
    let id = ann.new_thread(CUSTOMER).await.id;
    let refund = tag(&sam, "Refund").await;
    assert_eq!(refund.color, TagColor::Teal);
    anns.command("t1", put_on(id, refund.id)).await.unwrap();
    let again = anns.command("t2", put_on(id, refund.id)).await.unwrap();
    assert!(matches!(again, Outcome::Done(done) if done.seq.is_none()));
    assert_eq!(ann.snapshot(id).await.thread.tags, [refund.id]);
    let path = format!("/api/v1/inboxes/{}/threads?tag={}", ann.me.inboxes[0].id, refund.id);
    assert_eq!(ann.get::<ThreadPage>(&path).await.threads.len(), 1);
    anns.command("t3", take_off(id, refund.id)).await.unwrap();
    assert!(ann.get::<ThreadPage>(&path).await.threads.is_empty());
    anns.until_known("both", |desk| {
        let tagged: Vec<_> = desk
            .events
            .iter()
            .filter_map(|it| match &it.body {
                EventBody::Tagged(it) => Some(it.clone()),
                _ => None,
            })
            .collect();
        let on = Tagged { tags: vec![refund.id], added: Some(refund.id), removed: None };
        let off = Tagged { tags: vec![], added: None, removed: Some(refund.id) };
        tagged == [on, off]
    })
    .await;
    // Ben is told of the tag, which is the inbox's, and not of the thread.
    bens.drain(std::time::Duration::from_millis(300)).await;
    let kinds: Vec<_> = bens.events.iter().map(|it| it.thread_id).collect();
    assert_eq!(kinds, [None], "{:?}", bens.events);
    server.stop().await;
}

#[tokio::test]
async fn the_tags_of_an_inbox_are_managed_by_who_may() {
    let server = TestServer::start().await;
    let (ann, mut anns) = server.desk("ann").await;
    let sam = server.api("sam").await;
    let red = json!({ "name": "VIP", "color": "red" });
    let (status, problem) = ask(&ann, Method::POST, "/tags", red.clone()).await;
    assert_eq!((status, &problem["details"]["permission"]), (403, &json!("tags.manage")));
    let vip = tag(&sam, "VIP").await;
    let refund = tag(&sam, "Refund").await;
    let id = ann.new_thread(CUSTOMER).await.id;
    anns.command("t1", put_on(id, vip.id)).await.unwrap();

    let cases = [
        (Method::POST, "/tags".to_owned(), json!({ "name": "vip", "color": "red" }), 409, "name"),
        (Method::POST, "/tags".to_owned(), json!({ "name": " ", "color": "red" }), 422, "name"),
        (
            Method::POST,
            "/tags".to_owned(),
            json!({ "name": "a".repeat(41), "color": "red" }),
            422,
            "name",
        ),
        (
            Method::POST,
            "/tags".to_owned(),
            json!({ "name": "x", "color": "#ff0000" }),
            422,
            "color",
        ),
        (
            Method::PUT,
            format!("/tags/{}", refund.id),
            json!({ "name": "VIP", "color": "red" }),
            409,
            "name",
        ),
    ];
    for (method, path, body, status, field) in cases {
        let (got, problem) = ask(&sam, method, &path, body.clone()).await;
        assert_eq!((got, &problem["details"]["field"]), (status, &json!(field)), "{body}");
    }
    let gold = json!({ "name": "Gold", "color": "yellow" });
    let path = format!("/tags/{}", vip.id);
    assert_eq!(ask(&sam, Method::PUT, &path, gold).await.0, 200);
    anns.until_known("the new name", |desk| {
        desk.events.iter().any(|it| match &it.body {
            EventBody::TagChanged(it) => (it.tag.id, &*it.tag.name) == (vip.id, "Gold"),
            _ => false,
        })
    })
    .await;
    let (status, left) = ask(&sam, Method::DELETE, &path, json!({})).await;
    assert_eq!((status, left["tags"].as_array().unwrap().len()), (200, 1));
    assert_eq!(ask(&sam, Method::DELETE, &path, json!({})).await.0, 404);
    anns.until_known("it is gone", |desk| {
        desk.events.iter().any(|it| match &it.body {
            EventBody::TagRemoved(it) => it.tag_id == vip.id,
            _ => false,
        })
    })
    .await;
    assert!(ann.snapshot(id).await.thread.tags.is_empty(), "it is on no thread");
    let problem = refused(ann.command("t9", put_on(id, vip.id)).await, ErrorCode::Invalid);
    assert_eq!(problem.details.unwrap().field.as_deref(), Some("command.tag_id"));
    assert_eq!(server.api("ann").await.me.inboxes[0].tags, [refund]);
    server.stop().await;
}

#[tokio::test]
async fn a_tag_of_another_inbox_and_a_twenty_first_are_refused() {
    let server = TestServer::start().await;
    make_admin(&server.database, "sam@demo.example").await;
    let sam = server.api("sam").await;
    let id = sam.new_thread(CUSTOMER).await.id;
    let body = json!({ "name": "Another", "mode": "team" });
    assert_eq!(sam.ask(Method::POST, "/admin/inboxes", Some(&body)).await.status(), 201);
    let mut there = server.api("sam").await;
    there.me.inboxes.retain(|it| it.name == "Another");
    let foreign = tag(&there, "Foreign").await;
    let problem = refused(sam.command("f", put_on(id, foreign.id)).await, ErrorCode::Invalid);
    assert_eq!(problem.details.unwrap().field.as_deref(), Some("command.tag_id"));
    for n in 0..21 {
        let it = tag(&sam, &format!("Tag {n}")).await;
        let answer = sam.command(&format!("k{n}"), put_on(id, it.id)).await;
        if n < 20 {
            answer.unwrap();
        } else {
            let problem = refused(answer, ErrorCode::Invalid);
            assert!(problem.detail.contains("at most 20"), "{}", problem.detail);
        }
    }
    assert_eq!(sam.snapshot(id).await.thread.tags.len(), 20);
    server.stop().await;
}
