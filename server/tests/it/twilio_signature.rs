//! Which webhooks are taken for Twilio's. `data/twilio_signatures.json` has its documented
//! answers and others computed by its Python library (`source` says which).

use secrecy::SecretString;
use serde::Deserialize;
use server::channels::twilio::signature::{
    Algorithm, Params, Received, SharedKey, SignatureError, Verifier, sign, sign_form,
};
use url::Url;

pub(crate) const FORM: &str = "application/x-www-form-urlencoded";
const BASE: &str = "https://inbox.example";
const TARGET: &str = "/webhooks/twilio/chn_1?tenant=a";
const TOKEN: &str = "12345";

/// A request whose signature is known.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) base: String,
    pub(crate) target: String,
    pub(crate) key: String,
    pub(crate) algorithm: String,
    pub(crate) params: Option<Vec<(String, String)>>,
    pub(crate) body: Option<String>,
    pub(crate) signature: String,
}

impl Case {
    pub(crate) fn verify_as(
        &self,
        key: &str,
        base: &str,
        target: &str,
    ) -> Result<Params, SignatureError> {
        let (content_type, body) = match (&self.params, &self.body) {
            (Some(params), _) => (FORM, form(params)),
            (None, body) => ("application/json", body.clone().unwrap_or_default()),
        };
        let settings = format!("key=key_1,algorithm={}", self.algorithm);
        let shared = self.algorithm != "HMAC_SHA1";
        let verifier = if shared { with_shared_key(key) } else { verifier(key) };
        let base: Url = base.parse().unwrap();
        verifier.verify(
            &base,
            &Received {
                target,
                signature: Some(&self.signature),
                settings: shared.then_some(&settings),
                content_type: Some(content_type),
                body: body.as_bytes(),
            },
        )
    }
}

fn cases() -> Vec<Case> {
    serde_json::from_str(include_str!("../data/twilio_signatures.json")).unwrap()
}

fn verifier(token: &str) -> Verifier {
    Verifier::new(vec![SecretString::from(token)])
}

fn with_shared_key(secret: &str) -> Verifier {
    verifier(TOKEN).with_shared_keys(vec![SharedKey {
        id: "key_1".into(),
        algorithm: Algorithm::HmacSha256,
        secret: SecretString::from(secret),
    }])
}

pub(crate) fn form(params: &[(String, String)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(params).finish()
}

pub(crate) fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn sms() -> Vec<(String, String)> {
    pairs(&[("To", "+12025550143"), ("From", "+14155552671"), ("Body", "Hello")])
}

/// Verifies `sms()` as received at `BASE` + `target`, where it was signed for `signed_url`.
fn check_url(base: &str, target: &str, signed_url: &str) -> Result<Params, SignatureError> {
    let signature = sign_form(signed_url, &sms(), &SecretString::from(TOKEN));
    let body = form(&sms());
    let it = Received {
        target,
        signature: Some(&signature),
        settings: None,
        content_type: Some(FORM),
        body: body.as_bytes(),
    };
    verifier(TOKEN).verify(&base.parse().unwrap(), &it)
}

#[test]
fn every_known_signature_is_good_and_good_for_nothing_else() {
    for case in cases() {
        let (base, target) = (&case.base, &case.target);
        let params = case.verify_as(&case.key, base, target);
        let params = params.unwrap_or_else(|error| panic!("{}: {error}", case.name));
        for (name, _value) in case.params.iter().flatten() {
            assert!(params.get(name).is_some(), "{}: {name}", case.name);
        }
        let mismatch = Err(SignatureError::Mismatch);
        assert_eq!(case.verify_as("12346", base, target), mismatch, "{}: key", case.name);
        assert!(case.verify_as("", base, target).is_err(), "{}: no key", case.name);
        let other = format!("{target}{}x=1", if target.contains('?') { "&" } else { "?" });
        assert_eq!(case.verify_as(&case.key, base, &other), mismatch, "{}: URL", case.name);
        for n in 0..case.params.as_ref().map_or(0, Vec::len) {
            let mut forged = case.clone();
            forged.params.as_mut().unwrap()[n].1.push('~');
            assert_eq!(forged.verify_as(&case.key, base, target), mismatch, "{} {n}", case.name);
        }
    }
}

#[test]
fn the_url_is_compared_to_the_letter() {
    let good = |base: &str, target: &str, signed: &str| {
        assert!(check_url(base, target, signed).is_ok(), "{base}{target} signed as {signed}");
    };
    let bad = |base: &str, target: &str, signed: &str| {
        let error = Err(SignatureError::Mismatch);
        assert_eq!(check_url(base, target, signed), error, "{base}{target} signed as {signed}");
    };
    good(BASE, "/a?b=1", "https://inbox.example/a?b=1");
    bad(BASE, "/a?b=1", "http://inbox.example/a?b=1");
    bad(BASE, "/a", "https://inbox.example/a/");
    bad(BASE, "/a/", "https://inbox.example/a");
    bad(BASE, "/a", "https://Inbox.example/a");
    bad(BASE, "/a", "https://other.example/a");
    bad(BASE, "/a?b=%20", "https://inbox.example/a?b=+");
    bad(BASE, "/a?b=+", "https://inbox.example/a?b=%20");
    bad(BASE, "/a?b=%c3%a9", "https://inbox.example/a?b=%C3%A9");
    // Settings for Twilio's retries stand in the fragment, which it does not sign.
    good(BASE, "/a?b=1", "https://inbox.example/a?b=1#rc=3&rp=all");
    good(BASE, "/a?b=1#rc=3", "https://inbox.example/a?b=1");
    // The standard port is signed now and then.
    good(BASE, "/a", "https://inbox.example:443/a");
    good("https://inbox.example:443", "/a", "https://inbox.example/a");
    good("http://inbox.example", "/a", "http://inbox.example:80/a");
    bad(BASE, "/a", "https://inbox.example:8443/a");
    good("https://inbox.example:8443", "/a", "https://inbox.example:8443/a");
    good("https://inbox.example:8443", "/a", "https://inbox.example/a");
    bad("https://inbox.example:8443", "/a", "https://inbox.example:443/a");
    // A public base with a path, as behind a proxy that cuts it off.
    good("https://inbox.example/tandem/", "/a", "https://inbox.example/tandem/a");
    bad("https://inbox.example/tandem", "/a", "https://inbox.example/a");
    assert_eq!(check_url(BASE, "a", "https://inbox.example/a"), Err(SignatureError::Target));
}

#[test]
fn a_request_without_a_readable_signature_is_refused() {
    let body = form(&sms());
    let verify = |signature: Option<&str>| {
        let it = Received {
            target: TARGET,
            signature,
            settings: None,
            content_type: Some(FORM),
            body: body.as_bytes(),
        };
        verifier(TOKEN).verify(&BASE.parse().unwrap(), &it)
    };
    let good = sign_form(&format!("{BASE}{TARGET}"), &sms(), &SecretString::from(TOKEN));
    assert!(verify(Some(&good)).is_ok());
    assert_eq!(verify(None), Err(SignatureError::Missing));
    assert_eq!(verify(Some("")), Err(SignatureError::Missing));
    assert_eq!(verify(Some("not base64!")), Err(SignatureError::Malformed));
    assert_eq!(verify(Some("AAAA")), Err(SignatureError::Mismatch));
    assert_eq!(verify(Some(&format!("{good}{good}"))), Err(SignatureError::Malformed));
}

#[test]
fn no_key_at_all_lets_nobody_in() {
    for tokens in [vec![], vec![SecretString::from("")]] {
        let signature = sign_form(&format!("{BASE}{TARGET}"), &[], &SecretString::from(""));
        let it = Received {
            target: TARGET,
            signature: Some(&signature),
            settings: None,
            content_type: None,
            body: b"",
        };
        let verdict = Verifier::new(tokens).verify(&BASE.parse().unwrap(), &it);
        assert_eq!(verdict, Err(SignatureError::Mismatch));
    }
}

#[test]
fn either_token_is_good_while_one_is_replaced() {
    let both = Verifier::new(vec![SecretString::from("old"), SecretString::from("new")]);
    for (token, expected) in [("old", true), ("new", true), ("other", false)] {
        let signature = sign_form(&format!("{BASE}{TARGET}"), &[], &SecretString::from(token));
        let it = Received {
            target: TARGET,
            signature: Some(&signature),
            settings: None,
            content_type: None,
            body: b"",
        };
        let verdict = both.verify(&BASE.parse().unwrap(), &it);
        assert_eq!(verdict.is_ok(), expected, "{token}");
    }
}

#[test]
fn a_get_says_everything_in_its_url() {
    let target = "/webhooks/twilio?Body=a%20b&From=%2B14155552671";
    let signature = sign_form(&format!("{BASE}{target}"), &[], &SecretString::from(TOKEN));
    let it = |target| Received {
        target,
        signature: Some(&signature),
        settings: None,
        content_type: None,
        body: b"",
    };
    let params = verifier(TOKEN).verify(&BASE.parse().unwrap(), &it(target)).unwrap();
    assert_eq!((params.get("Body"), params.get("From")), (Some("a b"), Some("+14155552671")));
    let forged = target.replace("a%20b", "a%20c");
    let verdict = verifier(TOKEN).verify(&BASE.parse().unwrap(), &it(&forged));
    assert_eq!(verdict, Err(SignatureError::Mismatch));
}

#[test]
fn a_body_that_is_no_form_must_have_the_hash_in_the_url() {
    let body = br#"{"a":1}"#;
    let hash = hex::encode(<sha2::Sha256 as sha2::Digest>::digest(body));
    let verify = |query: &str, content_type, body: &[u8]| {
        let target = format!("/w{query}");
        let url = format!("{BASE}{target}");
        let signature = sign_form(&url, &[], &SecretString::from(TOKEN));
        let it = Received {
            target: &target,
            signature: Some(&signature),
            settings: None,
            content_type,
            body,
        };
        verifier(TOKEN).verify(&BASE.parse().unwrap(), &it)
    };
    let json = Some("application/json; charset=utf-8");
    let right = format!("?bodySHA256={hash}");
    assert!(verify(&right, json, body).is_ok());
    assert_eq!(verify(&right, json, br#"{"a":2}"#), Err(SignatureError::BodyHash));
    assert_eq!(verify("", json, body), Err(SignatureError::BodyHash));
    assert_eq!(verify("", None, body), Err(SignatureError::BodyHash));
    assert_eq!(verify("", Some("text/plain"), body), Err(SignatureError::BodyHash));
    let capitals = format!("?bodySHA256={}", hash.to_uppercase());
    assert_eq!(verify(&capitals, json, body), Err(SignatureError::BodyHash));
    // As a form it would be one long name, and that name is not signed.
    assert_eq!(verify(&right, Some(FORM), body), Err(SignatureError::Mismatch));
}

#[test]
fn a_shared_key_cannot_be_talked_down() {
    let (token, secret) = (SecretString::from(TOKEN), SecretString::from("shared secret"));
    let url = format!("{BASE}{TARGET}");
    let body = form(&sms());
    let by_token = sign_form(&url, &sms(), &token);
    let token_256 = sign(Algorithm::HmacSha256, &url, &sms(), &token);
    let by_key = sign(Algorithm::HmacSha256, &url, &sms(), &secret);
    let by_key_sha1 = sign(Algorithm::HmacSha1, &url, &sms(), &secret);
    let plain = verifier(TOKEN);
    let shared = with_shared_key("shared secret");
    let unset = with_shared_key("");

    let check = |verifier: &Verifier, settings, signature: &str, expected| {
        let it = Received {
            target: TARGET,
            signature: Some(signature),
            settings,
            content_type: Some(FORM),
            body: body.as_bytes(),
        };
        let verdict = verifier.verify(&BASE.parse().unwrap(), &it).map(|_params| ());
        assert_eq!(verdict, expected, "{settings:?} {signature}");
    };
    let good = Some("key=key_1,algorithm=HMAC_SHA256");
    check(&shared, good, &by_key, Ok(()));
    check(&shared, Some(" algorithm = hmac_sha256 , key = key_1 "), &by_key, Ok(()));
    check(&shared, good, &by_token, Err(SignatureError::Mismatch));
    check(&shared, good, &token_256, Err(SignatureError::Mismatch));
    check(&shared, None, &by_token, Err(SignatureError::SharedKeyRequired));
    check(&shared, Some(""), &by_token, Err(SignatureError::SharedKeyRequired));
    let sha1 = Some("algorithm=HMAC_SHA1");
    check(&shared, sha1, &by_token, Err(SignatureError::SharedKeyRequired));
    let key_sha1 = Some("key=key_1,algorithm=HMAC_SHA1");
    check(&shared, key_sha1, &by_key_sha1, Err(SignatureError::UnknownKey));
    check(&shared, Some("key=key_1"), &by_key_sha1, Err(SignatureError::UnknownKey));
    let other = Some("key=key_2,algorithm=HMAC_SHA256");
    check(&shared, other, &by_key, Err(SignatureError::UnknownKey));
    let unknown = Some("key=key_1,algorithm=HMAC_SHA512");
    check(&shared, unknown, &by_key, Err(SignatureError::UnknownAlgorithm));
    check(
        &unset,
        good,
        &sign(Algorithm::HmacSha256, &url, &sms(), &SecretString::from("")),
        Err(SignatureError::UnknownKey),
    );

    check(&plain, None, &by_token, Ok(()));
    check(&plain, Some(""), &by_token, Ok(()));
    check(&plain, sha1, &by_token, Ok(()));
    check(&plain, good, &by_key, Err(SignatureError::UnknownKey));
    check(&plain, Some("algorithm=HMAC_SHA256"), &token_256, Err(SignatureError::UnknownKey));
    let unknown = Some("algorithm=NONE");
    check(&plain, unknown, &by_token, Err(SignatureError::UnknownAlgorithm));
}
