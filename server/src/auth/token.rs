//! Tokens of sessions and of the API: 256 random bits, of which only the hash is kept.

use secrecy::SecretString;
use sha2::{Digest, Sha256};

/// What a token is for. Each kind has a mark, so that a leaked one is recognised by scanners.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A person's session.
    Session,
    /// An API token.
    Token,
}

impl Kind {
    fn prefix(self) -> &'static str {
        match self {
            Self::Session => "tds_",
            Self::Token => "tdt_",
        }
    }
}

/// A new token and what is stored of it.
pub struct Minted {
    /// What the client keeps.
    pub token: SecretString,
    /// What the database keeps.
    pub hash: [u8; 32],
}

/// Makes a token.
pub fn mint(kind: Kind) -> Minted {
    let token = format!("{}{}", kind.prefix(), random_hex::<32>());
    Minted { hash: hash(&token), token: token.into() }
}

/// Returns what is stored of a token. A plain hash is enough: 256 random bits cannot be guessed.
pub fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// Returns `N` random bytes, in hexadecimal.
pub fn random_hex<const N: usize>() -> String {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the system gives random bytes");
    hex::encode(bytes)
}

/// The cookie that carries a token.
pub const COOKIE: &str = "tandem_session";

/// How a request carried its token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Via {
    /// In the `Authorization` header: no page can make a browser do that from elsewhere.
    Bearer,
    /// In a cookie: the browser adds it whoever's page asks, so the origin counts.
    Cookie,
}

/// Finds the token in a request's `Authorization` and `Cookie` headers.
pub fn find(authorization: Option<&str>, cookie: Option<&str>) -> Option<(String, Via)> {
    if let Some(value) = authorization {
        let (scheme, token) = value.split_once(' ')?;
        let bearer = scheme.eq_ignore_ascii_case("bearer");
        return bearer.then(|| (token.trim().to_owned(), Via::Bearer));
    }
    self::cookie(cookie, COOKIE).map(|value| (value, Via::Cookie))
}

/// Finds a cookie in a request's `Cookie` header.
pub fn cookie(header: Option<&str>, name: &str) -> Option<String> {
    let mut pairs = header?.split(';').filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(it, _value)| *it == name).map(|(_name, value)| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_found_where_it_may_be() {
        let found = |authorization, cookie| find(authorization, cookie).map(|(token, _via)| token);
        assert_eq!(found(Some("Bearer abc"), None).as_deref(), Some("abc"));
        assert_eq!(found(Some("bearer abc"), Some("tandem_session=x")).as_deref(), Some("abc"));
        assert_eq!(found(Some("Basic abc"), Some("tandem_session=x")), None);
        assert_eq!(found(None, Some("a=b; tandem_session=x; c=d")).as_deref(), Some("x"));
        assert_eq!(found(None, Some("nottandem_session=x")), None);
        assert_eq!(found(None, None), None);
    }

    #[test]
    fn tokens_are_long_and_stored_as_hashes() {
        use secrecy::ExposeSecret;
        let (a, b) = (mint(Kind::Session), mint(Kind::Token));
        assert_eq!(a.token.expose_secret().len(), 4 + 64);
        assert_ne!(a.hash, b.hash);
        assert_eq!(hash(a.token.expose_secret()), a.hash);
    }
}
