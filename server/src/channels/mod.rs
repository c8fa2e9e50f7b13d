//! Channels: what turns a provider's webhooks into commands and outbound messages into API calls.
//! Nothing here writes to the database.

pub mod answers;
pub mod courtesy;
pub mod fetch;
pub mod maker;
pub mod media;
pub mod outbound;
pub mod provider;
pub mod rbm;
pub mod reachable;
mod recall;
pub mod registry;
pub mod sandbox;
mod settle;
pub mod templates;
mod throttle;
pub mod thumbnail;
pub mod troubles;
pub mod twilio;
pub mod upload;
pub mod webhook;
pub mod whatsapp;
