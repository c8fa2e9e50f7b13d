//! A node dies without a word: its clients go on at another one, and what its agents were doing there
//! is not shown for long.

use std::time::{Duration, Instant};

use protocol::signals::Activity;

use super::oracle;
use crate::{
    harness::{
        api::CUSTOMER,
        cluster::{Cluster, Wanted},
        redis_noise::Noise,
        roamer::{Habits, Roamer, Seen},
        wait::eventually,
    },
    main_job::note,
};

/// How long a dead node's agents may be shown.
const GHOSTS_MAX: Duration = Duration::from_secs(12);
/// How long its clients may take to be live at another one; a busy machine gets more.
const BACK_MAX: Duration = Duration::from_secs(3);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_its_clients_go_on_elsewhere_and_its_ghosts_are_gone_in_time() {
    let mut cluster = Cluster::start(Wanted { more_agents: 1, ..Wanted::default() }).await;
    cluster.bus_is_up().await;
    let mut people = Vec::new();
    for (name, home) in [("ann", 0), ("ben", 0), ("cleo", 0), ("sam", 1), ("agent0", 1)] {
        let api = cluster.api(home, name).await;
        people.push(Roamer::start(name, &api, &cluster.addresses, Habits::at(home)).await);
    }
    let api = cluster.api(0, "ann").await;
    let thread = api.new_thread(CUSTOMER).await.id;
    let [ann, ben, cleo, sam, _writer] = &people[..] else { unreachable!() };
    let agent = |roamer: &Roamer| roamer.agent;
    let (anns, bens, cleos) = (agent(ann), agent(ben), agent(cleo));
    ann.signal(thread, Activity::Viewing);
    ben.signal(thread, Activity::Typing);
    cleo.signal(thread, Activity::Typing);
    // Typing is over after six seconds; viewing is what is left of a dead node.
    let shown = |seen: &Seen| {
        seen.signals.get(&thread).is_some_and(|it| {
            it.viewing.len() == 3 && it.typing.contains(&bens) && it.typing.contains(&cleos)
        })
    };
    sam.until("all three are seen at the other node", shown).await;
    for number in 0..20 {
        let key = format!("before{number}");
        ann.command(&key, note(thread, &format!("{key} it happens"))).await.unwrap();
    }
    sam.seen().pictures.clear();

    // Cleo's laptop dies with the node: stopped, it cannot even see her go.
    let under_way: Vec<_> = (0..20)
        .map(|number| {
            let key = format!("amid{number}");
            ben.begin(&key, note(thread, &format!("{key} it all")))
        })
        .collect();
    cluster.pause(0);
    drop(people.remove(2));
    let [ann, ben, sam, writer] = &people[..] else { unreachable!() };
    cluster.kill(0).await;
    let died = Instant::now();
    for client in [ann, ben] {
        let took = client.until_within("it is back", BACK_MAX, |seen| seen.connections == 2).await;
        assert!(took <= BACK_MAX);
    }
    for answer in under_way {
        answer.await.unwrap().unwrap();
    }
    for number in 0..20 {
        let key = format!("after{number}");
        writer.command(&key, note(thread, &format!("{key} it goes on"))).await.unwrap();
    }

    let gone = |seen: &Seen| {
        let signals = seen.signals.get(&thread);
        signals.is_some_and(|it| !it.viewing.contains(&cleos) && it.typing.is_empty())
    };
    let left = GHOSTS_MAX.saturating_sub(died.elapsed());
    sam.until_within("Cleo's ghost is gone", left, gone).await;
    // Those who came back were never seen to leave.
    for (when, picture) in &sam.seen().pictures {
        let viewing = picture.get(&thread).map(|it| it.viewing.clone()).unwrap_or_default();
        let after = when.saturating_duration_since(died);
        assert!(viewing.contains(&anns) && viewing.contains(&bens), "{viewing:?} after {after:?}");
    }
    let last = note(thread, "last of all");
    let stream = api.stream();
    oracle::everybody_has_everything(&cluster.database, stream, &people, last).await;
    oracle::chain_holds(&cluster.database).await;
    cluster.kill(1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reload_and_a_move_to_another_node_show_nobody_a_leave() {
    let mut cluster = Cluster::start(Wanted::default()).await;
    cluster.bus_is_up().await;
    let api = cluster.api(0, "ann").await;
    let thread = api.new_thread(CUSTOMER).await.id;
    let mut people = Vec::new();
    for (name, home) in [("ann", 0), ("ben", 0), ("cleo", 1)] {
        let api = cluster.api(home, name).await;
        people.push(Roamer::start(name, &api, &cluster.addresses, Habits::at(home)).await);
    }
    let [ann, ben, cleo] = &people[..] else { unreachable!() };
    let anns = ann.agent;
    ann.signal(thread, Activity::Viewing);
    let there =
        |seen: &Seen| seen.signals.get(&thread).is_some_and(|it| it.viewing.contains(&anns));
    for watcher in [ben, cleo] {
        watcher.until("Ann is seen", there).await;
        watcher.seen().pictures.clear();
    }
    for (round, home) in [0, 0, 1, 0, 1, 1].into_iter().enumerate() {
        // As long as a page takes to load.
        ann.away(Some(home), Duration::from_millis(600));
        ann.until("she is back", |seen| seen.connections == round + 2).await;
    }
    // Longer than anybody is shown who does not come back.
    tokio::time::sleep(Duration::from_secs(5)).await;
    for watcher in [ben, cleo] {
        for (_when, picture) in &watcher.seen().pictures {
            let viewing = picture.get(&thread).map(|it| it.viewing.clone());
            let seen = viewing.as_deref();
            assert_eq!(seen, Some(&[anns][..]), "{} saw Ann leave", watcher.name);
        }
        assert!(there(&watcher.seen()), "and she is there");
    }
    // But who really goes is gone.
    drop(people.remove(0));
    let gone = |seen: &Seen| seen.signals.get(&thread).is_none_or(|it| it.viewing.is_empty());
    for watcher in &people {
        let limit = Duration::from_secs(5);
        watcher.until_within("Ann is gone", limit, gone).await;
    }
    for node in 0..2 {
        cluster.kill(node).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_bus_has_lost_of_who_is_there_is_asked_for() {
    let mut cluster = Cluster::start(Wanted::default()).await;
    cluster.bus_is_up().await;
    let (ann, cleo) = (cluster.api(0, "ann").await, cluster.api(1, "cleo").await);
    let thread = ann.new_thread(CUSTOMER).await.id;
    let anns = Roamer::start("ann", &ann, &cluster.addresses, Habits::at(0)).await;
    let cleos = Roamer::start("cleo", &cleo, &cluster.addresses, Habits::at(1)).await;
    let seen = |there: bool| {
        let agent = anns.agent;
        move |seen: &Seen| {
            let signals = seen.signals.get(&thread);
            signals.is_some_and(|it| it.viewing.contains(&agent)) == there
        }
    };
    for (activity, there) in [(Activity::Viewing, true), (Activity::Idle, false)] {
        cluster.line(0).set(Noise::DEAF);
        let before = cluster.line(0).fates().bad()[0];
        anns.signal(thread, activity);
        anns.until("the node knows", seen(there)).await;
        eventually("the change is lost", async || {
            (cluster.line(0).fates().bad()[0] > before).then_some(())
        })
        .await;
        cluster.line(0).set(Noise::default());
        // A heartbeat a second tells that something is missing.
        let limit = Duration::from_secs(5);
        cleos.until_within("the other node has asked", limit, seen(there)).await;
    }
    for node in 0..2 {
        cluster.kill(node).await;
    }
}
