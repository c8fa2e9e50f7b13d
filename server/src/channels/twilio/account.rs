//! One account at Twilio.

use super::{client::TwilioClient, endpoint::TwilioEndpoint};
use crate::channels::{
    fetch::{FetchRequest, Fetcher},
    provider::{Again, Locating, Outgoing, Provider, Sending},
    webhook::{Read, Refused, Webhook},
};
use crate::domain::inbound::MediaSource;

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

    fn again(&self) -> Again {
        Again::LookUp
    }

    fn locate<'a>(&'a self, source: &'a MediaSource, _fetcher: &'a Fetcher) -> Locating<'a> {
        Box::pin(async move {
            let request = FetchRequest::plain(source)?;
            let credentials = self.client.credentials_for(&request.url);
            Ok(FetchRequest { credentials, ..request })
        })
    }

    fn send<'a>(&'a self, out: &'a Outgoing) -> Sending<'a> {
        Box::pin(self.client.send(out))
    }
}
