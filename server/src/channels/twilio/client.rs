//! The calls that we make to Twilio's REST API: create a message, and look for one that we may
//! have created already.
//!
//! Sources: "Messages resource" (`docs/messaging/api/message-resource`), "Twilio's response"
//! (`docs/usage/twilios-response`: errors and pages), error 20429 for what may be repeated.

use std::{collections::BTreeMap, time::Duration};

use reqwest::{Client, RequestBuilder, StatusCode, header::HeaderMap};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, de::DeserializeOwned};
use url::Url;

use super::{
    codes::{Class, class},
    sent::{Listed, Page},
    told::with_prefix,
};
use crate::channels::{
    answers::{retry, retry_after, unanswered, unknown},
    fetch::Credentials,
    provider::{Accepted, Outgoing, SendError, Why},
};
use crate::web_client::{build, is_safe, read_bounded};

/// Fifty messages of 1,600 characters, each escaped as `\uXXXX`, are about half of this.
const ANSWER_BYTES_MAX: usize = 1024 * 1024;
/// Twilio's own default; a look-up rarely needs a second page.
const PAGE_SIZE: &str = "50";
/// A look-up gives up after so many pages.
const PAGES_MAX: usize = 4;

/// Where an account is, and how to use it.
#[derive(Debug, Clone)]
pub struct TwilioSettings {
    /// `https://api.twilio.com`, or a fake on this machine.
    pub base_url: Url,
    /// `AC…`.
    pub account_sid: String,
    /// The account's id again, or an API key's (`SK…`).
    pub username: String,
    /// The auth token, or the API key's secret.
    pub password: SecretString,
    /// The Messaging Service (`MG…`) that chooses what a message is sent from, if there is one.
    pub messaging_service: Option<String>,
    /// How long a connection may take (5 s is good).
    pub connect_timeout: Duration,
    /// How long a call may take altogether (10 s is good).
    pub timeout: Duration,
}

/// The settings cannot work.
#[derive(Debug, thiserror::Error)]
pub enum TwilioSettingsError {
    /// It is not `AC` and 32 hexadecimal digits.
    #[error("a Twilio account id is `AC` and 32 hexadecimal digits")]
    AccountSid,
    /// It would carry the password in clear text.
    #[error("Twilio's address must be https (http only on this machine)")]
    BaseUrl,
    /// The HTTP client cannot be built.
    #[error("the HTTP client cannot be built")]
    Http(#[source] reqwest::Error),
}

/// One account at Twilio.
pub struct TwilioClient {
    pub(super) http: Client,
    account: Url,
    messages: Url,
    /// Where contents are: another server than messages, but not at a fake.
    pub(super) content: Url,
    username: String,
    password: SecretString,
    messaging_service: Option<String>,
}

impl TwilioClient {
    /// Returns a client for the account. A rustls crypto provider must have been installed.
    pub fn new(settings: TwilioSettings) -> Result<Self, TwilioSettingsError> {
        let sid = &settings.account_sid;
        let hex =
            |digits: &str| digits.len() == 32 && digits.bytes().all(|b| b.is_ascii_hexdigit());
        if !sid.strip_prefix("AC").is_some_and(hex) {
            return Err(TwilioSettingsError::AccountSid);
        }
        if !is_safe(&settings.base_url) {
            return Err(TwilioSettingsError::BaseUrl);
        }
        let mut content = settings.base_url.clone();
        if content.host_str() == Some("api.twilio.com") {
            // Its name is a name, so another one can take its place.
            let _set = content.set_host(Some("content.twilio.com"));
        }
        let (mut account, mut messages) = (settings.base_url.clone(), settings.base_url);
        account.set_path(&format!("/2010-04-01/Accounts/{sid}.json"));
        messages.set_path(&format!("/2010-04-01/Accounts/{sid}/Messages.json"));
        let http =
            build(settings.connect_timeout, settings.timeout).map_err(TwilioSettingsError::Http)?;
        let TwilioSettings { username, password, messaging_service, .. } = settings;
        Ok(Self { http, account, messages, content, username, password, messaging_service })
    }

    /// Returns what Twilio calls the account, and how it stands.
    pub async fn account(&self) -> Result<AccountFound, SendError> {
        self.call(self.http.get(self.account.clone())).await
    }

    /// Returns what a file at this address is asked for with, where the address is the API's: an
    /// account may have its files behind its password.
    pub fn credentials_for(&self, url: &Url) -> Option<Credentials> {
        let ours = url.origin() == self.messages.origin();
        ours.then(|| Credentials::Basic(self.username.clone(), self.password.clone()))
    }

    /// Returns the message at Twilio that an earlier attempt of `out` has created, if any.
    ///
    /// Asks by sender and recipient and compares the rest here. `DateSent` would narrow the list,
    /// but a queued message may have no such date yet, and one that the filter hides is sent to
    /// the customer twice. `sent` says where this can be wrong. No error of it is final.
    pub async fn find_sent(&self, out: &Outgoing) -> Result<Option<Accepted>, SendError> {
        let mut found = Vec::new();
        let mut request = self.http.get(self.messages.clone()).query(&[
            ("To", with_prefix(out.channel, &out.to.value).as_str()),
            ("PageSize", PAGE_SIZE),
        ]);
        if self.messaging_service.is_none() {
            request = request.query(&[("From", with_prefix(out.channel, &out.from))]);
        }
        for _page in 0..PAGES_MAX {
            let page: Page = self.call(request).await.map_err(not_final)?;
            let past = page.is_before(out);
            let next = page.next_page_uri.clone();
            page.take_ours(out, &mut found);
            let Some(next) = next.filter(|_| !past) else {
                return Ok(found.pop().map(Listed::accepted));
            };
            request = self.http.get(self.next_page(&next)?);
        }
        Err(retry("look_up_too_long"))
    }

    /// Sends the message, unless an earlier attempt has.
    pub async fn send(&self, out: &Outgoing) -> Result<Accepted, SendError> {
        // Also after a refusal: the worker may have died after an attempt it never recorded.
        if out.attempt > 1
            && let Some(found) = self.find_sent(out).await?
        {
            return Ok(found);
        }
        if !out.may_go {
            return Err(SendError::opted_out());
        }
        self.create(out).await
    }

    async fn create(&self, out: &Outgoing) -> Result<Accepted, SendError> {
        let to = with_prefix(out.channel, &out.to.value);
        let from = with_prefix(out.channel, &out.from);
        let sender = match &self.messaging_service {
            Some(service) => ("MessagingServiceSid", &**service),
            None => ("From", &*from),
        };
        let mut form = vec![("To", &*to), sender];
        let variables;
        match out.template.as_ref().and_then(|it| Some((it.provider_id.as_deref()?, &it.values))) {
            Some((content, values)) => {
                let named: BTreeMap<_, _> =
                    values.iter().map(|(name, value)| (name, value)).collect();
                variables = serde_json::to_string(&named).expect("texts are JSON");
                form.extend([("ContentSid", content), ("ContentVariables", &variables)]);
            }
            // Files say it all.
            None if out.text.is_empty() => {}
            None => form.push(("Body", &*out.text)),
        }
        form.extend(out.files.iter().map(|file| ("MediaUrl", file.url.as_str())));
        if let Some(callback) = &out.status_callback {
            form.push(("StatusCallback", callback.as_str()));
        }
        let created: Listed = self.call(self.http.post(self.messages.clone()).form(&form)).await?;
        Ok(created.accepted())
    }

    pub(super) async fn call<T: DeserializeOwned>(
        &self,
        request: RequestBuilder,
    ) -> Result<T, SendError> {
        let response = request
            .basic_auth(&self.username, Some(self.password.expose_secret()))
            .send()
            .await
            .map_err(|error| unanswered(&error))?;
        let status = response.status();
        let headers = response.headers().clone();
        let body = read_bounded(response, ANSWER_BYTES_MAX).await;
        if !status.is_success() {
            return Err(refusal(status, &headers, &body.unwrap_or_default()));
        }
        let body = body.ok_or_else(|| unknown("answer_cut"))?;
        serde_json::from_slice(&body)
            .map_err(|_not_json: serde_json::Error| unknown("answer_unreadable"))
    }

    /// The next page is on the same server, or it is not asked for: it gets the password.
    fn next_page(&self, uri: &str) -> Result<Url, SendError> {
        let url = self.messages.join(uri).ok();
        url.filter(|it| it.origin() == self.messages.origin())
            .ok_or_else(|| retry("next_page_elsewhere"))
    }
}

/// An account, as Twilio describes it ("Account resource").
#[derive(Deserialize)]
pub struct AccountFound {
    /// What its owner calls it.
    #[serde(default)]
    pub friendly_name: String,
    /// `active`, `suspended` or `closed`.
    #[serde(default)]
    pub status: String,
}

/// The body of every answer that is not a 2xx.
#[derive(Default, Deserialize)]
struct ErrorBody {
    code: Option<u32>,
}

fn refusal(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> SendError {
    let body: ErrorBody = serde_json::from_slice(body).unwrap_or_default();
    let code =
        body.code.map_or_else(|| format!("http_{}", status.as_u16()), |code| code.to_string());
    let class = body.code.map_or(Class::Other, class);
    match (status, class) {
        // Never processed, so safe to repeat: 20429's page, and RFC 9110, 15.5.9 and 15.6.4.
        (
            StatusCode::TOO_MANY_REQUESTS
            | StatusCode::REQUEST_TIMEOUT
            | StatusCode::SERVICE_UNAVAILABLE,
            _,
        )
        | (_, Class::Retry) => SendError::Retry { code, after: retry_after(headers) },
        // Something broke on the way; nothing says on which side of the message's creation.
        (status, _) if status.is_server_error() => SendError::Unknown { code },
        (_, Class::Channel) => SendError::Credentials { code },
        (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN, Class::Other) => {
            SendError::Credentials { code }
        }
        // The address of the API is wrong.
        (status, _) if status.is_redirection() => SendError::Credentials { code },
        (_, class) => SendError::Rejected { why: why(class), code },
    }
}

fn why(class: Class) -> Why {
    match class {
        Class::OptOut => Why::OptedOut,
        Class::Window => Why::Window,
        Class::Recipient => Why::Recipient,
        Class::Content => Why::Content,
        Class::Retry | Class::Channel | Class::Other => Why::Other,
    }
}

/// A look-up sends nothing, so it can always be asked again, and never settles a message.
fn not_final(error: SendError) -> SendError {
    match error {
        SendError::Unknown { code } | SendError::Rejected { code, .. } => {
            SendError::Retry { code, after: None }
        }
        error @ (SendError::Retry { .. } | SendError::Credentials { .. }) => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_final_only_where_another_try_cannot_help() {
        let check = |status: u16, body: &str, expected: SendError| {
            let status = StatusCode::from_u16(status).unwrap();
            assert_eq!(refusal(status, &HeaderMap::new(), body.as_bytes()), expected);
        };
        let rejected = |why, code: &str| SendError::Rejected { why, code: code.to_owned() };
        let channel = |code: &str| SendError::Credentials { code: code.to_owned() };
        check(400, r#"{"code":21211,"status":400}"#, rejected(Why::Recipient, "21211"));
        check(400, r#"{"code":21610,"status":400}"#, rejected(Why::OptedOut, "21610"));
        check(403, r#"{"code":21408,"status":403}"#, rejected(Why::Recipient, "21408"));
        check(400, "<html>", rejected(Why::Other, "http_400"));
        check(400, r#"{"code":21606}"#, channel("21606"));
        check(401, r#"{"code":20003}"#, channel("20003"));
        check(401, "", channel("http_401"));
        check(403, "", channel("http_403"));
        check(302, "", channel("http_302"));
        check(400, r#"{"code":63018}"#, retry("63018"));
        check(429, r#"{"code":20429}"#, retry("20429"));
        check(503, "", retry("http_503"));
        check(500, r#"{"code":20500}"#, unknown("20500"));
        check(502, "<html>", unknown("http_502"));
    }
}
