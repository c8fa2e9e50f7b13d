//! The time of a run: the machine's clock at its start, and steps that only go forward from there.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

/// The time of a run, in microseconds since the epoch.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RunClock {
    began: Instant,
    wall: u64,
}

impl RunClock {
    /// Begins now.
    pub(crate) fn new() -> Self {
        #[expect(clippy::disallowed_methods, reason = "the server's clock is not ours to share")]
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { began: Instant::now(), wall: micros(wall) }
    }

    /// Returns the time now.
    pub(crate) fn now(&self) -> u64 {
        self.wall + micros(self.began.elapsed())
    }

    /// Returns how long the run has lasted.
    pub(crate) fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// Returns the instant of a time.
    pub(crate) fn instant(&self, at: u64) -> Instant {
        self.began + Duration::from_micros(at.saturating_sub(self.wall))
    }

    /// Returns the start, since the epoch.
    pub(crate) fn began_exactly(&self) -> Duration {
        Duration::from_micros(self.wall)
    }

    /// Returns the start, in seconds since the epoch.
    pub(crate) fn began(&self) -> u64 {
        self.wall / 1_000_000
    }
}

/// Returns a length of time in whole microseconds.
pub(crate) fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
