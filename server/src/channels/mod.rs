//! Channels: what turns a provider's webhooks into commands and outbound messages into API calls.
//! Nothing here writes to the database.

pub mod fetch;
pub mod http_client;
pub mod media;
pub mod outbound;
pub mod provider;
pub mod rbm;
pub mod reachable;
pub mod registry;
pub mod sandbox;
pub mod templates;
pub mod thumbnail;
pub mod twilio;
pub mod upload;
pub mod webhook;
pub mod whatsapp;
