//! `X-Twilio-Signature`: verifies that Twilio sent a request (and signs one, as Twilio does).
//!
//! Sources: Twilio's "Webhooks security" page (`docs/usage/webhooks/webhooks-security`) for the
//! algorithm, "Webhook shared keys" for the settings header, and the `RequestValidator` of its
//! Python library for the parts that the pages leave open (repeated names, ports).
//!
//! The URL is made of the configured public base and the request target as received. `Host` and
//! `X-Forwarded-*` are the sender's words, so they have no part in it.

use std::{borrow::Cow, cmp::Ordering, fmt};

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use url::Url;

/// The header that carries the signature.
pub const SIGNATURE_HEADER: &str = "X-Twilio-Signature";
/// The header that names the shared key and the algorithm, if it is not the auth token.
pub const SETTINGS_HEADER: &str = "X-Twilio-Webhooks-Signature-Settings";

/// Verifies requests that say they come from one Twilio account.
pub struct Verifier {
    tokens: Vec<SecretString>,
    shared_keys: Vec<SharedKey>,
}

/// A key that Twilio signs webhooks with instead of the auth token.
pub struct SharedKey {
    /// Its id, as the settings header names it.
    pub id: String,
    /// What it was set up with; a request that names another is refused.
    pub algorithm: Algorithm,
    /// The secret.
    pub secret: SecretString,
}

/// The hash under a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// HMAC with SHA-1: all that the auth token is used with.
    HmacSha1,
    /// HMAC with SHA-256.
    HmacSha256,
}

/// A request as it came in, nothing decoded.
#[derive(Clone, Copy)]
pub struct Received<'a> {
    /// Path and query as on the request line, before any router cut a prefix off.
    pub target: &'a str,
    /// The signature header.
    pub signature: Option<&'a str>,
    /// The settings header.
    pub settings: Option<&'a str>,
    /// The content type; a GET has none.
    pub content_type: Option<&'a str>,
    /// The body.
    pub body: &'a [u8],
}

/// What a verified request says: decoded, in the order it came in, repeated names kept. The fields of a
/// body that is JSON are taken for those of a form.
#[derive(Clone, PartialEq, Eq)]
pub struct Params {
    form: Vec<(String, String)>,
    query: Vec<(String, String)>,
}

/// The request is not Twilio's, or cannot be shown to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// There is no signature header.
    #[error("the request has no signature")]
    Missing,
    /// The signature is not base64 of a hash.
    #[error("the signature cannot be read")]
    Malformed,
    /// Nobody who has the key made it for this URL and these parameters.
    #[error("the signature is another request's, or made with another key or for another URL")]
    Mismatch,
    /// The settings header names an algorithm that we do not know.
    #[error("the signature's algorithm is not known")]
    UnknownAlgorithm,
    /// The settings header names a key that is not configured, or not with that algorithm.
    #[error("the signature's key is not configured")]
    UnknownKey,
    /// A shared key is configured, and the request is signed with the auth token.
    #[error("the request must be signed with the shared key")]
    SharedKeyRequired,
    /// The body is no form, and the URL has no hash of it, or another one.
    #[error("the body is not the one that the URL was signed with")]
    BodyHash,
    /// The request target has no path.
    #[error("the request target has no path")]
    Target,
}

impl Verifier {
    /// Returns a verifier for an account's auth token. Of several, each is good: while a
    /// secondary token is promoted, Twilio may sign with either. Empty ones are left out: anyone
    /// can sign with no key.
    pub fn new(tokens: Vec<SecretString>) -> Self {
        let tokens = tokens.into_iter().filter(|it| !it.expose_secret().is_empty()).collect();
        Self { tokens, shared_keys: Vec::new() }
    }

    /// Requires one of these keys from now on; the auth token alone is refused then, or an
    /// attacker who has it could choose it.
    #[must_use]
    pub fn with_shared_keys(mut self, keys: Vec<SharedKey>) -> Self {
        self.shared_keys = keys;
        self
    }

    /// Returns the parameters of the request, if Twilio made it for `base` + its target.
    pub fn verify(&self, base: &Url, it: &Received<'_>) -> Result<Params, SignatureError> {
        let signature = it.signature.filter(|it| !it.is_empty()).ok_or(SignatureError::Missing)?;
        let signature = STANDARD
            .decode(signature)
            .map_err(|_undecodable: base64::DecodeError| SignatureError::Malformed)?;
        let (algorithm, keys) = self.keys(it.settings)?;

        let target = without_fragment(it.target);
        if !target.starts_with('/') {
            return Err(SignatureError::Target);
        }
        let query = target.split_once('?').map_or("", |(_path, query)| query);
        let query = decode(query.as_bytes());
        // What is no form is signed through its hash alone.
        let (form, tails) = if is_form(it) {
            let form = decode(it.body);
            let tails = ORDERS.map(|order| signed_params(&form, order));
            (form, tails)
        } else {
            check_body_hash(&query, it.body)?;
            (json_fields(it.body), Default::default())
        };
        let [tail, other] = &tails;
        let tails = if tail == other { &tails[..1] } else { &tails[..] };
        let genuine = origins(base).iter().any(|origin| {
            tails.iter().any(|tail| {
                let text = [origin.as_str(), target, tail.as_str()];
                keys.iter().any(|key| mac_matches(algorithm, key, &text, &signature))
            })
        });
        if genuine { Ok(Params { form, query }) } else { Err(SignatureError::Mismatch) }
    }

    fn keys(
        &self,
        settings: Option<&str>,
    ) -> Result<(Algorithm, Vec<&SecretString>), SignatureError> {
        let settings = Settings::parse(settings.unwrap_or_default());
        let algorithm = settings.algorithm.map(Algorithm::parse).transpose()?;
        if let Some(id) = settings.key {
            let key = self
                .shared_keys
                .iter()
                .filter(|key| !key.secret.expose_secret().is_empty())
                .find(|key| key.id == id && Some(key.algorithm) == algorithm)
                .ok_or(SignatureError::UnknownKey)?;
            return Ok((key.algorithm, vec![&key.secret]));
        }
        if !self.shared_keys.is_empty() {
            return Err(SignatureError::SharedKeyRequired);
        }
        match algorithm {
            None | Some(Algorithm::HmacSha1) => {
                Ok((Algorithm::HmacSha1, self.tokens.iter().collect()))
            }
            Some(Algorithm::HmacSha256) => Err(SignatureError::UnknownKey),
        }
    }
}

impl Params {
    /// Returns the first value of a parameter: of the form if there is one, else of the query.
    pub fn get(&self, name: &str) -> Option<&str> {
        let all = if self.form.is_empty() { &self.query } else { &self.form };
        first(all, name)
    }

    /// Returns the first value of a query parameter; the callbacks that we name carry our own.
    pub fn query(&self, name: &str) -> Option<&str> {
        first(&self.query, name)
    }
}

impl fmt::Debug for Params {
    /// Shows the names alone: the values are a customer's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = |list: &[(String, String)]| -> Vec<String> {
            list.iter().map(|(name, _value)| name.clone()).collect()
        };
        f.debug_struct("Params")
            .field("form", &names(&self.form))
            .field("query", &names(&self.query))
            .finish()
    }
}

impl Algorithm {
    fn parse(name: &str) -> Result<Self, SignatureError> {
        if name.eq_ignore_ascii_case("HMAC_SHA1") {
            Ok(Self::HmacSha1)
        } else if name.eq_ignore_ascii_case("HMAC_SHA256") {
            Ok(Self::HmacSha256)
        } else {
            Err(SignatureError::UnknownAlgorithm)
        }
    }
}

/// Returns the signature that Twilio puts on a form of these parameters for this URL; for fakes.
pub fn sign_form(url: &str, params: &[(String, String)], token: &SecretString) -> String {
    sign(Algorithm::HmacSha1, url, params, token)
}

/// Returns the signature of a form under a key of this algorithm; for fakes.
pub fn sign(
    algorithm: Algorithm,
    url: &str,
    params: &[(String, String)],
    key: &SecretString,
) -> String {
    let tail = signed_params(params, str::cmp);
    let text = [without_fragment(url), tail.as_str()];
    match algorithm {
        Algorithm::HmacSha1 => STANDARD.encode(mac::<Hmac<Sha1>>(key, &text).finalize().as_bytes()),
        Algorithm::HmacSha256 => {
            STANDARD.encode(mac::<Hmac<Sha256>>(key, &text).finalize().as_bytes())
        }
    }
}

/// The two parts of the settings header, `key=…,algorithm=…`.
#[derive(Default)]
struct Settings<'a> {
    key: Option<&'a str>,
    algorithm: Option<&'a str>,
}

impl<'a> Settings<'a> {
    fn parse(header: &'a str) -> Self {
        let mut settings = Self::default();
        for (name, value) in header.split(',').filter_map(|part| part.split_once('=')) {
            let value = Some(value.trim()).filter(|value| !value.is_empty());
            match name.trim() {
                "key" => settings.key = settings.key.or(value),
                "algorithm" => settings.algorithm = settings.algorithm.or(value),
                _ => {}
            }
        }
        settings
    }
}

/// Returns scheme and authority of the base as Twilio may have written them, then the base's
/// path without its last slash. Twilio signs now with the port and now without ("Webhooks
/// security", and `RequestValidator.validate`), so the standard port may be there or not.
fn origins(base: &Url) -> Vec<String> {
    let scheme = base.scheme();
    let host = base.host_str().unwrap_or_default();
    let path = base.path().trim_end_matches('/');
    let ports = [None, base.port_or_known_default()];
    ports
        .iter()
        .map(|port| match port {
            None => format!("{scheme}://{host}{path}"),
            Some(port) => format!("{scheme}://{host}:{port}{path}"),
        })
        .collect()
}

/// Says which of two texts comes first.
type Order = fn(&str, &str) -> Ordering;

/// How names and values are sorted: by code point in Twilio's library for Python, by UTF-16 unit in the one
/// for Node. They differ only between U+E000 and what is beyond U+FFFF, and either is Twilio's.
const ORDERS: [Order; 2] = [|a, b| a.cmp(b), |a, b| a.encode_utf16().cmp(b.encode_utf16())];

/// Returns the parameters as they are signed: names in order, each with its distinct values in order,
/// nothing between them.
fn signed_params(params: &[(String, String)], order: Order) -> String {
    let mut sorted: Vec<&(String, String)> = params.iter().collect();
    sorted.sort_by(|a, b| order(&a.0, &b.0).then_with(|| order(&a.1, &b.1)));
    sorted.dedup();
    sorted.into_iter().flat_map(|(name, value)| [name.as_str(), value.as_str()]).collect()
}

/// A body that is not a form is signed through `bodySHA256` in the URL.
fn check_body_hash(query: &[(String, String)], body: &[u8]) -> Result<(), SignatureError> {
    let stated = first(query, "bodySHA256").ok_or(SignatureError::BodyHash)?;
    let actual = hex::encode(Sha256::digest(body));
    let same: bool = actual.as_bytes().ct_eq(stated.as_bytes()).into();
    if same { Ok(()) } else { Err(SignatureError::BodyHash) }
}

/// Returns the fields of a body that is JSON, as a form would have them. What is nested is none.
fn json_fields(body: &[u8]) -> Vec<(String, String)> {
    let fields: Map<String, Value> = serde_json::from_slice(body).unwrap_or_default();
    let field = |(name, value)| match value {
        Value::String(text) => Some((name, text)),
        Value::Number(_) | Value::Bool(_) => Some((name, value.to_string())),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    };
    fields.into_iter().filter_map(field).collect()
}

fn is_form(it: &Received<'_>) -> bool {
    let Some(content_type) = it.content_type else { return it.body.is_empty() };
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

fn mac_matches(algorithm: Algorithm, key: &SecretString, text: &[&str], signature: &[u8]) -> bool {
    // `verify_slice` compares in constant time.
    match algorithm {
        Algorithm::HmacSha1 => mac::<Hmac<Sha1>>(key, text).verify_slice(signature).is_ok(),
        Algorithm::HmacSha256 => mac::<Hmac<Sha256>>(key, text).verify_slice(signature).is_ok(),
    }
}

fn mac<M: Mac + KeyInit>(key: &SecretString, text: &[&str]) -> M {
    let mut mac = <M as KeyInit>::new_from_slice(key.expose_secret().as_bytes())
        .expect("HMAC takes a key of any length (RFC 2104, section 2)");
    for part in text {
        mac.update(part.as_bytes());
    }
    mac
}

fn decode(text: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(text).map(|(k, v): (Cow<'_, str>, _)| (k.into(), v.into())).collect()
}

fn first<'a>(params: &'a [(String, String)], name: &str) -> Option<&'a str> {
    params.iter().find(|(key, _value)| key == name).map(|(_name, value)| value.as_str())
}

fn without_fragment(url: &str) -> &str {
    url.split_once('#').map_or(url, |(url, _fragment)| url)
}
