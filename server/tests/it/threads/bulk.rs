//! Many commands in one request: each succeeds or fails alone, and they share transactions.

use protocol::{
    bulk::{BulkAnswer, BulkAnswers},
    commands::{Command, Outcome},
    errors::ErrorCode,
    ids::ThreadId,
    labels::{Prioritise, Priority},
    views::Status,
};
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::Row;

use super::{assign, put_on, set, tag};
use crate::{
    harness::{api::Api, server::TestServer},
    main_job::reply,
};

async fn send(api: &Api, commands: &[(String, Command)]) -> (u16, Value) {
    let commands: Vec<_> =
        commands.iter().map(|(key, command)| json!({ "key": key, "command": command })).collect();
    let body = json!({ "commands": commands });
    let answer = api.ask(Method::POST, "/commands/bulk", Some(&body)).await;
    let status = answer.status().as_u16();
    (status, answer.json().await.unwrap())
}

async fn answers(api: &Api, commands: &[(String, Command)]) -> Vec<BulkAnswer> {
    let (status, answer) = send(api, commands).await;
    assert_eq!(status, 200, "{answer}");
    serde_json::from_value::<BulkAnswers>(answer).unwrap().answers
}

#[tokio::test]
async fn each_of_two_hundred_has_its_own_answer_in_order_and_they_share_transactions() {
    const COUNT: usize = 200;
    let server = TestServer::start().await;
    let ann = server.api("ann").await;
    let mut threads = Vec::new();
    for n in 0..COUNT {
        threads.push(ann.new_thread(&format!("+1202555{n:04}")).await.id);
    }
    let ben = server.api("ben").await.id();
    // Every tenth belongs to Ben by now, and one does not exist.
    for (n, thread) in threads.iter().enumerate().step_by(10) {
        ann.command(&format!("ben{n}"), assign(*thread, None, Some(ben))).await.unwrap();
    }
    let nowhere = ThreadId::from(uuid::Uuid::now_v7());
    let claim = |n: usize, thread: ThreadId| {
        (format!("claim{n}"), assign(if n == 5 { nowhere } else { thread }, None, Some(ann.id())))
    };
    let commands: Vec<_> = threads.iter().enumerate().map(|(n, it)| claim(n, *it)).collect();
    let first = answers(&ann, &commands).await;
    assert_eq!(first.len(), COUNT);
    for (n, answer) in first.iter().enumerate() {
        assert_eq!(answer.key.as_str(), format!("claim{n}"), "in order");
        let code = answer.error.as_ref().map(|error| error.code);
        if n == 5 {
            assert_eq!(code, Some(ErrorCode::NotFound));
        } else if n % 10 == 0 {
            assert_eq!(code, Some(ErrorCode::OwnerChanged));
            let details = answer.error.as_ref().and_then(|error| error.details.as_ref());
            assert_eq!(details.unwrap().assignee, Some(ben));
        } else {
            assert!(matches!(&answer.outcome, Some(Outcome::Done(done)) if done.seq.is_some()));
        }
    }
    assert_eq!(answers(&ann, &commands).await, first, "the same keys have the same answers");

    let mut connection = server.database.connect().await;
    // All events of a transaction have its time.
    let row = "select count(*) as events, count(distinct at) as transactions from events \
        where kind = 'thread.assigned' and actor_id = $1 and assignee_after = $1";
    let row = sqlx::query(row).bind(ann.id().uuid()).fetch_one(&mut connection).await.unwrap();
    let (events, transactions): (i64, i64) = (row.get("events"), row.get("transactions"));
    assert_eq!(events, 179);
    assert!(transactions <= 30, "{transactions} transactions");
    server.stop().await;
}

#[tokio::test]
async fn all_kinds_that_go_in_bulk_do_and_others_refuse_the_request() {
    let server = TestServer::start().await;
    let (ann, sam) = (server.api("ann").await, server.api("sam").await);
    let vip = tag(&sam, "VIP").await;
    let id = ann.new_thread("+12025550123").await.id;
    let high = Command::Prioritise(Prioritise { thread_id: id, to: Priority::High });
    let good = |n: usize| (format!("k{n}"), set(id, Status::Pending));
    let all = [
        ("a".to_owned(), assign(id, None, Some(ann.id()))),
        ("s".to_owned(), set(id, Status::Pending)),
        ("p".to_owned(), high),
        ("t".to_owned(), put_on(id, vip.id)),
    ];
    assert!(answers(&ann, &all).await.iter().all(|it| it.error.is_none()));
    let thread = ann.snapshot(id).await.thread;
    assert_eq!((thread.status, thread.priority), (Status::Pending, Priority::High));
    assert_eq!((thread.assignee_id, thread.tags), (Some(ann.id()), vec![vip.id]));
    let off = ("u".to_owned(), super::take_off(id, vip.id));
    assert!(answers(&ann, &[off]).await[0].error.is_none());

    // Nothing is done where one is not fit for it.
    let mixed =
        [("close".to_owned(), set(id, Status::Closed)), ("r".to_owned(), reply(id, 0, "no"))];
    let (status, problem) = send(&ann, &mixed).await;
    assert_eq!((status, &problem["details"]["field"]), (422, &json!("commands[1].command.kind")));
    assert_eq!(ann.snapshot(id).await.thread.status, Status::Pending);
    let many: Vec<_> = (0..201).map(good).collect();
    for commands in [&[][..], &many[..]] {
        let (status, problem) = send(&ann, commands).await;
        assert_eq!((status, &problem["details"]["field"]), (422, &json!("commands")));
    }
    let cases = [
        (json!({}), "commands"),
        (json!({ "commands": [{ "key": "k" }] }), "commands[0].command"),
        (
            json!({ "commands": [{ "key": "a b", "command": { "kind": "thread.tag", "thread_id": id, "tag_id": vip.id } }] }),
            "commands[0].key",
        ),
        (
            json!({ "commands": [{ "key": "k", "command": { "kind": "thread.tag", "thread_id": id, "tag_id": "x" } }] }),
            "commands[0].command.tag_id",
        ),
    ];
    for (body, field) in cases {
        let answer = ann.ask(Method::POST, "/commands/bulk", Some(&body)).await;
        assert_eq!(answer.status(), 422);
        let problem: Value = answer.json().await.unwrap();
        assert_eq!(problem["details"]["field"], json!(field), "{body}");
    }
    server.stop().await;
}
