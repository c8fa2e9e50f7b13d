//! Virtual agents: connecting, coming back, doing what the schedule says, hearing what comes.

mod act;
pub(crate) mod agent;
mod answer;
mod backoff;
mod hear;
mod link;
pub(crate) mod targets;
