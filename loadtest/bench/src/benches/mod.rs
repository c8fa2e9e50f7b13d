//! The benches, one a file.

pub(crate) mod delivery;
pub(crate) mod fan_out;
pub(crate) mod latency;
pub(crate) mod memory;
pub(crate) mod replies;
pub(crate) mod resume;
pub(crate) mod stand;
