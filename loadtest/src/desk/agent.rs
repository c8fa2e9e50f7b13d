//! The life of one desk: connect, work until the connection ends, come back.

use std::{ops::ControlFlow, rc::Rc, time::Duration};

use futures_util::{SinkExt as _, StreamExt as _};
use protocol::{
    close::CloseReason,
    frames::{ClientFrame, Cursor, Hello, Subscribe},
};
use rand::rngs::ChaCha8Rng;
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, sleep, sleep_until},
};
use tokio_tungstenite::tungstenite::{Message, protocol::CloseFrame};

use super::{
    backoff::Backoff,
    link::{self, Link},
    targets::Targets,
};
use crate::{
    check::ghosts::{GRACE_CLOSED, GRACE_NODE},
    measure::{meter::Counter, names::Time},
    plan::step::Step,
    world::{clock::micros, seat::Seat, shared::World},
};

/// Later than anything that is waited for.
const FAR: Duration = Duration::from_hours(1);
/// A connection that lasted so long was a good one.
const HEALTHY: Duration = Duration::from_secs(10);

/// A desk's task.
pub(crate) struct Desk {
    pub(crate) world: Rc<World>,
    pub(crate) seat: usize,
    pub(crate) token: Rc<str>,
    pub(crate) targets: Targets,
    pub(crate) steps: mpsc::Receiver<Step>,
    pub(crate) stop: watch::Receiver<bool>,
    pub(crate) random: ChaCha8Rng,
    /// Whether its window is small, because it will stop reading.
    pub(crate) small: bool,
    /// The number of the connection among all of the run's.
    pub(crate) connection: u64,
    /// When the connection of now began to be opened.
    pub(crate) opened: Instant,
    /// When the one before was lost.
    pub(crate) lost: Option<Instant>,
}

/// How a connection ended.
#[derive(Debug)]
pub(crate) enum Ended {
    /// The run is over.
    Stopped,
    /// We ended it, as the schedule says.
    Ours,
    /// The other side or the network did.
    Theirs(Option<Duration>),
    /// The other side did, and wants us not to come back.
    ForGood(String),
}

impl Desk {
    /// Lives until the run is over.
    pub(crate) async fn live(mut self) {
        let mut backoff = Backoff::default();
        while !*self.stop.borrow() {
            let told = match self.connect().await {
                Ok(link) => {
                    let began = Instant::now();
                    let ended = self.work(link).await;
                    // A page that is loaded again has forgotten what was before.
                    let healthy = began.elapsed() > HEALTHY || matches!(ended, Ended::Ours);
                    if healthy {
                        backoff.reset();
                    }
                    match self.ended(ended) {
                        ControlFlow::Continue(told) => told,
                        ControlFlow::Break(()) => return,
                    }
                }
                Err(refused) => {
                    self.world.meter.borrow_mut().count(Counter::REFUSALS, 1);
                    let target = self.targets.now().map(|it| it.http.clone()).unwrap_or_default();
                    self.world.note(format!("{target} refused a connection: {}", refused.why));
                    self.targets.rotate();
                    refused.retry_after
                }
            };
            let wait = backoff.wait(told, &mut self.random);
            tokio::select! {
                () = sleep(wait) => {}
                _ = self.stop.changed() => {}
            }
        }
    }

    async fn connect(&mut self) -> Result<Link, link::Refused> {
        self.opened = Instant::now();
        let Some(target) = self.targets.now() else {
            return Err(link::Refused { why: "no node".to_owned(), retry_after: None });
        };
        let mut link = link::open(target, self.small).await?;
        self.world.connections.set(self.world.connections.get() + 1);
        self.connection = self.world.connections.get();
        for frame in self.greeting() {
            let text = serde_json::to_string(&frame).unwrap_or_default();
            let sent = link.feed(Message::text(text)).await;
            sent.map_err(|error| link::Refused { why: error.to_string(), retry_after: None })?;
        }
        let sent = link.flush().await;
        sent.map_err(|error| link::Refused { why: error.to_string(), retry_after: None })?;
        Ok(link)
    }

    /// `hello` with all cursors that there are, and `subscribe` where there is none.
    fn greeting(&self) -> Vec<ClientFrame> {
        let seat = self.seat().borrow();
        let name = |stream| self.world.stream_name(stream).parse().ok();
        let mut hello = Hello { id: 0, token: Some(self.token.to_string()), cursors: [].into() };
        let mut frames = Vec::new();
        for follow in &seat.follows {
            let Some(stream) = name(follow.stream) else { continue };
            match &follow.cursor {
                Some(cursor) => {
                    hello.cursors.insert(stream, Cursor(cursor.to_string()));
                }
                None => frames.push(ClientFrame::Subscribe(Subscribe {
                    id: 1 + follow.stream,
                    stream,
                    cursor: None,
                })),
            }
        }
        frames.insert(0, ClientFrame::Hello(hello));
        frames
    }

    /// Works until the connection ends.
    async fn work(&mut self, mut link: Link) -> Ended {
        let sent = self.send_pending(&mut link, true).await;
        if sent.is_err() {
            return Ended::Theirs(None);
        }
        loop {
            let again = self.next_try();
            tokio::select! {
                message = link.next() => {
                    match message {
                        Some(Ok(Message::Text(text))) => self.hear(&text),
                        Some(Ok(Message::Close(frame))) => return self.closed(frame.as_ref()),
                        Some(Ok(_ping_or_pong)) => {}
                        Some(Err(_)) | None => return Ended::Theirs(None),
                    }
                    if self.needs_subscribe() && self.subscribe_again(&mut link).await.is_err() {
                        return Ended::Theirs(None);
                    }
                }
                // Steps wait until the desk knows where it is, as a person would.
                Some(step) = self.steps.recv(), if self.seat().borrow().live => {
                    match self.act(&mut link, &step).await {
                        Ok(None) => {}
                        Ok(Some(ended)) => return ended,
                        Err(_) => return Ended::Theirs(None),
                    }
                }
                () = sleep_until(again) => {
                    if self.send_pending(&mut link, false).await.is_err() {
                        return Ended::Theirs(None);
                    }
                }
                _ = self.stop.changed() => {
                    let _gone = link.close(None).await;
                    return Ended::Stopped;
                }
            }
        }
    }

    /// Writes down how it ended; goes on with when the server wants us back, unless it is over.
    fn ended(&mut self, ended: Ended) -> ControlFlow<(), Option<Duration>> {
        let world = Rc::clone(&self.world);
        let mut seat = world.seat(self.seat).borrow_mut();
        if seat.connected {
            world.connected.set(world.connected.get().saturating_sub(1));
        }
        // A connection that never got as far is part of the same absence.
        if seat.live || self.lost.is_none() {
            self.lost = Some(Instant::now());
        }
        seat.connected = false;
        seat.live = false;
        seat.shown.clear();
        for follow in &mut seat.follows {
            follow.subscribed = false;
        }
        let grace = if matches!(ended, Ended::Theirs(_)) { GRACE_NODE } else { GRACE_CLOSED };
        world.said.borrow_mut().ended(self.connection, world.clock.now(), grace);
        match ended {
            Ended::Stopped => ControlFlow::Break(()),
            Ended::Ours => ControlFlow::Continue(None),
            Ended::Theirs(told) => {
                world.meter.borrow_mut().count(Counter::LOST_CONNECTIONS, 1);
                // Another node may be up.
                self.targets.rotate();
                ControlFlow::Continue(told)
            }
            Ended::ForGood(why) => {
                world.note(format!("{} was closed for good: {why}", seat.name));
                world.meter.borrow_mut().count(Counter::ERRORS, 1);
                seat.gone = Some(why);
                ControlFlow::Break(())
            }
        }
    }

    /// The desk is live: everything that it missed is there.
    pub(crate) fn arrived(&mut self, seat: &mut Seat) {
        seat.live = true;
        seat.healthy_from = 0;
        let mut meter = self.world.meter.borrow_mut();
        let took = micros(self.opened.elapsed());
        match self.lost.take() {
            None => meter.add(Time::Connect, took),
            Some(lost) => {
                meter.add(Time::Resume, took);
                meter.add(Time::Away, micros(lost.elapsed()));
            }
        }
    }

    /// Reads nothing for a while.
    pub(crate) async fn stall(&mut self, lasting: Duration) {
        self.seat().borrow_mut().stalled = true;
        tokio::select! {
            () = sleep(lasting) => {}
            _ = self.stop.changed() => {}
        }
        let mut seat = self.seat().borrow_mut();
        seat.stalled = false;
        seat.healthy_from = self.world.clock.now();
    }

    /// When the next command is sent again.
    fn next_try(&self) -> Instant {
        let seat = self.seat().borrow();
        let due = seat.pending.values().filter_map(|it| it.again).min();
        due.unwrap_or_else(|| Instant::now() + FAR)
    }

    /// This desk.
    pub(crate) fn seat(&self) -> &std::cell::RefCell<Seat> {
        self.world.seat(self.seat)
    }

    fn closed(&self, frame: Option<&CloseFrame>) -> Ended {
        let Some(frame) = frame else { return Ended::Theirs(None) };
        let code = u16::from(frame.code);
        let reason: Option<CloseReason> = serde_json::from_str(&frame.reason).ok();
        let name = reason.as_ref().map(|it| it.code.as_str()).unwrap_or_default();
        if name == "slow" {
            self.world.meter.borrow_mut().count(Counter::SLOW_CLOSES, 1);
        }
        // 1006 is no code on the wire; the other standard ones say that we broke the protocol.
        if (4_500..5_000).contains(&code) || [1_002, 1_003, 1_007, 1_009].contains(&code) {
            return Ended::ForGood(format!("{code} {name}"));
        }
        let told =
            reason.and_then(|it| it.retry_after_ms).map(u64::from).map(Duration::from_millis);
        Ended::Theirs(told)
    }
}
