//! The task of a client that comes back by itself.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use protocol::{
    commands::{Command, Outcome},
    errors::{ErrorBody, ErrorCode},
    frames::{ClientFrame, CommandFrame, Cursor, ServerFrame, SignalFrame},
    http::ThreadPage,
    ids::{StreamId, ThreadId},
    signals::Activity,
    text::Key,
};
use tokio::sync::mpsc;

use super::{
    api::Api,
    dice::Dice,
    roamer::{Addresses, Answer, Habits, Order, Seen},
    socket::Socket,
};

/// How long a node gets to answer a handshake, and to take a frame.
const ANSWER_MAX: Duration = Duration::from_secs(3);
/// How often commands are looked through for what has to be said again.
const TICK: Duration = Duration::from_millis(50);
/// How long a command waits that was told to come back.
const AGAIN: Duration = Duration::from_millis(100);

/// A command without an answer.
struct Pending {
    key: Key,
    command: Command,
    answer: Answer,
    /// The request on this connection, if it was said there.
    request: Option<u32>,
    /// Not to be said before.
    not_before: Option<Instant>,
}

/// The client's task.
pub(super) struct Roaming {
    addresses: Addresses,
    token: String,
    stream: StreamId,
    cursor: Cursor,
    habits: Habits,
    dice: Dice,
    orders: mpsc::Receiver<Order>,
    pending: BTreeMap<u32, Pending>,
    next: u32,
    doing: BTreeMap<ThreadId, Activity>,
    seen: Arc<Mutex<Seen>>,
}

impl Roaming {
    /// Makes one that goes on from a snapshot.
    pub(super) fn new(
        api: &Api,
        page: ThreadPage,
        addresses: &Addresses,
        (habits, orders): (Habits, mpsc::Receiver<Order>),
        seen: Arc<Mutex<Seen>>,
    ) -> Self {
        Self {
            addresses: addresses.clone(),
            token: api.token.clone(),
            stream: page.stream,
            cursor: page.cursor,
            habits,
            dice: Dice::new(habits.seed),
            orders,
            pending: BTreeMap::new(),
            next: 0,
            doing: BTreeMap::new(),
            seen,
        }
    }

    /// Connects, and lives on the connection, until nobody wants this client any more.
    pub(super) async fn run(mut self) {
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
        // Where it was looking it still looks; what was typed is typed.
        for (thread_id, activity) in self.doing.clone() {
            if activity != Activity::Idle {
                let activity = Activity::Viewing;
                let frame = ClientFrame::Signal(SignalFrame { thread_id, activity });
                if !say(&mut socket, &frame).await {
                    return AGAIN;
                }
            }
        }
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
                            Pending { key, command: *command, answer, request: None, not_before: None };
                        self.pending.insert(self.next, pending);
                        ticks.reset_immediately();
                    }
                    Some(Order::Signal(thread_id, activity)) => {
                        self.doing.insert(thread_id, activity);
                        let frame = ClientFrame::Signal(SignalFrame { thread_id, activity });
                        if !say(&mut socket, &frame).await {
                            return AGAIN;
                        }
                    }
                    Some(Order::Bounce(home, time)) => {
                        self.habits.home = home.unwrap_or(self.habits.home);
                        return time;
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
            ServerFrame::Draining(_) => {
                self.seen.lock().farewells.push(now);
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
