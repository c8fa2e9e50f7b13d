//! Tandem: a real-time shared inbox server. The floors, from the top; imports go down only.

pub mod app;

pub mod http;
pub mod web_client;
pub mod ws;

pub mod automation;
pub mod channels;

pub mod commands;
pub mod queries;

pub mod auth;
pub mod realtime;

pub mod blobs;
pub mod seal;
pub mod store;

pub mod bus;
pub mod domain;

pub mod clock;
pub mod config;
pub mod jitter;
pub mod shutdown;
pub mod telemetry;
