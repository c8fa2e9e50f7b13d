//! Twilio's webhooks: verified over the public URL, then made into commands.

use protocol::views::DeliveryState;
use url::Url;

use super::{
    signature::{Params, Received, SETTINGS_HEADER, SIGNATURE_HEADER, Verifier},
    webhook::{BadField, Inbound, StatusCallback},
};
use crate::{
    channels::registry::{Answer, Endpoint, Taking, Webhook},
    commands::{
        receive,
        report::{Report, Which},
        road::Road,
    },
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
        if it.to != webhook.channel.address {
            return Err(BadField { name: "To" });
        }
        let inbound = receive::Inbound {
            channel: webhook.channel.clone(),
            text: text(&it),
            from: it.from,
            provider_id: it.message_sid,
        };
        match road.receive(inbound).await {
            // Stored now or before: either way Twilio need not come again.
            Ok(_stored) => Ok(TWIML),
            Err(error) => {
                tracing::error!(error = %error, "an inbound message could not be stored");
                Ok(Answer::Failed)
            }
        }
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
    let which = match it.our_message {
        Some(message) => Which::Message(message),
        None => Which::Provider(webhook.channel.id, it.message_sid.clone()),
    };
    let inbox = Some(webhook.channel.inbox_id);
    let report =
        Report { which, inbox, state, error: it.error_code, provider_id: Some(it.message_sid) };
    match road.report(report).await {
        Ok(_moved) => Ok(TWIML),
        Err(error) => {
            tracing::error!(error = %error, "a delivery state could not be stored");
            Ok(Answer::Failed)
        }
    }
}

/// Media is not fetched yet, but nobody should think that nothing came.
fn text(it: &Inbound) -> String {
    let mut parts: Vec<String> = Vec::new();
    if !it.body.trim().is_empty() {
        parts.push(it.body.clone());
    }
    parts.extend(it.media.iter().map(|media| format!("[attachment: {}]", media.content_type)));
    if it.media.is_empty() && it.num_media > 0 {
        parts.push("[attachment]".to_owned());
    }
    if parts.is_empty() {
        parts.push("[no text]".to_owned());
    }
    parts.join("\n")
}

impl Endpoint for TwilioEndpoint {
    fn take<'a>(&'a self, road: &'a Road, webhook: Webhook<'a>) -> Taking<'a> {
        Box::pin(self.answer(road, webhook))
    }
}
