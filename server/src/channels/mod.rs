//! Channels: what turns a provider's webhooks into commands and outbound messages into API calls.
//! Nothing here writes to the database.

pub mod http_client;
pub mod outbound;
pub mod provider;
pub mod rbm;
pub mod registry;
pub mod sandbox;
pub mod twilio;
pub mod webhook;
pub mod whatsapp;
