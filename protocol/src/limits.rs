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
/// Most mentions in a note.
pub const MENTIONS_MAX: usize = 20;
/// Most notifications that one command reads by their ids.
pub const NOTIFICATION_IDS_MAX: usize = 200;
/// Longest reason for a take-over, in UTF-16 units.
pub const REASON_UNITS_MAX: usize = 300;
/// Longest automatic reply, in UTF-16 units: what every channel takes.
pub const AUTO_REPLY_UNITS_MAX: usize = 1_600;
/// Longest name of an inbox or an account, in UTF-16 units.
pub const TITLE_UNITS_MAX: usize = 80;
/// Longest name of a tag, in UTF-16 units.
pub const TAG_UNITS_MAX: usize = 40;
/// Most tags of an inbox.
pub const TAGS_MAX: i64 = 200;
/// Most tags on a thread.
pub const THREAD_TAGS_MAX: usize = 20;
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
/// Largest update of a draft that a client may send, in bytes.
pub const DRAFT_UPDATE_BYTES_MAX: usize = 32 * 1024;
/// Longest text of a draft, in UTF-16 units: more than any channel takes, so that it can be cut.
pub const DRAFT_UNITS_MAX: usize = 8_000;
/// Longest description of a caret in a draft, in bytes.
pub const DRAFT_CURSOR_BYTES_MAX: usize = 400;
/// Most connections of one node that have a draft open.
pub const DRAFT_CLIENTS_MAX: usize = 32;
/// Most drafts that one connection has open.
pub const DRAFTS_OPEN_MAX: usize = 8;
/// Updates and carets of drafts that a connection may send a second; twice as many in a burst.
pub const DRAFT_FRAMES_PER_SECOND: u32 = 50;
/// Most roles, channels, or keywords of an inbox's rule for reviews.
pub const REVIEW_WORDS_MAX: usize = 100;
/// Most canned replies that an inbox shares.
pub const CANNED_MAX: i64 = 500;
/// Most canned replies that one agent has of its own.
pub const CANNED_OWN_MAX: i64 = 200;
/// Most languages of a canned reply.
pub const CANNED_LANGUAGES_MAX: usize = 20;
/// Longest short code of a canned reply, in bytes.
pub const SHORT_CODE_BYTES_MAX: usize = 32;
/// Most names in a folder of canned replies.
pub const CANNED_FOLDER_DEPTH_MAX: usize = 3;
/// Longest name in a folder, in UTF-16 units.
pub const FOLDER_UNITS_MAX: usize = 40;
/// Longest tag of a language, in bytes (RFC 5646, section 4.4.1).
pub const LANGUAGE_BYTES_MAX: usize = 35;
/// The reply lock is leased for this long, in milliseconds.
pub const LOCK_LEASE_MS: u64 = 15_000;
/// A typing agent renews its lock and its typing signal at most this often, in milliseconds.
pub const LOCK_RENEW_MS: u64 = 5_000;
