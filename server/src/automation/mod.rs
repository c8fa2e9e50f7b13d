//! What turns time into commands.

pub mod sweep;
pub mod timers;
