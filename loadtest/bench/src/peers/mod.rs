//! What Tandem is measured beside: peers of the bench's own, and two from npm.

pub(crate) mod axum;
pub(crate) mod floor;
