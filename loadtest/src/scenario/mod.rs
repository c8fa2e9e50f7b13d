//! Scenarios: what happens in a run, written as TOML.

pub(crate) mod catalogue;
pub(crate) mod explain;
pub mod file;
pub mod limits;
pub(crate) mod read;
pub mod span;
pub mod threshold;
