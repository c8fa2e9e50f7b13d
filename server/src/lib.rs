//! The Tandem server. The floors, top to bottom; imports go down only (`tests/tidy.rs` keeps it so).

pub mod app;
pub mod clock;
pub mod config;
pub mod shutdown;
pub mod telemetry;
