//! How many messages a second Twilio takes from a sender, where nothing else was agreed.
//!
//! Sources: "Understanding Twilio rate limits and message queues", "WhatsApp: rate limits". For senders of
//! RCS no figure is published; Twilio queues what is too much.

use protocol::views::ChannelKind;

/// The area codes of toll-free numbers in North America.
const TOLL_FREE: [&str; 7] = ["800", "833", "844", "855", "866", "877", "888"];

/// Returns the rate of a sender: a long code, a toll-free number, a short code or a name.
pub fn per_second(kind: ChannelKind, from: &str) -> f64 {
    if kind == ChannelKind::Whatsapp {
        return 80.0;
    }
    if kind == ChannelKind::Rcs {
        return 10.0;
    }
    match from.strip_prefix('+') {
        Some(number) => match number.strip_prefix('1').and_then(|it| it.get(..3)) {
            Some(area) if TOLL_FREE.contains(&area) => 3.0,
            _ => 1.0,
        },
        // Most short codes have more, and none has less; names have no more than that.
        None => 10.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sender_has_its_rate() {
        for (kind, from, rate) in [
            (ChannelKind::Sms, "+12025550143", 1.0),
            (ChannelKind::Sms, "+447700900143", 1.0),
            (ChannelKind::Sms, "+18885550143", 3.0),
            (ChannelKind::Sms, "+48885550143", 1.0),
            (ChannelKind::Sms, "24680", 10.0),
            (ChannelKind::Sms, "ACME", 10.0),
            (ChannelKind::Whatsapp, "+12025550143", 80.0),
            (ChannelKind::Rcs, "acme_agent", 10.0),
        ] {
            assert!((per_second(kind, from) - rate).abs() < 0.01, "{from}");
        }
    }
}
