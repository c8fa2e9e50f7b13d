//! What all tests stand on: a database each, servers in this process or in their own, clients.

pub(crate) mod api;
pub(crate) mod collector;
pub(crate) mod database;
pub(crate) mod fake_twilio;
pub(crate) mod fake_twilio_api;
pub(crate) mod process;
pub(crate) mod python;
pub(crate) mod server;
pub(crate) mod socket;
pub(crate) mod twilio;
pub(crate) mod wait;
