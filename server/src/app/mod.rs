//! Wiring: build, spawn, serve, drain.

pub mod private_postgres;
pub mod serve;
pub mod verify;
