//! What channels of each kind can do, and what binds those who send by them.

use chrono::TimeDelta;
use protocol::{contacts::ConsentAbout, views::ChannelKind};

/// Says whether a channel tells that a customer types.
pub fn tells_typing(kind: ChannelKind) -> bool {
    matches!(kind, ChannelKind::Rcs | ChannelKind::Sandbox)
}

/// Returns how long after a customer's message anything may be sent; later only templates are taken.
/// `None` where there is no such end. (WhatsApp, "Send messages": customer service windows.)
pub fn window(kind: ChannelKind) -> Option<TimeDelta> {
    (kind == ChannelKind::Whatsapp).then(|| TimeDelta::hours(24))
}

/// Returns the longest text, in characters as the provider counts them: UTF-16 units. (Twilio, error
/// 21617; WhatsApp, "Text messages"; RCS for Business, `AgentContentMessage.text`.)
pub fn text_max(kind: ChannelKind) -> usize {
    match kind {
        ChannelKind::Sms | ChannelKind::Sandbox => 1_600,
        ChannelKind::Whatsapp => 4_096,
        ChannelKind::Rcs => 3_072,
    }
}

/// Returns what a customer refuses by a keyword. On RCS it comes beside an event that means
/// anything but essential messages. (RCS for Business, "Receive events": `UNSUBSCRIBE`.)
pub fn refused_by_keyword(kind: ChannelKind) -> ConsentAbout {
    match kind {
        ChannelKind::Rcs => ConsentAbout::AllButEssential,
        ChannelKind::Sms | ChannelKind::Whatsapp | ChannelKind::Sandbox => ConsentAbout::Everything,
    }
}
