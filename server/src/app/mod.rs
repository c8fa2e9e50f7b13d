//! Wiring: build, spawn, serve, drain.

pub mod build;
pub mod demo;
pub mod doctor;
mod files;
pub mod private_postgres;
mod rbm;
pub mod serve;
mod twilio;
pub mod verify;
mod whatsapp;
