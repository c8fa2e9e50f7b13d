//! A client that comes back by itself: it goes to whatever node lives, resumes at its cursor, repeats
//! what was not answered with the same key, and remembers all that it was told.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use parking_lot::{Mutex, MutexGuard};
use protocol::{
    commands::{Command, Outcome},
    errors::{ErrorBody, ErrorCode},
    events::Event,
    frames::Reset,
    http::ThreadPage,
    ids::{AgentId, NodeId, ThreadId},
    signals::{Activity, ThreadSignals},
    text::Key,
};
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
};

use super::{api::Api, roaming::Roaming, socket::Closed, wait::PATIENCE};

/// Orders that wait for the client.
const ORDERS_MAX: usize = 1_024;

/// Where the nodes are; `None` where one is down.
#[derive(Clone, Default)]
pub(crate) struct Addresses(Arc<Mutex<Vec<Option<String>>>>);

impl Addresses {
    /// Notes where a node is.
    pub(crate) fn set(&self, node: usize, url: Option<String>) {
        let mut urls = self.0.lock();
        if urls.len() <= node {
            urls.resize(node + 1, None);
        }
        urls[node] = url;
    }

    /// Returns where a node is.
    pub(crate) fn get(&self, node: usize) -> Option<String> {
        let urls = self.0.lock();
        if urls.is_empty() { None } else { urls[node % urls.len()].clone() }
    }
}

/// How a client behaves.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Habits {
    /// The node that it asks first.
    pub(crate) home: usize,
    /// Which of its inboxes it follows, by name.
    pub(crate) inbox: usize,
    /// The longest that it waits when it is told to come back later.
    pub(crate) wait_max: Duration,
    /// Chance.
    pub(crate) seed: u64,
}

impl Habits {
    /// Returns those of a patient client that asks this node first.
    pub(crate) fn at(home: usize) -> Self {
        Self { home, inbox: 0, wait_max: PATIENCE, seed: home as u64 }
    }
}

/// What a client has been told.
#[derive(Default)]
pub(crate) struct Seen {
    /// Where its log begins.
    pub(crate) start: u64,
    /// Its place.
    pub(crate) at: u64,
    /// All events, and when each came.
    pub(crate) events: Vec<(Instant, Event)>,
    /// What is true around each thread.
    pub(crate) signals: BTreeMap<ThreadId, ThreadSignals>,
    /// All pictures of it so far.
    pub(crate) pictures: Vec<(Instant, BTreeMap<ThreadId, ThreadSignals>)>,
    /// The node that it is connected to.
    pub(crate) node: Option<NodeId>,
    /// How often it was connected.
    pub(crate) connections: usize,
    /// How its connections ended.
    pub(crate) closes: Vec<(Instant, Closed)>,
    /// When it was told that a node goes away.
    pub(crate) farewells: Vec<Instant>,
    /// Resets.
    pub(crate) resets: Vec<Reset>,
    /// What came of each command.
    pub(crate) outcomes: BTreeMap<String, (Command, Result<Outcome, ErrorBody>)>,
    /// Refusals that said to come back with the same key.
    pub(crate) put_off: Vec<ErrorCode>,
}

impl Seen {
    /// Looks through the events, from the newest on, for one that says something.
    pub(crate) fn newest<T>(&self, says: impl Fn(&Event) -> Option<T>) -> Option<T> {
        self.events.iter().rev().find_map(|(_when, event)| says(event))
    }
}

pub(super) type Answer = oneshot::Sender<Result<Outcome, ErrorBody>>;
/// Resolves to what came of a command.
pub(crate) type Answered = oneshot::Receiver<Result<Outcome, ErrorBody>>;

/// Gives orders to a client.
#[derive(Clone)]
pub(crate) struct Orders {
    name: String,
    orders: mpsc::Sender<Order>,
}

impl Orders {
    /// Gives it a command, and does not wait.
    pub(crate) fn begin(&self, key: &str, command: Command) -> Answered {
        let (answer, answered) = oneshot::channel();
        let key = Key::new(key.to_owned()).unwrap();
        self.give(Order::Command(key, Box::new(command), answer));
        answered
    }

    /// Runs a command, however often it takes.
    pub(crate) async fn command(&self, key: &str, command: Command) -> Result<Outcome, ErrorBody> {
        let answered = tokio::time::timeout(PATIENCE, self.begin(key, command)).await;
        answered.unwrap_or_else(|_late| panic!("{}: no answer to {key}", self.name)).unwrap()
    }

    fn give(&self, order: Order) {
        let taken = self.orders.try_send(order);
        assert!(taken.is_ok(), "{}: the client has ended, or has too much to do", self.name);
    }
}

/// What a client is asked to do.
pub(super) enum Order {
    Command(Key, Box<Command>, Answer),
    Signal(ThreadId, Activity),
    Bounce(Option<usize>, Duration),
}

/// A client, in a task of its own. Dropping it ends it.
pub(crate) struct Roamer {
    pub(crate) name: String,
    pub(crate) agent: AgentId,
    orders: Orders,
    seen: Arc<Mutex<Seen>>,
    task: JoinHandle<()>,
}

impl Drop for Roamer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Roamer {
    /// Starts one that follows the agent's first inbox from a snapshot on.
    pub(crate) async fn start(
        name: &str,
        api: &Api,
        addresses: &Addresses,
        habits: Habits,
    ) -> Self {
        let inbox = api.me.inboxes[habits.inbox].id;
        let page: ThreadPage = api.get(&format!("/api/v1/inboxes/{inbox}/threads")).await;
        let (orders, taken) = mpsc::channel(ORDERS_MAX);
        let seen = Arc::new(Mutex::new(Seen { start: page.seq, at: page.seq, ..Seen::default() }));
        let roaming = Roaming::new(api, page, addresses, (habits, taken), Arc::clone(&seen));
        let task = tokio::spawn(roaming.run());
        let orders = Orders { name: name.to_owned(), orders };
        let it = Self { name: name.to_owned(), agent: api.id(), orders, seen, task };
        it.until("connected", |seen| seen.node.is_some()).await;
        it
    }

    /// Looks at what it has been told.
    pub(crate) fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock()
    }

    /// Returns what gives it orders, for another task.
    pub(crate) fn orders(&self) -> Orders {
        self.orders.clone()
    }

    /// Gives it a command, and does not wait.
    pub(crate) fn begin(&self, key: &str, command: Command) -> Answered {
        self.orders.begin(key, command)
    }

    /// Runs a command, however often it takes.
    pub(crate) async fn command(&self, key: &str, command: Command) -> Result<Outcome, ErrorBody> {
        self.orders.command(key, command).await
    }

    /// Says what the agent does, if it is connected.
    pub(crate) fn signal(&self, thread: ThreadId, activity: Activity) {
        self.orders.give(Order::Signal(thread, activity));
    }

    /// Loses its connection, and perhaps prefers another node from now on.
    pub(crate) fn bounce(&self, home: Option<usize>) {
        self.away(home, Duration::ZERO);
    }

    /// Likewise, and is away for a while.
    pub(crate) fn away(&self, home: Option<usize>, time: Duration) {
        self.orders.give(Order::Bounce(home, time));
    }

    /// Waits until what it has been told is as wanted.
    pub(crate) async fn until(&self, what: &str, check: impl Fn(&Seen) -> bool) {
        self.until_within(what, PATIENCE, check).await;
    }

    /// Likewise, within a time; returns how long it took.
    pub(crate) async fn until_within(
        &self,
        what: &str,
        limit: Duration,
        check: impl Fn(&Seen) -> bool,
    ) -> Duration {
        let start = Instant::now();
        while !check(&self.seen.lock()) {
            let name = &self.name;
            assert!(!self.task.is_finished(), "{name}: the client has ended before: {what}");
            if start.elapsed() >= limit {
                let at = self.seen.lock().at;
                panic!("{name}, at {at}: still not so after {limit:?}: {what}");
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        start.elapsed()
    }
}
