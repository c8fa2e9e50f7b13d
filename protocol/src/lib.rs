//! The wire of Tandem, and nothing else: what clients and servers say to each other.
//!
//! The TypeScript types and the golden frames in `client-js` and `protocol/golden` are
//! generated from here by `protocol-codegen`; PROTOCOL.md explains them in words.
#![warn(missing_docs)]

pub mod admin;
pub mod attachments;
pub mod bulk;
pub mod canned;
pub mod canned_text;
pub mod close;
pub mod commands;
pub mod contacts;
pub mod drafts;
pub mod errors;
pub mod events;
pub mod frames;
pub mod http;
pub mod ids;
pub mod kinds;
pub mod labels;
pub mod language;
pub mod limits;
pub mod notes;
pub mod notifications;
#[cfg(feature = "codegen")]
pub mod openapi;
pub mod operations;
pub mod owners;
pub mod pauses;
pub mod permissions;
pub mod read;
pub mod rights;
#[cfg(feature = "codegen")]
pub mod samples;
pub mod sessions;
pub mod signals;
pub mod statuses;
pub mod templates;
pub mod text;
pub mod views;
