//! The calls that we make to the RCS Business Messaging API: send a message, take it back, ask what
//! a phone can show, say that we type or have read.

use std::time::Duration;

use protocol::{ids::MessageId, views::DeliveryState};
use reqwest::{Client, RequestBuilder, StatusCode};
use serde::Deserialize;
use serde_json::json;
use url::Url;
use uuid::Uuid;

use super::{
    calls::{Between, TrafficType, file_content, id_of, message, refusal},
    service_account::ServiceAccount,
    token::{Tokens, bearer},
};
use crate::{
    channels::{
        answers::{self, retry_after, unanswered},
        provider::{Accepted, Outgoing, SendError},
    },
    clock::Clock,
    domain::address::Address,
    web_client::{self, read_bounded},
};

/// Google's answers are a few hundred bytes.
pub(super) const ANSWER_BYTES_MAX: usize = 1024 * 1024;
/// How long a message waits for its phone: a day, as an answer that comes later helps nobody. (At
/// least 10 s are advised, and 15 days are the most.)
pub const TTL: Duration = Duration::from_hours(24);

/// How to use an account.
pub struct RbmSettings {
    /// `https://rcsbusinessmessaging.googleapis.com`, a region's, or a fake on this machine.
    pub base_url: Url,
    /// Who sends.
    pub service_account: ServiceAccount,
    /// What the messages are for.
    pub traffic_type: TrafficType,
    /// How long a message waits for its phone.
    pub ttl: Duration,
    /// How long a connection may take (5 s is good).
    pub connect_timeout: Duration,
    /// How long a call may take altogether (10 s is good).
    pub timeout: Duration,
}

/// The settings cannot work.
#[derive(Debug, thiserror::Error)]
pub enum RbmSettingsError {
    /// It would carry the tokens in clear text.
    #[error("the address of the RCS API must be https (http only on this machine)")]
    BaseUrl,
    /// The HTTP client cannot be built.
    #[error("the HTTP client cannot be built")]
    Http(#[source] reqwest::Error),
}

/// What we tell a customer's phone beside messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AgentEvent {
    /// Somebody types.
    IsTyping,
    /// The customer's message with this id has been read.
    Read(String),
}

/// A service account's way to the API.
pub struct RbmClient {
    http: Client,
    base_url: Url,
    tokens: Tokens,
    traffic_type: TrafficType,
    ttl: Duration,
}

#[derive(Deserialize)]
struct Capabilities {
    #[serde(default)]
    features: Vec<String>,
}

impl RbmClient {
    /// Returns a client for the account. A rustls crypto provider must have been installed.
    pub fn new(settings: RbmSettings, clock: Clock) -> Result<Self, RbmSettingsError> {
        if !web_client::is_safe(&settings.base_url) {
            return Err(RbmSettingsError::BaseUrl);
        }
        let http = web_client::build(settings.connect_timeout, settings.timeout)
            .map_err(RbmSettingsError::Http)?;
        Ok(Self {
            tokens: Tokens::new(settings.service_account, http.clone(), clock),
            http,
            base_url: settings.base_url,
            traffic_type: settings.traffic_type,
            ttl: settings.ttl,
        })
    }

    /// Asks for a new access token.
    pub async fn check_access(&self) -> Result<(), SendError> {
        let kept = self.tokens.get().await?;
        self.tokens.forget(&kept);
        self.tokens.get().await.map(drop)
    }

    /// Sends a message. Its id is an idempotency key, so nothing has to be looked up first.
    pub async fn send(&self, out: &Outgoing) -> Result<Accepted, SendError> {
        let agent = agent_of(out);
        let between = Between::new(agent, &out.to)?;
        if !out.may_go {
            return self.call_back(agent, out).await;
        }
        let id = id_of(out.message_id);
        let url = between.url(&self.base_url, &["agentMessages"], &[("messageId", &id)]);
        let content = match out.files.first() {
            Some(file) => file_content(file, &out.text),
            None => json!({ "text": out.text }),
        };
        // Only what the customer asks for is let through to who has unsubscribed.
        let asked_for = out.essential.then_some(TrafficType::ServiceRequest);
        let traffic_type = asked_for.unwrap_or(self.traffic_type);
        let body = message(&content, traffic_type, self.ttl);
        let (status, answer) = self.call(|| self.http.post(url.clone()).json(&body)).await?;
        match status {
            // It has it already, by an earlier attempt.
            StatusCode::CONFLICT => {}
            status if status.is_success() => {}
            _ => return Err(answer.into_refusal(status)),
        }
        // Taken, and no more than that: the phone may be off, or never come back.
        Ok(Accepted { provider_id: id, state: DeliveryState::Sent })
    }

    /// The customer has refused since an earlier attempt, which may have been taken: it is called back.
    /// If that is too late, its way goes on to be told.
    async fn call_back(&self, agent: &str, out: &Outgoing) -> Result<Accepted, SendError> {
        match self.revoke(agent, &out.to, out.message_id).await {
            Ok(()) | Err(SendError::Rejected { .. }) => Err(SendError::opted_out()),
            Err(SendError::Unknown { code }) => Err(answers::retry(&code)),
            Err(error) => Err(error),
        }
    }

    /// Calls a message back.
    pub async fn recall(&self, out: &Outgoing) -> Result<(), SendError> {
        self.revoke(agent_of(out), &out.to, out.message_id).await
    }

    /// Takes back a message that no phone has got yet. The answer is the same either way.
    pub async fn revoke(
        &self,
        agent: &str,
        to: &Address,
        message: MessageId,
    ) -> Result<(), SendError> {
        let between = Between::new(agent, to)?;
        let url = between.url(&self.base_url, &["agentMessages", &id_of(message)], &[]);
        self.call_ok(|| self.http.delete(url.clone())).await.map(drop)
    }

    /// Returns what a phone can show; [`SendError::Rejected`] where it has no RCS.
    pub async fn capabilities(&self, agent: &str, to: &Address) -> Result<Vec<String>, SendError> {
        let between = Between::new(agent, to)?;
        let request_id = Uuid::new_v4().to_string();
        let url = between.url(&self.base_url, &["capabilities"], &[("requestId", &request_id)]);
        let body = self.call_ok(|| self.http.get(url.clone())).await?;
        let read = serde_json::from_slice::<Capabilities>(&body);
        Ok(read.map_err(|_wrong: serde_json::Error| answers::retry("answer_unreadable"))?.features)
    }

    /// Tells a customer's phone of something. Events and messages of an agent share their ids.
    pub async fn tell(
        &self,
        agent: &str,
        to: &Address,
        event: &AgentEvent,
    ) -> Result<(), SendError> {
        let between = Between::new(agent, to)?;
        let id = Uuid::new_v4().to_string();
        let url = between.url(&self.base_url, &["agentEvents"], &[("eventId", &id)]);
        let body = match event {
            AgentEvent::IsTyping => json!({ "eventType": "IS_TYPING" }),
            AgentEvent::Read(message) => json!({ "eventType": "READ", "messageId": message }),
        };
        self.call_ok(|| self.http.post(url.clone()).json(&body)).await.map(drop)
    }

    async fn call_ok(&self, request: impl Fn() -> RequestBuilder) -> Result<Vec<u8>, SendError> {
        let (status, answer) = self.call(request).await?;
        if status.is_success() {
            answer.body.ok_or_else(|| answers::unknown("answer_cut"))
        } else {
            Err(answer.into_refusal(status))
        }
    }

    /// Calls, with a new token if the one that we have is refused: it may have been withdrawn.
    async fn call(
        &self,
        request: impl Fn() -> RequestBuilder,
    ) -> Result<(StatusCode, Answer), SendError> {
        let mut again = false;
        loop {
            let token = self.tokens.get().await?;
            let request = request().bearer_auth(bearer(&token));
            let response = request.send().await.map_err(|error| unanswered(&error))?;
            let status = response.status();
            if status == StatusCode::UNAUTHORIZED {
                self.tokens.forget(&token);
                if !std::mem::replace(&mut again, true) {
                    continue;
                }
            }
            let after = retry_after(response.headers());
            return Ok((
                status,
                Answer { body: read_bounded(response, ANSWER_BYTES_MAX).await, after },
            ));
        }
    }
}

/// Returns the agent that a message is of.
fn agent_of(out: &Outgoing) -> &str {
    out.external_id.as_deref().unwrap_or(&out.from)
}

/// What came with a status.
struct Answer {
    body: Option<Vec<u8>>,
    after: Option<Duration>,
}

impl Answer {
    fn into_refusal(self, status: StatusCode) -> SendError {
        refusal(status, &self.body.unwrap_or_default(), self.after)
    }
}
