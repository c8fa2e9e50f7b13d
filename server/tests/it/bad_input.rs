//! What makes no sense is refused with its documented code, stores nothing, and leaves everything
//! else as it was.

use protocol::{
    errors::{ErrorBody, ErrorCode, ErrorDetails},
    frames::ServerFrame,
};
use serde_json::json;
use uuid::Uuid;

use crate::{
    harness::{
        api::{Api, CUSTOMER},
        server::TestServer,
        socket::Socket,
    },
    main_job::note,
};

/// A refusal: its code, and the field and the limit that it names.
pub(crate) type Refusal = (ErrorCode, Option<String>, Option<u32>);

pub(crate) fn refusal(code: ErrorCode, details: Option<Box<ErrorDetails>>) -> Refusal {
    let details = details.unwrap_or_default();
    (code, details.field, details.max)
}

/// Commands that cannot be taken, and what each is answered.
pub(crate) fn commands(thread: &str) -> Vec<(&'static str, String, Refusal)> {
    let no_thread = format!("thr_{}", Uuid::now_v7().simple());
    let no_agent = format!("agt_{}", Uuid::now_v7().simple());
    let send = |text: &str| {
        let command = json!({ "kind": "reply.send", "thread_id": thread, "seen_reply": 0,
            "text": text });
        command.to_string()
    };
    let read =
        |seq: &str| format!(r#"{{"kind":"thread.open","thread_id":"{thread}","read_seq":{seq}}}"#);
    let raw =
        |text: &str| format!(r#"{{"kind":"note.add","thread_id":"{thread}","text":"{text}"}}"#);
    let only = |kind: &str, id: &str| json!({ "kind": kind, "thread_id": id }).to_string();
    let reply = send("Hello?");
    let with = |more: &str| format!("{},{more}}}", reply.trim_end_matches('}'));
    let assign = json!({ "kind": "thread.assign", "thread_id": thread, "from": null,
        "to": no_agent });
    let status = json!({ "kind": "thread.set_status", "thread_id": thread, "to": "done" });
    let invalid = |field: &str| (ErrorCode::Invalid, Some(format!("command.{field}")), None);
    let too_long = |max| (ErrorCode::TooLong, Some("command.text".to_owned()), Some(max));
    let not_found = (ErrorCode::NotFound, Some("command.thread_id".to_owned()), None);
    let unknown = (ErrorCode::UnknownCommand, Some("command.kind".to_owned()), None);
    let bad_frame = (ErrorCode::BadFrame, None, None);
    vec![
        ("an unknown kind", only("thread.explode", thread), unknown.clone()),
        ("another case", only("Lock.Acquire", thread), unknown),
        ("no kind", json!({ "thread_id": thread }).to_string(), invalid("kind")),
        ("a kind that is no text", r#"{"kind":7}"#.to_owned(), invalid("kind")),
        ("an unknown field", with(r#""author":"sam""#), invalid("author")),
        ("a field twice", with(r#""text":"Hello!""#), bad_frame.clone()),
        ("a wrong type", with(r#""after":5"#), invalid("after")),
        ("a missing field", only("reply.send", thread), invalid("text")),
        ("a bad id", only("lock.acquire", "thr_1"), invalid("thread_id")),
        ("another kind of id", only("lock.acquire", &no_agent), invalid("thread_id")),
        ("an id in capitals", only("lock.acquire", &thread.to_uppercase()), invalid("thread_id")),
        ("no such thread", only("lock.acquire", &no_thread), not_found.clone()),
        ("no such agent", assign.to_string(), invalid("to")),
        ("no such status", status.to_string(), invalid("to")),
        ("NUL", raw(r"a\u0000b"), invalid("text")),
        ("a lone surrogate", raw(r"\ud83d"), bad_frame.clone()),
        ("a surrogate's wrong half", raw(r"\ud83d\u0041"), bad_frame),
        ("an empty text", raw(""), invalid("text")),
        ("nothing but space", raw(r" \n\t\u00a0"), invalid("text")),
        ("a reply of 1601", send(&"x".repeat(1_601)), too_long(1_600)),
        ("a reply of 801 emoji", send(&"😀".repeat(801)), too_long(1_600)),
        ("a note of 60 KB", raw(&"x".repeat(60_000)), too_long(8_000)),
        ("a negative number", read("-1"), invalid("read_seq")),
        ("a fraction", read("1.5"), invalid("read_seq")),
        ("a number beyond 64 bits", read("18446744073709551616"), invalid("read_seq")),
        ("a number as text", read("\"1\""), invalid("read_seq")),
    ]
}

/// Frames that are no commands and cannot be taken: what, frame, id in the answer, code, field.
type OtherFrame = (&'static str, String, Option<u32>, ErrorCode, Option<&'static str>);

fn other_frames(thread: &str) -> Vec<OtherFrame> {
    use ErrorCode::{BadFrame, Invalid, NotFound, UnknownCommand};
    let no_thread = format!("thr_{}", Uuid::now_v7().simple());
    let no_stream = format!("str_{}", Uuid::now_v7().simple());
    let open = "[".repeat(30_000);
    let deep = format!("{open}{}", "]".repeat(30_000));
    let subscribe = |stream: &str| json!({ "type": "subscribe", "id": 903, "stream": stream });
    let signal = |id: &str, what: &str| {
        json!({ "type": "signal", "thread_id": id, "activity": what }).to_string()
    };
    let command = |key: &str| {
        let command = json!({ "kind": "lock.acquire", "thread_id": thread });
        json!({ "type": "command", "id": 903, "key": key, "command": command }).to_string()
    };
    let text = str::to_owned;
    let type_field = Some("type");
    vec![
        ("half a frame", text(r#"{"type":"ping""#), None, BadFrame, None),
        ("nothing", String::new(), None, BadFrame, None),
        ("two frames", text(r#"{"type":"ping","id":1}{}"#), None, BadFrame, None),
        ("deep, and cut", format!(r#"{{"type":"ping","id":1,"x":{open}"#), None, BadFrame, None),
        ("deep", deep, None, BadFrame, None),
        ("no object", text("7"), None, BadFrame, type_field),
        ("no type", text(r#"{"id":903}"#), Some(903), BadFrame, type_field),
        (
            "a type that is none",
            text(r#"{"type":"x","id":903}"#),
            Some(903),
            UnknownCommand,
            type_field,
        ),
        ("no id", text(r#"{"type":"ping"}"#), None, Invalid, Some("id")),
        ("a huge id", text(r#"{"type":"ping","id":4294967296}"#), None, Invalid, Some("id")),
        ("a field more", text(r#"{"type":"ping","id":903,"x":1}"#), Some(903), Invalid, Some("x")),
        ("a bad stream", subscribe("x").to_string(), Some(903), Invalid, Some("stream")),
        ("no such stream", subscribe(&no_stream).to_string(), Some(903), NotFound, None),
        ("a second hello", text(r#"{"type":"hello","id":903}"#), Some(903), Invalid, None),
        ("a bad activity", signal(thread, "x"), None, Invalid, Some("activity")),
        ("a signal about nothing", signal(&no_thread, "typing"), None, NotFound, None),
        ("a bad key", command("a b"), Some(903), Invalid, Some("key")),
        ("a long key", command(&"k".repeat(65)), Some(903), Invalid, Some("key")),
    ]
}

/// Reads the answer to what was just sent.
pub(crate) async fn error(socket: &mut Socket) -> (Option<u32>, ErrorBody) {
    socket
        .until(|frame| match frame {
            ServerFrame::Error(it) => Some((it.id, it.error.clone())),
            _ => None,
        })
        .await
}

/// A server, one agent's connection, and a thread.
pub(crate) async fn start() -> (TestServer, Api, Socket, String) {
    let server = TestServer::start().await;
    let (api, mut socket) = server.desk("ann").await;
    let thread = api.new_thread(CUSTOMER).await.id.to_string();
    socket.until_known("the text", |desk| desk.events.len() == 2).await;
    (server, api, socket, thread)
}

#[tokio::test]
async fn a_frame_that_makes_no_sense_is_refused_and_the_connection_stays() {
    let (server, api, mut socket, thread) = start().await;
    let before = server.database.stored().await;
    let mut frames: Vec<(&str, String, Option<u32>, Refusal)> = commands(&thread)
        .into_iter()
        .map(|(what, command, refusal)| {
            let frame = format!(r#"{{"type":"command","id":907,"key":"k","command":{command}}}"#);
            // What is not JSON has no id.
            let id = (!what.contains("surrogate")).then_some(907);
            (what, frame, id, refusal)
        })
        .collect();
    for (what, frame, id, code, field) in other_frames(&thread) {
        frames.push((what, frame, id, (code, field.map(str::to_owned), None)));
    }
    for (what, frame, id, expected) in frames {
        socket.send_text(&frame).await;
        let (answered, error) = error(&mut socket).await;
        let shown = refusal(error.code, error.details);
        assert_eq!((answered, shown), (id, expected), "{what}: {}", error.message);
        assert!(!error.message.contains("xxxxxxxx"), "{what}: nothing is sent back");
    }
    let lost = json!({ "type": "subscribe", "id": 909, "stream": api.stream(), "cursor": "x.y" });
    socket.send_text(&lost.to_string()).await;
    let is_reset =
        |frame: &ServerFrame| matches!(frame, ServerFrame::Reset(it) if it.id == Some(909));
    socket.until(|frame| is_reset(frame).then_some(())).await;
    assert_eq!(server.database.stored().await, before, "nothing was stored");
    socket.command("good", note(thread.parse().unwrap(), "Still here")).await.unwrap();
    server.stop().await;
}
