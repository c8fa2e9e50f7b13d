//! The bus fails, in every way that Redis can: no client sees a gap or loses its connection, nothing
//! waits for longer than the head poll, and hints flow again by themselves.

use std::time::{Duration, Instant};

use protocol::commands::Outcome;

use super::{
    alone,
    load::{AGENTS, Load, Size, allowed, hints_flow, more_inboxes, p99},
};
use crate::{
    harness::{
        cluster::{Cluster, Wanted},
        database::Database,
        redis_noise::Noise,
        server::people,
        wait::eventually,
    },
    main_job::note,
};

/// A lost last message is found by the head poll.
const HEALED_MAX: Duration = Duration::from_secs(2);
/// What 99 of 100 deliveries take at most while the bus is down.
const DEAF_P99_MAX: Duration = Duration::from_secs(1);

async fn loaded(size: Size) -> (Cluster, Load) {
    let database = Database::create().await;
    people(&database, AGENTS).await;
    more_inboxes(&database, size.inboxes).await;
    let cluster = Cluster::start_on(database, Wanted::default()).await;
    cluster.bus_is_up().await;
    let load = Load::start(&cluster, size).await;
    (cluster, load)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hints_that_are_lost_doubled_and_reordered_cost_nobody_an_event() {
    let _alone = alone().await;
    let size = Size::of_this_run();
    // A short run has fewer hints, so more of them fare badly.
    let bad = if super::proving().is_some() { 10 } else { 150 };
    let (cluster, mut load) = loaded(size).await;
    for node in 0..2 {
        cluster.line(node).set(Noise { lost: bad, doubled: bad, reordered: bad });
    }
    tokio::time::sleep(size.time).await;
    for node in 0..2 {
        eventually("messages fare badly in every way", async || {
            cluster.line(node).fates().bad().iter().all(|count| *count > 0).then_some(())
        })
        .await;
        cluster.line(node).set(Noise::default());
    }

    load.stop().await;
    // The last message of all is lost, so that no later one can show it.
    let inbox = &load.inboxes[0];
    let (here, there) = (&inbox.desks[0], &inbox.desks[1]);
    let (thread, deaf) = (inbox.thread, |noise| (0..2).for_each(|it| cluster.line(it).set(noise)));
    for round in 0..3 {
        deaf(Noise::DEAF);
        let key = format!("lost{round}");
        let outcome = here.command(&key, note(thread, &format!("{key} on the way"))).await;
        let Ok(Outcome::NoteAdded(added)) = outcome else { panic!("{outcome:?}") };
        there.until_within("it is healed", HEALED_MAX, |seen| seen.at >= added.seq).await;
        deaf(Noise::default());
    }
    for desk in load.desks() {
        assert_eq!(desk.seen().connections, 1, "{} kept its connection", desk.name);
    }
    load.finish(&cluster).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_forgets_stops_or_dies_costs_latency_only_and_is_found_again() {
    let _alone = alone().await;
    let size = Size::of_this_run();
    let (mut cluster, mut load) = loaded(size).await;
    // As it is with a bus.
    let quiet = Instant::now();
    tokio::time::sleep(size.time / 2).await;
    let start = Instant::now();
    let redis = cluster.redis.as_ref().unwrap();
    assert_eq!(redis.command("FLUSHALL").await, "+OK");
    tokio::time::sleep(size.time / 4).await;
    let killed = redis.command("CLIENT KILL TYPE pubsub").await;
    assert_eq!(killed, ":2", "each node has one subscriber connection");
    tokio::time::sleep(size.time / 2).await;
    // Nobody says that it is gone: the nodes have to notice.
    redis.pause();
    tokio::time::sleep(size.time * 2).await;
    redis.go_on();
    assert_eq!(cluster.redis.as_ref().unwrap().command("PING").await, "+PONG");
    cluster.bus_is_up().await;
    cluster.redis.as_mut().unwrap().kill().await;
    tokio::time::sleep(size.time).await;
    cluster.redis.as_mut().unwrap().restart().await;
    let end = Instant::now();
    let (before, deaf) = (p99(&load.latencies(quiet, start)), p99(&load.latencies(start, end)));
    let most = allowed(DEAF_P99_MAX, before);
    assert!(deaf <= most, "p99 of deliveries was {deaf:?}, and {before:?} with a bus");

    load.stop().await;
    let inbox = &load.inboxes[0];
    // Both ways, as each node has to publish and to hear again.
    hints_flow(&cluster, &inbox.desks[0], &inbox.desks[1], inbox.thread).await;
    hints_flow(&cluster, &inbox.desks[1], &inbox.desks[0], inbox.thread).await;
    for desk in load.desks() {
        assert_eq!(desk.seen().connections, 1, "{} kept its connection", desk.name);
    }
    load.finish(&cluster).await;
}
