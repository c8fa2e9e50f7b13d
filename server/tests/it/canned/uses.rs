//! Uses: counted with the reply that began with it, once, and not by who may not use it.

use protocol::{
    canned::CannedView,
    commands::{Command, SendReply},
    ids::{CannedId, ThreadId},
    text::ReplyText,
};
use reqwest::Method;
use serde_json::json;
use uuid::Uuid;

use super::{MINE, ask, codes, field, list, make, office, reply, shared};
use crate::harness::api::{Api, CUSTOMER};

fn send(thread: ThreadId, seen: u32, canned: CannedId) -> Command {
    let text = ReplyText::new("Hello".to_owned()).unwrap();
    let it = SendReply::new(thread, text, seen);
    Command::SendReply(SendReply { canned: Some(canned), ..it })
}

async fn uses(api: &Api, it: &CannedView) -> u64 {
    let found = list(api, "").await.canned.into_iter().find(|other| other.id == it.id).unwrap();
    assert_eq!(found.last_used_at.is_some(), found.uses > 0);
    found.uses
}

#[tokio::test]
async fn a_use_counts_with_its_reply() {
    let (server, sam) = office().await;
    let inbox = sam.me.inboxes[0].id;
    let ann = server.api("ann").await;
    let text = json!({ "en": "Hello" });
    let a = make(&sam, &shared(inbox), &reply("a", &text)).await;
    let b = make(&sam, &shared(inbox), &reply("b", &text)).await;
    let sams = make(&sam, MINE, &reply("c", &text)).await;
    let anns = make(&ann, MINE, &reply("d", &text)).await;
    let thread = ann.new_thread(CUSTOMER).await.id;

    ann.command("k1", send(thread, 0, b.id)).await.unwrap();
    ann.command("k1", send(thread, 0, b.id)).await.unwrap();
    assert_eq!(uses(&ann, &b).await, 1, "the same key counts once");
    ann.command("k2", send(thread, 0, a.id)).await.expect_err("a collision");
    assert_eq!(uses(&ann, &a).await, 0, "what was not sent was not used");
    ann.command("k3", send(thread, 1, anns.id)).await.unwrap();
    ann.command("k4", send(thread, 2, b.id)).await.unwrap();
    assert_eq!((uses(&ann, &b).await, uses(&ann, &anns).await), (2, 1));
    assert_eq!(codes(&ann, "?sort=use").await, ["b", "d", "a"]);

    // Somebody else's, or one that is gone by now, is no reason to keep a reply back.
    ann.command("k5", send(thread, 3, sams.id)).await.unwrap();
    let gone: CannedId = Uuid::now_v7().into();
    ann.command("k6", send(thread, 4, gone)).await.unwrap();
    assert_eq!(uses(&sam, &sams).await, 0, "not theirs to count");

    // It is on record with the reply.
    let sql = "select count(*) from events where kind = 'message.sent' \
        and data::json #>> '{terms,canned}' like 'can_%'";
    assert_eq!(server.database.count(sql).await, 5);
    let body = json!({ "key": "k7", "command": { "kind": "reply.send", "thread_id": thread,
        "text": "x", "seen_reply": 5, "canned": thread } });
    let (status, refused) = ask(&ann, Method::POST, "/commands", Some(&body)).await;
    assert_eq!((status, field(&refused)), (422, "command.canned"), "{refused}");
    server.stop().await;
}

#[tokio::test]
async fn many_replies_at_once_are_all_counted() {
    let (server, sam) = office().await;
    let inbox = sam.me.inboxes[0].id;
    let text = json!({ "en": "Hello" });
    let mut both = Vec::new();
    for code in ["a", "b"] {
        both.push(make(&sam, &shared(inbox), &reply(code, &text)).await);
    }
    let mut threads = Vec::new();
    for n in 0..12 {
        threads.push(sam.new_thread(&format!("+1202555{n:04}")).await.id);
    }
    // Two in a row a thread, in both orders.
    let replies = threads.iter().enumerate().map(|(n, thread)| {
        let (sam, thread, both) = (sam.clone(), *thread, both.clone());
        async move {
            for seen in 0..2 {
                let canned = &both[(n + seen) % 2];
                let seen = u32::try_from(seen).unwrap();
                sam.command(&format!("{n}-{seen}"), send(thread, seen, canned.id)).await.unwrap();
            }
        }
    });
    futures_util::future::join_all(replies).await;
    for it in &both {
        assert_eq!(uses(&sam, it).await, 12);
    }
    server.stop().await;
}
