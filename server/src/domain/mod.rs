//! Pure rules: no I/O, no clock, no randomness.

pub mod actor;
pub mod chain;
pub mod cursor;
pub mod delivery;
pub mod fact;
pub mod lock;
pub mod thread;
pub mod timer;
pub mod visibility;
