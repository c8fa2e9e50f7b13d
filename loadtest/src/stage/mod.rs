//! The stages of a run: set up, ramp and drive, settle, judge.

pub(crate) mod drive;
pub(crate) mod judge;
pub(crate) mod set_up;
pub(crate) mod settle;
pub(crate) mod timelines;
pub(crate) mod watch;
