//! The life of an outbound message: it only moves forward, and waits longer after each failure.

use std::time::Duration;

use protocol::views::DeliveryState;

/// Says whether a report may move a delivery: forward only, so that a late or repeated one is
/// ignored. `delivered` after `failed` counts, because then it is on the phone after all.
pub fn moves(from: DeliveryState, to: DeliveryState) -> bool {
    to > from
}

/// Says whether the provider still has to be asked.
pub fn is_open(state: DeliveryState) -> bool {
    matches!(state, DeliveryState::Queued | DeliveryState::Sending | DeliveryState::Unknown)
}

/// Most attempts to hand a message to its provider: with the waits below, about four hours.
pub const ATTEMPTS_MAX: u32 = 20;

/// Returns how long to wait after the `attempt`-th failure (from 1): 1 s, doubled each time up to
/// 15 minutes, spread by `jitter` (0 to 1) over its upper half so that a recovering provider is not
/// met by all at once.
pub fn backoff(attempt: u32, jitter: f64) -> Duration {
    let seconds = 1_u64.checked_shl(attempt.saturating_sub(1)).unwrap_or(u64::MAX).min(900);
    Duration::from_secs(seconds).mul_f64(0.5 + 0.5 * jitter.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delivery_never_moves_back() {
        use DeliveryState::{Delivered, Failed, Queued, Read, Sending, Sent, Unknown};
        let order = [Queued, Sending, Unknown, Sent, Failed, Delivered, Read];
        for (i, from) in order.iter().enumerate() {
            for (j, to) in order.iter().enumerate() {
                assert_eq!(moves(*from, *to), j > i, "{from:?} to {to:?}");
            }
        }
    }

    #[test]
    fn waits_grow_to_a_quarter_of_an_hour() {
        assert_eq!(backoff(1, 1.0), Duration::from_secs(1));
        assert_eq!(backoff(1, 0.0), Duration::from_millis(500));
        assert_eq!(backoff(5, 1.0), Duration::from_secs(16));
        assert_eq!(backoff(99, 1.0), Duration::from_mins(15));
    }
}
