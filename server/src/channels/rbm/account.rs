//! One webhook and one service account, and the agents that they stand for.

use chrono::TimeDelta;
use protocol::views::ChannelKind;

use super::{
    body::{self, Body},
    client::{AgentEvent, RbmClient, TTL},
    signature::{ClientTokens, SIGNATURE_HEADER},
    told,
};
use crate::{
    channels::{
        provider::{Again, Attended, Attending, Outgoing, Provider, Recalling, Sending},
        webhook::{Answer, Read, Refused, Webhook},
    },
    domain::pace::{Pace, Paces},
};

/// The part of the webhook's address after the channel.
pub const TOPIC: &str = "events";

/// Reads its webhooks and sends by its API.
pub struct Rbm {
    /// What the webhooks are signed with.
    pub client_tokens: ClientTokens,
    /// The API.
    pub client: RbmClient,
}

/// A text of 3,072 characters is a few kilobytes, but Google states no bound, and what is refused is
/// told again for a week.
const BODY_BYTES_MAX: usize = 1024 * 1024;

/// Messages a second that an agent sends. No limit is published; this is far below where the API says
/// `RESOURCE_EXHAUSTED`.
const AGENT_RATE: f64 = 20.0;
/// Google tells that a message's time was over a little later than it was; if it does.
const SLACK: TimeDelta = TimeDelta::minutes(10);

impl Provider for Rbm {
    fn body_max(&self) -> usize {
        BODY_BYTES_MAX
    }

    /// It cannot be asked for, but called back.
    fn again(&self) -> Again {
        Again::SameId
    }

    fn read(&self, webhook: &Webhook<'_>) -> Result<Read, Refused> {
        read(&self.client_tokens, webhook)
    }

    fn paces(&self, _kind: ChannelKind, _from: &str) -> Paces {
        Paces { channel: Some(Pace::per_second(AGENT_RATE)), pair: None }
    }

    fn word_within(&self, _kind: ChannelKind) -> Option<TimeDelta> {
        Some(TimeDelta::from_std(TTL).unwrap_or(TimeDelta::MAX) + SLACK)
    }

    fn recall<'a>(&'a self, out: &'a Outgoing) -> Recalling<'a> {
        Box::pin(self.client.recall(out))
    }

    fn attend<'a>(&'a self, it: Attended<'a>) -> Attending<'a> {
        Box::pin(async move {
            let agent = it.channel.external_id.as_deref().unwrap_or(&it.channel.address);
            if it.read {
                let read = AgentEvent::Read(it.provider_id.to_owned());
                self.client.tell(agent, it.to, &read).await?;
            }
            if it.typing {
                self.client.tell(agent, it.to, &AgentEvent::IsTyping).await?;
            }
            Ok(())
        })
    }

    fn send<'a>(&'a self, out: &'a Outgoing) -> Sending<'a> {
        Box::pin(self.client.send(out))
    }
}

/// Verifies a webhook and reads it.
pub fn read(tokens: &ClientTokens, webhook: &Webhook<'_>) -> Result<Read, Refused> {
    if webhook.topic != TOPIC || webhook.is_get {
        return Err(Refused::Unknown);
    }
    let body = body::read(webhook.body).map_err(|field| {
        tracing::warn!(channel.id = %webhook.channel.id, field, "webhook unreadable");
        Refused::Unreadable(field)
    })?;
    let forged = || {
        tracing::warn!(channel.id = %webhook.channel.id, "webhook refused: not signed by Google");
        Refused::Forged
    };
    let plain = |body: String| Answer { content_type: "text/plain", body };
    match body {
        Body::Challenge { client_token, secret } => {
            if !tokens.has(&client_token) {
                return Err(forged());
            }
            Ok(Read { answer: plain(secret), told: Vec::new() })
        }
        Body::Push { data, hint } => {
            let signature = webhook.headers.get(&SIGNATURE_HEADER.to_ascii_lowercase());
            if !signature.is_some_and(|signature| tokens.have_signed(&data, signature)) {
                return Err(forged());
            }
            let told = told::read(&data, hint.as_deref());
            Ok(Read { answer: plain(String::new()), told })
        }
    }
}
