//! Which addresses may be asked for a file: only those of the public internet. Whoever names the
//! file, a customer's provider or a redirect, could otherwise make us ask our own network.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    pin::Pin,
    sync::Arc,
};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

/// The address is not one that may be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the address is not a public one")]
pub struct Blocked;

/// Which addresses may be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Public ones.
    Public,
    /// This machine's, too: for fakes.
    Loopback,
}

impl Reach {
    /// Says whether an address may be asked.
    pub fn allows(self, ip: IpAddr) -> bool {
        let ip = ip.to_canonical();
        is_public(ip) || (self == Self::Loopback && ip.is_loopback())
    }

    /// Checks what an address says by itself: https, no password, no forbidden number. Names are
    /// checked once they are looked up. Numbers in decimal, hexadecimal or octal are one host to
    /// the URL's parser.
    pub fn check(self, url: &Url) -> Result<(), Blocked> {
        let host = url.host().ok_or(Blocked)?;
        let loopback = match &host {
            Host::Domain(name) => *name == "localhost",
            Host::Ipv4(ip) => ip.is_loopback(),
            Host::Ipv6(ip) => ip.is_loopback(),
        };
        let scheme = match url.scheme() {
            "https" => true,
            "http" => self == Self::Loopback && loopback,
            _ => false,
        };
        let number = match host {
            Host::Domain(_) => true,
            Host::Ipv4(ip) => self.allows(ip.into()),
            Host::Ipv6(ip) => self.allows(ip.into()),
        };
        let named = !url.username().is_empty() || url.password().is_some();
        if scheme && number && !named { Ok(()) } else { Err(Blocked) }
    }
}

/// Says whether an address is one of the public internet.
fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let special = match ip.octets() {
        // This network; carriers' own; protocols' own; 6to4 relays; benchmarks; reserved.
        [0 | 240..=255, ..] | [192, 0, 0, _] | [192, 88, 99, _] | [198, 18 | 19, ..] => true,
        [100, second, ..] => (64..128).contains(&second),
        _ => false,
    };
    !(special
        || ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_multicast()
        || ip.is_documentation())
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    match ip.segments() {
        // Translated by the network (RFC 6052): it goes to the IPv4 address at the end.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            let [a, b] = high.to_be_bytes();
            let [c, d] = low.to_be_bytes();
            is_public_v4(Ipv4Addr::new(a, b, c, d))
        }
        // Protocols' own, tunnels that carry IPv4 addresses, documentation.
        [0x2001, second, ..] => second >= 0x200 && second != 0xdb8,
        [0x2002, ..] => false,
        [0x3fff, second, ..] => second >= 0x1000,
        // All that was ever given out.
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

/// What looks names up.
pub trait Lookup: Send + Sync + 'static {
    /// Returns the addresses of a host.
    fn lookup(&self, host: String) -> LookingUp;
}

/// What [`Lookup::lookup`] returns.
pub type LookingUp = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;

/// The system's way to look names up.
pub struct System;

impl Lookup for System {
    fn lookup(&self, host: String) -> LookingUp {
        Box::pin(async move {
            let found = tokio::net::lookup_host((host, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// Looks names up for the HTTP client, which connects to these very addresses: what was checked is
/// what is asked, whatever the name means a moment later.
pub struct Checked {
    lookup: Arc<dyn Lookup>,
    reach: Reach,
}

impl Checked {
    /// Checks what `lookup` finds.
    pub fn new(lookup: Arc<dyn Lookup>, reach: Reach) -> Self {
        Self { lookup, reach }
    }
}

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        let (looking, reach) = (self.lookup.lookup(name.as_str().to_owned()), self.reach);
        Box::pin(async move {
            let found = looking.await?;
            // One forbidden address among others is no accident.
            if found.is_empty() || !found.iter().all(|ip| reach.allows(*ip)) {
                return Err(Blocked.into());
            }
            let found: Addrs = Box::new(found.into_iter().map(|ip| SocketAddr::new(ip, 0)));
            Ok(found)
        })
    }
}

#[cfg(test)]
mod tests {
    use parking_lot::Mutex;

    use super::*;

    #[test]
    fn only_public_addresses_may_be_asked() {
        let forbidden = [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.8.9.1",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::7f00:1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::7f00:1",
            "64:ff9b::a00:1",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::1",
            "3fff::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ];
        for ip in forbidden {
            assert!(!Reach::Public.allows(ip.parse().unwrap()), "{ip}");
        }
        let allowed = [
            "1.1.1.1",
            "8.8.8.8",
            "100.63.0.1",
            "100.128.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "192.0.1.1",
            "198.20.0.1",
            "2606:4700::1111",
            "2a00:1450::1",
            "::ffff:8.8.8.8",
            "64:ff9b::808:808",
        ];
        for ip in allowed {
            assert!(Reach::Public.allows(ip.parse().unwrap()), "{ip}");
        }
        assert!(Reach::Loopback.allows("127.0.0.1".parse().unwrap()));
        assert!(Reach::Loopback.allows("::ffff:127.0.0.1".parse().unwrap()));
        assert!(!Reach::Loopback.allows("10.0.0.1".parse().unwrap()));
    }

    #[test]
    fn a_number_is_known_however_it_is_written() {
        let check = |reach: Reach, url: &str| reach.check(&url.parse().unwrap()).is_ok();
        let forbidden = [
            "https://127.0.0.1/",
            "https://2130706433/",
            "https://0x7f000001/",
            "https://0x7f.1/",
            "https://0177.0.0.1/",
            "https://127.1/",
            "https://127.0.0.1./",
            "https://[::1]/",
            "https://[::ffff:7f00:1]/",
            "https://169.254.169.254/latest/meta-data/",
            "https://①②⑦.0.0.1/",
            "https://10.1/",
            "https://user:word@example.com/",
            "https://user@example.com/",
            "http://example.com/",
            "http://8.8.8.8/",
            "ftp://example.com/",
            "file:///etc/passwd",
            "data:text/plain,x",
        ];
        for url in forbidden {
            assert!(!check(Reach::Public, url), "{url}");
        }
        assert!(check(Reach::Public, "https://example.com/a?b"));
        assert!(check(Reach::Public, "https://8.8.8.8:8443/"));
        // A name is not yet a number: the look-up decides.
        assert!(check(Reach::Public, "https://localhost/"));
        assert!(check(Reach::Loopback, "http://127.0.0.1:8080/"));
        assert!(check(Reach::Loopback, "http://localhost:8080/"));
        assert!(!check(Reach::Loopback, "http://10.0.0.1/"));
        assert!(!check(Reach::Loopback, "http://example.com/"));
        assert!(!check(Reach::Loopback, "https://169.254.169.254/"));
    }

    /// Says another thing each time.
    struct Says(Mutex<Vec<Vec<&'static str>>>);

    impl Lookup for Says {
        fn lookup(&self, _host: String) -> LookingUp {
            let said = self.0.lock().remove(0);
            let said = said.into_iter().map(|ip| ip.parse().unwrap()).collect();
            Box::pin(async move { Ok(said) })
        }
    }

    #[tokio::test]
    async fn a_name_is_what_it_is_looked_up_as() {
        let answers: [(&[&'static str], bool); 7] = [
            (&["8.8.8.8", "2606:4700::1111"], true),
            // The same name, looked up again: rebound.
            (&["127.0.0.1"], false),
            (&["8.8.8.8", "10.0.0.1"], false),
            (&["::ffff:169.254.169.254"], false),
            (&["fd00::1"], false),
            (&["0.0.0.0"], false),
            (&[], false),
        ];
        let says = answers.iter().map(|(said, _good)| said.to_vec()).collect();
        let resolver = Checked::new(Arc::new(Says(Mutex::new(says))), Reach::Public);
        for (said, good) in answers {
            let found = resolver.resolve("rebind.example".parse().unwrap()).await;
            assert_eq!(found.is_ok(), good, "{said:?}");
            let ips =
                |addresses: Addrs| addresses.map(|it| it.ip().to_string()).collect::<Vec<_>>();
            match found {
                Ok(addresses) => assert_eq!(ips(addresses), said),
                Err(error) => assert!(error.is::<Blocked>(), "{error}"),
            }
        }
    }
}
