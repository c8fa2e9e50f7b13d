//! How fast something may go: one after another, at a distance, with a few at once where it has paused.
//!
//! It is the generic cell rate algorithm, of which `claim_deliveries` has the rest: all that it has to keep
//! is when the next one may go, and that stands in the database.

use chrono::TimeDelta;

/// So much of a second's messages may go at once: enough for a worker that looks now and then to keep
/// up, and too little for any second to have noticeably more than it should.
const AT_ONCE: f64 = 0.1;

/// A rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// The distance between two.
    pub every: TimeDelta,
    /// How many may go at once.
    pub burst: u32,
}

impl Pace {
    /// So many a second.
    pub fn per_second(rate: f64) -> Self {
        // A number too large or small for a time becomes the nearest one.
        let micros = (1_000_000.0 / rate).clamp(1.0, 86_400_000_000.0);
        #[expect(
            clippy::as_conversions,
            clippy::cast_possible_truncation,
            reason = "it is in range"
        )]
        let every = TimeDelta::microseconds(micros as i64);
        #[expect(
            clippy::as_conversions,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it is in range"
        )]
        let burst = (rate * AT_ONCE).clamp(1.0, 1_000_000.0) as u32;
        Self { every, burst }
    }
}

/// What a provider takes of a channel.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Paces {
    /// Altogether; `None` where there is no limit.
    pub channel: Option<Pace>,
    /// To one customer.
    pub pair: Option<Pace>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_has_what_it_may_and_little_more() {
        for (rate, every_us, burst) in [
            (1.0, 1_000_000, 1),
            (3.0, 333_333, 1),
            (80.0, 12_500, 8),
            (500.0, 2_000, 50),
            (0.1, 10_000_000, 1),
            (f64::INFINITY, 1, 1_000_000),
        ] {
            let every = TimeDelta::microseconds(every_us);
            assert_eq!(Pace::per_second(rate), Pace { every, burst }, "{rate}");
        }
    }
}
