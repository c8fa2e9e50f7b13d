//! A stand-in for Google: it gives out access tokens for signed assertions, takes an agent's
//! messages once by their ids, misbehaves on request, and drives signed webhooks.

use std::{path::PathBuf, sync::Arc};

use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, Utc};
use parking_lot::Mutex;
use serde_json::{Value, json};
use server::{channels::rbm::signature, clock::Clock, config::settings::RbmConfig};
use tokio::net::TcpListener;

use super::{
    fake_rbm_api::{Behaviour, FakeRcs, Google, Shared, router},
    mortal::Mortal,
};

/// The agent.
pub(crate) const AGENT: &str = "front-desk@rbm.goog";
/// What its webhooks are signed with, and what they were signed with.
pub(crate) const CLIENT_TOKENS: [&str; 2] = ["a-client-token", "an-older-client-token"];
/// The service account.
pub(crate) const CLIENT_EMAIL: &str = "desk@project.iam.gserviceaccount.com";
pub(crate) const KEY_ID: &str = "key-1";
/// A key that opens nothing: it was made for these tests.
const TEST_KEY: &str = include_str!("rbm_test_key.pem");

/// The running fake; dropping it ends it.
pub(crate) struct FakeRbm {
    shared: Arc<Shared>,
    file: PathBuf,
    http: reqwest::Client,
    pub(crate) server: Mortal,
}

impl FakeRbm {
    /// Starts a fake that lives in this time.
    pub(crate) async fn start(clock: Clock) -> Self {
        let _installed = rustls::crypto::ring::default_provider().install_default();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a loopback port");
        let addr = listener.local_addr().expect("a bound address");
        let token_uri = format!("http://{addr}/token");
        let shared = Arc::new(Shared { clock, token_uri, state: Mutex::<Google>::default() });
        let router = router(Arc::clone(&shared));
        let server = Mortal::start(listener, router);
        let name = format!("tandem-rbm-{}.json", uuid::Uuid::now_v7().simple());
        let file = std::env::temp_dir().join(name);
        let fake = Self { shared, file, http: reqwest::Client::new(), server };
        std::fs::write(&fake.file, fake.service_account()).expect("a key file");
        fake
    }

    /// Returns the JSON of a service account's key.
    pub(crate) fn service_account(&self) -> String {
        json!({
            "type": "service_account",
            "client_email": CLIENT_EMAIL,
            "private_key_id": KEY_ID,
            "private_key": TEST_KEY,
            "token_uri": self.shared.token_uri,
        })
        .to_string()
    }

    /// Returns settings that use it.
    pub(crate) fn config(&self) -> RbmConfig {
        RbmConfig {
            agent_id: AGENT.to_owned(),
            client_tokens: CLIENT_TOKENS.map(Into::into).to_vec(),
            service_account: self.file.clone(),
            api_url: self.base_url(),
        }
    }

    /// Returns the address that stands for Google's.
    pub(crate) fn base_url(&self) -> String {
        format!("http://{}", self.server.addr())
    }

    /// Queues what the next calls of the API do.
    pub(crate) fn script(&self, behaviours: &[Behaviour]) {
        self.shared.state.lock().on_call.extend(behaviours);
    }

    /// Lets chance say what messages do that no script says anything of; `None` does its work.
    pub(crate) fn by_chance(&self, chance: impl FnMut() -> Option<Behaviour> + Send + 'static) {
        self.shared.state.lock().by_chance = Some(Box::new(chance));
    }

    /// Queues what the next requests for a token do.
    pub(crate) fn script_token(&self, behaviours: &[Behaviour]) {
        self.shared.state.lock().on_token.extend(behaviours);
    }

    /// Takes back all tokens that were given out.
    pub(crate) fn withdraw_tokens(&self) {
        self.shared.state.lock().tokens.clear();
    }

    /// Returns what customers have been sent, oldest first.
    pub(crate) fn received(&self) -> Vec<FakeRcs> {
        self.shared.state.lock().messages.clone()
    }

    /// Returns what customers' phones were told beside messages: whom, and what.
    pub(crate) fn events(&self) -> Vec<(String, Value)> {
        self.shared.state.lock().events.clone()
    }

    /// Returns the method and the last part of the path of every request so far.
    pub(crate) fn requests(&self, method_and_end: &str) -> usize {
        let state = self.shared.state.lock();
        state.requests.iter().filter(|it| *it == method_and_end).count()
    }

    /// Posts signed data to a webhook, as Google does, and returns the answer's status.
    pub(crate) async fn push(&self, url: &str, data: &Value) -> u16 {
        let (body, signature) = pushed(data, CLIENT_TOKENS[0]);
        self.post(url, &body, Some(&signature)).await.0
    }

    /// Posts anything to a webhook; returns status and text of the answer.
    pub(crate) async fn post(
        &self,
        url: &str,
        body: &Value,
        signature: Option<&str>,
    ) -> (u16, String) {
        let mut request = self.http.post(url).json(body);
        if let Some(signature) = signature {
            request = request.header(signature::SIGNATURE_HEADER, signature);
        }
        let answer = request.send().await.expect("an answer");
        (answer.status().as_u16(), answer.text().await.expect("a text"))
    }
}

impl Drop for FakeRbm {
    fn drop(&mut self) {
        let _gone = std::fs::remove_file(&self.file);
    }
}

/// Returns the body of a webhook, and its signature with a token.
pub(crate) fn pushed(data: &Value, token: &str) -> (Value, String) {
    let data = data.to_string().into_bytes();
    let body = json!({
        "message": {
            "attributes": { "product": "RBM", "business_id": "somebody@rbm.goog", "type": "any" },
            "data": STANDARD.encode(&data),
            "messageId": "17",
        },
        "subscription": "projects/p/subscriptions/s",
    });
    (body, signature::sign(&token.into(), &data))
}

/// Returns the data of a customer's text.
pub(crate) fn text(from: &str, id: &str, text: &str) -> Value {
    let at: DateTime<Utc> = DateTime::UNIX_EPOCH;
    json!({
        "senderPhoneNumber": from,
        "messageId": id,
        "sendTime": at.to_rfc3339(),
        "text": text,
        "agentId": AGENT,
    })
}

/// Returns the data of an event; `message` is the one that it is about.
pub(crate) fn event(kind: &str, from: &str, message: Option<&str>) -> Value {
    let mut event = json!({
        "senderPhoneNumber": from,
        "eventType": kind,
        "eventId": uuid::Uuid::now_v7().to_string(),
        "agentId": AGENT,
    });
    if let Some(message) = message {
        event["messageId"] = json!(message);
    }
    event
}
