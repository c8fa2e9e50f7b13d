//! The WhatsApp Cloud API of Meta: reads its signed webhooks, and sends messages through the Graph API.
//!
//! - `account`: both ways together; `maker`: what it is made of.
//! - `signature`: did Meta send this request?
//! - `body`: what is in a POST, and to whom it is told.
//! - `told`: what a customer, or the business past us, says.
//! - `content`: what a message says, in words that can be read.
//! - `news`: statuses, preferences, new addresses, templates.
//! - `contacts`: who is meant.
//! - `json`: values out of bodies that may hold anything.
//! - `client`: the calls that we make.
//! - `request`: what these calls say.
//! - `templates`: which ones there are.
//! - `media`: where files are.
//! - `codes`: what its error numbers mean for us.

pub mod account;
pub mod body;
pub mod client;
pub mod codes;
mod contacts;
mod content;
mod json;
pub mod maker;
pub mod media;
mod news;
#[cfg(test)]
mod noise;
pub mod request;
pub mod signature;
pub mod templates;
mod told;
