//! All tests that speak through the doors: HTTP, socket, webhook. One module a feature.
//!
//! Run them under `scripts/with-postgres`; each test makes a database of its own there.

#![expect(
    clippy::as_conversions,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "clippy.toml allows them in tests, but does not know a test's helpers"
)]

mod harness;

mod accounts;
mod agents;
mod audit;
mod bad_frames;
mod bad_input;
mod bad_requests;
mod canned;
mod collision;
mod consent;
mod contacts;
mod courtesy;
mod drafts;
mod drain;
mod fallback;
mod faults;
mod handshake;
mod idempotency;
mod in_doubt;
mod locks;
mod logs;
mod main_job;
mod media;
mod metrics;
mod narrow_line;
mod nodes;
mod notes;
mod oidc;
mod operator;
mod outside;
mod pausing;
mod presence;
mod rbm;
mod rbm_client;
mod requests;
mod resume;
mod rights;
mod samples;
mod sandbox;
mod sending;
mod sessions;
mod slow_reader;
mod snooze;
mod storm;
mod templates;
mod threads;
mod throttle;
mod together;
mod traces;
mod twilio_client;
mod twilio_sdk;
mod twilio_signature;
mod twilio_webhook;
mod visibility;
mod webhooks;
mod whatsapp;
mod whatsapp_client;
