//! What nodes tell each other: hints of committed changes, and who is there. Never the truth.

mod envelope;
pub mod handle;
pub mod hint;
pub mod presence;
pub mod pubsub;
