//! What turns time into commands.

pub mod mail;
pub mod sweep;
pub mod timers;
