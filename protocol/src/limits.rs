//! The bounds that both sides keep. A breach has its code in PROTOCOL.md, section "Limits".

/// Largest frame that a client may send, in bytes. Checked on the length field, before buffering.
pub const CLIENT_FRAME_BYTES_MAX: usize = 64 * 1024;
/// Largest frame that the server sends, in bytes, unless a single event alone is larger.
pub const SERVER_FRAME_BYTES_MAX: usize = 256 * 1024;
/// Most events in one frame.
pub const FRAME_EVENTS_MAX: usize = 500;
/// Longest text of a reply, in UTF-16 units: what WhatsApp takes. Other channels take less.
pub const REPLY_UNITS_MAX: usize = 4_096;
/// Longest text of a note, in UTF-16 units.
pub const NOTE_UNITS_MAX: usize = 8_000;
/// Longest reason for a take-over, in UTF-16 units.
pub const REASON_UNITS_MAX: usize = 300;
/// Longest automatic reply, in UTF-16 units: what every channel takes.
pub const AUTO_REPLY_UNITS_MAX: usize = 1_600;
/// Longest name of an inbox or an account, in UTF-16 units.
pub const TITLE_UNITS_MAX: usize = 80;
/// Longest name of a contact, in UTF-16 units.
pub const NAME_UNITS_MAX: usize = 120;
/// Longest e-mail address, in UTF-16 units (RFC 5321, section 4.5.3.1.3, less the brackets).
pub const EMAIL_UNITS_MAX: usize = 254;
/// Shortest password, in characters.
pub const PASSWORD_CHARS_MIN: usize = 15;
/// Longest password, in UTF-16 units.
pub const PASSWORD_UNITS_MAX: usize = 256;
/// Longest idempotency key, in bytes.
pub const KEY_BYTES_MAX: usize = 64;
/// Most streams that one connection may subscribe to.
pub const SUBSCRIPTIONS_MAX: usize = 128;
/// Largest page of a list or a timeline.
pub const PAGE_ITEMS_MAX: u32 = 200;
/// Within this time a new connection has to say `hello`, in milliseconds.
pub const HELLO_TIMEOUT_MS: u64 = 5_000;
/// The server sends a heartbeat this often, in milliseconds.
pub const HEARTBEAT_MS: u64 = 25_000;
/// A client that stays silent for this long after a heartbeat is gone, in milliseconds.
pub const HEARTBEAT_GRACE_MS: u64 = 8_000;
/// Typing ends this long after the last `typing` signal, in milliseconds.
pub const TYPING_TTL_MS: u64 = 6_000;
/// A thread can be put off for this long, in days.
pub const SNOOZE_DAYS_MAX: i64 = 366;
/// The reply lock is leased for this long, in milliseconds.
pub const LOCK_LEASE_MS: u64 = 15_000;
/// A typing agent renews its lock and its typing signal at most this often, in milliseconds.
pub const LOCK_RENEW_MS: u64 = 5_000;
