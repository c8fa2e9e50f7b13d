//! The key file of a Google service account: read once at start, checked field by field.
//!
//! Source: Google Cloud, "Create and delete service account keys" (the JSON of a key).

use std::{fmt, sync::Arc};

use rustls::{
    SignatureScheme,
    crypto::ring::sign::any_supported_type,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer, pem::PemObject},
    sign::SigningKey,
};
use serde_json::{Map, Value};
use url::Url;

use crate::web_client::is_safe;

/// A service account that can sign.
pub struct ServiceAccount {
    /// Who it is: `…@….iam.gserviceaccount.com`.
    pub client_email: String,
    /// Which of its keys this is.
    pub key_id: String,
    /// Where access tokens are given out.
    pub token_uri: Url,
    key: Arc<dyn SigningKey>,
}

/// The key file cannot be used: the field at fault, and never what is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ServiceAccountError {
    /// It is no JSON object.
    #[error("the file is not the JSON of a service account's key")]
    NotJson,
    /// A field is not there, or empty, or no text.
    #[error("`{0}` is missing, or not a text")]
    Missing(&'static str),
    /// A field is there and cannot be right.
    #[error("`{0}` must be {1}")]
    Wrong(&'static str, &'static str),
}

impl ServiceAccount {
    /// Reads the JSON of a key.
    pub fn read(json: &[u8]) -> Result<Self, ServiceAccountError> {
        use ServiceAccountError::{NotJson, Wrong};
        let fields: Map<String, Value> =
            serde_json::from_slice(json).map_err(|_secret: serde_json::Error| NotJson)?;
        // The other kinds of credentials have other fields, and this says it better.
        if fields.get("type").is_some_and(|it| it != "service_account") {
            return Err(Wrong("type", "`service_account`"));
        }
        let client_email = text(&fields, "client_email")?.to_owned();
        if !client_email.contains('@') {
            return Err(Wrong("client_email", "an e-mail address"));
        }
        let key_id = text(&fields, "private_key_id")?.to_owned();
        let token_uri = token_uri(text(&fields, "token_uri")?)
            .ok_or(Wrong("token_uri", "an https URL (http only on this machine)"))?;
        let key = key(text(&fields, "private_key")?)
            .ok_or(Wrong("private_key", "an RSA key of 2,048 bits or more, in PEM (PKCS#8)"))?;
        Ok(Self { client_email, key_id, token_uri, key })
    }

    /// Signs as RS256 does (RFC 7518, section 3.3).
    pub fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        self.key.choose_scheme(&[SignatureScheme::RSA_PKCS1_SHA256])?.sign(message).ok()
    }
}

impl fmt::Debug for ServiceAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceAccount")
            .field("client_email", &self.client_email)
            .finish_non_exhaustive()
    }
}

fn text<'a>(
    fields: &'a Map<String, Value>,
    name: &'static str,
) -> Result<&'a str, ServiceAccountError> {
    let text = fields.get(name).and_then(Value::as_str).map(str::trim);
    text.filter(|it| !it.is_empty()).ok_or(ServiceAccountError::Missing(name))
}

fn token_uri(text: &str) -> Option<Url> {
    let url: Url = text.parse().ok()?;
    is_safe(&url).then_some(url)
}

fn key(pem: &str) -> Option<Arc<dyn SigningKey>> {
    let der = PrivatePkcs8KeyDer::from_pem_slice(pem.as_bytes()).ok()?;
    let key = any_supported_type(&PrivateKeyDer::from(der)).ok()?;
    key.choose_scheme(&[SignatureScheme::RSA_PKCS1_SHA256]).is_some().then_some(key)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const KEY: &str = include_str!("../../../tests/it/harness/rbm_test_key.pem");

    fn good() -> Value {
        json!({
            "type": "service_account",
            "client_email": "desk@project.iam.gserviceaccount.com",
            "private_key_id": "k1",
            "private_key": KEY,
            "token_uri": "https://oauth2.googleapis.com/token",
        })
    }

    #[test]
    fn a_good_file_is_read_and_never_shown() {
        let account = ServiceAccount::read(good().to_string().as_bytes()).unwrap();
        assert_eq!(account.key_id, "k1");
        assert_eq!(account.sign(b"x").unwrap().len(), 256);
        let shown = format!("{account:?}");
        assert!(shown.contains("desk@project") && !shown.contains("PRIVATE"), "{shown}");
    }

    #[test]
    fn a_bad_file_names_the_field_and_not_the_key() {
        let with = |name: &str, value: Value| {
            let mut file = good();
            file[name] = value;
            let error = ServiceAccount::read(file.to_string().as_bytes()).unwrap_err().to_string();
            assert!(error.contains(&format!("`{name}`")), "{error}");
            assert!(!error.contains("BEGIN") && !error.contains("secret"), "{error}");
        };
        for name in ["client_email", "private_key_id", "private_key", "token_uri"] {
            for value in [Value::Null, json!(""), json!(" "), json!(7), json!(["secret"])] {
                with(name, value);
            }
        }
        with("type", json!("authorized_user"));
        with("client_email", json!("secret"));
        for uri in ["secret", "http://oauth2.example/token", "ftp://localhost/secret"] {
            with("token_uri", json!(uri));
        }
        let half: String = KEY.chars().take(KEY.len() / 2).collect();
        for key in ["secret", &half, &KEY.replace("PRIVATE", "PUBLIC"), &KEY.replace('M', "secret")]
        {
            with("private_key", json!(key));
        }
        for file in ["", "[]", "secret", "{\"private_key\": \"secret\""] {
            let error = ServiceAccount::read(file.as_bytes()).unwrap_err();
            assert_eq!(error, ServiceAccountError::NotJson);
        }
    }
}
