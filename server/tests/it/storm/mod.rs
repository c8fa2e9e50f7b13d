//! Many messages at once over three providers that do everything wrong, while a node is killed: none is lost,
//! none comes twice that was not marked as unknown first, and each thread's come in order.

mod judge;
mod providers;
mod senders;

use std::{sync::Arc, time::Duration};

use server::clock::Clock;
use tokio::{sync::watch, time::Instant};

use self::{judge::judge, providers::Providers, senders::Senders};
use crate::harness::{
    cluster::{Cluster, Wanted},
    wait::PATIENCE,
};

/// How much.
#[derive(Debug, Clone, Copy)]
struct Size {
    /// Customers of each provider.
    customers: u32,
    /// Messages to each of them.
    messages: u32,
    /// Calls that are never answered, at each provider.
    silences: usize,
}

impl Size {
    /// Returns a small storm for every test run, and the promised one for a proof.
    fn of_this_run() -> Self {
        if std::env::var("TANDEM_PROVE").is_ok() {
            Self { customers: 167, messages: 20, silences: 40 }
        } else {
            Self { customers: 20, messages: 6, silences: 1 }
        }
    }

    fn all(self) -> usize {
        3 * usize::try_from(self.customers * self.messages).unwrap()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_and_nothing_comes_twice_unannounced() {
    let size = Size::of_this_run();
    let clock = Clock::system();
    let providers = Arc::new(Providers::start(clock.clone(), size.silences).await);
    let wanted = Wanted { redis: false, env: providers.env(), ..Wanted::default() };
    let mut cluster = Cluster::start(wanted).await;
    let ann = cluster.api(1, "ann").await;
    let threads = providers.customers_write(&ann, size.customers).await;

    providers.go_wrong();
    let (weather, over) = watch::channel(false);
    let raging = tokio::spawn({
        let (providers, over) = (Arc::clone(&providers), over.clone());
        async move { providers.rage(over).await }
    });
    let telling = tokio::spawn({
        let (providers, ann, over) = (Arc::clone(&providers), ann.clone(), over);
        async move { providers.tell(ann, over).await }
    });
    let began = Instant::now();
    let senders = Senders::start(&ann, &cluster.addresses, threads, size.messages);
    senders.until_accepted(size.all() / 3).await;
    cluster.kill(0).await;
    senders.until_accepted(size.all() / 2).await;
    cluster.begin(0).await;
    let sent = senders.all().await;
    assert_eq!(sent.len(), size.all());
    let accepted_in = began.elapsed();

    // The fair weather begins when all that can go has gone.
    let flows = until_stuck(&cluster).await;
    let handed_over_in = flows - began;
    providers.behave();
    weather.send(true).unwrap();
    raging.await.unwrap();
    until_answered(&providers).await;
    let rounds = until_settled(&cluster, &clock).await;
    telling.await.unwrap();
    let judged = judge(&cluster.database, &providers, &sent).await;
    println!(
        "{} accepted in {accepted_in:.1?}, handed over in {handed_over_in:.1?} ({}/s); {rounds} minutes \
         were moved; faults: {:?}; {judged}",
        sent.len(),
        judged.handed_over as u128 * 1_000 / handed_over_in.as_millis().max(1),
        providers.faults(),
    );
    judged.is_good();
}

/// Waits until no more than a few messages wait, or nothing has moved for a while; says since when.
async fn until_stuck(cluster: &Cluster) -> Instant {
    let open = "select count(*) from deliveries where state in ('queued', 'sending', 'unknown')";
    let (mut last, mut since) = (i64::MAX, Instant::now());
    let deadline = Instant::now() + 10 * PATIENCE;
    loop {
        let now = cluster.database.count(open).await;
        if now != last {
            (last, since) = (now, Instant::now());
        }
        if now == 0 || since.elapsed() > Duration::from_millis(1_200) {
            return since;
        }
        assert!(Instant::now() < deadline, "{now} are open");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Waits until no node waits for an answer any more: the clock must not run past a claim that somebody holds.
async fn until_answered(providers: &Providers) {
    let given_up = providers.last_silence() + Duration::from_millis(10_500);
    tokio::time::sleep_until(given_up).await;
}

/// Moves the clock, a minute at a time, until every message has come to its end; says how many there were.
async fn until_settled(cluster: &Cluster, clock: &Clock) -> usize {
    let open = "select count(*) from deliveries where state in ('queued', 'sending', 'unknown')";
    let held = "select count(*) from deliveries where claimed_until > tandem_now()
        and state in ('queued', 'sending', 'unknown')";
    let mut database = cluster.database.connect().await;
    for round in 0..240 {
        if cluster.database.count(open).await == 0 {
            return round;
        }
        clock.advance(Duration::from_mins(1));
        let ms = i64::try_from(clock.offset().as_millis()).unwrap();
        let sql = "update clock_offset set ms = $1";
        sqlx::query(sql).bind(ms).execute(&mut database).await.unwrap();
        // What is due now is tried, and the dead node's is all that is still held.
        let mut calm = 0;
        let mut before = -1;
        while calm < 3 {
            tokio::time::sleep(Duration::from_millis(60)).await;
            let now = cluster.database.count(held).await;
            calm = if now == before { calm + 1 } else { 0 };
            before = now;
        }
    }
    panic!("{} are open after four hours", cluster.database.count(open).await);
}
