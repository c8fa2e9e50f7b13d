//! How often sign-ins may be tried: per address of the client and per e-mail address.

use std::{net::IpAddr, num::NonZeroU32, time::Duration};

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter, clock::Clock as _};

/// Tries in a burst, per key; each one comes back after [`REFILL`].
const BURST: NonZeroU32 = NonZeroU32::new(10).expect("not zero");
const REFILL: Duration = Duration::from_secs(6);
/// Above this many keys, those that are full again are forgotten: the limiter must not be the leak.
const KEYS_MAX: usize = 10_000;

/// Counts tries.
pub struct SignInLimit {
    by_client: DefaultKeyedRateLimiter<IpAddr>,
    by_email: DefaultKeyedRateLimiter<String>,
}

impl Default for SignInLimit {
    fn default() -> Self {
        let quota = Quota::with_period(REFILL).expect("not zero").allow_burst(BURST);
        Self { by_client: RateLimiter::keyed(quota), by_email: RateLimiter::keyed(quota) }
    }
}

impl SignInLimit {
    /// Counts one try; says how long to wait where there were too many.
    pub fn check(&self, client: IpAddr, email: &str) -> Result<(), Duration> {
        let now = governor::clock::DefaultClock::default().now();
        let wait = |refused: governor::NotUntil<_>| refused.wait_time_from(now);
        self.by_client.check_key(&client).map_err(wait)?;
        // A long address is nobody's, and must not fill the memory.
        let email: String = email.to_lowercase().chars().take(100).collect();
        self.by_email.check_key(&email).map_err(wait)?;
        if self.by_email.len() > KEYS_MAX || self.by_client.len() > KEYS_MAX {
            self.by_client.retain_recent();
            self.by_email.retain_recent();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn the_eleventh_try_waits_and_others_do_not() {
        let limit = SignInLimit::default();
        let client = |n| IpAddr::from(Ipv4Addr::new(127, 0, 0, n));
        for n in 0..10 {
            assert_eq!(limit.check(client(n), "Ann@x.example"), Ok(()));
        }
        assert!(limit.check(client(11), "ann@x.example").is_err(), "the same agent from elsewhere");
        assert_eq!(limit.check(client(12), "ben@x.example"), Ok(()));
    }
}
