//! Who views and who types: seen at once, and over when it is over.

use std::time::Duration;

use protocol::signals::Activity;

use crate::harness::{api::CUSTOMER, server::TestServer, socket::Socket};

#[tokio::test]
async fn viewing_and_typing_are_seen_and_end() {
    let server = TestServer::start().await;
    let (ann, mut anns) = server.desk("ann").await;
    let (_ben, mut bens) = server.desk("ben").await;
    let id = ann.new_thread(CUSTOMER).await.id;
    let me = ann.id();
    let sees = |viewing: bool, typing: bool| {
        move |desk: &Socket| {
            let Some(signals) = desk.signals.get(&id) else { return !viewing && !typing };
            signals.viewing.contains(&me) == viewing && signals.typing.contains(&me) == typing
        }
    };
    anns.signal(id, Activity::Viewing).await;
    bens.until_known("Ann views", sees(true, false)).await;
    anns.signal(id, Activity::Typing).await;
    bens.until_known("Ann types", sees(true, true)).await;

    // Who comes later is given what is true now.
    let (_cleo, mut cleos) = server.desk("cleo").await;
    cleos.until_known("Cleo sees it from the start", sees(true, true)).await;

    server.advance(Duration::from_secs(7)).await;
    bens.until_known("no more typing, still viewing", sees(true, false)).await;
    anns.signal(id, Activity::Idle).await;
    bens.until_known("Ann has left the thread", sees(false, false)).await;

    anns.signal(id, Activity::Typing).await;
    bens.until_known("Ann types again", sees(true, true)).await;
    drop(anns);
    bens.until_known("a closed socket leaves no ghost", sees(false, false)).await;
    server.stop().await;
}

#[tokio::test]
async fn an_agent_with_two_tabs_is_shown_once_and_stays_while_one_is_open() {
    let server = TestServer::start().await;
    let (ann, mut one) = server.desk("ann").await;
    let mut two = Socket::open(&server.url(), &ann.token).await;
    let (_ben, mut bens) = server.desk("ben").await;
    let id = ann.new_thread(CUSTOMER).await.id;
    one.signal(id, Activity::Viewing).await;
    two.signal(id, Activity::Typing).await;
    bens.until_known("both tabs", |desk| {
        desk.signals.get(&id).is_some_and(|it| it.typing == [ann.id()] && it.viewing == [ann.id()])
    })
    .await;
    drop(two);
    bens.until_known("one tab", |desk| {
        desk.signals[&id].typing.is_empty() && desk.signals[&id].viewing == [ann.id()]
    })
    .await;
    server.stop().await;
}

#[tokio::test]
async fn a_silent_peer_is_closed_after_its_heartbeat() {
    let server = TestServer::start().await;
    let (_ann, mut anns) = server.desk("ann").await;
    server.advance(Duration::from_secs(34)).await;
    let closed = anns.closed().await;
    assert_eq!(closed.code, 4002);
    assert!(closed.reason.unwrap().retry_after_ms.is_some());
    server.stop().await;
}
