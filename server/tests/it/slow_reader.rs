//! A slow reader hurts no one but itself.

use std::time::{Duration, Instant};

use protocol::{events::EventBody, ids::ThreadId};

use crate::{
    harness::{
        api::{Api, CUSTOMER},
        database::Database,
        process::ServerProcess,
        server::people,
        socket::Socket,
    },
    main_job::note,
};

/// How often the newest event is measured, in each phase.
const SAMPLES: u32 = 200;

/// Lets notes pass through the server from several desks at once.
async fn flood(api: &Api, thread: ThreadId, count: u32, phase: &str) {
    const WRITERS: u32 = 4;
    let mut tasks = Vec::new();
    for writer in 0..WRITERS {
        let (api, phase) = (api.clone(), phase.to_owned());
        tasks.push(tokio::spawn(async move {
            let mut socket = Socket::open(&api.url, &api.token).await;
            let text = "x".repeat(1_000);
            let mut waiting = std::collections::VecDeque::new();
            for n in 0..count / WRITERS {
                if waiting.len() >= 30 {
                    let id = waiting.pop_front().unwrap();
                    socket.answer(id).await.unwrap();
                }
                let key = format!("{phase}-{writer}-{n}");
                waiting.push_back(socket.begin(&key, note(thread, &text)).await);
            }
            for id in waiting {
                socket.answer(id).await.unwrap();
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
}

/// Measures from sending a note to reading its event, at a desk that reads.
async fn p99(writer: &mut Socket, reader: &mut Socket, thread: ThreadId, phase: &str) -> Duration {
    let mut times = Vec::new();
    for n in 0..SAMPLES {
        let text = format!("{phase} {n}");
        let start = Instant::now();
        let request = writer.begin(&text.replace(' ', "-"), note(thread, &text)).await;
        let arrived = |desk: &Socket| {
            desk.events.last().is_some_and(
                |event| matches!(&event.body, EventBody::NoteAdded(it) if it.note.text == text),
            )
        };
        reader.until_known("the note", arrived).await;
        times.push(start.elapsed());
        writer.answer(request).await.unwrap();
        reader.events.clear();
    }
    times.sort();
    times[times.len() * 99 / 100]
}

/// Twenty thousand events of a kilobyte pass while one desk does not read. The others' p99 stays
/// within twice what it was, the server grows by 4 MiB at most, the desk is closed as slow, and
/// comes back without a gap. The figures are printed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_stops_reading_delays_nobody_and_fills_no_memory() {
    const EVENTS: u32 = 20_000;
    let database = Database::create().await;
    people(&database, 0).await;
    let process = ServerProcess::start(&database, &[]).await;
    let ann = process.api("ann").await;
    let thread = ann.new_thread(CUSTOMER).await.id;
    let open = async || {
        let mut socket = Socket::open(&process.url, &ann.token).await;
        socket.subscribe(ann.stream(), None).await;
        socket
    };
    let (mut writer, mut reader) = (open().await, open().await);
    // Warm: rings full, pools filled, code paged in.
    flood(&ann, thread, 4_000, "warm").await;
    reader.drain(Duration::from_millis(300)).await;
    reader.events.clear();
    let baseline = p99(&mut writer, &mut reader, thread, "base").await;
    let before_kib = process.rss_kib();

    let mut stuck = open().await;
    let cursors = stuck.cursors.clone();
    flood(&ann, thread, EVENTS, "flood").await;
    let with_stuck = {
        reader.drain(Duration::from_millis(300)).await;
        reader.events.clear();
        p99(&mut writer, &mut reader, thread, "stuck").await
    };
    let grown_kib = process.rss_kib().saturating_sub(before_kib);
    println!("p99 {baseline:?} -> {with_stuck:?}, grown by {grown_kib} KiB");
    assert!(grown_kib <= 4 * 1024, "the server has grown by {grown_kib} KiB");

    let closed = stuck.closed().await;
    assert!(closed.code == 4008 || closed.code == 1006, "{closed:?}");
    drop(stuck);
    let mut back = Socket::resume(&process.url, &ann.token, cursors).await;
    let total = (EVENTS + SAMPLES) as usize;
    back.until_known("everything that it missed", |desk| desk.events.len() >= total).await;
    assert!(back.resets.is_empty());
    assert!(back.events.windows(2).all(|pair| pair[0].seq + 1 == pair[1].seq), "no gap");
    assert!(with_stuck <= baseline * 2 + Duration::from_millis(5), "{baseline:?}, {with_stuck:?}");
    process.kill().await;
}
