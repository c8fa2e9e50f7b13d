//! Wiring: build, spawn, serve, drain.

mod borrowed;
pub mod build;
pub mod demo;
pub mod doctor;
mod files;
pub mod people;
pub mod private_postgres;
mod rbm;
pub mod serve;
mod twilio;
pub mod verify;
mod whatsapp;
