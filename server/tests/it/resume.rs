//! Away and back: every event once, in order, on any node, after any death; or a plain reset.

use std::collections::BTreeMap;

use protocol::{
    commands::Outcome,
    events::EventBody,
    frames::{Cursor, ResetReason, ServerFrame},
    ids::{StreamId, ThreadId},
};
use sqlx::Executor;

use crate::{
    harness::{
        api::{Api, CUSTOMER},
        database::Database,
        process::ServerProcess,
        server::{TestServer, Wanted, people},
        socket::Socket,
    },
    main_job::note,
};

/// Fills the log with notes, as fast as it goes.
async fn notes(api: &Api, thread: ThreadId, from: u32, count: u32) {
    let mut socket = Socket::open(&api.url, &api.token).await;
    let mut waiting = std::collections::VecDeque::new();
    for n in from..from + count {
        if waiting.len() >= 50 {
            let id = waiting.pop_front().unwrap();
            Socket::answer(&mut socket, id).await.unwrap();
        }
        waiting.push_back(socket.begin(&format!("n{n}"), note(thread, &format!("note {n}"))).await);
    }
    for id in waiting {
        socket.answer(id).await.unwrap();
    }
}

fn numbers(socket: &Socket) -> Vec<String> {
    let text = |event: &protocol::events::Event| match &event.body {
        EventBody::NoteAdded(it) => Some(it.note.text.clone()),
        _ => None,
    };
    socket.events.iter().filter_map(text).collect()
}

fn wanted(range: std::ops::Range<u32>) -> Vec<String> {
    range.map(|n| format!("note {n}")).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cut_again_and_again_under_a_steady_stream_nothing_is_lost_or_doubled() {
    const NOTES: u32 = 600;
    let server = TestServer::start().await;
    let (ann, watcher) = server.desk("ann").await;
    let id = ann.new_thread(CUSTOMER).await.id;
    let writing = tokio::spawn({
        let ann = ann.clone();
        async move { notes(&ann, id, 0, NOTES).await }
    });
    let mut cursors = watcher.cut();
    let mut seen = Vec::new();
    let mut cuts: usize = 0;
    while seen.len() < NOTES as usize {
        let mut socket = Socket::resume(&server.url(), &ann.token, cursors).await;
        // A few frames, and the line is cut.
        socket.take(1 + cuts % 7).await;
        assert!(socket.resets.is_empty());
        seen.extend(numbers(&socket));
        cursors = socket.cut();
        cuts += 1;
        assert!(cuts < 5_000);
    }
    writing.await.unwrap();
    assert_eq!(seen, wanted(0..NOTES));
    assert!(cuts > 20, "the stream was cut {cuts} times");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_thousand_missed_events_come_after_a_restart_without_a_reset() {
    const MISSED: u32 = 5_000;
    let server = TestServer::start().await;
    let database = server.database.clone();
    let (ann, mut watcher) = server.desk("ann").await;
    let id = ann.new_thread(CUSTOMER).await.id;
    watcher.until_known("the first text", |desk| desk.events.len() == 2).await;
    let cursors = watcher.cut();
    notes(&ann, id, 0, MISSED).await;
    server.stop().await;

    let server = TestServer::join(&database, Wanted::default()).await;
    let mut back = Socket::resume(&server.url(), &ann.token, cursors).await;
    back.until_known("all of them", |desk| numbers(desk).len() >= MISSED as usize).await;
    assert_eq!(numbers(&back), wanted(0..MISSED));
    assert!(back.resets.is_empty());
    assert!(back.events.windows(2).all(|pair| pair[0].seq + 1 == pair[1].seq));
    notes(&server.api("ann").await, id, MISSED, 1).await;
    back.until_known("live again", |desk| numbers(desk).len() > MISSED as usize).await;
    server.stop().await;
}

#[tokio::test]
async fn a_cursor_that_cannot_go_on_is_told_why_and_a_snapshot_goes_on_from_there() {
    let server =
        TestServer::start_with(Wanted { resume_events_max: 20, ..Wanted::default() }).await;
    let (ann, mut watcher) = server.desk("ann").await;
    let id = ann.new_thread(CUSTOMER).await.id;
    watcher.until_known("the first text", |desk| desk.events.len() == 2).await;
    let stream = ann.stream();
    let old = watcher.cut();
    notes(&ann, id, 0, 10).await;
    let reset = async |cursor: Cursor| -> Option<ResetReason> {
        let cursors = BTreeMap::from([(stream, cursor)]);
        let mut socket = Socket::resume(&server.url(), &ann.token, cursors).await;
        socket
            .until(|frame| match frame {
                ServerFrame::Subscribed(_) => Some(None),
                ServerFrame::Reset(reset) => Some(Some(reset.reason)),
                _ => None,
            })
            .await
    };
    let good = old[&stream].clone();
    assert_eq!(reset(good.clone()).await, None);
    let parts: Vec<&str> = good.0.split('.').collect();
    let with = |at: usize, value: &str| {
        let mut parts = parts.clone();
        parts[at] = value;
        Cursor(parts.join("."))
    };
    let other_epoch = uuid::Uuid::now_v7().simple().to_string();
    assert_eq!(reset(Cursor("nonsense".to_owned())).await, Some(ResetReason::BadCursor));
    assert_eq!(reset(with(0, &other_epoch)).await, Some(ResetReason::Epoch));
    assert_eq!(reset(with(1, "999999")).await, Some(ResetReason::Diverged));
    assert_eq!(reset(with(2, "0000000000000000")).await, Some(ResetReason::Diverged));
    assert_eq!(reset(with(3, "99")).await, Some(ResetReason::Rights));
    notes(&ann, id, 10, 20).await;
    assert_eq!(reset(good.clone()).await, Some(ResetReason::TooFar));

    // Events up to the fifth are no longer kept.
    let mut connection = server.database.connect().await;
    let prune = "update streams s set floor = 5, floor_hash = e.hash from events e
        where s.head > 20 and e.stream_id = s.id and e.seq = 5 and e.thread_id is not null";
    connection.execute(prune).await.unwrap();
    connection
        .execute("delete from events where seq <= 5 and thread_id is not null")
        .await
        .unwrap();
    let fresh = TestServer::join(&server.database, Wanted::default()).await;
    let mut below = Socket::resume(&fresh.url(), &ann.token, old.clone()).await;
    below.until_known("a reset", |it| !it.resets.is_empty()).await;
    assert_eq!(below.resets[0].reason, ResetReason::BelowFloor);
    reload(&fresh, &ann, stream, id).await;
    fresh.stop().await;
    server.stop().await;
}

/// What a client does after a reset: a snapshot, then the events after it.
async fn reload(server: &TestServer, ann: &Api, stream: StreamId, id: ThreadId) {
    let ann = ann.at(&server.url());
    let snapshot = ann.snapshot(id).await;
    let mut socket = Socket::open(&server.url(), &ann.token).await;
    notes(&ann, id, 100, 3).await;
    socket.subscribe(stream, Some(snapshot.cursor)).await;
    socket.until_known("what came after the snapshot", |desk| numbers(desk).len() == 3).await;
    assert_eq!(numbers(&socket), wanted(100..103));
}

/// The server dies as by `kill -9` while commands are under way, several times. The client repeats
/// each one that it had no answer for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_and_restarted_it_keeps_what_it_acknowledged_and_does_nothing_twice() {
    const ROUNDS: u32 = 4;
    const EACH: u32 = 150;
    let database = Database::create().await;
    people(&database, 0).await;
    let mut process = ServerProcess::start(&database, &[]).await;
    let address = process.address().to_owned();
    let ann = process.api("ann").await;
    let id = ann.new_thread(CUSTOMER).await.id;
    let mut watcher = Socket::open(&process.url, &ann.token).await;
    watcher.subscribe(ann.stream(), None).await;
    let mut cursors = watcher.cursors.clone();
    let mut seen = Vec::new();
    let mut acknowledged = BTreeMap::new();
    for round in 0..ROUNDS {
        let (from, to) = (round * EACH, (round + 1) * EACH);
        let mut writer = Socket::open(&process.url, &ann.token).await;
        let mut requests = BTreeMap::new();
        for n in from..to {
            let request = writer.begin(&format!("n{n}"), note(id, &format!("note {n}"))).await;
            requests.insert(request, n);
        }
        // Some are answered, some are under way, some are not yet read.
        for request in requests.keys().take((EACH / 3) as usize) {
            let outcome = writer.answer(*request).await.unwrap();
            acknowledged.insert(requests[request], outcome);
        }
        process.kill().await;
        drop(writer);
        process = ServerProcess::start_at(&database, &address, &[]).await;
        let mut writer = Socket::open(&process.url, &ann.token).await;
        for n in from..to {
            let again = writer.command(&format!("n{n}"), note(id, &format!("note {n}"))).await;
            let again: Outcome = again.unwrap();
            let first = acknowledged.entry(n).or_insert_with(|| again.clone());
            assert_eq!(*first, again, "the first answer again");
        }
        let mut back = Socket::resume(&process.url, &ann.token, cursors).await;
        back.until_known("this round's notes", |desk| numbers(desk).len() >= EACH as usize).await;
        assert!(back.resets.is_empty());
        seen.extend(numbers(&back));
        cursors = back.cut();
    }
    let mut sorted = seen.clone();
    sorted.sort();
    sorted.dedup();
    assert_eq!((seen.len(), sorted.len()), ((ROUNDS * EACH) as usize, (ROUNDS * EACH) as usize));
    assert_eq!(database.count("select count(*) from notes").await, i64::from(ROUNDS * EACH));
    process.kill().await;
}
