//! One account at Twilio.

use protocol::views::ChannelKind;

use super::{client::TwilioClient, endpoint::TwilioEndpoint, pace};
use crate::{
    channels::{
        fetch::{FetchRequest, Fetcher},
        provider::{Again, Listing, Locating, Outgoing, Provider, Sending},
        webhook::{Read, Refused, Webhook},
    },
    domain::{
        inbound::MediaSource,
        pace::{Pace, Paces},
    },
    store::channels::Channel,
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

    fn again(&self) -> Again {
        Again::LookUp
    }

    fn paces(&self, kind: ChannelKind, from: &str) -> Paces {
        let rate = pace::per_second(kind, from);
        Paces { channel: Some(Pace::per_second(rate)), pair: None }
    }

    fn locate<'a>(&'a self, source: &'a MediaSource, _fetcher: &'a Fetcher) -> Locating<'a> {
        Box::pin(async move {
            let request = FetchRequest::plain(source)?;
            let credentials = self.client.credentials_for(&request.url);
            Ok(FetchRequest { credentials, ..request })
        })
    }

    fn templates<'a>(&'a self, channel: &'a Channel) -> Listing<'a> {
        Box::pin(async move {
            // Only WhatsApp wants them approved.
            if channel.kind != ChannelKind::Whatsapp {
                return Ok(None);
            }
            self.client.templates().await.map(Some)
        })
    }

    fn send<'a>(&'a self, out: &'a Outgoing) -> Sending<'a> {
        Box::pin(self.client.send(out))
    }
}
