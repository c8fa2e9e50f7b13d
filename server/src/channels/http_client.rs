//! What calls to providers have in common: how they are made, and what it means when no answer comes.

use std::time::Duration;

use chrono::DateTime;
use reqwest::{
    Client, Response,
    header::{DATE, HeaderMap, HeaderName, RETRY_AFTER},
    redirect,
};
use url::{Host, Url};

use super::provider::SendError;

/// No provider may put a message off for longer with one answer.
const RETRY_AFTER_MAX: Duration = Duration::from_hours(1);

/// How long connecting to a provider may take, and a call altogether.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// See [`CONNECT_TIMEOUT`].
pub const CALL_TIMEOUT: Duration = Duration::from_secs(10);

/// Makes a client whose calls go where they were sent to, once. A rustls crypto provider must have been
/// installed.
pub fn build(connect_timeout: Duration, timeout: Duration) -> Result<Client, reqwest::Error> {
    Client::builder()
        .connect_timeout(connect_timeout)
        .timeout(timeout)
        // A redirect would repeat the message, or the password, somewhere else.
        .redirect(redirect::Policy::none())
        // The worker decides what is sent again.
        .retry(reqwest::retry::never())
        .user_agent(concat!("tandem/", env!("CARGO_PKG_VERSION")))
        .build()
}

/// Says whether secrets may be sent there: over TLS, or no further than this machine.
pub fn is_safe(base: &Url) -> bool {
    base.scheme() == "https" || (base.scheme() == "http" && is_this_machine(base))
}

fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

/// Returns the body of an answer; `None` where it was cut, or is longer than `bytes_max`.
pub async fn read_bounded(mut response: Response, bytes_max: usize) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.ok()? {
        if body.len() + chunk.len() > bytes_max {
            return None;
        }
        body.extend_from_slice(&chunk);
    }
    Some(body)
}

/// Reads `Retry-After` (RFC 9110, section 10.2.3): seconds, or a date, which is compared with the
/// answer's own `Date`, so that our clock does not matter.
pub fn retry_after(headers: &HeaderMap) -> Option<Duration> {
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

/// No answer: only where the connection was never made is it sure that nothing was sent.
pub fn unanswered(error: &reqwest::Error) -> SendError {
    if error.is_connect() {
        retry("connect")
    } else if error.is_timeout() {
        unknown("timeout")
    } else {
        unknown("connection_lost")
    }
}

/// Nothing was sent.
pub fn retry(code: &str) -> SendError {
    SendError::Retry { code: code.to_owned(), after: None }
}

/// Nobody knows.
pub fn unknown(code: &str) -> SendError {
    SendError::Unknown { code: code.to_owned() }
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date_and_bounded() {
        let check = |stated: &'static str, date: Option<&'static str>, expected: Option<u64>| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, HeaderValue::from_static(stated));
            if let Some(date) = date {
                headers.insert(DATE, HeaderValue::from_static(date));
            }
            assert_eq!(retry_after(&headers), expected.map(Duration::from_secs), "{stated}");
        };
        let date = Some("Wed, 21 Oct 2026 07:28:00 GMT");
        check("7", None, Some(7));
        check("Wed, 21 Oct 2026 07:28:30 GMT", date, Some(30));
        check("Wed, 21 Oct 2026 07:27:30 GMT", date, Some(0));
        check("Wed, 21 Oct 2026 07:28:30 GMT", None, None);
        check("86400", None, Some(3600));
        check("soon", date, None);
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }

    #[test]
    fn secrets_go_over_tls_or_nowhere() {
        let safe = |url: &str| is_safe(&url.parse().unwrap());
        for good in
            ["https://api.example", "http://localhost:1", "http://127.0.0.2", "http://[::1]"]
        {
            assert!(safe(good), "{good}");
        }
        for bad in ["http://api.example", "http://localhost.example", "http://10.0.0.1", "data:x"] {
            assert!(!safe(bad), "{bad}");
        }
    }
}
