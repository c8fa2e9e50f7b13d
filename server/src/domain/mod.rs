//! Pure rules: no I/O, no clock, no randomness.

pub mod actor;
pub mod address;
pub mod attachment;
pub mod canned;
pub mod chain;
pub mod channel;
pub mod cursor;
pub mod delivery;
pub mod draft;
pub mod fact;
pub mod inbound;
pub mod keyword;
pub mod lock;
pub mod masked;
pub mod media;
pub mod mention;
pub mod pace;
pub mod phone;
pub mod place;
pub mod placeholder;
pub mod rights;
pub mod statuses;
pub mod template;
pub mod thread;
pub mod timer;
pub mod visibility;
