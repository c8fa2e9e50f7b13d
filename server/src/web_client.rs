//! Calls over the web, whoever they go to: how clients are made, where secrets may be sent, how much of an
//! answer is read.

use std::time::Duration;

use reqwest::{Client, Response, redirect};
use url::{Host, Url};

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

#[cfg(test)]
mod tests {
    use super::*;

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
