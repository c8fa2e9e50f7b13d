//! Going away and coming in an orderly way: drain, and how many may come at a time.

use std::time::{Duration, Instant};

use protocol::{errors::ErrorCode, frames::ServerFrame, http::Problem};

use crate::harness::{
    api::{CUSTOMER, client},
    dial::handshake,
    server::{TestServer, Wanted},
    socket::Socket,
};

/// Asks for a handshake and returns the refusal, if it is one.
async fn refusal(url: &str) -> Option<(u16, Option<String>, Problem)> {
    let request = client()
        .get(format!("{url}/ws"))
        .header("connection", "upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-version", "13")
        .header("sec-websocket-protocol", "tandem.v1")
        .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    if status == 101 {
        return None;
    }
    let after = answer.headers().get("retry-after").map(|it| it.to_str().unwrap().to_owned());
    Some((status, after, answer.json().await.unwrap()))
}

#[tokio::test]
async fn a_node_that_drains_tells_each_client_when_it_goes_and_works_until_then() {
    let server = TestServer::start().await;
    let (ann, mut anns) = server.desk("ann").await;
    let id = ann.new_thread(CUSTOMER).await.id;
    let mut more = Vec::new();
    for _ in 0..40 {
        more.push(Socket::open(&server.url(), &ann.token).await);
    }
    server.drain();
    let mut told = Vec::new();
    for socket in more.iter_mut().chain([&mut anns]) {
        let ms = socket.until(|frame| match frame {
            ServerFrame::Draining(it) => Some(it.retry_after_ms),
            _ => None,
        });
        told.push(ms.await);
    }
    told.sort_unstable();
    told.dedup();
    assert!(told.len() > 30, "each at another time: {told:?}");

    // What is not about new connections goes on.
    let (status, after, problem) = refusal(&server.url()).await.expect("a refusal");
    assert_eq!((status, after.as_deref()), (503, Some("1")));
    assert_eq!((problem.code, problem.retryable), (ErrorCode::Overloaded, true));
    assert!(problem.details.unwrap().retry_after_ms.is_some());
    assert_eq!(ann.snapshot(id).await.thread.id, id);
    for mut socket in more.into_iter().chain([anns]) {
        let closed = socket.closed().await;
        assert_eq!(closed.code, 4000);
        assert!(closed.reason.unwrap().retry_after_ms.is_some());
    }
    server.stop().await;
}

#[tokio::test]
async fn more_handshakes_than_can_be_taken_are_told_when_to_come_back() {
    let wanted = Wanted { handshakes_per_second: 5, ..Wanted::default() };
    let server = TestServer::start_with(wanted).await;
    let mut held = Vec::new();
    for _ in 0..5 {
        held.push(handshake(&server.url(), &[]).await.expect("a second's worth at once"));
    }
    let (start, mut told) = (Instant::now(), Vec::new());
    while told.len() < 4 {
        // Some are taken meanwhile.
        let asked = start.elapsed();
        let Some((status, _after, problem)) = refusal(&server.url()).await else { continue };
        assert_eq!(status, 503);
        let wait = problem.details.unwrap().retry_after_ms.unwrap();
        let wait = Duration::from_millis(wait.into());
        told.push((asked + wait, start.elapsed() + wait));
    }
    // When each is to come, give or take how long it took to hear it: a fifth of a second apart.
    let (first, last) = (told[0].0, told[3].1);
    assert!(last - first >= Duration::from_millis(600), "one after the other: {told:?}");
    server.stop().await;
}
