//! One sample of everything on the wire: the golden files that both sides are tested with.

pub mod golden;

mod bulk;
mod drafts;
mod events;
mod notes;
