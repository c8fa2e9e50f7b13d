//! What nodes tell each other: hints of committed changes, and who is there. Never the truth.

pub mod handle;
pub mod hint;
