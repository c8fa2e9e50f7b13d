//! The routes, one file a subject.

pub mod admin;
pub mod attachments;
pub mod canned;
pub mod channels;
pub mod commands;
pub mod files;
pub mod health;
pub mod metrics;
pub mod notes;
pub mod oidc;
pub mod sandbox;
pub mod sessions;
pub mod tags;
pub mod threads;
pub mod tokens;
pub mod uploads;
pub mod webhooks;
