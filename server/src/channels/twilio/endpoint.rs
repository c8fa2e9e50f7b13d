//! Twilio's webhooks: verified over the public URL, then read.

use url::Url;

use super::{
    signature::{Params, Received, SETTINGS_HEADER, SIGNATURE_HEADER, Verifier},
    told,
    webhook::{BadField, Inbound, StatusCallback},
};
use crate::{
    channels::webhook::{Answer, Read, Refused, Webhook},
    domain::inbound::Item,
};

/// Reads the webhooks of one Twilio account.
pub struct TwilioEndpoint {
    verifier: Verifier,
    public_url: Url,
    account_sid: String,
}

impl TwilioEndpoint {
    /// Makes the endpoint. `public_url` is the one that Twilio was told, whatever proxies stand
    /// before us.
    pub fn new(verifier: Verifier, public_url: Url, account_sid: String) -> Self {
        Self { verifier, public_url, account_sid }
    }

    /// Verifies a webhook and reads it.
    pub fn read(&self, webhook: &Webhook<'_>) -> Result<Read, Refused> {
        let header =
            |name: &str| webhook.headers.get(&name.to_ascii_lowercase()).map(String::as_str);
        let received = Received {
            target: webhook.target,
            signature: header(SIGNATURE_HEADER),
            settings: header(SETTINGS_HEADER),
            content_type: header("content-type"),
            body: webhook.body,
        };
        let params = self.verifier.verify(&self.public_url, &received).map_err(|error| {
            let (channel, url) = (webhook.channel.id, &self.public_url);
            tracing::warn!(channel.id = %channel, %url, "webhook refused: {error}");
            Refused::Forged
        })?;
        let items = match webhook.topic {
            "messages" => self.inbound(webhook, &params),
            "status" => status(webhook, &params),
            _ => return Err(Refused::Unknown),
        };
        let items = items.map_err(|bad| {
            tracing::warn!(field = bad.name, "webhook unreadable");
            Refused::Unreadable(bad.name)
        })?;
        // The empty answer in `TwiML`: no reply of Twilio's own.
        let answer = Answer { content_type: "text/xml", body: "<Response/>".to_owned() };
        Ok(Read { answer, ..Read::here(items) })
    }

    fn inbound(&self, webhook: &Webhook<'_>, params: &Params) -> Result<Vec<Item>, BadField> {
        let (channel, raw) = (webhook.channel, webhook.body);
        let it = Inbound::read(params)?;
        if it.account_sid != self.account_sid {
            return Err(BadField { name: "AccountSid" });
        }
        if told::without_prefix(channel.kind, &it.to) != Some(channel.address.as_str()) {
            return Err(BadField { name: "To" });
        }
        told::items(channel, it, raw).ok_or(BadField { name: "From" })
    }
}

fn status(webhook: &Webhook<'_>, params: &Params) -> Result<Vec<Item>, BadField> {
    let it = StatusCallback::read(params)?;
    Ok(told::status(webhook.channel, it, webhook.body))
}
