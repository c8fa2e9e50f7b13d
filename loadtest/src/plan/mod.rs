//! What happens when: a schedule made of a scenario and a seed, before anything is measured.

pub(crate) mod schedule;
pub(crate) mod step;
