//! A stand-in for Twilio: an HTTP server on a loopback port with accounts, messages and memory.
//!
//! It creates, lists and fetches messages in the shape of "Messages resource"
//! (`docs/messaging/api/message-resource`), misbehaves on request, and drives signed webhooks.
//! Twilio's own library is its judge: `scripts/twilio_sdk_check.py`. It is stricter than Twilio
//! in one thing: `DateSent` filters hide a message that is queued and not yet sent.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use parking_lot::Mutex;
use secrecy::SecretString;
use server::channels::twilio::signature;
use tokio::net::TcpListener;

use super::{
    fake_twilio_api::{Behaviour, FakeMessage, Shared, router},
    mortal::Mortal,
};

/// The running fake; dropping it ends it.
pub(crate) struct FakeTwilio {
    shared: Arc<Shared>,
    http: reqwest::Client,
    pub(crate) server: Mortal,
}

impl FakeTwilio {
    /// Starts a fake that lives in the machine's time.
    pub(crate) async fn start() -> Self {
        #[expect(clippy::disallowed_methods, reason = "the provider's clock is not ours to move")]
        Self::start_with_clock(Utc::now).await
    }

    /// Starts a fake whose time is told by `now`.
    pub(crate) async fn start_with_clock(
        now: impl Fn() -> DateTime<Utc> + Send + Sync + 'static,
    ) -> Self {
        // Another test of this process may have installed it.
        let _installed = rustls::crypto::ring::default_provider().install_default();
        let shared = Arc::new(Shared { now: Box::new(now), state: Mutex::default() });
        let router = router(Arc::clone(&shared));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a loopback port");
        let server = Mortal::start(listener, router);
        let http = reqwest::Client::builder()
            .no_proxy()
            .timeout(Duration::from_secs(15)) // Twilio waits so long for a webhook's answer.
            .build()
            .expect("an HTTP client");
        Self { shared, http, server }
    }

    /// Returns the address that stands for `https://api.twilio.com`.
    pub(crate) fn base_url(&self) -> String {
        format!("http://{}", self.server.addr())
    }

    /// Adds an account. With no numbers, it may send from any.
    pub(crate) fn add_account(&self, sid: &str, token: &str, numbers: &[&str]) {
        let mut state = self.shared.state.lock();
        state.tokens.insert(sid.to_owned(), SecretString::from(token));
        let numbers = numbers.iter().map(|it| (*it).to_owned()).collect();
        state.numbers.insert(sid.to_owned(), numbers);
    }

    /// Adds an API key.
    pub(crate) fn add_api_key(&self, id: &str, secret: &str) {
        self.shared.state.lock().api_keys.insert(id.to_owned(), secret.into());
    }

    /// Adds a Messaging Service that sends from this number.
    pub(crate) fn add_service(&self, sid: &str, number: &str) {
        self.shared.state.lock().services.insert(sid.to_owned(), number.to_owned());
    }

    /// Refuses messages to this number with 21610 from now on.
    pub(crate) fn opt_out(&self, number: &str) {
        self.shared.state.lock().opted_out.insert(number.to_owned());
    }

    /// Queues what the next creates do.
    pub(crate) fn script(&self, behaviours: &[Behaviour]) {
        self.shared.state.lock().on_create.extend(behaviours);
    }

    /// Lets chance say what creates do that no script says anything of.
    pub(crate) fn by_chance(&self, chance: impl FnMut() -> Behaviour + Send + 'static) {
        self.shared.state.lock().by_chance = Some(Box::new(chance));
    }

    /// Queues what the next lists do.
    pub(crate) fn script_list(&self, behaviours: &[Behaviour]) {
        self.shared.state.lock().on_list.extend(behaviours);
    }

    /// Returns what customers have been sent, oldest first.
    pub(crate) fn received(&self) -> Vec<FakeMessage> {
        let state = self.shared.state.lock();
        state.messages.iter().filter(|it| it.direction == "outbound-api").cloned().collect()
    }

    /// Returns the method and target of every request so far.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.shared.state.lock().requests.clone()
    }

    /// Moves a message to a status and reports it to its callback, signed; returns the answer's
    /// HTTP status, or `None` if the message named no callback.
    pub(crate) async fn callback(&self, sid: &str, status: &str) -> Option<u16> {
        self.callback_with_error(sid, status, None).await
    }

    /// Likewise, with an error code.
    pub(crate) async fn callback_with_error(
        &self,
        sid: &str,
        status: &str,
        code: Option<u32>,
    ) -> Option<u16> {
        let message = {
            let mut state = self.shared.state.lock();
            let it = state.messages.iter_mut().find(|it| it.sid == sid).expect("a known sid");
            it.status = status.to_owned();
            it.error_code = code;
            it.sent_at = it.sent_at.or_else(|| (status != "queued").then(|| (self.shared.now)()));
            it.clone()
        };
        let url = message.status_callback?;
        let mut params = pairs(&[
            ("SmsSid", sid),
            ("SmsStatus", status),
            ("MessageStatus", status),
            ("To", &message.to),
            ("MessageSid", sid),
            ("AccountSid", &message.account_sid),
            ("From", &message.from),
            ("ApiVersion", "2010-04-01"),
        ]);
        params.extend(code.map(|code| ("ErrorCode".to_owned(), code.to_string())));
        Some(self.post_signed(&url, &message.account_sid, &params).await)
    }

    /// Delivers a customer's message to a webhook, signed; returns the answer's HTTP status.
    pub(crate) async fn inbound(&self, url: &str, message: &InboundSms<'_>) -> u16 {
        let at = (self.shared.now)();
        self.shared.state.lock().messages.push(FakeMessage {
            sid: message.sid.to_owned(),
            account_sid: message.account_sid.to_owned(),
            from: message.from.to_owned(),
            to: message.to.to_owned(),
            body: message.body.to_owned(),
            media_urls: Vec::new(),
            direction: "inbound",
            status: "received".to_owned(),
            error_code: None,
            status_callback: None,
            created_at: at,
            sent_at: Some(at),
        });
        self.post_signed(url, message.account_sid, &message.params()).await
    }

    /// Posts a form with whatever signature; returns the answer's HTTP status.
    pub(crate) async fn inbound_raw(
        &self,
        url: &str,
        params: &[(String, String)],
        signature: Option<&str>,
    ) -> u16 {
        let mut request = self.http.post(url).form(params).header("user-agent", "TwilioProxy/1.1");
        if let Some(signature) = signature {
            request = request.header(signature::SIGNATURE_HEADER, signature);
        }
        request.send().await.expect("the webhook answers").status().as_u16()
    }

    async fn post_signed(&self, url: &str, account: &str, params: &[(String, String)]) -> u16 {
        let token = self.shared.state.lock().tokens.get(account).cloned().expect("an account");
        let signature = signature::sign_form(url, params, &token);
        self.inbound_raw(url, params, Some(&signature)).await
    }
}

/// What a customer writes.
pub(crate) struct InboundSms<'a> {
    pub(crate) account_sid: &'a str,
    pub(crate) sid: &'a str,
    pub(crate) from: &'a str,
    pub(crate) to: &'a str,
    pub(crate) body: &'a str,
}

impl InboundSms<'_> {
    /// Returns the webhook's parameters.
    pub(crate) fn params(&self) -> Vec<(String, String)> {
        pairs(&[
            ("ToCountry", "US"),
            ("SmsMessageSid", self.sid),
            ("NumMedia", "0"),
            ("FromCity", ""),
            ("SmsSid", self.sid),
            ("SmsStatus", "received"),
            ("Body", self.body),
            ("To", self.to),
            ("NumSegments", "1"),
            ("MessageSid", self.sid),
            ("AccountSid", self.account_sid),
            ("From", self.from),
            ("ApiVersion", "2010-04-01"),
        ])
    }
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}
