//! Checks of single values. Each returns what is allowed, as the end of a sentence, when it refuses.

use std::{net::SocketAddr, ops::RangeInclusive, str::FromStr};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use tracing_subscriber::EnvFilter;
use url::{Host, Url};

use crate::config::settings::LogFormat;

/// What a setting may be, in words.
pub type Allowed = String;

/// Reads an address to listen on.
pub fn address(text: &str) -> Result<SocketAddr, Allowed> {
    text.parse()
        .map_err(|_wrong| "must be an IP address and a port, such as 127.0.0.1:8080".to_owned())
}

/// Reads a whole number within bounds.
pub fn number<T>(text: &str, range: &RangeInclusive<T>) -> Result<T, Allowed>
where
    T: FromStr + PartialOrd + std::fmt::Display,
{
    text.parse()
        .ok()
        .filter(|number| range.contains(number))
        .ok_or_else(|| format!("must be a whole number from {} to {}", range.start(), range.end()))
}

/// Reads a yes or no.
pub fn on_or_off(text: &str) -> Result<bool, Allowed> {
    match text {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err("must be on or off".to_owned()),
    }
}

/// Reads the URL that the server is reached at.
pub fn public_url(text: &str) -> Result<Url, Allowed> {
    web_url(text).ok_or_else(|| {
        "must be an http or https URL without user, query and fragment, such as \
         https://inbox.example.com"
            .to_owned()
    })
}

/// Reads the base of a provider's API. Without TLS it may only be on this machine.
pub fn api_url(text: &str) -> Result<String, Allowed> {
    let secure = |url: &Url| {
        url.scheme() == "https"
            || match url.host() {
                Some(Host::Domain(name)) => name == "localhost",
                Some(Host::Ipv4(ip)) => ip.is_loopback(),
                Some(Host::Ipv6(ip)) => ip.is_loopback(),
                None => false,
            }
    };
    web_url(text)
        .filter(secure)
        .map(|url| url.as_str().trim_end_matches('/').to_owned())
        .ok_or_else(|| "must be an https URL (http only on this machine)".to_owned())
}

/// Reads the base of an OpenTelemetry collector, which is often beside the server and speaks no TLS.
pub fn collector(text: &str) -> Result<String, Allowed> {
    web_url(text)
        .map(|url| url.as_str().trim_end_matches('/').to_owned())
        .ok_or_else(|| "must be an http or https URL, such as http://localhost:4318".to_owned())
}

/// Reads the base of what speaks S3, which is often beside the server and speaks no TLS.
pub fn s3_endpoint(text: &str) -> Result<String, Allowed> {
    web_url(text)
        .map(|url| url.as_str().trim_end_matches('/').to_owned())
        .ok_or_else(|| "must be an http or https URL, such as http://localhost:9000".to_owned())
}

/// Checks a bucket's name.
pub fn bucket(text: &str) -> Result<String, Allowed> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let ends = [text.bytes().next(), text.bytes().last()];
    let good = (3..=63).contains(&text.len())
        && text.bytes().all(|byte| plain(byte) || b"-.".contains(&byte))
        && ends.into_iter().flatten().all(plain);
    if good {
        return Ok(text.to_owned());
    }
    Err("must be 3 to 63 lower-case letters, digits, dots and hyphens, with a letter or digit at \
         both ends"
        .to_owned())
}

/// Checks a region's name.
pub fn region(text: &str) -> Result<String, Allowed> {
    let good = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    if text.len() <= 64 && text.bytes().all(good) {
        return Ok(text.to_owned());
    }
    Err("must be letters, digits and hyphens, such as eu-central-1".to_owned())
}

/// Checks what keys in a bucket begin with.
pub fn key_prefix(text: &str) -> Result<String, Allowed> {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let part = |part: &str| {
        !part.is_empty() && part.bytes().any(|byte| byte != b'.') && part.bytes().all(known)
    };
    if text.len() <= 128 && text.split('/').all(part) {
        return Ok(text.to_owned());
    }
    Err("must be letters, digits and any of -_. with single slashes between, such as tandem/files"
        .to_owned())
}

/// Reads a list of origins, and writes each as a browser does.
pub fn origins(text: &str) -> Result<Vec<String>, Allowed> {
    let origins: Option<Vec<String>> =
        text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(origin).collect();
    origins.filter(|origins| !origins.is_empty()).ok_or_else(|| {
        "must be origins (scheme, host and port, no path) separated by commas, such as \
         https://inbox.example.com,http://localhost:5173"
            .to_owned()
    })
}

fn origin(text: &str) -> Option<String> {
    let url = web_url(text).filter(|url| url.path() == "/")?;
    Some(url.origin().ascii_serialization())
}

fn web_url(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let plain = matches!(url.scheme(), "http" | "https")
        && url.has_host()
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    plain.then_some(url)
}

/// Checks that this is the URL of a Postgres; sqlx reads it again, and more closely.
pub fn database_url(text: &str) -> Result<(), Allowed> {
    let known = Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "postgres" | "postgresql"));
    if known {
        return Ok(());
    }
    Err("must be a URL such as postgres://user:password@host:5432/database".to_owned())
}

/// Checks that this is the URL of a Redis; the client reads it again, and more closely.
pub fn redis_url(text: &str) -> Result<(), Allowed> {
    let known = Url::parse(text)
        .is_ok_and(|url| matches!(url.scheme(), "redis" | "rediss") && url.has_host());
    if known {
        return Ok(());
    }
    Err("must be a URL such as redis://user:password@host:6379, or rediss:// with TLS".to_owned())
}

/// Checks what the names of channels begin with.
pub fn redis_prefix(text: &str) -> Result<String, Allowed> {
    let good = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
    if (1..=64).contains(&text.len()) && text.bytes().all(good) {
        return Ok(text.to_owned());
    }
    Err("must be 1 to 64 letters, digits or any of -_.:".to_owned())
}

/// Reads when there is demo data; `None` is "it depends".
pub fn demo(text: &str) -> Result<Option<bool>, Allowed> {
    match text {
        "on" => Ok(Some(true)),
        "off" => Ok(Some(false)),
        "auto" => Ok(None),
        _ => Err("must be on, off or auto".to_owned()),
    }
}

/// Reads a log format.
pub fn log_format(text: &str) -> Result<LogFormat, Allowed> {
    match text {
        "pretty" => Ok(LogFormat::Pretty),
        "json" => Ok(LogFormat::Json),
        _ => Err("must be pretty or json".to_owned()),
    }
}

/// Checks a log filter.
pub fn log_filter(text: &str) -> Result<String, Allowed> {
    EnvFilter::try_new(text).map(|_filter| text.to_owned()).map_err(|_wrong| {
        "must be error, warn, info, debug, trace or off, or a list of module=level, such as \
         info,server::ws=debug"
            .to_owned()
    })
}

/// Says whether this is a key of 32 bytes, in base64.
pub fn is_key(text: &str) -> bool {
    STANDARD.decode(text).is_ok_and(|bytes| bytes.len() == 32)
}

/// Checks an account SID.
pub fn account_sid(text: &str) -> Result<String, Allowed> {
    let digits = text.strip_prefix("AC").unwrap_or_default();
    let lower_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    if digits.len() == 32 && digits.bytes().all(lower_hex) {
        return Ok(text.to_owned());
    }
    Err("must be AC and 32 hexadecimal digits in lower case".to_owned())
}

/// Checks another id of Twilio's form: two letters and 32 hexadecimal digits.
pub fn sid(prefix: &str, text: &str) -> Result<(), Allowed> {
    let digits = text.strip_prefix(prefix).unwrap_or_default();
    if digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(());
    }
    Err(format!("must be {prefix} and 32 hexadecimal digits"))
}

/// Checks what messages can be sent from: a number, a short code, or a sender's name.
pub fn sender(text: &str) -> Result<(), Allowed> {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.@".contains(&byte);
    let plain = (3..=100).contains(&text.len()) && text.bytes().all(known);
    if plain || e164(text).is_ok() {
        return Ok(());
    }
    Err("must be a number in E.164, such as +12025550123, a short code, or a sender's id"
        .to_owned())
}

/// Checks the id of an RCS agent.
pub fn agent_id(text: &str) -> Result<(), Allowed> {
    if text.len() <= 128 && token(text).is_ok() {
        return Ok(());
    }
    Err("must be up to 128 characters of printable ASCII without blanks".to_owned())
}

/// Checks an id that is a number.
pub fn digits(text: &str) -> Result<String, Allowed> {
    if (1..=32).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(text.to_owned());
    }
    Err("must be digits".to_owned())
}

/// Checks a secret that goes into a header: printable, no blanks.
pub fn token(text: &str) -> Result<(), Allowed> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(());
    }
    Err("must be printable ASCII without blanks".to_owned())
}

/// Checks a phone number.
pub fn e164(text: &str) -> Result<String, Allowed> {
    let digits = text.strip_prefix('+').unwrap_or_default();
    let good = (7..=15).contains(&digits.len())
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && !digits.starts_with('0');
    if good {
        return Ok(text.to_owned());
    }
    Err("must be a number in E.164: + and 7 to 15 digits, such as +12025550123".to_owned())
}
