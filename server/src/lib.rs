//! x
pub mod auth;
pub mod commands;
pub mod store;
pub mod bus;
pub mod domain;
