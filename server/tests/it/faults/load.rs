//! A steady load over two nodes: many desks look on while some of them write, each note on time, and
//! everybody notes when it came.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use protocol::{
    events::EventBody,
    http::SandboxSend,
    ids::{StreamId, ThreadId},
};
use tokio::{sync::watch, task::JoinHandle};

use super::{oracle, proving};
use crate::{
    harness::{
        cluster::Cluster,
        database::Database,
        roamer::{Habits, Roamer},
        wait::eventually,
    },
    main_job::note,
};

/// Agents of a load; several desks are the same one's.
pub(super) const AGENTS: usize = 10;
/// Desks that write, of all; the others look on.
const WRITERS: usize = 10;

/// How much.
#[derive(Debug, Clone, Copy)]
pub(super) struct Size {
    pub(super) desks: usize,
    pub(super) inboxes: usize,
    pub(super) notes_per_second: u32,
    /// How long it goes on with each fault.
    pub(super) time: Duration,
}

impl Size {
    /// Returns a small load for every test run, and the promised one for a proof.
    pub(super) fn of_this_run() -> Self {
        match proving() {
            None => {
                Self { desks: 24, inboxes: 2, notes_per_second: 40, time: Duration::from_secs(2) }
            }
            Some(time) => Self { desks: 200, inboxes: 10, notes_per_second: 100, time },
        }
    }
}

/// One inbox under load.
pub(super) struct Inbox {
    pub(super) stream: StreamId,
    pub(super) thread: ThreadId,
    pub(super) desks: Vec<Roamer>,
}

/// A load that goes on.
pub(super) struct Load {
    pub(super) inboxes: Vec<Inbox>,
    stop: watch::Sender<bool>,
    writing: Vec<JoinHandle<usize>>,
    sent: Arc<Mutex<BTreeMap<String, Instant>>>,
}

impl Load {
    /// Starts it on a cluster that has [`AGENTS`] more agents and so many inboxes.
    pub(super) async fn start(cluster: &Cluster, size: Size) -> Self {
        let mut apis = Vec::new();
        for number in 0..AGENTS {
            apis.push(cluster.api(number % 2, &format!("agent{number}")).await);
        }
        let (stop, stopped) = watch::channel(false);
        let sent = Arc::new(Mutex::new(BTreeMap::new()));
        let mut inboxes = Vec::new();
        for number in 0..size.inboxes {
            let view = &apis[0].me.inboxes[number];
            let text = SandboxSend {
                from: format!("+1202555070{number}"),
                text: "Hello?".to_owned(),
                id: format!("first-{number}"),
            };
            assert!(apis[0].try_text(&cluster.url(0), view.channels[0].id, &text).await);
            let page: protocol::http::ThreadPage =
                apis[0].get(&format!("/api/v1/inboxes/{}/threads", view.id)).await;
            inboxes.push(Inbox {
                stream: page.stream,
                thread: page.threads[0].id,
                desks: Vec::new(),
            });
        }
        let come = |number: usize| {
            let api = &apis[number % AGENTS];
            // Every inbox has desks at both nodes.
            let (inbox, home) = (number % size.inboxes, number / size.inboxes % 2);
            let habits = Habits { inbox, seed: number as u64, ..Habits::at(home) };
            let name = format!("desk{number}");
            async move { Roamer::start(&name, api, &cluster.addresses, habits).await }
        };
        let desks = futures_util::future::join_all((0..size.desks).map(come)).await;
        for (number, desk) in desks.into_iter().enumerate() {
            inboxes[number % size.inboxes].desks.push(desk);
        }
        let every =
            Duration::from_secs(1) * u32::try_from(WRITERS).unwrap() / size.notes_per_second;
        let mut writing = Vec::new();
        for number in 0..WRITERS {
            let inbox = &inboxes[number % size.inboxes];
            // At one node only, so that nothing but the bus and the poll tells the other one.
            let desk = &inbox.desks[number / size.inboxes * 2 % inbox.desks.len()];
            let (orders, name, thread) = (desk.orders(), desk.name.clone(), inbox.thread);
            let (sent, stopped) = (Arc::clone(&sent), stopped.clone());
            writing.push(tokio::spawn(async move {
                let mut ticks = tokio::time::interval(every);
                let mut answers = Vec::new();
                while !*stopped.borrow() {
                    ticks.tick().await;
                    let key = format!("{name}-w{number}-{}", answers.len());
                    sent.lock().insert(key.clone(), Instant::now());
                    answers.push(orders.begin(&key, note(thread, &format!("{key} in time"))));
                }
                let count = answers.len();
                for answer in answers {
                    answer.await.unwrap().unwrap();
                }
                count
            }));
        }
        Self { inboxes, stop, writing, sent }
    }

    /// Returns all desks.
    pub(super) fn desks(&self) -> impl Iterator<Item = &Roamer> {
        self.inboxes.iter().flat_map(|inbox| &inbox.desks)
    }

    /// Returns how long each note took to each desk, from being sent, of those sent between two
    /// instants; the shortest first.
    pub(super) fn latencies(&self, since: Instant, until: Instant) -> Vec<Duration> {
        let sent = self.sent.lock();
        let mut all = Vec::new();
        for desk in self.desks() {
            for (when, event) in &desk.seen().events {
                let EventBody::NoteAdded(it) = &event.body else { continue };
                let key = it.note.text.split(' ').next().unwrap_or_default();
                if let Some(sent) = sent.get(key).filter(|it| (since..until).contains(*it)) {
                    all.push(when.saturating_duration_since(*sent));
                }
            }
        }
        all.sort_unstable();
        all
    }

    /// Returns the longest that a note took to a desk after another one had it: how long that desk
    /// was cut off.
    pub(super) fn longest_gap(&self, since: Instant, until: Instant) -> Duration {
        let mut times: BTreeMap<(StreamId, u64), (Instant, Instant)> = BTreeMap::new();
        for inbox in &self.inboxes {
            for desk in &inbox.desks {
                for (when, event) in &desk.seen().events {
                    let key = (inbox.stream, event.seq);
                    let (first, last) = times.entry(key).or_insert((*when, *when));
                    (*first, *last) = ((*first).min(*when), (*last).max(*when));
                }
            }
        }
        let gaps = times.into_values().filter(|(first, _last)| (since..until).contains(first));
        gaps.map(|(first, last)| last - first).max().unwrap_or_default()
    }

    /// Ends the writing.
    pub(super) async fn stop(&mut self) {
        self.stop.send_replace(true);
        for writing in self.writing.drain(..) {
            assert!(writing.await.unwrap() > 0, "every writer has written");
        }
    }

    /// Asks the oracle: nothing lost, doubled or out of order at any desk.
    pub(super) async fn finish(mut self, cluster: &Cluster) {
        self.stop().await;
        for inbox in &self.inboxes {
            let last = note(inbox.thread, "last of all");
            let (database, stream) = (&cluster.database, inbox.stream);
            oracle::everybody_has_everything(database, stream, &inbox.desks, last).await;
        }
    }
}

/// Returns how long something may take at most: what is promised, on a machine that is quiet. On any
/// other, as much more as everything takes longer there already.
pub(super) fn allowed(promised: Duration, before: Duration) -> Duration {
    if proving().is_some() { promised } else { promised + before * 4 }
}

/// Returns the time that 99 of 100 do not exceed.
pub(super) fn p99(sorted: &[Duration]) -> Duration {
    sorted[sorted.len() * 99 / 100]
}

/// Makes inboxes beside the first, with everybody in them and a sandbox channel each. There is no
/// door for this yet.
pub(super) async fn more_inboxes(database: &Database, count: usize) {
    let mut connection = database.connect().await;
    for number in 1..count {
        let id = uuid::Uuid::now_v7();
        for sql in [
            "select create_stream($1), $2 is null",
            "insert into inboxes (id, name, mode, created_at) values ($1, $2, 'team', now())",
            "insert into inbox_members (inbox_id, agent_id, scope)
                select $1, id, 'all' from agents where $2 <> ''",
            "insert into channels (id, inbox_id, kind, provider, address, created_at)
                values (gen_random_uuid(), $1, 'sandbox', 'sandbox', $2, now())",
        ] {
            let name = format!("+1202555010{number}");
            sqlx::query(sql).bind(id).bind(name).execute(&mut connection).await.unwrap();
        }
    }
}

/// Says whether hints flow: of some notes that one node takes, nearly all are at the other one long
/// before the head poll could have found them.
pub(super) async fn hints_flow(cluster: &Cluster, desk: &Roamer, other: &Roamer, thread: ThreadId) {
    const FAST: Duration = Duration::from_millis(300);
    cluster.bus_is_up().await;
    let mut round = 0;
    eventually("hints flow again", async || {
        round += 1;
        let mut fast = 0;
        for number in 0..10 {
            let key = format!("probe{}-{round}-{number}", uuid::Uuid::now_v7().simple());
            let Ok(protocol::commands::Outcome::NoteAdded(it)) =
                desk.command(&key, note(thread, &format!("{key} soon"))).await
            else {
                panic!("a note is added");
            };
            let took = other.until_within("the probe", FAST * 10, |seen| seen.at >= it.seq).await;
            fast += usize::from(took < FAST);
        }
        (fast >= 9).then_some(())
    })
    .await;
}
