//! Why a signature does not match: tries what usually is wrong, so that an administrator need not guess.
//!
//! What is tried here lets nothing in. `Host` and `X-Forwarded-Proto` are the sender's words, and good
//! enough for a hint.

use secrecy::SecretString;
use url::Url;

use super::signature::{
    Algorithm, Received, SETTINGS_HEADER, SIGNATURE_HEADER, SharedKey, Verifier,
};
use crate::channels::{
    maker::{Secret, WebhookKeys},
    troubles::Diagnosis,
    webhook::Webhook,
};

/// Says what a webhook was checked against, and what is probably wrong.
pub(super) fn of(keys: &WebhookKeys, base: &Url, webhook: &Webhook<'_>) -> Diagnosis {
    let header = |name: &str| webhook.headers.get(&name.to_ascii_lowercase()).map(String::as_str);
    let received = Received {
        target: webhook.target,
        signature: header(SIGNATURE_HEADER),
        settings: header(SETTINGS_HEADER),
        content_type: header("content-type"),
        body: webhook.body,
    };
    let hint = if received.signature.is_none() {
        Some("it has no signature: most likely it is not from Twilio".to_owned())
    } else {
        explain(keys, base, &received, header("host"))
    };
    let url = Some(address(base, webhook.target));
    Diagnosis { url, keys: keys.told(), hint }
}

fn explain(
    keys: &WebhookKeys,
    base: &Url,
    received: &Received<'_>,
    host: Option<&str>,
) -> Option<String> {
    let values = |all: &[Secret]| all.iter().map(|it| it.value.clone()).collect();
    let tried: Vec<SecretString> = values(&keys.tried);
    let retired: Vec<SecretString> = values(&keys.retired);
    let signs = |keys: &[SecretString], base: &Url, target: &str| {
        let received = Received { target, ..*received };
        verifier(keys, received.settings).verify(base, &received).is_ok()
    };
    if signs(&retired, base, received.target) {
        return Some("it is signed with a secret that was replaced and has ended".to_owned());
    }
    if signs(&tried, &without_path(base), received.target) {
        let path = base.path();
        return Some(format!("it is signed for an address without `{path}`: add that at Twilio"));
    }
    let slashed = other_slash(received.target);
    if signs(&tried, base, &slashed) {
        return Some(
            "it is signed for the address with a slash more, or less, at its end".to_owned(),
        );
    }
    let others = others(base, host);
    if let Some(other) = others.iter().find(|other| signs(&tried, other, received.target)) {
        let url = address(other, received.target);
        return Some(format!(
            "it is signed for {url}: change TANDEM_PUBLIC_URL, or the address at Twilio"
        ));
    }
    named_key(received.settings?).map(|_id| {
        "it names a webhook key: see that the account has its id and its secret".to_owned()
    })
}

/// Takes these keys for what the request says that it is signed with.
fn verifier(keys: &[SecretString], settings: Option<&str>) -> Verifier {
    let Some(id) = settings.and_then(named_key) else { return Verifier::new(keys.to_vec()) };
    let shared = |secret: &SecretString| {
        let (id, algorithm) = (id.to_owned(), Algorithm::HmacSha256);
        SharedKey { id, algorithm, secret: secret.clone() }
    };
    Verifier::new(Vec::new()).with_shared_keys(keys.iter().map(shared).collect())
}

fn named_key(settings: &str) -> Option<&str> {
    settings.split(',').find_map(|part| part.trim().strip_prefix("key="))
}

fn address(base: &Url, target: &str) -> String {
    let path = target.split_once('?').map_or(target, |(path, _query)| path);
    format!("{}{path}", base.as_str().trim_end_matches('/'))
}

fn without_path(base: &Url) -> Url {
    let mut base = base.clone();
    base.set_path("");
    base
}

fn other_slash(target: &str) -> String {
    let (path, query) = target.split_once('?').map_or((target, None), |(p, q)| (p, Some(q)));
    let path = match path.strip_suffix('/') {
        Some(path) => path.to_owned(),
        None => format!("{path}/"),
    };
    query.map_or(path.clone(), |query| format!("{path}?{query}"))
}

/// The same with the other scheme, with another port, and where the request says that it went.
fn others(base: &Url, host: Option<&str>) -> Vec<Url> {
    let mut texts = Vec::new();
    let own = base.host_str().unwrap_or_default();
    // Without the port first: the check takes an address with its own port for the same.
    let hosts = [Some(own), host.and_then(|it| it.split(':').next()), host];
    for host in hosts.into_iter().flatten() {
        for scheme in ["https", "http"] {
            texts.push(format!("{scheme}://{host}{}", base.path()));
        }
    }
    texts.iter().filter_map(|text| text.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::channels::twilio::signature::{sign, sign_form};

    const TARGET: &str = "/webhooks/twilio/chn_1/messages?a=1";

    fn secret(value: &str) -> Secret {
        let (name, value) = ("auth_token".to_owned(), value.into());
        Secret { name, value, retires_at: None, retired: false }
    }

    fn hint(base: &str, signed_for: &str, key: &str) -> Option<String> {
        let keys = WebhookKeys { tried: vec![secret("in use")], retired: vec![secret("retired")] };
        let params = [("From".to_owned(), "+1".to_owned())];
        let signature = sign_form(signed_for, &params, &key.into());
        let headers = HashMap::from([("host".to_owned(), "a.example:8443".to_owned())]);
        let received = Received {
            target: TARGET,
            signature: Some(&signature),
            settings: None,
            content_type: Some("application/x-www-form-urlencoded"),
            body: b"From=%2B1",
        };
        explain(&keys, &base.parse().unwrap(), &received, headers.get("host").map(String::as_str))
    }

    #[test]
    fn what_usually_is_wrong_is_said() {
        let base = "https://inbox.example/t";
        let check = |signed_for: &str, key: &str, expected: &str| {
            let said = hint(base, &format!("{signed_for}{TARGET}"), key).unwrap_or_default();
            assert!(said.contains(expected) && said.is_empty() == expected.is_empty(), "{said}");
        };
        check(base, "retired", "was replaced");
        check("http://inbox.example/t", "in use", "signed for http://inbox.example/t/webhooks");
        check("https://inbox.example", "in use", "without `/t`");
        check("https://a.example:8443/t", "in use", "https://a.example:8443/t/webhooks");
        check("https://a.example/t", "in use", "signed for https://a.example/t/webhooks");
        check("https://elsewhere.example", "in use", "");
        check(base, "a stranger's", "");
        let slashed = format!("{base}/webhooks/twilio/chn_1/messages/?a=1");
        assert!(hint(base, &slashed, "in use").unwrap().contains("slash"));
    }

    #[test]
    fn a_webhook_key_is_tried_as_what_it_is() {
        let keys = WebhookKeys { tried: vec![secret("shared")], retired: Vec::new() };
        let base: Url = "https://inbox.example".parse().unwrap();
        let check = |signed_for: &str, key: &str, expected: &str| {
            let params = [("From".to_owned(), "+1".to_owned())];
            let url = format!("{signed_for}{TARGET}");
            let signature = sign(Algorithm::HmacSha256, &url, &params, &key.into());
            let received = Received {
                target: TARGET,
                signature: Some(&signature),
                settings: Some("key=WK1,algorithm=HMAC_SHA256"),
                content_type: Some("application/x-www-form-urlencoded"),
                body: b"From=%2B1",
            };
            let said = explain(&keys, &base, &received, None).unwrap();
            assert!(said.contains(expected), "{said}");
        };
        check("http://inbox.example", "shared", "signed for http://inbox.example/");
        check("https://inbox.example", "another", "names a webhook key");
    }
}
