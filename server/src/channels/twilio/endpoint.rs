//! Twilio's webhooks: verified over the public URL, then read.

use url::Url;

use super::{
    signature::{Params, Received, SETTINGS_HEADER, SIGNATURE_HEADER, Verifier},
    told,
    webhook::{BadField, Inbound, StatusCallback},
};
use crate::{
    channels::webhook::{Answer, Read, Refused, To, Told, Webhook},
    domain::inbound::Item,
};

/// Reads the webhooks of one Twilio account.
pub struct TwilioEndpoint {
    verifier: Verifier,
    public_url: Url,
    account_sid: String,
    messaging_service: Option<String>,
}

impl TwilioEndpoint {
    /// Makes the endpoint. `public_url` is the one that Twilio was told, whatever proxies stand
    /// before us.
    pub fn new(verifier: Verifier, public_url: Url, account_sid: String) -> Self {
        Self { verifier, public_url, account_sid, messaging_service: None }
    }

    /// Takes what comes to any number of this Messaging Service.
    #[must_use]
    pub fn with_messaging_service(mut self, sid: Option<String>) -> Self {
        self.messaging_service = sid;
        self
    }

    /// Returns the URL that signatures are checked over, without the request's target.
    pub fn public_url(&self) -> &Url {
        &self.public_url
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
        let told = match webhook.topic {
            "messages" => self.inbound(webhook, &params),
            "status" => status(webhook, &params).map(|items| (To::This, items)),
            _ => return Err(Refused::Unknown),
        };
        let (to, items) = told.map_err(|bad| {
            tracing::warn!(field = bad.name, "webhook unreadable");
            Refused::Unreadable(bad.name)
        })?;
        // The empty answer in `TwiML`: no reply of Twilio's own.
        let answer = Answer { content_type: "text/xml", body: "<Response/>".to_owned() };
        let told = items.into_iter().map(|item| Told { to: to.clone(), item }).collect();
        Ok(Read { answer, told })
    }

    fn inbound(&self, webhook: &Webhook<'_>, params: &Params) -> Result<(To, Vec<Item>), BadField> {
        let (channel, raw) = (webhook.channel, webhook.body);
        let it = Inbound::read(params)?;
        if it.account_sid != self.account_sid {
            return Err(BadField { name: "AccountSid" });
        }
        let ours = told::without_prefix(channel.kind, &it.to);
        let to = match ours {
            Some(address) if address == channel.address => To::This,
            Some(address) if self.is_of_service(params) => To::Address(address.to_owned()),
            _ => return Err(BadField { name: "To" }),
        };
        let items = told::items(channel, it, raw).ok_or(BadField { name: "From" })?;
        Ok((to, items))
    }

    /// A Messaging Service has one webhook for all of its numbers.
    fn is_of_service(&self, params: &Params) -> bool {
        let ours = self.messaging_service.as_deref();
        ours.is_some() && params.get("MessagingServiceSid") == ours
    }
}

fn status(webhook: &Webhook<'_>, params: &Params) -> Result<Vec<Item>, BadField> {
    let it = StatusCallback::read(params)?;
    Ok(told::status(webhook.channel, it, webhook.body))
}
