//! One app at Meta, with the numbers that it serves.

use chrono::TimeDelta;
use protocol::views::ChannelKind;

use super::{
    body,
    client::WhatsappClient,
    signature::{SIGNATURE_HEADER, SignatureError, Verifier},
};
use crate::{
    channels::{
        fetch::{FetchRequest, Fetcher},
        provider::{Again, Attended, Attending, Listing, Locating, Outgoing, Provider, Sending},
        webhook::{Answer, Read, Refused, Webhook},
    },
    domain::{
        inbound::MediaSource,
        pace::{Pace, Paces},
    },
    store::channels::Channel,
};

/// The one address that Meta calls, for everything.
const TOPIC: &str = "messages";

/// Meta puts up to 3 MB of updates into one body ("Webhooks").
const BODY_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Messages a second that a number may send ("Throughput").
const NUMBER_RATE: f64 = 80.0;
/// To one customer: a burst, and then one in six seconds, until what was borrowed is paid back ("Pair rate
/// limits").
const PAIR: Pace = Pace { every: TimeDelta::seconds(6), burst: 45 };

/// Reads its webhooks and sends by its API.
pub struct Whatsapp {
    /// Knows Meta's signature.
    pub verifier: Verifier,
    /// The API.
    pub client: WhatsappClient,
}

impl Provider for Whatsapp {
    fn body_max(&self) -> usize {
        BODY_BYTES_MAX
    }

    fn read(&self, webhook: &Webhook<'_>) -> Result<Read, Refused> {
        let verified = if webhook.is_get {
            let query = webhook.target.split_once('?').map_or("", |(_path, query)| query);
            self.verifier.challenge(query)
        } else {
            let header = webhook.headers.get(&SIGNATURE_HEADER.to_ascii_lowercase());
            let signature = header.map(String::as_str);
            self.verifier.verify(signature, webhook.body).map(|()| String::new())
        };
        let answer = verified.map_err(|error: SignatureError| {
            tracing::warn!(channel.id = %webhook.channel.id, "webhook refused: {error}");
            Refused::Forged
        })?;
        if webhook.topic != TOPIC {
            return Err(Refused::Unknown);
        }
        let told = if webhook.is_get { Vec::new() } else { body::read(webhook.body)? };
        Ok(Read { answer: Answer { content_type: "text/plain", body: answer }, told })
    }

    fn again(&self) -> Again {
        // Meta has neither a look-up nor an id of ours that it would take once.
        Again::Wait
    }

    fn paces(&self, _kind: ChannelKind, _from: &str) -> Paces {
        Paces { channel: Some(Pace::per_second(NUMBER_RATE)), pair: Some(PAIR) }
    }

    fn locate<'a>(&'a self, source: &'a MediaSource, fetcher: &'a Fetcher) -> Locating<'a> {
        Box::pin(async move {
            match source {
                MediaSource::Id(id) => self.client.locate(id, fetcher).await,
                MediaSource::Url(_) => FetchRequest::plain(source),
            }
        })
    }

    fn templates<'a>(&'a self, _channel: &'a Channel) -> Listing<'a> {
        Box::pin(self.client.templates())
    }

    fn attend<'a>(&'a self, it: Attended<'a>) -> Attending<'a> {
        Box::pin(self.client.attend(it))
    }

    fn send<'a>(&'a self, out: &'a Outgoing) -> Sending<'a> {
        Box::pin(self.client.send(out))
    }
}
