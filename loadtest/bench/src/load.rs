//! The load that all servers get alike: so many texts in flight, each published again when every
//! receiver has it.

use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use hdrhistogram::Histogram;

use crate::{
    figures::micros_each,
    fleet::Fleet,
    mark::{Mark, Marks, number_after},
    process::Process,
    tandem,
};

/// The length of a published text: with all that is around it, an event of Tandem is three times that.
pub(crate) const TEXT_BYTES: usize = 200;
/// How long the last deliveries may take.
const DRAIN: Duration = Duration::from_secs(10);

/// How a text is published.
#[derive(Debug, Clone)]
pub(crate) enum Dialect {
    /// As it is, on a plain WebSocket. All peers send texts as long as Tandem's frame.
    Raw(usize),
    /// As an event of Socket.IO.
    SocketIo(usize),
    /// As a note; each publisher has a thread of its own.
    Tandem(Vec<String>),
}

impl Dialect {
    fn publish(&self, number: usize, mark: Mark) -> String {
        match self {
            Self::Raw(length) => mark.text(*length),
            // The frame is as long as the others': `42["e","…"]`.
            Self::SocketIo(length) => format!(r#"42["pub","{}"]"#, mark.text(length - 10)),
            Self::Tandem(threads) => {
                let thread = threads.get(number % threads.len().max(1));
                tandem::note(number, thread.map_or("", String::as_str), &mark.text(TEXT_BYTES))
            }
        }
    }
}

/// Who publishes, and how many receive it.
pub(crate) struct Room {
    /// How.
    pub(crate) dialect: Dialect,
    /// Connections that publish, in turn.
    pub(crate) publishers: Vec<usize>,
    /// How many connections get each text.
    pub(crate) receivers: u64,
}

/// What came of it.
pub(crate) struct Load {
    /// Texts that were published.
    pub(crate) published: u64,
    /// Texts that arrived, over all receivers.
    pub(crate) delivered: u64,
    /// Frames that they arrived in.
    pub(crate) frames: u64,
    /// Bytes of those.
    pub(crate) bytes: u64,
    /// CPU time of the server.
    pub(crate) cpu: Duration,
    /// How long it took.
    pub(crate) took: Duration,
    /// From publishing to each arrival, in nanoseconds.
    pub(crate) latency: Histogram<u64>,
}

impl Load {
    /// Microseconds of the server's CPU for a delivery.
    pub(crate) fn micros(&self) -> f64 {
        micros_each(self.cpu, self.delivered)
    }
}

/// Keeps so many texts in flight for so long, then waits until the last has arrived everywhere.
pub(crate) fn run(
    fleet: &mut Fleet,
    room: &Room,
    in_flight: usize,
    length: Duration,
    process: &Process,
) -> anyhow::Result<Load> {
    fleet.breathe()?;
    let marks = Marks::new();
    let mut load = Load {
        published: 0,
        delivered: 0,
        frames: 0,
        bytes: 0,
        cpu: process.cpu()?,
        took: Duration::ZERO,
        latency: histogram(),
    };
    let mut arrived = vec![0; in_flight];
    let (begun, mut open) = (Instant::now(), in_flight);
    for slot in 0..in_flight {
        publish(fleet, room, slot, &mut load)?;
    }
    let mut done = Vec::new();
    while open > 0 {
        fleet.turn(Duration::from_millis(50), |_conn, text, now| {
            let before = load.delivered;
            marks.each(text, |mark| {
                load.delivered += 1;
                load.latency.saturating_record(now.saturating_sub(mark.nanos));
                let Some(count) = arrived.get_mut(mark.number) else { return };
                *count += 1;
                if *count == room.receivers {
                    *count = 0;
                    done.push(mark.number);
                }
            });
            if load.delivered > before {
                load.frames += 1;
                load.bytes += u64::try_from(text.len())?;
                return Ok(());
            }
            refused(text)
        })?;
        for slot in done.drain(..) {
            if begun.elapsed() < length {
                publish(fleet, room, slot, &mut load)?;
            } else {
                open -= 1;
            }
        }
        ensure!(begun.elapsed() < length + DRAIN, "{open} texts have not arrived everywhere");
    }
    load.took = begun.elapsed();
    load.cpu = process.cpu()?.saturating_sub(load.cpu);
    ensure!(load.delivered == load.published * room.receivers, "lost, or doubled");
    Ok(load)
}

fn publish(fleet: &mut Fleet, room: &Room, slot: usize, load: &mut Load) -> anyhow::Result<()> {
    let publisher = room.publishers.get(slot % room.publishers.len().max(1));
    let mark = Mark { number: slot, nanos: fleet.nanos() };
    let text = room.dialect.publish(slot, mark);
    load.published += 1;
    fleet.send(*publisher.context("nobody publishes")?, &text)
}

/// Fails where an answer is a refusal.
pub(crate) fn refused(text: &[u8]) -> anyhow::Result<()> {
    let head = text.get(..40).unwrap_or(text);
    if memchr::memmem::find(head, b"\"type\":\"error\"").is_some()
        || memchr::memmem::find(head, b"\"type\":\"reset\"").is_some()
    {
        bail!("refused: {}", String::from_utf8_lossy(text));
    }
    Ok(())
}

/// What an open-loop publish met: nanoseconds of the client's clock.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Trip {
    /// When it should have been sent.
    pub(crate) due: u64,
    /// When it was.
    pub(crate) sent: u64,
    /// When its `ok` came.
    pub(crate) accepted: u64,
    /// When the last receiver had it.
    pub(crate) last: u64,
    arrived: u64,
}

/// Publishes at a fixed rate, whatever comes of it, and follows each text.
pub(crate) fn paced(
    fleet: &mut Fleet,
    room: &Room,
    every: Duration,
    count: usize,
) -> anyhow::Result<Vec<Trip>> {
    fleet.breathe()?;
    let marks = Marks::new();
    let every = u64::try_from(every.as_nanos())?;
    let first = fleet.nanos() + every;
    let mut trips = vec![Trip::default(); count];
    let (mut next, mut open) = (0, count);
    let deadline = first + every * u64::try_from(count)? + u64::try_from(DRAIN.as_nanos())?;
    while open > 0 {
        let due = first + every * u64::try_from(next)?;
        let now = fleet.nanos();
        ensure!(now < deadline, "{open} texts have not arrived everywhere");
        if next < count && now >= due {
            let text = room.dialect.publish(next, Mark { number: next, nanos: due });
            let publisher = room.publishers.get(next % room.publishers.len().max(1));
            fleet.send(*publisher.context("nobody publishes")?, &text)?;
            if let Some(trip) = trips.get_mut(next) {
                (trip.due, trip.sent) = (due, now);
            }
            next += 1;
            continue;
        }
        let wait = if next < count { due - now } else { 50_000_000 };
        fleet.turn(Duration::from_nanos(wait.min(50_000_000)), |_conn, text, now| {
            if text.starts_with(b"{\"type\":\"ok\"") {
                let id = number_after(text, b"\"id\":").and_then(|id| usize::try_from(id).ok());
                if let Some(trip) = id.and_then(|id| trips.get_mut(id)) {
                    trip.accepted = now;
                }
                return Ok(());
            }
            marks.each(text, |mark| {
                let Some(trip) = trips.get_mut(mark.number) else { return };
                trip.arrived += 1;
                if trip.arrived == room.receivers {
                    trip.last = now;
                    open -= 1;
                }
            });
            refused(text)
        })?;
    }
    fleet.rest(Duration::from_millis(20))?;
    Ok(trips)
}

/// Makes a histogram of nanoseconds, up to a minute, exact to a hundredth.
pub(crate) fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, 60_000_000_000, 2).expect("the bounds are in order")
}
