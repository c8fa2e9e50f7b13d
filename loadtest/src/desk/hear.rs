//! What a desk does with a frame.

use std::rc::Rc;

use futures_util::SinkExt as _;
use protocol::frames::{ClientFrame, Subscribe};
use tokio_tungstenite::tungstenite::{Error, Message};

use super::{agent::Desk, link::Link};
use crate::{
    check::{findings::Kind, reader::Slip},
    measure::{meter::Counter, names::Time},
    world::{
        frames::{Common, EventsFrame, Incoming, SignalsFrame, hash},
        seat::Seat,
        shared::World,
    },
};

impl Desk {
    /// Takes a frame.
    pub(crate) fn hear(&mut self, text: &str) {
        let world = Rc::clone(&self.world);
        world.meter.borrow_mut().count(Counter::FRAMES, 1);
        let hash = hash(text);
        let known = world.cache.borrow().get(hash, text);
        let known = match known {
            Some(known) => known,
            None => match self.read(text) {
                Some(read) => {
                    world.cache.borrow_mut().keep(hash, text, read.clone());
                    read
                }
                None => return,
            },
        };
        match known {
            Common::Events(frame) => self.events(&frame),
            Common::Signals(frame) => self.signals(&frame),
        }
    }

    /// Reads a frame; returns it if many desks may get the same.
    fn read(&mut self, text: &str) -> Option<Common> {
        // A client ignores what it does not know.
        let frame: Incoming<'_> = serde_json::from_str(text).ok()?;
        match frame.r#type {
            "events" => {
                return self.world.read_events(&frame).map(|it| Common::Events(Rc::new(it)));
            }
            "signals" => {
                return self.world.read_signals(frame).map(|it| Common::Signals(Rc::new(it)));
            }
            "welcome" => {
                let mut seat = self.seat().borrow_mut();
                if !seat.connected {
                    seat.connected = true;
                    self.world.connected.set(self.world.connected.get() + 1);
                }
                self.world.meter.borrow_mut().count(Counter::CONNECTS, 1);
            }
            "subscribed" => {
                let _unknown = self.subscribed(&frame);
            }
            "reset" => self.reset(&frame),
            "ok" | "error" => self.answered(&frame),
            "draining" => self.world.meter.borrow_mut().count(Counter::DRAINING, 1),
            _ => {}
        }
        None
    }

    fn subscribed(&mut self, frame: &Incoming<'_>) -> Option<()> {
        let world = Rc::clone(&self.world);
        let stream = world.stream(frame.stream?)?;
        let at: u64 = frame.at?.get().parse().ok()?;
        let mut seat = world.seat(self.seat).borrow_mut();
        let name = seat.name.clone();
        let follow = seat.follow(stream)?;
        let resumed = follow.cursor.is_some();
        follow.subscribed = true;
        follow.head = frame.head?.max(at);
        follow.cursor = frame.cursor.map(Rc::from);
        if resumed {
            if let Some(slip) = follow.reader.resume(at) {
                world.slipped(&name, stream, slip);
            }
        } else {
            follow.reader.start(at);
        }
        self.check_arrival(&mut seat);
        None
    }

    fn reset(&mut self, frame: &Incoming<'_>) {
        let Some(stream) = frame.stream.and_then(|it| self.world.stream(it)) else { return };
        let reason = frame.reason.unwrap_or_default();
        self.world.meter.borrow_mut().count(Counter::RESETS, 1);
        self.world.note(format!("a stream was reset: {reason}"));
        let mut seat = self.seat().borrow_mut();
        seat.live = false;
        if let Some(follow) = seat.follow(stream) {
            follow.cursor = None;
            follow.subscribed = false;
            follow.head = u64::MAX;
        }
    }

    /// Says whether a stream was reset on this connection and is not followed again yet.
    pub(crate) fn needs_subscribe(&self) -> bool {
        self.seat().borrow().follows.iter().any(|it| it.head == u64::MAX)
    }

    /// Follows what was reset, from now on.
    pub(crate) async fn subscribe_again(&mut self, link: &mut Link) -> Result<(), Error> {
        let mut frames = Vec::new();
        for follow in &mut self.seat().borrow_mut().follows {
            if follow.head == u64::MAX
                && let Ok(stream) = self.world.stream_name(follow.stream).parse()
            {
                follow.head = u64::MAX - 1;
                let subscribe = Subscribe { id: 1 + follow.stream, stream, cursor: None };
                frames.push(serde_json::to_string(&ClientFrame::Subscribe(subscribe)));
            }
        }
        for frame in frames.into_iter().flatten() {
            link.feed(Message::text(frame)).await?;
        }
        link.flush().await
    }

    fn events(&mut self, frame: &EventsFrame) {
        let world = Rc::clone(&self.world);
        let now = world.clock.now();
        let mut seat = world.seat(self.seat).borrow_mut();
        let name = std::mem::take(&mut seat.name);
        let measured = seat.live && !seat.stalled;
        let healthy_from = seat.healthy_from;
        if let Some(follow) = seat.follow(frame.stream) {
            let seqs = frame.events.iter().map(|it| it.0);
            follow.reader.frame((frame.prev, frame.to), seqs, |slip| {
                world.slipped(&name, frame.stream, slip);
            });
            follow.cursor = Some(Rc::clone(&frame.cursor));
        }
        seat.name = name;
        if measured {
            world.delivered(frame, now, healthy_from);
        }
        world
            .meter
            .borrow_mut()
            .count(Counter::EVENTS, u64::try_from(frame.events.len()).unwrap_or_default());
        self.check_arrival(&mut seat);
    }

    fn check_arrival(&mut self, seat: &mut Seat) {
        if !seat.live && seat.caught_up() {
            self.arrived(seat);
        }
    }

    fn signals(&mut self, frame: &SignalsFrame) {
        self.world.meter.borrow_mut().count(Counter::SIGNALS, 1);
        let world = Rc::clone(&self.world);
        let mut seat = world.seat(self.seat).borrow_mut();
        if frame.full {
            // These come after everything that was missed; the last of it may be other people's read
            // marks, which come to nobody.
            if let Some(follow) = seat.follow(frame.stream).filter(|it| it.subscribed) {
                follow.head = 0;
            }
            self.check_arrival(&mut seat);
            let threads = self.world.threads.borrow();
            seat.shown.retain(|thread, _| {
                threads.get(*thread).is_none_or(|it| it.stream != frame.stream)
            });
        }
        for shown in &frame.threads {
            if shown.viewing.is_empty() && shown.typing.is_empty() {
                seat.shown.remove(&shown.thread);
            } else {
                seat.shown.insert(shown.thread, Rc::clone(shown));
            }
        }
    }
}

impl World {
    /// Something is wrong with what a desk got.
    fn slipped(&self, desk: &str, stream: u32, slip: Slip) {
        let stream = self.stream_name(stream);
        let mut found = self.found.borrow_mut();
        match slip {
            Slip::Gap { place, prev } => found.add(Kind::Gap, || {
                format!("{desk} was at {place} of {stream}, and the next frame went on from {prev}")
            }),
            Slip::Doubled(seq) => {
                found.add(Kind::Doubled, || format!("{desk} got seq {seq} of {stream} twice"));
            }
            Slip::Misordered(seq) => found.add(Kind::Misordered, || {
                format!("{desk} got seq {seq} of {stream} out of its place")
            }),
        }
    }

    /// Takes the times of what reached a connected desk.
    fn delivered(&self, frame: &EventsFrame, now: u64, healthy_from: u64) {
        let mut logs = self.logs.borrow_mut();
        let Some(log) = usize::try_from(frame.stream).ok().and_then(|it| logs.get_mut(it)) else {
            return;
        };
        let mut meter = self.meter.borrow_mut();
        for (seq, text) in &frame.events {
            let Some(entry) = log.at_mut(*seq).filter(|it| it.stamp >= healthy_from) else {
                continue;
            };
            entry.last = entry.last.max(now);
            entry.receivers += 1;
            meter.add(Time::Deliver, now.saturating_sub(entry.stamp));
            if let Some(text) = text.and_then(|it| self.texts.borrow().get(it).copied()) {
                meter.add(Time::Inbound, now.saturating_sub(text.due));
            }
        }
    }
}
