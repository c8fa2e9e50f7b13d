//! The Tandem server. The floors, top to bottom; imports go down only (`tests/tidy.rs` keeps it so).

pub mod clock;
pub mod shutdown;
