//! What happens once a second: figures of the second, ghosts, a line for whoever watches.

use std::{
    io::{self, Write as _},
    rc::Rc,
    time::Duration,
};

use tokio::time::{Instant, sleep_until};

use crate::{
    check::findings::Kind,
    measure::{meter::Counter, names::Time},
    settings::Progress,
    world::{clock::micros, shared::World},
};

/// How often it is looked whether this thread comes to its work in time.
const PULSE: Duration = Duration::from_millis(20);
const PULSES_A_SECOND: u32 = 50;
/// A connection's frames are worked on in order: behind a command that waits for so long, in
/// microseconds, a signal is heard late, and nobody can be called a ghost by when it was sent.
const BEHIND: u64 = 1_000_000;
/// So long after that, what was heard late has ended.
const CATCHES_UP: u64 = 20_000_000;

/// Watches until it is dropped.
pub(crate) async fn watch(world: Rc<World>, progress: Progress, seed: u64) {
    let mut next = Instant::now();
    let mut pulses: u32 = 0;
    let mut judge_from = 0;
    loop {
        next += PULSE;
        sleep_until(next).await;
        let late = next.elapsed();
        // Also what the receiving side waits for: a late thread stamps its frames late.
        world.meter.borrow_mut().add(Time::Lag, micros(late));
        if late > PULSE * 10 {
            next = Instant::now();
        }
        pulses += 1;
        if pulses.is_multiple_of(PULSES_A_SECOND) {
            let now = world.clock.now();
            if oldest_command(&world, now) > BEHIND {
                judge_from = now + CATCHES_UP;
            }
            if now >= judge_from {
                ghosts(&world, now);
            }
            world.meter.borrow_mut().tick(world.clock.elapsed(), world.connected.get());
            show(&world, progress, pulses / PULSES_A_SECOND, seed);
        }
    }
}

/// For how long the oldest command of a connected desk has been waiting, in microseconds.
fn oldest_command(world: &World, now: u64) -> u64 {
    let seats = world.seats.iter().map(|it| it.borrow()).filter(|it| it.connected);
    let oldest = seats.filter_map(|it| it.pending.values().map(|it| it.sent).min()).min();
    oldest.map_or(0, |sent| now.saturating_sub(sent))
}

/// Looks at every desk that listens: is somebody shown who has gone?
fn ghosts(world: &World, now: u64) {
    let said = world.said.borrow();
    let mut found = world.found.borrow_mut();
    for seat in &world.seats {
        let seat = seat.borrow();
        // A desk that sleeps, or has just woken up, is told again what is true by now.
        if !seat.live || seat.stalled || now < seat.healthy_from + 5_000_000 {
            continue;
        }
        for (thread, shown) in &seat.shown {
            let typing = shown.typing.iter().map(|agent| (*agent, true));
            let viewing = shown.viewing.iter().map(|agent| (*agent, false));
            for (agent, typing) in typing.chain(viewing) {
                // Somebody else's desk is not ours to judge.
                if agent == u32::MAX {
                    continue;
                }
                if let Some(overdue) = said.overdue((agent, *thread), typing, now) {
                    found.add(Kind::Ghost, || {
                        let what = if typing { "typing" } else { "viewing" };
                        let seconds = Duration::from_micros(overdue).as_secs_f64();
                        let thread = world.thread_name(*thread);
                        format!(
                            "{} is shown agent {agent} {what} {thread}, {seconds:.1} s too long",
                            seat.name
                        )
                    });
                }
            }
        }
    }
}

fn show(world: &World, progress: Progress, second: u32, seed: u64) {
    let in_place = progress == Progress::Live;
    if progress == Progress::Quiet || (!in_place && !second.is_multiple_of(5)) {
        return;
    }
    let meter = world.meter.borrow();
    let p99 = |time| meter.summary(time).map_or_else(|| "-".to_owned(), |it| ms(it.p99));
    let starts = world.starts.get();
    let phase = match world.clock.now().checked_sub(starts) {
        Some(since) if starts > 0 => {
            let whole = world.scenario.load.duration.0.as_secs();
            format!("{}/{whole} s", (since / 1_000_000).min(whole))
        }
        _ => "ramp".to_owned(),
    };
    let broken: u64 = world.found.borrow().all().map(|it| it.1.count).sum();
    let line = format!(
        "{} seed {seed}  {phase}  desks {}  commands {}  events {}  errors {}  p99: ack {} \
         delivery {} lag {}  violations {broken}",
        world.scenario.name,
        world.connected.get(),
        meter.counter(Counter::COMMANDS),
        meter.counter(Counter::EVENTS),
        meter.counter(Counter::ERRORS),
        p99(Time::Ack),
        p99(Time::Deliver),
        p99(Time::Lag),
    );
    // A closed stderr is no reason to stop.
    let _closed = if in_place {
        write!(io::stderr(), "\r\x1b[2K{line}").and_then(|()| io::stderr().flush())
    } else {
        writeln!(io::stderr(), "{line}")
    };
}

fn ms(ms: f64) -> String {
    crate::measure::names::ms(ms)
}
