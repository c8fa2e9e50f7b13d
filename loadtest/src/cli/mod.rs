//! The command line.

pub(crate) mod args;
pub mod dispatch;
pub(crate) mod logins;
pub(crate) mod run_args;
