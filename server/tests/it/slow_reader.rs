//! A slow reader hurts no one but itself.

use std::time::Instant;

use protocol::{events::EventBody, ids::ThreadId, signals::Activity};
use tokio::task::JoinHandle;

use crate::{
    harness::{
        api::Api, database::Database, process::ServerProcess, server::people, socket::Socket,
    },
    main_job::note,
};

/// Desks that write at the same time, each in a thread of its own.
const WRITERS: u32 = 16;

/// Lets notes of a kilobyte pass through the server, each with the time that it was sent at.
async fn flood(api: &Api, threads: &[ThreadId], count: u32, phase: &str, start: Instant) {
    let mut tasks = Vec::new();
    for (writer, thread) in (0..WRITERS).zip(threads.iter().copied()) {
        let (api, phase) = (api.clone(), phase.to_owned());
        tasks.push(tokio::spawn(async move {
            let mut socket = Socket::open(&api.url, &api.token).await;
            for n in 0..count / WRITERS {
                let text = format!("{:x<1000}", format!("{} ", start.elapsed().as_micros()));
                let key = format!("{phase}-{writer}-{n}");
                socket.command(&key, note(thread, &text)).await.unwrap();
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
}

/// A desk that reads: returns how long each of so many notes took from being sent to being read.
fn watch(mut socket: Socket, count: u32, start: Instant) -> JoinHandle<(Socket, Vec<u128>)> {
    tokio::spawn(async move {
        let mut times = Vec::new();
        while times.len() < count as usize {
            socket.take(1).await;
            for event in socket.events.drain(..) {
                if let EventBody::NoteAdded(it) = &event.body {
                    let sent = it.note.text.split(' ').next().unwrap().parse::<u128>().unwrap();
                    times.push(start.elapsed().as_micros() - sent);
                }
            }
        }
        (socket, times)
    })
}

fn p99(times: &mut [u128]) -> u128 {
    times.sort_unstable();
    times[times.len() * 99 / 100]
}

/// Twenty thousand events of a kilobyte pass while one desk does not read: the server grows by 4 MiB
/// at most, the desk is closed as slow, and comes back without a gap. What it costs the others is
/// printed, and judged where the machine is quiet (`make prove`).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_stops_reading_delays_nobody_and_fills_no_memory() {
    const BASELINE: u32 = 4_000;
    const EVENTS: u32 = 20_000;
    let database = Database::create().await;
    people(&database, 0).await;
    let process = ServerProcess::start(&database, &[]).await;
    // Signing in takes 19 MiB for a moment, which must not count.
    let (ann, ben) = (process.api("ann").await, process.api("ben").await);
    let mut threads = Vec::new();
    for n in 0..WRITERS {
        threads.push(ann.new_thread(&format!("+120255504{n:02}")).await.id);
    }
    let start = Instant::now();
    let open = async || {
        let mut socket = Socket::open(&process.url, &ann.token).await;
        socket.subscribe(ann.stream(), None).await;
        socket
    };
    // Once before it counts: rings full, pools filled, code paged in.
    let mut reader = open().await;
    let mut baseline = Vec::new();
    for phase in ["warm", "base"] {
        let watching = watch(reader, BASELINE, start);
        flood(&ann, &threads, BASELINE, phase, start).await;
        (reader, baseline) = watching.await.unwrap();
    }
    let before_kib = process.rss_kib();

    // Ben's desk is seen in a thread, so that everyone can tell when the server gives it up.
    let mut stuck = Socket::open(&process.url, &ben.token).await;
    stuck.subscribe(ben.stream(), None).await;
    stuck.signal(threads[0], Activity::Viewing).await;
    let is_here = |desk: &Socket| {
        desk.signals.get(&threads[0]).is_some_and(|it| it.viewing.contains(&ben.id()))
    };
    reader.until_known("Ben is here", is_here).await;
    reader.events.clear();
    let cursors = stuck.cursors.clone();
    let watching = watch(reader, EVENTS, start);
    flood(&ann, &threads, EVENTS, "flood", start).await;
    let (mut reader, mut with_stuck) = watching.await.unwrap();
    let grown_kib = process.rss_kib().saturating_sub(before_kib);
    let (base, stuck_p99) = (p99(&mut baseline), p99(&mut with_stuck));
    println!("p99 of the others {base} us -> {stuck_p99} us; the server grew by {grown_kib} KiB");
    assert!(grown_kib <= 4 * 1024, "the server has grown by {grown_kib} KiB");

    reader.until_known("the stuck desk is given up", |desk| !is_here(desk)).await;
    let closed = stuck.closed().await;
    assert!(closed.code == 4008 || closed.code == 1006, "{closed:?}");
    assert!(stuck.events.len() < EVENTS as usize, "it was closed before it had everything");
    drop(stuck);
    let mut back = Socket::resume(&process.url, &ben.token, cursors).await;
    back.until_known("everything that it missed", |desk| desk.events.len() >= EVENTS as usize)
        .await;
    assert!(back.resets.is_empty());
    assert!(back.events.windows(2).all(|pair| pair[0].seq + 1 == pair[1].seq), "no gap");
    if quiet() {
        assert!(stuck_p99 <= base * 2, "p99 {base} us -> {stuck_p99} us");
    }
    process.kill().await;
}

/// Says whether this is the proof on a quiet machine, where times may be judged.
#[expect(clippy::disallowed_methods, reason = "tests have no config")]
fn quiet() -> bool {
    std::env::var("TANDEM_PROVE").is_ok()
}
