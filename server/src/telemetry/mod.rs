//! What the server says about itself: the log on stderr, and how to keep people out of it.

pub mod init;
pub mod redact;
