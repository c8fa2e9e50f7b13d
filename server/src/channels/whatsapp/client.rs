//! The call that we make to the Graph API: send a message.
//!
//! Sources: "Messages" of the Cloud API reference, "Error codes". Sending knows no idempotency key, and
//! what was sent cannot be looked up: after a lost answer only a status can tell, which brings our id
//! back.

use std::time::Duration;

use protocol::views::DeliveryState;
use reqwest::{Client, StatusCode, header::HeaderMap};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::{
    codes::{Class, class},
    request,
};
use crate::channels::{
    answers::{retry_after, unanswered, unknown},
    provider::{Accepted, Attended, Outgoing, SendError, Why},
};
use crate::web_client::{build, is_safe, read_bounded};

/// The newest version of which Meta has published an OpenAPI, against which requests can be checked.
pub const VERSION: &str = "v23.0";

/// Answers are a few hundred bytes.
const ANSWER_BYTES_MAX: usize = 64 * 1024;
/// The error that says no more than its name.
const SOMETHING_WENT_WRONG: &str = "131000";
/// What customers get from one number is limited to about a message in six seconds each, once a
/// burst is over ("Pair rate limit").
const PAIR_RATE: (u32, Duration) = (131_056, Duration::from_secs(6));

/// Where the API is, and how to use it.
#[derive(Debug, Clone)]
pub struct WhatsappSettings {
    /// `https://graph.facebook.com`, or a fake on this machine.
    pub base_url: Url,
    /// The API's version, such as [`VERSION`].
    pub version: String,
    /// The token of a system user of the business.
    pub access_token: SecretString,
    /// The business account, which has the templates.
    pub business_account_id: Option<String>,
    /// How long a connection may take (5 s is good).
    pub connect_timeout: Duration,
    /// How long a call may take altogether (10 s is good).
    pub timeout: Duration,
}

/// The settings cannot work.
#[derive(Debug, thiserror::Error)]
pub enum WhatsappSettingsError {
    /// It would carry the token in clear text.
    #[error("WhatsApp's address must be https (http only on this machine)")]
    BaseUrl,
    /// The HTTP client cannot be built.
    #[error("the HTTP client cannot be built")]
    Http(#[source] reqwest::Error),
}

/// Sends for all numbers that the token is good for.
pub struct WhatsappClient {
    pub(super) http: Client,
    pub(super) base: Url,
    pub(super) access_token: SecretString,
    pub(super) business_account_id: Option<String>,
}

impl WhatsappClient {
    /// Returns a client. A rustls crypto provider must have been installed.
    pub fn new(settings: WhatsappSettings) -> Result<Self, WhatsappSettingsError> {
        if !is_safe(&settings.base_url) {
            return Err(WhatsappSettingsError::BaseUrl);
        }
        let mut base = settings.base_url;
        base.set_path(&settings.version);
        let http = build(settings.connect_timeout, settings.timeout)
            .map_err(WhatsappSettingsError::Http)?;
        let (access_token, business_account_id) =
            (settings.access_token, settings.business_account_id);
        Ok(Self { http, base, access_token, business_account_id })
    }

    /// Sends the message. There is nothing to ask whether an earlier attempt has.
    pub async fn send(&self, out: &Outgoing) -> Result<Accepted, SendError> {
        if !out.may_go {
            return Err(SendError::opted_out());
        }
        let url = self.messages(out.external_id.as_deref())?;
        let body = match (&out.template, out.files.first()) {
            (Some(template), _) => request::template(&out.to, template, out.message_id),
            (None, Some(file)) => request::file(&out.to, file, &out.text, out.message_id),
            (None, None) => request::text(&out.to, &out.text, out.message_id),
        };
        let body = body.ok_or_else(|| SendError::Rejected {
            why: Why::Recipient,
            code: "address".to_owned(),
        })?;
        let answer = self.post(url, &body).await;
        accepted(&answer.map_err(|refused| once(refused, out.attempt))?)
    }

    /// Tells a customer that its message is read, and that an answer is being typed.
    pub async fn attend(&self, it: Attended<'_>) -> Result<(), SendError> {
        let url = self.messages(it.channel.external_id.as_deref())?;
        let body = request::mark_read_and_typing(it.provider_id, it.typing);
        self.post(url, &body).await.map(drop)
    }

    async fn post(&self, url: Url, body: &Value) -> Result<Vec<u8>, SendError> {
        let response = self
            .http
            .post(url)
            .bearer_auth(self.access_token.expose_secret())
            .json(body)
            .send()
            .await
            .map_err(|error| unanswered(&error))?;
        let status = response.status();
        let headers = response.headers().clone();
        let body = read_bounded(response, ANSWER_BYTES_MAX).await;
        if !status.is_success() {
            return Err(refusal(status, &headers, &body.unwrap_or_default()));
        }
        body.ok_or_else(|| unknown("answer_cut"))
    }

    /// Asks for one of our numbers, or, where none is named, whose the token is.
    pub async fn look(&self, number: Option<&str>) -> Result<String, SendError> {
        let mut url = self.base.clone();
        url.path_segments_mut()
            .map_err(|()| SendError::Credentials { code: "no_address".to_owned() })?
            .push(number.unwrap_or("me"));
        let fields =
            if number.is_some() { "display_phone_number,verified_name" } else { "id,name" };
        let request = self.http.get(url).query(&[("fields", fields)]);
        let request = request.bearer_auth(self.access_token.expose_secret());
        let response = request.send().await.map_err(|error| unanswered(&error))?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = read_bounded(response, ANSWER_BYTES_MAX).await.unwrap_or_default();
        if !status.is_success() {
            return Err(refusal(status, &headers, &body));
        }
        let found: Found = serde_json::from_slice(&body)
            .map_err(|_no: serde_json::Error| unknown("answer_unreadable"))?;
        Ok(match (found.display_phone_number, found.verified_name) {
            (Some(number), name) => {
                format!("the number {number} is `{}`", name.unwrap_or_default())
            }
            (None, _) => format!("the token is `{}`'s", found.name.unwrap_or_default()),
        })
    }

    /// Returns where messages of a number go. Its id is part of the address, so it is nothing but digits.
    fn messages(&self, number_id: Option<&str>) -> Result<Url, SendError> {
        let good = |id: &&str| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
        let id = number_id.filter(good);
        let id = id.ok_or_else(|| SendError::Credentials { code: "no_number_id".to_owned() })?;
        let mut url = self.base.clone();
        url.path_segments_mut()
            .map_err(|()| SendError::Credentials { code: "no_address".to_owned() })?
            .extend([id, "messages"]);
        Ok(url)
    }
}

/// The body of a 2xx.
#[derive(Deserialize)]
struct Answer {
    messages: Vec<Sent>,
}

#[derive(Deserialize)]
struct Sent {
    id: String,
}

/// Reads what was taken. It may be held back for a check of its quality; a status tells when it goes out.
fn accepted(body: &[u8]) -> Result<Accepted, SendError> {
    let answer: Option<Answer> = serde_json::from_slice(body).ok();
    let sent = answer.and_then(|it| it.messages.into_iter().next());
    let sent = sent.filter(|it| !it.id.is_empty()).ok_or_else(|| unknown("answer_unreadable"))?;
    Ok(Accepted { provider_id: sent.id, state: DeliveryState::Sent })
}

/// A number, or whoever the token is of.
#[derive(Deserialize)]
struct Found {
    display_phone_number: Option<String>,
    verified_name: Option<String>,
    name: Option<String>,
}

/// The body of every answer that is not a 2xx.
#[derive(Default, Deserialize)]
struct ErrorBody {
    #[serde(default)]
    error: ErrorObject,
}

#[derive(Default, Deserialize)]
struct ErrorObject {
    code: Option<u32>,
    #[serde(default)]
    is_transient: bool,
}

pub(super) fn refusal(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> SendError {
    let ErrorBody { error } = serde_json::from_slice(body).unwrap_or_default();
    let Some(number) = error.code else { return without_code(status, headers) };
    let code = number.to_string();
    match class(number) {
        Class::Retry => {
            let (pair, wait) = PAIR_RATE;
            let after = retry_after(headers).or_else(|| (number == pair).then_some(wait));
            SendError::Retry { code, after }
        }
        Class::Unclear => SendError::Unknown { code },
        Class::Other if status.is_server_error() => SendError::Unknown { code },
        Class::Other if error.is_transient => {
            SendError::Retry { code, after: retry_after(headers) }
        }
        Class::Channel => SendError::Credentials { code },
        class => SendError::Rejected { why: why(class), code },
    }
}

/// "Something went wrong" is tried once more, and that is all that can help.
fn once(refused: SendError, attempt: u32) -> SendError {
    match refused {
        SendError::Retry { code, .. } if attempt > 1 && code == SOMETHING_WENT_WRONG => {
            SendError::Rejected { why: Why::Other, code }
        }
        refused => refused,
    }
}

/// Something on the way has answered, and not the API.
fn without_code(status: StatusCode, headers: &HeaderMap) -> SendError {
    let code = format!("http_{}", status.as_u16());
    match status {
        // Never processed, so safe to repeat: RFC 6585, 4, and RFC 9110, 15.5.9 and 15.6.4.
        StatusCode::TOO_MANY_REQUESTS
        | StatusCode::REQUEST_TIMEOUT
        | StatusCode::SERVICE_UNAVAILABLE => SendError::Retry { code, after: retry_after(headers) },
        status if status.is_server_error() => SendError::Unknown { code },
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => SendError::Credentials { code },
        // The address of the API is wrong.
        status if status.is_redirection() => SendError::Credentials { code },
        _ => SendError::Rejected { why: Why::Other, code },
    }
}

fn why(class: Class) -> Why {
    match class {
        Class::Window => Why::Window,
        Class::Recipient => Why::Recipient,
        Class::Content => Why::Content,
        Class::Marketing => Why::Marketing,
        Class::Retry | Class::Unclear | Class::Channel | Class::Other => Why::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channels::answers::retry;

    #[test]
    fn the_number_decides_and_not_the_http_status() {
        let rejected = |why, code: &str| SendError::Rejected { why, code: code.to_owned() };
        let channel = |code: &str| SendError::Credentials { code: code.to_owned() };
        let pair = SendError::Retry { code: "131056".into(), after: Some(Duration::from_secs(6)) };
        for status in [400, 401, 403, 404, 429, 500, 503] {
            let status = StatusCode::from_u16(status).unwrap();
            let check = |code: u32, expected: &SendError| {
                let body = format!(r#"{{"error":{{"code":{code},"message":"x"}}}}"#);
                let found = refusal(status, &HeaderMap::new(), body.as_bytes());
                assert_eq!(&found, expected, "{code} with {status}");
            };
            check(131_056, &pair);
            check(130_429, &retry("130429"));
            check(131_047, &rejected(Why::Window, "131047"));
            check(131_050, &rejected(Why::Marketing, "131050"));
            check(131_026, &rejected(Why::Recipient, "131026"));
            check(132_001, &rejected(Why::Content, "132001"));
            check(190, &channel("190"));
            check(1, &unknown("1"));
        }
    }

    #[test]
    fn without_a_number_the_status_says_what_is_sure() {
        let check = |status: u16, body: &str, expected: SendError| {
            let status = StatusCode::from_u16(status).unwrap();
            let found = refusal(status, &HeaderMap::new(), body.as_bytes());
            assert_eq!(found, expected, "{status} {body}");
        };
        let other = |code: &str| SendError::Rejected { why: Why::Other, code: code.to_owned() };
        let channel = |code: &str| SendError::Credentials { code: code.to_owned() };
        check(429, "", retry("http_429"));
        check(503, "<html>", retry("http_503"));
        check(500, "{}", unknown("http_500"));
        check(502, r#"{"error":"x"}"#, unknown("http_502"));
        check(401, "", channel("http_401"));
        check(302, "", channel("http_302"));
        check(400, r#"{"error":{"code":-1}}"#, other("http_400"));
        check(400, r#"{"error":{"code":999999}}"#, other("999999"));
        check(400, r#"{"error":{"code":999999,"is_transient":true}}"#, retry("999999"));
        check(500, r#"{"error":{"code":999999}}"#, unknown("999999"));
    }

    #[test]
    fn what_says_nothing_is_tried_once_more() {
        let again = retry("131000");
        assert_eq!(once(again.clone(), 1), again);
        let given_up = SendError::Rejected { why: Why::Other, code: "131000".into() };
        assert_eq!(once(again, 2), given_up);
        assert_eq!(once(retry("131016"), 7), retry("131016"));
    }

    #[test]
    fn what_was_taken_has_an_id() {
        let taken = accepted(br#"{"messages":[{"id":"wamid.1","message_status":"accepted"}]}"#);
        let (provider_id, state) = ("wamid.1".to_owned(), DeliveryState::Sent);
        assert_eq!(taken, Ok(Accepted { provider_id, state }));
        for odd in ["", "{}", r#"{"messages":[]}"#, r#"{"messages":[{"id":""}]}"#, "<html>"] {
            assert_eq!(accepted(odd.as_bytes()), Err(unknown("answer_unreadable")), "{odd}");
        }
    }
}
