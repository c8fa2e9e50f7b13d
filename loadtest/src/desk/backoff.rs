//! When to come back: at a chance instant, later each time (full jitter), or when the server says.

use std::time::Duration;

use rand::{RngExt as _, rngs::ChaCha8Rng};

const FIRST: Duration = Duration::from_secs(1);
const MAX: Duration = Duration::from_secs(30);

/// How often it failed in a row.
#[derive(Debug, Default)]
pub(crate) struct Backoff(u32);

impl Backoff {
    /// It worked.
    pub(crate) fn reset(&mut self) {
        self.0 = 0;
    }

    /// Returns how long to wait.
    pub(crate) fn wait(&mut self, told: Option<Duration>, random: &mut ChaCha8Rng) -> Duration {
        let window = FIRST.saturating_mul(1 << self.0.min(10)).min(MAX);
        self.0 += 1;
        let spread = window.mul_f64(random.random());
        match told {
            // Chosen for this client alone by the server: first time as told, then also spread.
            Some(told) if self.0 == 1 => told.min(MAX),
            Some(told) => told.min(MAX) + spread,
            None => spread,
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;

    use super::*;

    #[test]
    fn waits_grow_are_spread_and_have_an_end() {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let mut longest = [Duration::ZERO; 12];
        for _client in 0..200 {
            let mut backoff = Backoff::default();
            for it in &mut longest {
                *it = backoff.wait(None, &mut random).max(*it);
            }
        }
        assert!(longest[0] > FIRST / 2 && longest[0] <= FIRST);
        assert!(longest[4] > FIRST * 8);
        assert!(longest[11] <= MAX);
        let told = Duration::from_millis(850);
        assert_eq!(Backoff::default().wait(Some(told), &mut random), told);
    }
}
