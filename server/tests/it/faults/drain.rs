//! A node is told to go: its clients know it before, leave one after the other, miss nothing, and
//! nobody sees anybody leave.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use protocol::{ids::ThreadId, signals::Activity};

use super::{
    alone,
    load::{AGENTS, Load, Size, allowed},
};
use crate::harness::{
    cluster::{Cluster, Wanted},
    roamer::Roamer,
};

/// Desks, half of them at the node that goes.
const DESKS: usize = 200;
/// The longest that a desk may be without an event that others have, while it moves.
const GAP_MAX: Duration = Duration::from_millis(1_500);
/// The server's own pace: so many clients a second are sent away.
const PACE: u32 = 500;

/// Asks a node over HTTP until it is gone; returns the answers that nobody should get.
async fn ask_until_gone(url: String, over: Arc<AtomicBool>) -> (usize, Vec<u16>) {
    let http = reqwest::Client::new();
    let (mut asked, mut bad) = (0, Vec::new());
    while !over.load(Ordering::Relaxed) {
        // A refused connection is what a load balancer goes to the other node for.
        if let Ok(answer) = http.get(format!("{url}/api/v1/me")).send().await {
            asked += 1;
            if answer.status().is_server_error() {
                bad.push(answer.status().as_u16());
            }
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    (asked, bad)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn told_to_go_a_node_hands_its_clients_over_and_nobody_sees_a_leave() {
    let _alone = alone().await;
    let wanted = Wanted { more_agents: AGENTS, ..Wanted::default() };
    let mut cluster = Cluster::start(wanted).await;
    cluster.bus_is_up().await;
    let size =
        Size { desks: DESKS, inboxes: 1, notes_per_second: 12, time: Duration::from_secs(1) };
    let load = Load::start(&cluster, size).await;
    let inbox = &load.inboxes[0];
    let first = inbox.desks[0].seen().node;
    let (leaving, staying): (Vec<&Roamer>, Vec<&Roamer>) =
        inbox.desks.iter().partition(|desk| desk.seen().node == first);
    assert_eq!(leaving.len(), DESKS / 2);
    let mut viewers: Vec<_> = leaving.iter().map(|desk| desk.agent).collect();
    viewers.sort_unstable();
    viewers.dedup();
    for desk in &leaving {
        desk.signal(inbox.thread, Activity::Viewing);
    }
    let all_view = |thread: ThreadId| {
        let viewers = viewers.clone();
        move |seen: &crate::harness::roamer::Seen| {
            seen.signals.get(&thread).is_some_and(|it| it.viewing == viewers)
        }
    };
    for desk in &staying {
        desk.until("everybody is seen", all_view(inbox.thread)).await;
        desk.seen().pictures.clear();
    }

    // As it is without a drain.
    let quiet = Instant::now();
    tokio::time::sleep(size.time).await;

    let over = Arc::new(AtomicBool::new(false));
    let asking = tokio::spawn(ask_until_gone(cluster.url(0), Arc::clone(&over)));
    let start = Instant::now();
    cluster.terminate_aside(0);
    for desk in &leaving {
        desk.until("it is at the other node", |seen| seen.connections == 2).await;
    }
    cluster.all_ended().await;
    // Longer than anybody is shown who does not come back.
    tokio::time::sleep(Duration::from_secs(5)).await;
    over.store(true, Ordering::Relaxed);
    let (asked, bad) = asking.await.unwrap();
    assert!(asked > 0 && bad.is_empty(), "{asked} answers over HTTP, of them {bad:?}");

    let mut closed_at = Vec::new();
    for desk in &leaving {
        let seen = desk.seen();
        let [(closed, why)] = &seen.closes[..] else { panic!("{}: {:?}", desk.name, seen.closes) };
        assert_eq!(why.code, 4000, "{}: {why:?}", desk.name);
        assert!(why.reason.as_ref().is_some_and(|it| it.retry_after_ms.is_some()), "{why:?}");
        let [told] = seen.farewells[..] else { panic!("{} was told once", desk.name) };
        assert!(told <= *closed, "{} was told before", desk.name);
        closed_at.push(*closed - start);
    }
    closed_at.sort_unstable();
    let window = Duration::from_secs(1) * u32::try_from(leaving.len()).unwrap() / PACE;
    let spread = closed_at.last().unwrap().saturating_sub(closed_at[0]);
    assert!(spread >= window / 2, "they left within {spread:?}, not spread over {window:?}");
    for desk in &staying {
        let seen = desk.seen();
        assert_eq!(seen.connections, 1, "{} was left alone", desk.name);
        for (when, picture) in &seen.pictures {
            let viewing = picture.get(&inbox.thread).map(|it| it.viewing.clone());
            let after = when.saturating_duration_since(start);
            assert_eq!(viewing.as_deref(), Some(&viewers[..]), "{} after {after:?}", desk.name);
        }
    }
    let (before, gap) = (load.longest_gap(quiet, start), load.longest_gap(start, Instant::now()));
    let most = allowed(GAP_MAX, before);
    assert!(gap <= most, "a desk was cut off for {gap:?}, and for {before:?} without a drain");
    load.finish(&cluster).await;
}
