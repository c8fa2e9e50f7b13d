//! What any call over HTTP needs: bounds, and what no answer means.

use std::time::Duration;

use chrono::DateTime;
use reqwest::{
    Client, Response,
    header::{DATE, HeaderMap, HeaderName, RETRY_AFTER},
    redirect,
};
use url::{Host, Url};

use crate::channels::provider::SendError;

/// Google's answers are a few hundred bytes.
const ANSWER_BYTES_MAX: usize = 1024 * 1024;
/// No provider may put a message off for longer with one answer.
const RETRY_AFTER_MAX: Duration = Duration::from_hours(1);

/// Makes a client. A rustls crypto provider must have been installed.
pub(super) fn client(connect: Duration, altogether: Duration) -> Result<Client, reqwest::Error> {
    Client::builder()
        .connect_timeout(connect)
        .timeout(altogether)
        // A redirect would take the message, or the token, somewhere else.
        .redirect(redirect::Policy::none())
        // The worker decides what is sent again.
        .retry(reqwest::retry::never())
        .user_agent(concat!("tandem/", env!("CARGO_PKG_VERSION")))
        .build()
}

/// No answer: only where the connection was never made is it sure that nothing was sent.
pub(super) fn unanswered(error: &reqwest::Error) -> SendError {
    if error.is_connect() {
        retry("connect")
    } else if error.is_timeout() {
        unknown("timeout")
    } else {
        unknown("connection_lost")
    }
}

/// Reads `Retry-After` (RFC 9110, section 10.2.3): seconds, or a date, which is compared with the
/// answer's own `Date`, so that our clock does not matter.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let stated = text(RETRY_AFTER)?.trim();
    let after = if let Ok(seconds) = stated.parse() {
        Duration::from_secs(seconds)
    } else {
        let until = DateTime::parse_from_rfc2822(stated).ok()?;
        let now = DateTime::parse_from_rfc2822(text(DATE)?).ok()?;
        (until - now).to_std().unwrap_or_default()
    };
    Some(after.min(RETRY_AFTER_MAX))
}

/// Reads an answer, unless it is cut or too long.
pub(super) async fn read_bounded(mut response: Response) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.ok()? {
        if body.len() + chunk.len() > ANSWER_BYTES_MAX {
            return None;
        }
        body.extend_from_slice(&chunk);
    }
    Some(body)
}

/// Says whether a URL stays on this machine.
pub(super) fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

pub(super) fn retry(code: &str) -> SendError {
    SendError::Retry { code: code.to_owned(), after: None }
}

pub(super) fn unknown(code: &str) -> SendError {
    SendError::Unknown { code: code.to_owned() }
}
