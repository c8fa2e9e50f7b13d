//! One account at Twilio.

use super::{client::TwilioClient, endpoint::TwilioEndpoint};
use crate::channels::{
    provider::{Outgoing, Provider, Sending},
    webhook::{Read, Refused, Webhook},
};

/// Reads its webhooks and sends by its API.
pub struct Twilio {
    /// The webhooks.
    pub endpoint: TwilioEndpoint,
    /// The API.
    pub client: TwilioClient,
}

impl Provider for Twilio {
    fn read(&self, webhook: &Webhook<'_>) -> Result<Read, Refused> {
        self.endpoint.read(webhook)
    }

    fn looks_up(&self) -> bool {
        true
    }

    fn send<'a>(&'a self, out: &'a Outgoing) -> Sending<'a> {
        Box::pin(self.client.send(out))
    }
}
