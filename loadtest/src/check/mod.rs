//! The checker: what every virtual agent sent and saw, held against each other, against the server's
//! own account and against what the customers got. Everything here is plain data, so that tests can
//! feed it a history with a fault and see the fault named.

pub(crate) mod commands;
pub mod findings;
pub(crate) mod ghosts;
pub(crate) mod log;
pub(crate) mod provider;
pub(crate) mod reader;
pub(crate) mod replies;
pub(crate) mod streams;
pub(crate) mod texts;
