//! Figures: times as histograms, counters, and both by the second.

pub(crate) mod meter;
pub(crate) mod names;
pub mod summary;
