//! Postgres fails: commands say so and can be said again, nothing that was acknowledged is lost, and
//! everything goes on by itself when it is back.

use std::time::{Duration, Instant};

use protocol::errors::ErrorCode;

use super::{alone, oracle};
use crate::{
    harness::{
        api::CUSTOMER,
        cluster::{Cluster, Wanted},
        own_postgres::OwnPostgres,
        roamer::{Habits, Roamer, Seen},
        server::people,
    },
    main_job::note,
};

/// Writers, half of them at each node.
const WRITERS: usize = 6;
/// How long everything may take to go on after Postgres is back.
const RECOVERY_MAX: Duration = Duration::from_secs(10);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn restarted_under_load_it_loses_nothing_and_everything_goes_on_by_itself() {
    let _alone = alone().await;
    let postgres = OwnPostgres::start().await;
    let database = postgres.database.clone();
    people(&database, WRITERS).await;
    let mut cluster = Cluster::start_on(database.clone(), Wanted::default()).await;
    let mut clients = Vec::new();
    for number in 0..WRITERS {
        let (home, name) = (number % 2, format!("agent{number}"));
        let api = cluster.api(home, &name).await;
        let habits = Habits::at(home);
        clients.push(Roamer::start(&name, &api, &cluster.addresses, habits).await);
    }
    let ann = cluster.api(0, "ann").await;
    let thread = ann.new_thread(CUSTOMER).await.id;

    let (stop, stopped) = tokio::sync::watch::channel(false);
    let write = |client: &Roamer| {
        let name = client.name.clone();
        let (orders, stopped) = (client.orders(), stopped.clone());
        tokio::spawn(async move {
            let mut count = 0;
            while !*stopped.borrow() {
                let key = format!("{name}-{count}");
                let text = format!("{key} while it lasts");
                orders.command(&key, note(thread, &text)).await.unwrap();
                count += 1;
            }
            count
        })
    };
    let writing: Vec<_> = clients.iter().map(write).collect();
    let done = |client: &Roamer| client.seen().outcomes.len();
    for round in 0..2 {
        for client in &clients {
            client.until("it writes", |seen| seen.outcomes.len() >= 10 * (round + 1)).await;
        }
        postgres.restart().await;
        let (back, before) = (Instant::now(), clients.iter().map(done).collect::<Vec<_>>());
        for (client, before) in clients.iter().zip(before) {
            let left = RECOVERY_MAX.saturating_sub(back.elapsed());
            let goes_on = |seen: &Seen| seen.outcomes.len() > before + 5;
            client.until_within("its commands are accepted again", left, goes_on).await;
        }
    }
    stop.send_replace(true);
    let mut written = 0;
    for writing in writing {
        written += writing.await.unwrap();
    }
    let put_off: Vec<ErrorCode> = clients.iter().flat_map(|it| it.seen().put_off.clone()).collect();
    assert!(!put_off.is_empty(), "commands failed while Postgres was away");
    assert!(put_off.iter().all(|code| *code == ErrorCode::Unavailable), "{put_off:?}");
    for client in &clients {
        assert_eq!(client.seen().connections, 1, "{} kept its connection", client.name);
    }
    let stream = ann.stream();
    let last = note(thread, "last of all");
    let truth = oracle::everybody_has_everything(&database, stream, &clients, last).await;
    assert_eq!(truth.notes(), written + 1, "what was written is there");
    oracle::chain_holds(&database).await;
    for node in 0..2 {
        cluster.kill(node).await;
    }
}

/// Nothing but the line is bad: the node that cannot reach Postgres says so in time, keeps its
/// connections, and the other one does not mind.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_without_its_postgres_refuses_in_time_and_ends_when_it_is_told_to() {
    let mut cluster = Cluster::start(Wanted::default()).await;
    let ann = cluster.api(0, "ann").await;
    let ben = cluster.api(1, "ben").await;
    let thread = ann.new_thread(CUSTOMER).await.id;
    let habits = |home| Habits { wait_max: Duration::from_millis(500), ..Habits::at(home) };
    let anns = Roamer::start("ann", &ann, &cluster.addresses, habits(0)).await;
    let bens = Roamer::start("ben", &ben, &cluster.addresses, habits(1)).await;
    anns.command("a1", note(thread, "a1")).await.unwrap();

    // In the middle of transactions, too.
    let begin = |n: u32| anns.begin(&format!("a2-{n}"), note(thread, &format!("a2-{n}")));
    let mut waiting: Vec<_> = (0..30).map(begin).collect();
    let some = |seen: &Seen| seen.outcomes.len() > 10;
    anns.until("some are answered", some).await;
    cluster.nodes[0].postgres.stall();
    waiting.extend((30..40).map(begin));
    let start = Instant::now();
    bens.command("b1", note(thread, "b1")).await.unwrap();
    assert!(start.elapsed() < Duration::from_secs(5), "the other node goes on");
    let told = |seen: &Seen| !seen.put_off.is_empty();
    anns.until_within("it is told to come back", Duration::from_secs(20), told).await;
    assert!(anns.seen().put_off.iter().all(|code| *code == ErrorCode::Unavailable));
    cluster.nodes[0].postgres.heal();
    for waiting in waiting {
        waiting.await.unwrap().unwrap();
    }
    assert_eq!(anns.seen().connections, 1, "its client stayed connected");

    // And one that is told to end does, though nobody answers its goodbye to Postgres.
    cluster.nodes[1].postgres.stall();
    cluster.terminate_aside(1);
    cluster.all_ended().await;
    let clients = [anns, bens];
    let last = note(thread, "last of all");
    let stream = ann.stream();
    oracle::everybody_has_everything(&cluster.database, stream, &clients, last).await;
    cluster.kill(0).await;
}
