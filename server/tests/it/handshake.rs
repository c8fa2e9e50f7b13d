//! The way in: who is slow, too big or wrong is turned away early, and an idle connection is cheap.

use std::time::{Duration, Instant};

use protocol::frames::SUBPROTOCOL;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::harness::{
    api::CUSTOMER,
    database::Database,
    process::ServerProcess,
    server::{TestServer, people},
    socket::Socket,
};

/// What a good handshake says (RFC 6455, section 1.2).
const GOOD: [(&str, &str); 6] = [
    ("Host", "inbox.example"),
    ("Connection", "keep-alive, Upgrade"),
    ("Upgrade", "websocket"),
    ("Sec-WebSocket-Version", "13"),
    ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ("Sec-WebSocket-Protocol", SUBPROTOCOL),
];

/// A header and its values.
type Header<'a> = (&'a str, &'a [&'a str]);

async fn connect(url: &str) -> TcpStream {
    TcpStream::connect(url.strip_prefix("http://").unwrap()).await.unwrap()
}

/// Asks for `target` with these headers, each of them replaced or left out as `changes` says;
/// returns the head of the answer.
async fn ask(url: &str, target: &str, changes: &[Header<'_>]) -> String {
    let mut lines = vec![format!("GET {target} HTTP/1.1")];
    for (name, value) in GOOD {
        if changes.iter().all(|(changed, _)| *changed != name) {
            lines.push(format!("{name}: {value}"));
        }
    }
    for (name, values) in changes {
        for value in *values {
            lines.push(format!("{name}: {value}"));
        }
    }
    let mut stream = connect(url).await;
    stream.write_all(format!("{}\r\n\r\n", lines.join("\r\n")).as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        let Ok(byte) = stream.read_u8().await else { break };
        answer.push(byte);
    }
    String::from_utf8(answer).unwrap()
}

fn status(answer: &str) -> u16 {
    answer.split(' ').nth(1).and_then(|it| it.parse().ok()).unwrap_or_default()
}

#[tokio::test]
async fn a_good_handshake_is_answered_to_the_letter() {
    let server = TestServer::start().await;
    let offers = [
        ("Sec-WebSocket-Protocol", &["other, tandem.v1", "more"][..]),
        ("Sec-WebSocket-Extensions", &["permessage-deflate; client_max_window_bits"]),
    ];
    let answer = ask(&server.url(), "/ws", &offers).await;
    assert_eq!(status(&answer), 101, "{answer}");
    let values = |name: &str| -> Vec<String> {
        let lines = answer.lines().filter_map(|line| line.split_once(": "));
        lines.filter(|(it, _)| it.eq_ignore_ascii_case(name)).map(|(_, it)| it.to_owned()).collect()
    };
    assert_eq!(values("sec-websocket-protocol"), [SUBPROTOCOL]);
    assert_eq!(values("sec-websocket-accept"), ["s3pPLMBiTxaQ9kYGzzhZRbK+xOo="]);
    assert_eq!(values("sec-websocket-extensions"), [""; 0], "no compression");
    assert_eq!(values("upgrade"), ["websocket"]);
    server.stop().await;
}

#[tokio::test]
async fn a_handshake_that_is_wrong_is_refused_with_its_status() {
    let server = TestServer::start().await;
    let url = server.url();
    let none: &[&str] = &[];
    let big = "x".repeat(17 * 1024);
    let (large, long) = ([big.as_str()], format!("/ws?{big}"));
    let names: Vec<_> = (0..70).map(|n| format!("X-{n}")).collect();
    let many: Vec<Header<'_>> = names.iter().map(|it| (it.as_str(), &["1"][..])).collect();
    let cases = [
        ("no subprotocol", "/ws", vec![("Sec-WebSocket-Protocol", &[][..])], 400),
        ("another subprotocol", "/ws", vec![("Sec-WebSocket-Protocol", &["tandem.v2"])], 400),
        ("a token in the address", "/ws?token=tds_x", vec![], 400),
        ("another word for it", "/ws?a=1&access_token=x", vec![], 400),
        ("another version", "/ws", vec![("Sec-WebSocket-Version", &["12"])], 426),
        ("no version", "/ws", vec![("Sec-WebSocket-Version", none)], 426),
        ("no key", "/ws", vec![("Sec-WebSocket-Key", none)], 400),
        ("a key that is none", "/ws", vec![("Sec-WebSocket-Key", &["x"])], 400),
        ("a plain GET", "/ws", vec![("Upgrade", none), ("Connection", none)], 426),
        ("no upgrade", "/ws", vec![("Upgrade", &["h2c"])], 426),
        ("a large head", "/ws", vec![("X-Large", &large)], 431),
        ("a long address", &long, vec![], 431),
        ("many fields", "/ws", many, 431),
    ];
    for (what, target, changes, expected) in cases {
        let answer = ask(&url, target, &changes).await;
        assert_eq!(status(&answer), expected, "{what}: {answer}");
        if expected == 426 {
            let answer = answer.to_lowercase();
            assert!(answer.contains("\r\nupgrade: websocket\r\n"), "{what}: {answer}");
            assert!(answer.contains("\r\nsec-websocket-version: 13\r\n"), "{what}: {answer}");
        }
    }
    server.stop().await;
}

/// Waits until the server lets a connection go; says what it said before, and when that was.
async fn let_go(mut stream: TcpStream, drip: &str) -> (String, Duration) {
    let started = Instant::now();
    let mut said = Vec::new();
    for byte in drip.bytes().chain(std::iter::repeat(b'x')) {
        // One byte a while, for as long as it is taken; nothing more where there is nothing to drip.
        if !drip.is_empty() && stream.write_all(&[byte]).await.is_err() {
            break;
        }
        let read = stream.read_buf(&mut said);
        match tokio::time::timeout(Duration::from_millis(100), read).await {
            Ok(Ok(count)) if count > 0 => {}
            Ok(_ended) => break,
            Err(_still_open) => {}
        }
        assert!(started.elapsed() < Duration::from_secs(30), "it is never let go");
    }
    (String::from_utf8(said).unwrap(), started.elapsed())
}

#[tokio::test]
async fn who_does_not_say_what_they_want_is_let_go_within_five_seconds() {
    let server = TestServer::start().await;
    let url = server.url();
    let silent = async { let_go(connect(&url).await, "").await };
    let drip = "GET /ws HTTP/1.1\r\nHost: inbox.example\r\nX-Slow: ";
    let dripping = async { let_go(connect(&url).await, drip).await };
    let half = async {
        let mut stream = connect(&url).await;
        stream.write_all(drip.as_bytes()).await.unwrap();
        let_go(stream, "").await
    };
    let idle = async {
        let mut stream = connect(&url).await;
        stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: inbox.example\r\n\r\n").await.unwrap();
        let_go(stream, "").await
    };
    let ends = tokio::join!(silent, dripping, half, idle);
    for (what, (said, after)) in
        [("silent", ends.0), ("dripping", ends.1), ("half", ends.2), ("after one", ends.3)]
    {
        assert!(after < Duration::from_secs(7), "{what}: {after:?}");
        assert_eq!(said.starts_with("HTTP/1.1 200"), what == "after one", "{what}: {said}");
    }
    server.stop().await;
}

/// Two thousand connections that are signed in, follow the inbox and do nothing cost 20 KiB of
/// memory each at most, in a build without optimisation. The figure is printed.
#[tokio::test]
async fn an_idle_connection_is_cheap() {
    const COUNT: u32 = 2_000;
    let database = Database::create().await;
    people(&database, 0).await;
    // All of them come within a second or two.
    let process =
        ServerProcess::start(&database, &[("TANDEM_HANDSHAKES_PER_SECOND", "10000")]).await;
    let ann = process.api("ann").await;
    let thread = ann.new_thread(CUSTOMER).await;
    let open = async || {
        let mut socket = Socket::open(&process.url, &ann.token).await;
        socket.subscribe(ann.stream(), None).await;
        socket
    };
    // Warm: pools filled, code paged in.
    let mut sockets = Vec::new();
    for _ in 0..100 {
        sockets.push(open().await);
    }
    let before_kib = process.rss_kib();
    for _ in 0..COUNT / 50 {
        sockets.extend(futures_util::future::join_all((0..50).map(|_| open())).await);
    }
    let grown_kib = process.rss_kib().saturating_sub(before_kib);
    let each = f64::from(u32::try_from(grown_kib).unwrap()) / f64::from(COUNT);
    println!("{COUNT} idle connections: {each:.1} KiB each");
    assert!(each <= 20.0, "{each:.1} KiB each");
    // They are all still there.
    ann.text(CUSTOMER, "Anyone?").await;
    for socket in &mut sockets {
        socket.until_known("the text", |desk| !desk.events.is_empty()).await;
        assert_eq!(socket.events[0].thread_id, Some(thread.id));
    }
    process.kill().await;
}
