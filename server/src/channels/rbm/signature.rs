//! `X-Goog-Signature` and the challenge: verifies that Google sent a request (and signs one, as
//! Google does).
//!
//! Source: RCS for Business, "Configure your webhook" (`guides/integrate/webhooks`). Only the data
//! of a message is signed; whatever stands around it is anybody's word.

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha512;
use subtle::{Choice, ConstantTimeEq};

/// The header that carries the signature.
pub const SIGNATURE_HEADER: &str = "X-Goog-Signature";

/// The client tokens of a webhook. Of several, each is good: while one is replaced, Google may sign
/// with either.
pub struct ClientTokens {
    tokens: Vec<SecretString>,
}

impl ClientTokens {
    /// Returns a verifier for these tokens. Empty ones are left out: anyone can sign with no key.
    pub fn new(tokens: Vec<SecretString>) -> Self {
        let tokens = tokens.into_iter().filter(|it| !it.expose_secret().is_empty()).collect();
        Self { tokens }
    }

    /// Says whether a challenge names one of the tokens.
    pub fn has(&self, token: &str) -> bool {
        self.any(|own| own.expose_secret().as_bytes().ct_eq(token.as_bytes()))
    }

    /// Says whether one of the tokens has signed the data.
    pub fn have_signed(&self, data: &[u8], signature: &str) -> bool {
        let Ok(signature) = STANDARD.decode(signature.trim()) else { return false };
        self.any(|own| {
            let good = mac(own, data).verify_slice(&signature).is_ok();
            Choice::from(u8::from(good))
        })
    }

    /// Asks all of them, so that the time does not tell which.
    fn any(&self, check: impl Fn(&SecretString) -> Choice) -> bool {
        self.tokens.iter().fold(Choice::from(0), |found, own| found | check(own)).into()
    }
}

/// Signs data as Google does.
pub fn sign(token: &SecretString, data: &[u8]) -> String {
    STANDARD.encode(mac(token, data).finalize().into_bytes())
}

fn mac(token: &SecretString, data: &[u8]) -> Hmac<Sha512> {
    let mut mac = <Hmac<Sha512> as KeyInit>::new_from_slice(token.expose_secret().as_bytes())
        .expect("HMAC takes a key of any length (RFC 2104, section 2)");
    mac.update(data);
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(all: &[&str]) -> ClientTokens {
        ClientTokens::new(all.iter().map(|it| SecretString::from(*it)).collect())
    }

    /// RFC 4231, test case 2.
    #[test]
    fn a_known_signature_is_good_and_a_changed_one_is_not() {
        let data = b"what do ya want for nothing?";
        let signature = sign(&"Jefe".into(), data);
        let raw = STANDARD.decode(&signature).unwrap();
        assert_eq!(
            hex::encode(raw),
            "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"
        );
        let own = tokens(&["Jefe"]);
        assert!(own.have_signed(data, &signature));
        assert!(own.have_signed(data, &format!(" {signature} ")));
        assert!(!own.have_signed(b"what do ya want for nothing!", &signature));
        for length in [4, 20, 84, 87] {
            let cut: String = signature.chars().take(length).collect();
            assert!(!own.have_signed(data, &cut), "{cut}");
        }
        for wrong in ["", "%%%", "AAAA"] {
            assert!(!own.have_signed(data, wrong), "{wrong}");
        }
    }

    #[test]
    fn while_tokens_are_replaced_each_is_good() {
        let own = tokens(&["old", "new", ""]);
        for token in ["old", "new"] {
            assert!(own.has(token));
            assert!(own.have_signed(b"x", &sign(&token.into(), b"x")));
        }
        for token in ["", "ol", "older", "other"] {
            assert!(!own.has(token), "{token}");
            assert!(!own.have_signed(b"x", &sign(&token.into(), b"x")), "{token}");
        }
        assert!(!tokens(&[]).has(""));
    }
}
