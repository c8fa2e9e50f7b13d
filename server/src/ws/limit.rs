//! How many frames one client may send, and when that is enough.

use std::{
    num::NonZeroU32,
    time::{Duration, Instant},
};

use governor::{
    Quota, RateLimiter,
    clock::{Clock as _, MonotonicClock},
    middleware::NoOpMiddleware,
    state::{InMemoryState, NotKeyed},
};

/// A connection is closed once this many more of its frames were refused than admitted.
const REFUSED_MAX: u32 = 200;

/// Governor's own clock asks the processor what it is each time that one is made, which costs more
/// than all else that a frame does where the processor is a virtual one.
type Limit = RateLimiter<NotKeyed, InMemoryState, MonotonicClock, NoOpMiddleware<Instant>>;

/// The limit of one connection.
pub(super) struct FrameLimit {
    limit: Limit,
    burst: NonZeroU32,
    refused: u32,
}

/// What a frame gets.
pub(super) enum Admitted {
    /// It is taken.
    Yes,
    /// It came too fast; after this long another one may come.
    Later(Duration),
    /// There were too many of those.
    Enough,
}

impl FrameLimit {
    /// Makes one; twice as many may come in a burst.
    pub(super) fn new(per_second: NonZeroU32) -> Self {
        let burst = per_second.saturating_add(per_second.get());
        let quota = Quota::per_second(per_second).allow_burst(burst);
        let limit = RateLimiter::direct_with_clock(quota, MonotonicClock);
        Self { limit, burst, refused: 0 }
    }

    /// Counts a frame.
    pub(super) fn admit(&mut self) -> Admitted {
        self.admit_all(NonZeroU32::MIN)
    }

    /// Returns how many may come at once at most.
    pub(super) fn burst(&self) -> NonZeroU32 {
        self.burst
    }

    /// Counts so many frames: all of them or none.
    pub(super) fn admit_all(&mut self, frames: NonZeroU32) -> Admitted {
        // More than a burst never come.
        let Ok(checked) = self.limit.check_n(frames) else { return Admitted::Enough };
        let Err(refused) = checked else {
            // Forgiven one by one: a flood is closed, now and then one too many is not.
            self.refused = self.refused.saturating_sub(1);
            return Admitted::Yes;
        };
        self.refused += 1;
        if self.refused > REFUSED_MAX {
            return Admitted::Enough;
        }
        Admitted::Later(refused.wait_time_from(self.limit.clock().now()))
    }
}
