//! Twilio Programmable Messaging: reads its signed webhooks, and sends SMS through its API.
//!
//! - `account`: both ways together.
//! - `signature`: did Twilio send this request?
//! - `webhook`: what does it say?
//! - `told`: the same in the form that all providers have.
//! - `client`: the calls that we make.
//! - `templates`: which ones there are.
//! - `sent`: which message of the provider's list is ours.
//! - `pace`: how many messages a second it takes.
//! - `codes`: what its error numbers mean for us.

pub mod account;
pub mod client;
pub mod codes;
pub mod endpoint;
#[cfg(test)]
mod noise;
pub mod pace;
pub mod sent;
pub mod signature;
pub mod templates;
pub mod told;
pub mod webhook;
