//! What Twilio's error numbers mean for us, in answers of the API and in status callbacks alike.
//!
//! Source: Twilio's error dictionary (`docs/api/errors`). A number that is not here is a refusal
//! of this one message: trying again cannot help, and the next message may be fine.

/// What to do about an error number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Nothing is wrong with the message; the same may go through later.
    Retry,
    /// The customer has opted out or blocked us: block the address, never try again.
    OptOut,
    /// Only a template may be sent now (WhatsApp's 24 hours are over).
    Window,
    /// The address cannot be reached.
    Recipient,
    /// The text or the media cannot be sent.
    Content,
    /// Account, sender or credentials: the channel needs an administrator.
    Channel,
    /// Any other: this message is refused.
    Other,
}

/// Returns the class of an error number.
pub fn class(code: u32) -> Class {
    match code {
        // Too many requests; queue full or overflowing; carrier congestion; channel rate.
        20_429 | 21_611 | 30_001 | 30_017 | 30_022 | 63_018 => Class::Retry,
        21_610 | 63_014 | 63_033 => Class::OptOut,
        63_016 | 63_027 | 63_028 => Class::Window,
        21_211 | 21_408 | 21_604 | 21_614 | 30_003 | 30_005 | 30_006 | 63_003 | 63_024 | 63_036 => {
            Class::Recipient
        }
        21_602 | 21_617 | 21_620 | 21_623 | 30_007 | 30_019 | 63_013 | 63_019 | 63_034 => {
            Class::Content
        }
        20_003 | 20_404 | 21_603 | 21_606 | 21_703..=21_705 | 30_002 | 30_024 | 30_034 | 63_007 => {
            Class::Channel
        }
        _ => Class::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_can_help_is_tried_again() {
        for (code, expected) in [
            (20_429, Class::Retry),
            (21_610, Class::OptOut),
            (63_016, Class::Window),
            (21_211, Class::Recipient),
            (21_617, Class::Content),
            (20_003, Class::Channel),
            (21_704, Class::Channel),
            (99_999, Class::Other),
        ] {
            assert_eq!(class(code), expected, "{code}");
        }
    }
}
