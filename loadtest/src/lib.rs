//! Drives Tandem's protocol from outside, measures it, and checks what it was told. Stands on the
//! `protocol` crate alone, so that it sees what any client sees. [`run::run`] is the whole tool as a
//! call; `cli` is the same for a terminal.

mod api;
pub mod check;
pub mod cli;
mod customers;
mod desk;
mod histogram;
pub mod measure;
mod ping;
mod plan;
pub mod report;
pub mod run;
pub mod scenario;
pub mod settings;
mod socket;
mod stage;
pub mod target;
mod world;
