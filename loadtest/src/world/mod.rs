//! What all virtual agents and customers of a run share. One thread drives everything, so that this
//! is plain data behind `RefCell`s, and a delivery costs no lock.

pub(crate) mod clock;
pub(crate) mod crowd;
pub(crate) mod frames;
pub(crate) mod learn;
pub(crate) mod seat;
pub(crate) mod shared;
pub(crate) mod threads;
