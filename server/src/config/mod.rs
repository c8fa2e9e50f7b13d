//! Settings from flags and environment, checked at start. Nothing else reads the environment.
//!
//! A setting is a field of [`args::Settings`] (name, variable, help) and, once checked, a field of
//! [`settings::Config`]. An empty variable counts as one that is not set.

pub mod args;
pub mod auth;
pub mod error;
#[cfg(test)]
mod harness;
pub mod mail;
pub mod media;
pub mod parse;
pub mod paths;
pub mod people;
pub mod rbm;
pub mod s3;
pub mod settings;
pub mod twilio;
pub mod value;
pub mod whatsapp;
