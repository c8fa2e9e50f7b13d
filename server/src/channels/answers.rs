//! What answers of providers have in common: when to ask again, and what it means when none comes.

use std::time::Duration;

use chrono::DateTime;
use reqwest::header::{DATE, HeaderMap, HeaderName, RETRY_AFTER};

use super::provider::SendError;

/// No provider may put a message off for longer with one answer.
const RETRY_AFTER_MAX: Duration = Duration::from_hours(1);

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
}
