//! Webhooks, whatever is in them.
