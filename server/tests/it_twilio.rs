//! Twilio SMS: signatures, the client, and the fake that stands for the provider.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "clippy.toml allows them in tests, but does not know a test's helpers"
)]

#[path = "it/harness"]
mod harness {
    pub(crate) mod fake_twilio;
    pub(crate) mod fake_twilio_api;
    pub(crate) mod python;
}

#[path = "it"]
mod it {
    mod twilio_client;
    mod twilio_sdk;
    mod twilio_signature;
    mod twilio_webhook;
}
