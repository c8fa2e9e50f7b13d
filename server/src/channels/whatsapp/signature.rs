//! `X-Hub-Signature-256`: verifies that Meta sent a request (and signs one, as Meta does), and answers
//! when Meta asks whether the address is ours.
//!
//! Source: "Create a webhook endpoint". The signature is over the bytes as they came: Meta escapes what
//! is not ASCII, and JSON that was read and written again is another text.

use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// The header that carries the signature.
pub const SIGNATURE_HEADER: &str = "X-Hub-Signature-256";

/// A challenge is a number; nobody needs a longer echo.
const CHALLENGE_BYTES_MAX: usize = 256;

/// Verifies requests that say they come from one Meta app.
pub struct Verifier {
    app_secrets: Vec<SecretString>,
    verify_token: SecretString,
}

/// The request is not Meta's, or cannot be shown to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// There is no signature header, or there are two.
    #[error("the request has no signature")]
    Missing,
    /// The signature is not `sha256=` and 64 hexadecimal digits.
    #[error("the signature cannot be read")]
    Malformed,
    /// Nobody who has the app's secret made it for this body.
    #[error("the signature is another body's, or made with another app's secret")]
    Mismatch,
    /// It asks for a subscription with another token, or not as Meta does.
    #[error("the verify token is another one")]
    Token,
}

impl Verifier {
    /// Returns a verifier for an app. Of several secrets, each is good: while one is replaced, Meta may
    /// sign with either. Empty ones are left out: anyone can sign with no key.
    pub fn new(app_secrets: Vec<SecretString>, verify_token: SecretString) -> Self {
        let filled = |it: &SecretString| !it.expose_secret().is_empty();
        Self { app_secrets: app_secrets.into_iter().filter(filled).collect(), verify_token }
    }

    /// Says whether Meta signed this body.
    pub fn verify(&self, signature: Option<&str>, body: &[u8]) -> Result<(), SignatureError> {
        let signature = signature.filter(|it| !it.is_empty()).ok_or(SignatureError::Missing)?;
        let hash = signature
            .strip_prefix("sha256=")
            .and_then(|digits| hex::decode(digits).ok())
            .filter(|hash| hash.len() == 32)
            .ok_or(SignatureError::Malformed)?;
        // `verify_slice` compares in constant time.
        let made_by = |secret: &SecretString| mac(secret, body).verify_slice(&hash).is_ok();
        if self.app_secrets.iter().any(made_by) { Ok(()) } else { Err(SignatureError::Mismatch) }
    }

    /// Returns what Meta wants to hear when it asks whether the address is ours.
    pub fn challenge(&self, query: &str) -> Result<String, SignatureError> {
        let params: Vec<_> = form_urlencoded::parse(query.as_bytes()).collect();
        let only = |name: &str| {
            let mut values = params.iter().filter(|(key, _value)| key == name);
            let value = values.next().map(|(_name, value)| value.as_ref())?;
            values.next().is_none().then_some(value)
        };
        let token = only("hub.verify_token").unwrap_or_default();
        let expected = self.verify_token.expose_secret();
        let same: bool = token.as_bytes().ct_eq(expected.as_bytes()).into();
        let good = same && !expected.is_empty() && only("hub.mode") == Some("subscribe");
        only("hub.challenge")
            .filter(|it| good && (1..=CHALLENGE_BYTES_MAX).contains(&it.len()))
            .map(str::to_owned)
            .ok_or(SignatureError::Token)
    }
}

/// Signs a body as Meta does.
pub fn sign(body: &[u8], app_secret: &SecretString) -> String {
    format!("sha256={}", hex::encode(mac(app_secret, body).finalize().into_bytes()))
}

fn mac(secret: &SecretString, body: &[u8]) -> Hmac<Sha256> {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(secret.expose_secret().as_bytes())
        .expect("HMAC takes a key of any length (RFC 2104, section 2)");
    mac.update(body);
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From the test of Meta's own library.
    const KNOWN: &str = "sha256=0c61947b610d4f45e65f3d680e26027121ec2413e77598bcb6cfc6e0d9888221";

    fn verifier(secrets: &[&str]) -> Verifier {
        let secrets = secrets.iter().map(|it| SecretString::from(*it)).collect();
        Verifier::new(secrets, "a verify token & more".into())
    }

    #[test]
    fn metas_own_answer_is_ours() {
        assert_eq!(sign(b"test", &"TEST_APP_SECRET".into()), KNOWN);
        assert_eq!(verifier(&["TEST_APP_SECRET"]).verify(Some(KNOWN), b"test"), Ok(()));
    }

    #[test]
    fn one_of_several_secrets_is_enough_and_an_empty_one_is_none() {
        let check = |secrets: &[&str], by: &str| {
            verifier(secrets).verify(Some(&sign(b"{}", &by.into())), b"{}")
        };
        assert_eq!(check(&["old", "new"], "old"), Ok(()));
        assert_eq!(check(&["old", "new"], "new"), Ok(()));
        assert_eq!(check(&["new"], "old"), Err(SignatureError::Mismatch));
        assert_eq!(check(&["", "new"], ""), Err(SignatureError::Mismatch));
        assert_eq!(check(&[], ""), Err(SignatureError::Mismatch));
    }

    #[test]
    fn anything_else_is_forged() {
        let verifier = verifier(&["TEST_APP_SECRET"]);
        let check = |signature: Option<&str>, body: &[u8]| verifier.verify(signature, body);
        assert_eq!(check(None, b"test"), Err(SignatureError::Missing));
        assert_eq!(check(Some(""), b"test"), Err(SignatureError::Missing));
        let digits = KNOWN.strip_prefix("sha256=").unwrap();
        let cut = KNOWN.strip_suffix("21").unwrap();
        for odd in ["sha256=", "sha256=zz", "sha1=00", digits, cut, &format!("{KNOWN}00"), "é"] {
            assert_eq!(check(Some(odd), b"test"), Err(SignatureError::Malformed), "{odd}");
        }
        for body in [&b"test "[..], b"tesT", b"", b"\xff"] {
            assert_eq!(check(Some(KNOWN), body), Err(SignatureError::Mismatch), "{body:?}");
        }
    }

    #[test]
    fn what_is_signed_is_the_bytes() {
        let verifier = verifier(&["s"]);
        let (raw, escaped) = ("{\"a\":\"é/\"}", r#"{"a":"\u00e9\/"}"#);
        for body in [raw, escaped] {
            let signature = sign(body.as_bytes(), &"s".into());
            let results = [raw, escaped].map(|it| verifier.verify(Some(&signature), it.as_bytes()));
            assert_eq!(results.map(|it| it.is_ok()), [raw == body, escaped == body]);
        }
    }

    #[test]
    fn the_challenge_is_for_who_knows_the_token() {
        let verifier = verifier(&["s"]);
        let (mode, token) = ("hub.mode=subscribe", "hub.verify_token=a+verify%20token+%26+more");
        let ask = |query: &str| verifier.challenge(query).ok();
        let good = format!("{mode}&hub.challenge=1158201444&{token}");
        assert_eq!(ask(&good).as_deref(), Some("1158201444"));
        // Whatever it is, it is answered as plain text.
        let odd = format!("{mode}&hub.challenge=%3Cb%3E&{token}");
        assert_eq!(ask(&odd).as_deref(), Some("<b>"));
        let long = "1".repeat(257);
        for bad in [
            "",
            &format!("{mode}&hub.challenge=1&hub.verify_token=other"),
            &format!("{mode}&hub.challenge=1&hub.verify_token="),
            &format!("{mode}&hub.challenge=1"),
            &format!("{mode}&hub.challenge=1&{token}&{token}"),
            &format!("hub.mode=unsubscribe&hub.challenge=1&{token}"),
            &format!("hub.challenge=1&{token}"),
            &format!("{mode}&{token}"),
            &format!("{mode}&hub.challenge=&{token}"),
            &format!("{mode}&hub.challenge={long}&{token}"),
        ] {
            assert_eq!(verifier.challenge(bad), Err(SignatureError::Token), "{bad}");
        }
        let open = Verifier::new(vec!["s".into()], "".into());
        let query = format!("{mode}&hub.challenge=1&hub.verify_token=");
        assert_eq!(open.challenge(&query), Err(SignatureError::Token), "no token, no answer");
    }
}
