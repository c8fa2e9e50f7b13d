//! What Meta's error numbers mean for us, in answers of the API and in statuses alike.
//!
//! Source: "Error codes" of the Cloud API. The number decides and never the HTTP status: the same number
//! is seen with 400, 403 and 429. A number that is not here is a refusal of this one message: trying again
//! cannot help, and the next message may be fine.

/// The customer has stopped marketing messages.
pub const MARKETING_STOPPED: u32 = 131_050;

/// What to do about an error number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Nothing is wrong with the message, and it was not sent; the same may go through later.
    Retry,
    /// Something broke, and nothing says whether the message was sent.
    Unclear,
    /// The customer wants no marketing. Answers may go on, so this is no opting out of everything.
    Marketing,
    /// Only a template may be sent now (the 24 hours are over).
    Window,
    /// The address cannot be reached.
    Recipient,
    /// The text, the media or the template cannot be sent.
    Content,
    /// Account, number or token: the channel needs an administrator.
    Channel,
    /// Any other: this message is refused. So are those that WhatsApp holds back for the customer's sake
    /// (131048, 131049, 131064, 130472): they come through no sooner than tomorrow.
    Other,
}

/// Returns the class of an error number.
pub fn class(code: u32) -> Class {
    match code {
        1 => Class::Unclear,
        // Service away; too many calls; too many messages, of the number or to this customer; a file
        // could not be fetched.
        2 | 4 | 80_007 | 130_429 | 131_000 | 131_016 | 131_053 | 131_056 => Class::Retry,
        MARKETING_STOPPED => Class::Marketing,
        131_047 => Class::Window,
        131_021 | 131_026 | 131_030 | 131_062 => Class::Recipient,
        131_008 | 131_009 | 131_051 | 131_052 | 132_000 | 132_001 | 132_005 | 132_007 | 132_008
        | 132_012 | 132_015 | 132_016 => Class::Content,
        0
        | 3
        | 10
        | 190
        | 200..=299
        | 368
        | 131_005
        | 131_031
        | 131_037
        | 131_042
        | 131_045
        | 131_057
        | 133_010 => Class::Channel,
        _ => Class::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_can_help_is_tried_again() {
        for (codes, expected) in [
            (&[2, 4, 80_007, 130_429, 131_000, 131_016, 131_053, 131_056][..], Class::Retry),
            (&[1], Class::Unclear),
            (&[131_050], Class::Marketing),
            (&[131_047], Class::Window),
            (&[131_021, 131_026, 131_030, 131_062], Class::Recipient),
            (&[131_008, 131_009, 131_051, 131_052, 132_000, 132_001, 132_016], Class::Content),
            (&[0, 3, 10, 190, 200, 299, 368, 131_031, 131_042, 131_045, 131_057], Class::Channel),
            (&[131_048, 131_049, 131_064, 130_472, 100, 300, 999_999], Class::Other),
        ] {
            for code in codes {
                assert_eq!(class(*code), expected, "{code}");
            }
        }
    }
}
