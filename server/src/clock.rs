//! The time, as everything but SQL asks for it: one handle, so that tests can move it.
//!
//! SQL asks `tandem_now()` instead, whose offset tests set to the same amount.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use chrono::{DateTime, TimeDelta, Utc};

/// The machine's clocks plus an offset that only grows. Clones share the offset.
#[derive(Debug, Clone)]
pub struct Clock {
    /// Nanoseconds: 64 bits of them are 584 years.
    offset_ns: Arc<AtomicU64>,
}

impl Clock {
    /// Returns the machine's own time.
    pub fn system() -> Self {
        Self { offset_ns: Arc::new(AtomicU64::new(0)) }
    }

    /// Returns the time of day, for people and for records. It may jump; order is never made of it.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the time of day")]
    pub fn now(&self) -> DateTime<Utc> {
        let offset = TimeDelta::from_std(self.offset()).unwrap_or(TimeDelta::MAX);
        Utc::now().checked_add_signed(offset).unwrap_or(DateTime::<Utc>::MAX_UTC)
    }

    /// Returns a moment that never goes back, for measuring how long something takes.
    pub fn instant(&self) -> Instant {
        Instant::now() + self.offset()
    }

    /// Moves both clocks forward, for this handle and all its clones.
    pub fn advance(&self, by: Duration) {
        let by_ns = u64::try_from(by.as_nanos()).unwrap_or(u64::MAX);
        self.offset_ns.fetch_add(by_ns, Ordering::SeqCst);
    }

    /// Returns how far the clock was moved.
    pub fn offset(&self) -> Duration {
        Duration::from_nanos(self.offset_ns.load(Ordering::SeqCst))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advance_moves_both_clocks_of_every_clone() {
        let clock = Clock::system();
        let clone = clock.clone();
        let (day, moment) = (clock.now(), clock.instant());
        clone.advance(Duration::from_hours(1));
        assert!(clock.now() - day >= TimeDelta::hours(1));
        assert!(clock.instant() - moment >= Duration::from_hours(1));
        assert_eq!(clock.offset(), Duration::from_hours(1));
    }
}
