//! What breaks WebSocket itself, or our bounds of it, is closed with the code that says so.

use protocol::{
    close::{CloseCode, CloseReason},
    errors::ErrorCode,
    frames::ServerFrame,
    ids::StreamId,
    limits::{CLIENT_FRAME_BYTES_MAX, SUBSCRIPTIONS_MAX},
};
use serde_json::json;
use uuid::Uuid;

use crate::{
    bad_input::{error, start},
    harness::{
        api::CUSTOMER,
        server::{TestServer, Wanted},
        socket::{Closed, Socket},
    },
    main_job::note,
};

/// A frame as bytes, masked with zeros, which changes nothing.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first];
    match u16::try_from(payload.len()) {
        Ok(length) if length < 126 => bytes.push(0x80 | u8::try_from(length).unwrap()),
        Ok(length) => {
            bytes.push(0xfe);
            bytes.extend(length.to_be_bytes());
        }
        Err(_longer) => {
            bytes.push(0xff);
            bytes.extend(u64::try_from(payload.len()).unwrap().to_be_bytes());
        }
    }
    bytes.extend([0; 4]);
    bytes.extend(payload);
    bytes
}

/// The close that a code stands for.
fn closed(code: CloseCode) -> Closed {
    let reason = CloseReason { code: code.name().to_owned(), retry_after_ms: None };
    Closed { code: code.number(), reason: Some(reason) }
}

#[tokio::test]
async fn what_breaks_websocket_is_closed_with_a_reason_and_hurts_nobody_else() {
    let (server, api, mut bystander, thread) = start().await;
    let before = server.database.stored().await;
    let big = vec![b'x'; 1 << 20];
    let half = vec![b'x'; CLIENT_FRAME_BYTES_MAX / 2 + 1];
    let fragments = [frame(0x01, &half), frame(0x80, &half)].concat();
    let huge = [&[0x81, 0xff][..], &(u64::MAX >> 1).to_be_bytes(), &[0; 4]].concat();
    let cases = [
        ("a binary frame", frame(0x82, b"{}"), CloseCode::Unsupported),
        ("text that is not UTF-8", frame(0x81, b"\"\xff\""), CloseCode::NotUtf8),
        ("a cut character", frame(0x81, b"\xf0\x9f\x98"), CloseCode::NotUtf8),
        ("no mask", vec![0x81, 0x02, b'{', b'}'], CloseCode::Protocol),
        ("a reserved bit", frame(0xc1, b"{}"), CloseCode::Protocol),
        ("a reserved opcode", frame(0x83, b"{}"), CloseCode::Protocol),
        ("a reserved control opcode", frame(0x8b, b""), CloseCode::Protocol),
        ("a ping in pieces", frame(0x09, b""), CloseCode::Protocol),
        ("a long ping", frame(0x89, &[0; 126]), CloseCode::Protocol),
        ("an end without a beginning", frame(0x80, b"{}"), CloseCode::Protocol),
        (
            "a beginning in the middle",
            [frame(0x01, b"{"), frame(0x81, b"}")].concat(),
            CloseCode::Protocol,
        ),
        ("a megabyte", frame(0x81, &big), CloseCode::TooBig),
        ("a byte too many", frame(0x81, &big[..=CLIENT_FRAME_BYTES_MAX]), CloseCode::TooBig),
        ("too much in pieces", fragments, CloseCode::TooBig),
        ("an exabyte announced", huge, CloseCode::TooBig),
    ];
    for (what, bytes, code) in cases {
        let mut socket = Socket::open(&server.url(), &api.token).await;
        socket.send_bytes(&bytes).await;
        assert_eq!(socket.closed().await, closed(code), "{what}");
        // A reset could overtake the code on its way.
        assert!(socket.ends_in_peace().await, "{what}: reset");
    }
    assert_eq!(server.database.stored().await, before, "nothing was stored");
    bystander.command("good", note(thread.parse().unwrap(), "Still here")).await.unwrap();
    server.stop().await;
}

#[tokio::test]
async fn what_is_just_within_the_bounds_is_read() {
    let (server, _api, mut socket, thread) = start().await;
    let thread = thread.parse().unwrap();
    // A frame of exactly the limit is read, and only then refused for its text.
    let length = CLIENT_FRAME_BYTES_MAX - r#"{"type":""}"#.len();
    socket.send_text(&format!(r#"{{"type":"{}"}}"#, "x".repeat(length))).await;
    assert_eq!(error(&mut socket).await.1.code, ErrorCode::UnknownCommand);
    // In pieces, with a ping between them.
    let text = r#"{"type":"ping","id":77}"#.as_bytes();
    let (one, two) = text.split_at(9);
    let pieces = [frame(0x01, one), frame(0x89, b"?"), frame(0x80, two)].concat();
    socket.send_bytes(&pieces).await;
    let is_pong = |it: &ServerFrame| matches!(it, ServerFrame::Pong(it) if it.id == 77);
    socket.until(|it| is_pong(it).then_some(())).await;
    socket.command("long", note(thread, &"😀".repeat(4_000))).await.unwrap();
    server.stop().await;
}

#[tokio::test]
async fn one_connection_follows_so_many_streams_and_no_more() {
    let server = TestServer::start().await;
    let api = server.api("ann").await;
    // There is no door for more inboxes yet.
    let mut connection = server.database.connect().await;
    let more = "with fresh as (select gen_random_uuid() as id from generate_series(1, $2)),
        stream as (select create_stream(id) from fresh),
        inbox as (insert into inboxes (id, name, mode, created_at)
            select id, 'More', 'team', now() from fresh, (select count(*) from stream) as made)
        insert into inbox_members (inbox_id, agent_id, scope) select id, $1, 'all' from fresh
        returning inbox_id";
    let streams: Vec<Uuid> = sqlx::query_scalar(more)
        .bind(api.id().uuid())
        .bind(i32::try_from(SUBSCRIPTIONS_MAX).unwrap())
        .fetch_all(&mut connection)
        .await
        .unwrap();
    let api = server.api("ann").await;
    let mut socket = Socket::open(&server.url(), &api.token).await;
    for stream in &streams {
        socket.subscribe(StreamId::from(*stream), None).await;
    }
    let one_more = json!({ "type": "subscribe", "id": 1, "stream": api.stream() }).to_string();
    socket.send_text(&one_more).await;
    let (id, refused) = error(&mut socket).await;
    assert_eq!((id, refused.code), (Some(1), ErrorCode::TooManySubscriptions));
    // The same again is no more, and one that is let go makes room.
    socket.subscribe(StreamId::from(streams[0]), None).await;
    let let_go = json!({ "type": "unsubscribe", "id": 2, "stream": StreamId::from(streams[0]) });
    socket.send_text(&let_go.to_string()).await;
    socket.subscribe(api.stream(), None).await;
    server.stop().await;
}

#[tokio::test]
async fn too_many_frames_are_refused_and_then_the_connection_is_closed() {
    const AT_ONCE: usize = 2;
    let wanted = Wanted { frames_per_second: 1_000, ..Wanted::default() };
    let server = TestServer::start_with(wanted).await;
    let (api, mut calm) = server.desk("ann").await;
    let thread = api.new_thread(CUSTOMER).await.id;

    let mut socket = Socket::open(&server.url(), &api.token).await;
    let many = frame(0x81, br#"{"type":"ping","id":5}"#).repeat(AT_ONCE);
    let mut answered = 0;
    let closed = loop {
        if answered % AT_ONCE == 0 {
            socket.send_bytes(&many).await;
        }
        match socket.read().await {
            Ok(ServerFrame::Error(it)) => {
                assert_eq!((it.id, it.error.code), (Some(5), ErrorCode::RateLimited));
                assert!(it.error.details.unwrap().retry_after_ms.is_some());
            }
            Ok(ServerFrame::Pong(_)) => {}
            Ok(other) => panic!("{other:?}"),
            Err(closed) => break closed,
        }
        answered += 1;
        assert!(answered < 20_000, "it is never closed");
    };
    assert!(answered > 2_200, "it was warned before");
    let reason = closed.reason.unwrap();
    assert_eq!((closed.code, reason.code.as_str()), (4029, "rate_limited"));
    assert!(reason.retry_after_ms.is_some(), "it may come back");

    // The pings of WebSocket itself count, too.
    let mut socket = Socket::open(&server.url(), &api.token).await;
    socket.send_bytes(&frame(0x89, b"").repeat(20_000)).await;
    assert_eq!(socket.closed().await.code, 4029);
    calm.command("good", note(thread, "Still here")).await.unwrap();
    server.stop().await;
}
