//! Twilio's webhooks: verified over the public URL, then read.

use protocol::views::DeliveryState;
use url::Url;

use super::{
    signature::{Params, Received, SETTINGS_HEADER, SIGNATURE_HEADER, Verifier},
    told,
    webhook::{BadField, Inbound, StatusCallback},
};
use crate::{
    channels::webhook::{Answer, Read, Refused, Webhook},
    domain::inbound::{Item, Status},
    store::channels::Channel,
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
            "messages" => self.inbound(webhook.channel, &params),
            "status" => status(webhook.channel, &params),
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

    fn inbound(&self, channel: &Channel, params: &Params) -> Result<Vec<Item>, BadField> {
        let it = Inbound::read(params)?;
        if it.account_sid != self.account_sid {
            return Err(BadField { name: "AccountSid" });
        }
        if told::without_prefix(channel.kind, &it.to) != Some(channel.address.as_str()) {
            return Err(BadField { name: "To" });
        }
        told::items(channel, it).ok_or(BadField { name: "From" })
    }
}

fn status(channel: &Channel, params: &Params) -> Result<Vec<Item>, BadField> {
    let it = StatusCallback::read(params)?;
    let Some(state) = it.status else {
        tracing::info!("a delivery state that we do not know was ignored");
        return Ok(Vec::new());
    };
    if state == DeliveryState::Queued {
        return Ok(Vec::new());
    }
    let refused = told::refused(channel, &it);
    let (provider_id, ours, error) = (it.message_sid, it.our_message, it.error_code);
    let mut items =
        vec![Item::Status(Status { provider_id, ours, state, error, unreached: false })];
    items.extend(refused);
    Ok(items)
}
