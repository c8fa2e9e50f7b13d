//! Many commands in one request: each succeeds or fails alone, and they share transactions.

use protocol::{
    bulk::{BulkAnswer, BulkAnswers},
    commands::{Command, Outcome},
    errors::{ErrorBody, ErrorCode},
    events::{Event, EventBody},
    frames::ServerFrame,
    ids::ThreadId,
    labels::{Prioritise, Priority},
    views::Status,
};
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::Row;

use super::{assign, put_on, set, tag};
use crate::{
    harness::{
        api::Api,
        server::{TestServer, Wanted},
        socket::Socket,
    },
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

async fn say(socket: &mut Socket, id: u32, commands: &[(String, Command)]) {
    let commands: Vec<_> =
        commands.iter().map(|(key, command)| json!({ "key": key, "command": command })).collect();
    let frame = json!({ "type": "bulk", "id": id, "commands": commands });
    socket.send_text(&frame.to_string()).await;
}

async fn done(socket: &mut Socket, id: u32) -> Result<Vec<BulkAnswer>, ErrorBody> {
    socket
        .until(|frame| match frame {
            ServerFrame::BulkDone(it) if it.id == id => Some(Ok(it.answers.clone())),
            ServerFrame::Error(it) if it.id == Some(id) => Some(Err(it.error.clone())),
            _ => None,
        })
        .await
}

#[tokio::test]
async fn over_the_socket_it_is_the_same_and_events_go_on() {
    let server = TestServer::start().await;
    let (ann, mut anns) = server.desk("ann").await;
    let mut threads = Vec::new();
    for n in 0..20 {
        threads.push(ann.new_thread(&format!("+1202555{n:04}")).await.id);
    }
    let nowhere = ThreadId::from(uuid::Uuid::now_v7());
    let claim = |n: usize, thread: ThreadId| {
        (format!("claim{n}"), assign(if n == 5 { nowhere } else { thread }, None, Some(ann.id())))
    };
    let commands: Vec<_> = threads.iter().enumerate().map(|(n, it)| claim(n, *it)).collect();
    say(&mut anns, 90, &commands).await;
    let first = done(&mut anns, 90).await.unwrap();
    assert_eq!(first.len(), 20);
    for (n, answer) in first.iter().enumerate() {
        assert_eq!(answer.key.as_str(), format!("claim{n}"), "in order");
        let code = answer.error.as_ref().map(|error| error.code);
        assert_eq!(code, (n == 5).then_some(ErrorCode::NotFound));
        assert_eq!(answer.outcome.is_some(), n != 5);
    }
    anns.until_known("an event for each", |desk| {
        let assigned = |it: &&Event| matches!(&it.body, EventBody::ThreadAssigned(_));
        desk.events.iter().filter(assigned).count() == 19
    })
    .await;
    // A key is a key, whatever it came by.
    assert_eq!(answers(&ann, &commands).await, first);
    say(&mut anns, 91, &commands).await;
    assert_eq!(done(&mut anns, 91).await.unwrap(), first);

    let id = threads[0];
    let mixed =
        [("close".to_owned(), set(id, Status::Closed)), ("r".to_owned(), reply(id, 0, "no"))];
    let many: Vec<_> = (0..201).map(|n| (format!("k{n}"), set(id, Status::Pending))).collect();
    let cases =
        [(&mixed[..], "commands[1].command.kind"), (&[][..], "commands"), (&many[..], "commands")];
    for (commands, field) in cases {
        say(&mut anns, 92, commands).await;
        let refused = done(&mut anns, 92).await.unwrap_err();
        let named = refused.details.and_then(|details| details.field);
        assert_eq!((refused.code, named.as_deref()), (ErrorCode::Invalid, Some(field)));
    }
    anns.send_text(r#"{"type":"bulk","id":93,"commands":[{"key":"a","command":{"kind":"x"}}]}"#)
        .await;
    let refused = done(&mut anns, 93).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::UnknownCommand);
    assert_eq!(refused.details.unwrap().field.as_deref(), Some("commands[0].command.kind"));
    assert_eq!(ann.snapshot(id).await.thread.status, Status::New, "nothing was done");
    server.stop().await;
}

#[tokio::test]
async fn over_the_socket_its_parts_count_as_frames() {
    // Twenty at once, and then ten a second.
    let wanted = Wanted { frames_per_second: 10, ..Wanted::default() };
    let server = TestServer::start_with(wanted).await;
    let ann = server.api("ann").await;
    let id = ann.new_thread("+12025550123").await.id;
    let wishes = |n: usize| -> Vec<_> {
        (0..n).map(|n| (format!("k{n}"), set(id, Status::Pending))).collect()
    };
    let mut anns = Socket::open(&server.url(), &ann.token).await;
    say(&mut anns, 1, &wishes(21)).await;
    let never = done(&mut anns, 1).await.unwrap_err();
    assert_eq!(never.code, ErrorCode::Invalid);
    assert!(never.message.contains("20"), "{}", never.message);
    say(&mut anns, 2, &wishes(15)).await;
    assert_eq!(done(&mut anns, 2).await.unwrap().len(), 15);
    say(&mut anns, 3, &wishes(15)).await;
    let later = done(&mut anns, 3).await.unwrap_err();
    assert_eq!(later.code, ErrorCode::RateLimited);
    let wait = later.details.unwrap().retry_after_ms.unwrap();
    assert!((300..=1_500).contains(&wait), "{wait} ms");
    // One more is taken meanwhile: what was refused as a whole has used up nothing but itself.
    say(&mut anns, 4, &wishes(1)).await;
    assert_eq!(done(&mut anns, 4).await.unwrap().len(), 1);
    server.stop().await;
}
