//! How often sign-ins may be tried: per address of the client and per e-mail address.

use std::{net::IpAddr, num::NonZeroU32, time::Duration};

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter, clock::Clock as _};

/// Tries in a burst for one e-mail address; each one comes back after [`EMAIL_REFILL`].
const EMAIL_BURST: NonZeroU32 = NonZeroU32::new(10).expect("not zero");
const EMAIL_REFILL: Duration = Duration::from_secs(6);
/// Likewise for one address on the network, behind which a whole office may sign in at nine.
const CLIENT_BURST: NonZeroU32 = NonZeroU32::new(100).expect("not zero");
const CLIENT_REFILL: Duration = Duration::from_secs(1);
/// Above this many keys, those that are full again are forgotten: the limiter must not be the leak.
const KEYS_MAX: usize = 10_000;

/// Counts tries.
pub struct SignInLimit {
    by_client: DefaultKeyedRateLimiter<IpAddr>,
    by_email: DefaultKeyedRateLimiter<String>,
}

impl Default for SignInLimit {
    fn default() -> Self {
        let quota =
            |refill, burst| Quota::with_period(refill).expect("not zero").allow_burst(burst);
        Self {
            by_client: RateLimiter::keyed(quota(CLIENT_REFILL, CLIENT_BURST)),
            by_email: RateLimiter::keyed(quota(EMAIL_REFILL, EMAIL_BURST)),
        }
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
        let guesses = (0..200).filter(|n| limit.check(client(99), &n.to_string()).is_ok()).count();
        assert!((100..110).contains(&guesses), "one client tries many addresses: {guesses}");
    }
}
