//! What an agent has read is the same on all of its devices at once, and nobody else's business.

use std::time::Duration;

use protocol::{
    commands::{Command, Done, OpenThread, Outcome, ThreadOnly},
    events::EventBody,
};
use tokio::time::Instant;

use crate::harness::{
    api::CUSTOMER,
    server::{TestServer, Wanted, redis},
    socket::Socket,
};

#[tokio::test]
async fn what_is_read_on_one_device_is_read_on_the_other_and_unread_in_the_same_way() {
    let wanted = Wanted { redis: Some(redis()), ..Wanted::default() };
    let one = TestServer::start_with(wanted.clone()).await;
    let two = TestServer::join(&one.database, wanted).await;
    let (ann, mut desk) = one.desk("ann").await;
    let ann_there = ann.at(&two.url());
    let mut phone = Socket::open(&two.url(), &ann.token).await;
    phone.subscribe(ann.stream(), None).await;
    let (_ben, mut bens) = two.desk("ben").await;
    let id = ann.new_thread(CUSTOMER).await.id;
    let inbound_seq = ann.snapshot(id).await.thread.inbound_seq;

    let marks = |socket: &Socket| -> Vec<(&'static str, u64)> {
        let mark = |body: &EventBody| match body {
            EventBody::ThreadOpened(it) => Some(("opened", it.read_seq)),
            EventBody::MarkedUnread(it) => Some(("unread", it.read_seq)),
            _ => None,
        };
        socket.events.iter().filter_map(|it| mark(&it.body)).collect()
    };
    let open = Command::OpenThread(OpenThread { thread_id: id, read_seq: inbound_seq });
    let since = Instant::now();
    desk.command("o1", open.clone()).await.unwrap();
    phone.until_known("read there, too", |it| marks(it) == [("opened", inbound_seq)]).await;
    assert!(since.elapsed() < Duration::from_secs(1), "{:?}", since.elapsed());
    assert_eq!(ann_there.snapshot(id).await.thread.read_seq, inbound_seq);

    let unread = Command::MarkUnread(ThreadOnly { thread_id: id });
    phone.command("u1", unread.clone()).await.unwrap();
    let both = [("opened", inbound_seq), ("unread", inbound_seq - 1)];
    desk.until_known("unread here, too", |it| marks(it) == both).await;
    assert_eq!(ann.snapshot(id).await.thread.read_seq, inbound_seq - 1);
    let again = phone.command("u2", unread).await.unwrap();
    assert_eq!(again, Outcome::Done(Done { seq: None }), "it already is");
    // Read again, within the minute: something is newly read, so it is told.
    desk.command("o2", open).await.unwrap();
    phone.until_known("read again", |it| marks(it).len() == 3).await;

    bens.drain(Duration::from_millis(500)).await;
    assert_eq!(marks(&bens), [], "nobody else is told");
    let shown = ann.snapshot(id).await.timeline.events;
    assert!(shown.iter().all(|it| !matches!(it.body, EventBody::MarkedUnread(_))));
    two.stop().await;
    one.stop().await;
}
