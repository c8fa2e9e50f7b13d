//! What carries news of committed changes to the feeds: a hint, never the truth.

pub mod local;
