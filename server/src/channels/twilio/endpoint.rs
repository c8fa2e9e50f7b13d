//! Twilio's webhooks: verified over the public URL, then made into commands.

use protocol::views::DeliveryState;
use url::Url;

use super::{
    signature::{Params, Received, SETTINGS_HEADER, SIGNATURE_HEADER, Verifier},
    told,
    webhook::{BadField, Inbound, StatusCallback},
};
use crate::{
    channels::registry::{Answer, Endpoint, Taking, Webhook},
    commands::road::Road,
    domain::inbound::{Item, Status},
};

/// The empty answer in `TwiML`: no reply of Twilio's own.
const TWIML: Answer = Answer::Taken { content_type: "text/xml", body: "<Response/>" };

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

    async fn answer(&self, road: &Road, webhook: Webhook<'_>) -> Answer {
        let header =
            |name: &str| webhook.headers.get(&name.to_ascii_lowercase()).map(String::as_str);
        let received = Received {
            target: webhook.target,
            signature: header(SIGNATURE_HEADER),
            settings: header(SETTINGS_HEADER),
            content_type: header("content-type"),
            body: webhook.body,
        };
        let params = match self.verifier.verify(&self.public_url, &received) {
            Ok(params) => params,
            Err(error) => {
                let (channel, url) = (webhook.channel.id, &self.public_url);
                tracing::warn!(channel.id = %channel, %url, "webhook refused: {error}");
                return Answer::Forged;
            }
        };
        let taken = match webhook.topic {
            "messages" => self.inbound(road, webhook, &params).await,
            "status" => status(road, webhook, &params).await,
            _ => return Answer::Unknown,
        };
        taken.unwrap_or_else(|bad| {
            tracing::warn!(field = bad.name, "webhook unreadable");
            Answer::Unreadable(bad.name)
        })
    }

    async fn inbound(
        &self,
        road: &Road,
        webhook: Webhook<'_>,
        params: &Params,
    ) -> Result<Answer, BadField> {
        let it = Inbound::read(params)?;
        if it.account_sid != self.account_sid {
            return Err(BadField { name: "AccountSid" });
        }
        let channel = webhook.channel;
        if told::without_prefix(channel.kind, &it.to) != Some(channel.address.as_str()) {
            return Err(BadField { name: "To" });
        }
        let items = told::items(channel, it).ok_or(BadField { name: "From" })?;
        for item in items {
            // Stored now or before: either way Twilio need not come again.
            if let Err(error) = road.take(channel, item).await {
                tracing::error!(error = %error, "an inbound message could not be stored");
                return Ok(Answer::Failed);
            }
        }
        Ok(TWIML)
    }
}

async fn status(road: &Road, webhook: Webhook<'_>, params: &Params) -> Result<Answer, BadField> {
    let it = StatusCallback::read(params)?;
    let Some(state) = it.status else {
        tracing::info!("a delivery state that we do not know was ignored");
        return Ok(TWIML);
    };
    if state == DeliveryState::Queued {
        return Ok(TWIML);
    }
    let status =
        Status { provider_id: it.message_sid, ours: it.our_message, state, error: it.error_code };
    match road.take(webhook.channel, Item::Status(status)).await {
        Ok(_moved) => Ok(TWIML),
        Err(error) => {
            tracing::error!(error = %error, "a delivery state could not be stored");
            Ok(Answer::Failed)
        }
    }
}

impl Endpoint for TwilioEndpoint {
    fn take<'a>(&'a self, road: &'a Road, webhook: Webhook<'a>) -> Taking<'a> {
        Box::pin(self.answer(road, webhook))
    }
}
