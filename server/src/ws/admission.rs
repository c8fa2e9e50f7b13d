//! How many may come at a time. Who is refused is told when to come back, each a little later than
//! the one before, so that they come at the rate at which they can be taken.

use std::{
    num::NonZeroU32,
    sync::Arc,
    time::{Duration, Instant},
};

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use parking_lot::Mutex;

/// Nobody is sent away for longer.
const AWAY_MAX: Duration = Duration::from_secs(20);

/// Admits so many a second.
#[derive(Clone)]
pub struct Admission {
    limit: Arc<DefaultDirectRateLimiter>,
    every: Duration,
    /// The time that was promised last.
    promised: Arc<Mutex<Option<Instant>>>,
}

impl Admission {
    /// Makes one. A second's worth may come at once.
    pub fn new(per_second: NonZeroU32) -> Self {
        let limit = Arc::new(RateLimiter::direct(Quota::per_second(per_second)));
        let every = Duration::from_secs(1) / per_second.get();
        Self { limit, every, promised: Arc::default() }
    }

    /// Admits one, or says how long it should stay away.
    pub fn admit(&self) -> Result<(), Duration> {
        if self.limit.check().is_ok() {
            return Ok(());
        }
        let now = Instant::now();
        let mut promised = self.promised.lock();
        let next = promised.map_or(now, |last| last.max(now)) + self.every;
        // Beyond the longest time, the row begins again at its front.
        let next = if next > now + AWAY_MAX { now + self.every } else { next };
        *promised = Some(next);
        Err(next - now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_who_are_refused_are_told_different_times() {
        let admission = Admission::new(NonZeroU32::new(10).expect("not zero"));
        let told: Vec<_> = (0..40).map(|_n| admission.admit()).collect();
        let refused: Vec<Duration> = told.iter().filter_map(|it| it.err()).collect();
        assert!((29..=30).contains(&refused.len()), "ten at once: {refused:?}");
        assert!(refused.windows(2).all(|pair| matches!(pair, [a, b] if a < b)));
        let last = refused.last().copied().unwrap_or_default();
        assert!(last > Duration::from_millis(2_500) && last <= Duration::from_secs(3), "{last:?}");
        let told: Vec<_> = (0..1_000).filter_map(|_n| admission.admit().err()).collect();
        assert!(told.iter().all(|away| *away <= AWAY_MAX));
    }
}
