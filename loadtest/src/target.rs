//! Where to: this machine, unless the caller says that another one is theirs.

use std::net::IpAddr;

use anyhow::{Context, bail, ensure};
use reqwest::Url;

/// A server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Its base, without a slash at its end.
    pub http: String,
    /// Where its sockets are.
    pub ws: String,
    /// Its host and port.
    pub authority: String,
}

/// Reads and checks the address of a server.
pub fn check(text: &str, owned: bool) -> anyhow::Result<Target> {
    let url: Url = text.parse().context("--url must be a URL such as http://127.0.0.1:8080")?;
    ensure!(url.scheme() == "http", "--url must begin with http://: TLS is not spoken yet");
    let plain = url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    ensure!(plain, "--url must have no user, query or fragment");
    if !owned && !is_loopback(&url) {
        let host = url.host_str().unwrap_or_default();
        bail!("{host} is not this machine; if it is yours to load, add --allow-remote");
    }
    let http = url.as_str().trim_end_matches('/').to_owned();
    let ws = format!("{}/ws", http.replacen("http", "ws", 1));
    let host = url.host_str().unwrap_or_default();
    let authority = format!("{host}:{}", url.port_or_known_default().unwrap_or(80));
    Ok(Target { http, ws, authority })
}

/// A name other than `localhost` could be anybody's tomorrow.
fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_loaded_unasked() {
        for own in ["http://127.0.0.1:8080", "http://localhost:1/", "http://[::1]:8080"] {
            assert!(check(own, false).is_ok(), "{own}");
        }
        for other in ["http://inbox.example.com", "http://10.0.0.1", "http://localhost.example"] {
            assert!(check(other, false).is_err(), "{other}");
            assert!(check(other, true).is_ok(), "{other}");
        }
        for wrong in ["", "127.0.0.1:8080", "https://127.0.0.1", "http://a@127.0.0.1"] {
            assert!(check(wrong, true).is_err(), "{wrong}");
        }
        let target = check("http://127.0.0.1:8080/", false).unwrap();
        assert_eq!(target.http, "http://127.0.0.1:8080");
        assert_eq!(target.ws, "ws://127.0.0.1:8080/ws");
        assert_eq!(target.authority, "127.0.0.1:8080");
    }
}
