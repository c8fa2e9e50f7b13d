//! What all tests stand on: a database each, servers in this process or in their own, clients.

pub(crate) mod api;
pub(crate) mod cluster;
pub(crate) mod collector;
pub(crate) mod database;
pub(crate) mod dial;
pub(crate) mod dice;
pub(crate) mod fake_rbm;
pub(crate) mod fake_rbm_api;
pub(crate) mod fake_twilio;
pub(crate) mod fake_twilio_api;
pub(crate) mod fake_whatsapp;
pub(crate) mod files;
pub(crate) mod mortal;
pub(crate) mod own_postgres;
pub(crate) mod process;
pub(crate) mod proxy;
pub(crate) mod python;
pub(crate) mod redis;
pub(crate) mod redis_noise;
pub(crate) mod roamer;
mod roaming;
pub(crate) mod s3;
pub(crate) mod server;
pub(crate) mod smtp;
pub(crate) mod socket;
pub(crate) mod twilio;
pub(crate) mod wait;
