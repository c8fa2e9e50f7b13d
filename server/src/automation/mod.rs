//! What turns time into commands.

pub mod timers;
