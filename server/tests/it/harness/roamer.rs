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
    frames::{ClientFrame, CommandFrame, Cursor, Reset, ServerFrame, SignalFrame},
    ids::{AgentId, NodeId, StreamId, ThreadId},
    signals::{Activity, ThreadSignals},
    text::Key,
};
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
};

use super::{
    api::Api,
    dice::Dice,
    socket::{Closed, Socket},
    wait::PATIENCE,
};

/// How long a node gets to answer a handshake, and to take a frame.
const ANSWER_MAX: Duration = Duration::from_secs(3);
/// How often commands are looked through for what has to be said again.
const TICK: Duration = Duration::from_millis(50);
/// How long a command waits that was told to come back.
const AGAIN: Duration = Duration::from_millis(100);
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
    /// The longest that it waits when it is told to come back later.
    pub(crate) wait_max: Duration,
    /// Chance.
    pub(crate) seed: u64,
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

/// What a client is asked to do.
enum Order {
    Command(Key, Command, oneshot::Sender<Result<Outcome, ErrorBody>>),
    Signal(ThreadId, Activity),
    Bounce(Option<usize>),
}

/// A command without an answer.
struct Pending {
    key: Key,
    command: Command,
    answer: oneshot::Sender<Result<Outcome, ErrorBody>>,
    /// The request on this connection, if it was said there.
    request: Option<u32>,
    /// Not to be said before.
    not_before: Option<Instant>,
}

/// A client, in a task of its own. Dropping it ends it.
pub(crate) struct Roamer {
    pub(crate) name: String,
    pub(crate) agent: AgentId,
    orders: mpsc::Sender<Order>,
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
        let page = api.list().await;
        let (orders, taken) = mpsc::channel(ORDERS_MAX);
        let seen = Arc::new(Mutex::new(Seen { start: page.seq, at: page.seq, ..Seen::default() }));
        let roaming = Roaming {
            addresses: addresses.clone(),
            token: api.token.clone(),
            stream: page.stream,
            cursor: page.cursor,
            habits,
            dice: Dice::new(habits.seed),
            orders: taken,
            pending: BTreeMap::new(),
            next: 0,
            seen: Arc::clone(&seen),
        };
        let task = tokio::spawn(roaming.run());
        let it = Self { name: name.to_owned(), agent: api.id(), orders, seen, task };
        it.until("connected", |seen| seen.node.is_some()).await;
        it
    }

    /// Looks at what it has been told.
    pub(crate) fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock()
    }

    /// Gives it a command, and does not wait.
    pub(crate) fn begin(
        &self,
        key: &str,
        command: Command,
    ) -> oneshot::Receiver<Result<Outcome, ErrorBody>> {
        let (answer, answered) = oneshot::channel();
        let key = Key::new(key.to_owned()).unwrap();
        self.order(Order::Command(key, command, answer));
        answered
    }

    /// Runs a command, however often it takes.
    pub(crate) async fn command(&self, key: &str, command: Command) -> Result<Outcome, ErrorBody> {
        let answered = tokio::time::timeout(PATIENCE, self.begin(key, command)).await;
        answered.unwrap_or_else(|_late| panic!("{}: no answer to {key}", self.name)).unwrap()
    }

    /// Says what the agent does, if it is connected.
    pub(crate) fn signal(&self, thread: ThreadId, activity: Activity) {
        self.order(Order::Signal(thread, activity));
    }

    /// Loses its connection, and perhaps prefers another node from now on.
    pub(crate) fn bounce(&self, home: Option<usize>) {
        self.order(Order::Bounce(home));
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

    fn order(&self, order: Order) {
        let taken = self.orders.try_send(order);
        assert!(taken.is_ok(), "{}: the client has ended, or has too much to do", self.name);
    }
}

/// The client's task.
struct Roaming {
    addresses: Addresses,
    token: String,
    stream: StreamId,
    cursor: Cursor,
    habits: Habits,
    dice: Dice,
    orders: mpsc::Receiver<Order>,
    pending: BTreeMap<u32, Pending>,
    next: u32,
    seen: Arc<Mutex<Seen>>,
}

impl Roaming {
    async fn run(mut self) {
        while let Some(socket) = self.connect().await {
            let wait = self.stay(socket).await;
            self.seen.lock().node = None;
            for pending in self.pending.values_mut() {
                pending.request = None;
            }
            tokio::time::sleep(wait.min(self.habits.wait_max)).await;
        }
    }

    /// Finds a node that takes it; `None` when nobody wants this client any more.
    async fn connect(&mut self) -> Option<Socket> {
        let mut tries = 0;
        while !self.orders.is_closed() {
            if let Some(url) = self.addresses.get(self.habits.home + tries) {
                let cursors = BTreeMap::from([(self.stream, self.cursor.clone())]);
                let coming = Socket::try_resume(&url, &self.token, cursors);
                if let Ok(Some((socket, welcome))) = tokio::time::timeout(ANSWER_MAX, coming).await
                {
                    let mut seen = self.seen.lock();
                    seen.node = Some(welcome.node_id);
                    seen.connections += 1;
                    return Some(socket);
                }
            }
            tries += 1;
            tokio::time::sleep(Duration::from_millis(10) + self.dice.millis(40)).await;
        }
        None
    }

    /// Lives on one connection; returns how long to wait after it.
    async fn stay(&mut self, mut socket: Socket) -> Duration {
        let mut ticks = tokio::time::interval(TICK);
        loop {
            tokio::select! {
                read = socket.read() => match read {
                    Ok(frame) => {
                        if !self.hear(&mut socket, frame) {
                            return AGAIN;
                        }
                    }
                    Err(closed) => {
                        let wait = closed.reason.as_ref().and_then(|it| it.retry_after_ms);
                        self.seen.lock().closes.push((Instant::now(), closed));
                        return Duration::from_millis(wait.unwrap_or_default().into());
                    }
                },
                order = self.orders.recv() => match order {
                    Some(Order::Command(key, command, answer)) => {
                        self.next += 1;
                        let pending =
                            Pending { key, command, answer, request: None, not_before: None };
                        self.pending.insert(self.next, pending);
                        ticks.reset_immediately();
                    }
                    Some(Order::Signal(thread_id, activity)) => {
                        let frame = ClientFrame::Signal(SignalFrame { thread_id, activity });
                        if !say(&mut socket, &frame).await {
                            return AGAIN;
                        }
                    }
                    Some(Order::Bounce(home)) => {
                        self.habits.home = home.unwrap_or(self.habits.home);
                        return Duration::ZERO;
                    }
                    None => return Duration::ZERO,
                },
                _ = ticks.tick() => {
                    if !self.say_pending(&mut socket).await {
                        return AGAIN;
                    }
                }
            }
        }
    }

    /// Says every command that was not said on this connection, in order.
    async fn say_pending(&mut self, socket: &mut Socket) -> bool {
        let now = Instant::now();
        for (number, pending) in &mut self.pending {
            let due = pending.not_before.is_none_or(|at| at <= now);
            if pending.request.is_some() || !due {
                continue;
            }
            pending.request = Some(*number);
            let (key, command) = (pending.key.clone(), pending.command.clone());
            let frame = ClientFrame::Command(CommandFrame { id: *number, key, command });
            if !say(socket, &frame).await {
                return false;
            }
        }
        true
    }

    /// Notes a frame; `false` if the connection is of no use.
    fn hear(&mut self, socket: &mut Socket, frame: ServerFrame) -> bool {
        let now = Instant::now();
        if let Some(cursor) = socket.cursors.get(&self.stream) {
            self.cursor = cursor.clone();
        }
        let answer = match frame {
            ServerFrame::Ok(it) => Some((it.id, Ok(it.outcome))),
            // A subscription of `hello` that the node could not begin: try again.
            ServerFrame::Error(it) => match it.id {
                None if it.error.retryable => return false,
                None => None,
                Some(id) => Some((id, Err(it.error))),
            },
            ServerFrame::Reset(reset) => {
                self.seen.lock().resets.push(reset);
                None
            }
            ServerFrame::Signals(_) => {
                let mut seen = self.seen.lock();
                seen.signals.clone_from(&socket.signals);
                seen.pictures.push((now, socket.signals.clone()));
                None
            }
            _ => None,
        };
        if let Some((id, result)) = answer {
            self.answer(id, result);
        }
        let mut seen = self.seen.lock();
        seen.at = socket.at(self.stream);
        seen.events.extend(socket.events.drain(..).map(|event| (now, event)));
        true
    }

    fn answer(&mut self, request: u32, result: Result<Outcome, ErrorBody>) {
        let mut seen = self.seen.lock();
        let again = match &result {
            Err(error) if error.code == ErrorCode::Locked => None,
            Err(error) if error.retryable => Some(error.code),
            _ => None,
        };
        if let (Some(code), Some(pending)) = (again, self.pending.get_mut(&request)) {
            seen.put_off.push(code);
            pending.request = None;
            pending.not_before = Some(Instant::now() + AGAIN);
            return;
        }
        if let Some(pending) = self.pending.remove(&request) {
            let key = pending.key.as_str().to_owned();
            seen.outcomes.insert(key, (pending.command, result.clone()));
            let _nobody_waits = pending.answer.send(result);
        }
    }
}

async fn say(socket: &mut Socket, frame: &ClientFrame) -> bool {
    tokio::time::timeout(ANSWER_MAX, socket.try_send(frame)).await.unwrap_or_default()
}
