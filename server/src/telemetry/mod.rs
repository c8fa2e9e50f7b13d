//! What the server says about itself: the log on stderr, and how to keep people out of it; figures.

pub mod init;
pub mod metrics;
pub mod otlp;
pub mod redact;
pub mod request_id;
