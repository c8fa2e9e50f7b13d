//! Where every figure of a run is added, in constant memory for each second.

use std::time::Duration;

use hdrhistogram::Histogram;

use super::{
    names::{COUNTERS, TIMES, Time},
    summary::{Percentile, Second, TimeSummary},
};

/// More than anything may take.
const MICROS_MAX: u64 = 300_000_000;
/// The points of the curve in a report.
const CURVE: [f64; 12] = [0.0, 25.0, 50.0, 75.0, 90.0, 95.0, 98.0, 99.0, 99.5, 99.9, 99.99, 100.0];

/// Counts and times.
pub(crate) struct Meter {
    /// Of the measured part as a whole.
    whole: Vec<Histogram<u64>>,
    /// Of the second that is not over yet.
    second: Vec<Histogram<u64>>,
    counters: [u64; COUNTERS.len()],
    before: [u64; COUNTERS.len()],
    seconds: Vec<Second>,
    /// Times of before the measured part are not kept.
    pub(crate) measuring: bool,
}

fn histogram(digits: u8) -> Histogram<u64> {
    Histogram::new_with_bounds(1, MICROS_MAX, digits).expect("the bounds are in order")
}

/// Finds a counter; all names are written in this crate.
#[expect(clippy::indexing_slicing, clippy::panic, reason = "while compiling only")]
const fn position(name: &str) -> usize {
    let mut index = 0;
    while index < COUNTERS.len() {
        if same(COUNTERS[index].0.as_bytes(), name.as_bytes()) {
            return index;
        }
        index += 1;
    }
    panic!("not a counter")
}

#[expect(clippy::indexing_slicing, reason = "while compiling only")]
const fn same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let mut index = 0;
    while index < a.len() {
        if a[index] != b[index] {
            return false;
        }
        index += 1;
    }
    true
}

/// A counter that is known to be one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Counter(usize);

macro_rules! counters {
    ($($name:ident = $text:literal),* $(,)?) => {
        impl Counter {
            $(pub(crate) const $name: Self = Self(position($text));)*
        }
    };
}

counters! {
    ACTIONS = "actions", COMMANDS = "commands", ACCEPTED = "accepted", REFUSED = "refused",
    COLLISIONS = "collisions", LOCKED = "locked", ERRORS = "errors", RETRIES = "retries",
    UNANSWERED = "unanswered", TEXTS = "texts", TEXT_ERRORS = "text_errors", EVENTS = "events",
    FRAMES = "frames", CONNECTS = "connects", REFUSALS = "refusals",
    LOST_CONNECTIONS = "lost_connections", RESETS = "resets", SLOW_CLOSES = "slow_closes",
    DRAINING = "draining", SKIPPED = "skipped", SIGNALS = "signals",
}

impl Meter {
    pub(crate) fn new() -> Self {
        let count = TIMES.len();
        Self {
            whole: (0..count).map(|_| histogram(3)).collect(),
            second: (0..count).map(|_| histogram(2)).collect(),
            counters: [0; COUNTERS.len()],
            before: [0; COUNTERS.len()],
            seconds: Vec::new(),
            measuring: false,
        }
    }

    /// Adds to a counter.
    pub(crate) fn count(&mut self, counter: Counter, more: u64) {
        if let Some(it) = self.counters.get_mut(counter.0) {
            *it += more;
        }
    }

    /// Adds a time in microseconds.
    pub(crate) fn add(&mut self, time: Time, micros: u64) {
        let micros = micros.clamp(1, MICROS_MAX);
        if let Some(it) = self.second.get_mut(index(time)) {
            it.saturating_record(micros);
        }
        // Connecting is what the ramp is for.
        if (self.measuring || matches!(time, Time::Connect))
            && let Some(it) = self.whole.get_mut(index(time))
        {
            it.saturating_record(micros);
        }
    }

    /// Ends a second of the run; `at` is counted from the start of the ramp.
    pub(crate) fn tick(&mut self, at: Duration, connected: u32) {
        let mut second = Second { at: at.as_secs_f64(), connected, ..Second::default() };
        for ((name, _), histogram) in TIMES.iter().zip(&mut self.second) {
            if !histogram.is_empty() {
                let figure = |it| as_ms(it);
                second.times.insert(
                    (*name).to_owned(),
                    [
                        figure(histogram.value_at_quantile(0.5)),
                        figure(histogram.value_at_quantile(0.99)),
                        figure(histogram.max()),
                    ],
                );
                histogram.reset();
            }
        }
        for ((name, _), (now, before)) in
            COUNTERS.iter().zip(self.counters.iter().zip(&self.before))
        {
            if now > before {
                second.counts.insert((*name).to_owned(), now - before);
            }
        }
        self.before = self.counters;
        self.seconds.push(second);
    }

    /// Returns a counter.
    pub(crate) fn counter(&self, counter: Counter) -> u64 {
        self.counters.get(counter.0).copied().unwrap_or_default()
    }

    /// Returns all counters.
    pub(crate) fn counters(&self) -> impl Iterator<Item = (&'static str, u64)> {
        COUNTERS.iter().map(|it| it.0).zip(self.counters)
    }

    /// Returns what came of a time, or `None` if it never happened.
    pub(crate) fn summary(&self, time: Time) -> Option<TimeSummary> {
        let it = self.whole.get(index(time)).filter(|it| !it.is_empty())?;
        let at = |quantile| as_ms(it.value_at_quantile(quantile));
        let curve = CURVE.iter().map(|percent| Percentile {
            percent: *percent,
            ms: as_ms(it.value_at_percentile(*percent)),
        });
        Some(TimeSummary {
            count: it.len(),
            min: as_ms(it.min()),
            mean: it.mean() / 1_000.0,
            p50: at(0.5),
            p75: at(0.75),
            p90: at(0.9),
            p95: at(0.95),
            p99: at(0.99),
            p999: at(0.999),
            max: as_ms(it.max()),
            curve: curve.collect(),
        })
    }

    /// Returns what every second was like.
    pub(crate) fn take_seconds(&mut self) -> Vec<Second> {
        std::mem::take(&mut self.seconds)
    }
}

fn index(time: Time) -> usize {
    #[expect(clippy::as_conversions, reason = "an enum that counts from 0")]
    let index = time as usize;
    index
}

fn as_ms(micros: u64) -> f64 {
    Duration::from_micros(micros).as_secs_f64() * 1_000.0
}
