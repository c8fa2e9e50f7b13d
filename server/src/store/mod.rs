//! The only code that knows SQL. One file a table family; statements are checked at compile time.

pub mod agents;
pub mod attachments;
pub mod audit;
pub mod channels;
pub mod claims;
pub mod consents;
pub mod contacts;
pub mod content;
pub mod deliveries;
pub mod error;
pub mod events;
pub mod hydrate;
pub mod idempotency;
pub mod inboxes;
pub mod locks;
pub mod messages;
pub mod patience;
pub mod pool;
pub mod reach;
pub mod sandbox;
pub mod sessions;
pub mod threads;
pub mod timeline;
pub mod timers;
pub mod transaction;
pub mod views;
mod words;
