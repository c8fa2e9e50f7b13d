//! The life of an outbound message: it only moves forward, and waits longer after each failure.

use std::time::Duration;

use protocol::views::DeliveryState;

/// Says whether a report may move a delivery: forward only, so that a late or repeated one is
/// ignored. `delivered` after `failed` counts, because then it is on the phone after all.
pub fn moves(from: DeliveryState, to: DeliveryState) -> bool {
    to > from
}

/// Says whether a report counts: of a channel that a message goes by no more, only that it has arrived.
pub fn counts(own: bool, state: DeliveryState) -> bool {
    own || state >= DeliveryState::Delivered
}

/// Says whether a report tells something new of a message that stays where it is: it was sent, and more
/// will not be known.
pub fn is_remark(
    from: (DeliveryState, Option<&str>),
    to: (DeliveryState, &Option<String>),
) -> bool {
    from == (DeliveryState::Sent, None) && to.0 == DeliveryState::Sent && to.1.is_some()
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
    fn a_channel_left_behind_tells_only_of_arriving() {
        use DeliveryState::{Delivered, Failed, Queued, Read, Sending, Sent, Unknown};
        for state in [Queued, Sending, Unknown, Sent, Failed] {
            assert!(counts(true, state) && !counts(false, state), "{state:?}");
        }
        for state in [Delivered, Read] {
            assert!(counts(true, state) && counts(false, state), "{state:?}");
        }
    }

    #[test]
    fn a_remark_is_made_once_and_of_what_was_sent() {
        use DeliveryState::{Delivered, Sent, Unknown};
        let why = Some("not_revoked".to_owned());
        assert!(is_remark((Sent, None), (Sent, &why)));
        assert!(!is_remark((Sent, None), (Sent, &None)));
        assert!(!is_remark((Sent, why.as_deref()), (Sent, &why)));
        assert!(!is_remark((Delivered, None), (Sent, &why)));
        assert!(!is_remark((Unknown, None), (Sent, &why)));
    }

    #[test]
    fn waits_grow_to_a_quarter_of_an_hour() {
        assert_eq!(backoff(1, 1.0), Duration::from_secs(1));
        assert_eq!(backoff(1, 0.0), Duration::from_millis(500));
        assert_eq!(backoff(5, 1.0), Duration::from_secs(16));
        assert_eq!(backoff(99, 1.0), Duration::from_mins(15));
    }
}
