//! A file with a webhook in it, and how its provider would send it.
//!
//! `.form` and `.json` files are bodies, `.query` files are queries of a GET; `data_….json` of RCS is
//! what stands inside of Pub/Sub's wrapper. Other files of a folder are none.

use std::path::Path;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Who sends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Provider {
    Twilio,
    Whatsapp,
    Rcs,
}

/// How it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Form,
    Json,
    Query,
}

#[derive(Debug, Clone)]
pub(super) struct Sample {
    pub(super) provider: Provider,
    pub(super) name: String,
    pub(super) way: Way,
    pub(super) body: Vec<u8>,
}

/// The folders that may hold samples, by the name that each has below `root`.
pub(super) const FOLDERS: [(&str, Provider); 3] =
    [("twilio", Provider::Twilio), ("whatsapp", Provider::Whatsapp), ("rcs-google", Provider::Rcs)];

/// Our own.
pub(super) fn own() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/samples"))
}

/// Reads all samples below a folder, in the order of their names.
pub(super) fn read(root: &Path) -> Vec<Sample> {
    let mut samples = Vec::new();
    for (folder, provider) in FOLDERS {
        let Ok(files) = std::fs::read_dir(root.join(folder)) else { continue };
        let mut paths: Vec<_> = files.map(|file| file.unwrap().path()).collect();
        paths.sort();
        samples.extend(paths.iter().filter_map(|path| Sample::read(provider, path)));
    }
    assert!(!samples.is_empty(), "{} has no samples", root.display());
    samples
}

impl Sample {
    fn read(provider: Provider, path: &Path) -> Option<Self> {
        let file = path.file_name()?.to_str()?;
        let (name, ending) = file.rsplit_once('.')?;
        let way = match ending {
            "form" => Way::Form,
            "json" => Way::Json,
            "query" => Way::Query,
            _ => return None,
        };
        // Answers of the API lie beside webhooks.
        if name.starts_with("err_") || name.starts_with("resp_") {
            return None;
        }
        let mut body = std::fs::read(path).unwrap();
        if name.starts_with("data_") {
            body = pushed(&body);
        }
        Some(Self { provider, name: name.to_owned(), way, body })
    }

    /// Returns the fields of a form or a query.
    pub(super) fn fields(&self) -> Vec<(String, String)> {
        form_urlencoded::parse(&self.body).into_owned().collect()
    }

    pub(super) fn field(&self, name: &str) -> Option<String> {
        match self.way {
            Way::Json => Some(self.json()?[name].as_str()?.to_owned()),
            _ => self.fields().into_iter().find(|(key, _)| key == name).map(|(_, value)| value),
        }
    }

    pub(super) fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// Returns what Google signs.
    pub(super) fn data(&self) -> Option<Vec<u8>> {
        STANDARD.decode(self.json()?["message"]["data"].as_str()?).ok()
    }

    /// Returns the ids of messages of ours that it tells of, as the provider has them.
    pub(super) fn ours(&self) -> Vec<String> {
        let text = |it: &Value| it.as_str().map(str::to_owned);
        match self.provider {
            Provider::Twilio if self.is_status() => self.field("MessageSid").into_iter().collect(),
            Provider::Twilio => Vec::new(),
            Provider::Whatsapp => {
                let json = self.json().unwrap_or_default();
                let all = |it: &Value| it.as_array().cloned().unwrap_or_default();
                let changes = all(&json["entry"]).into_iter().flat_map(|it| all(&it["changes"]));
                let statuses = changes.flat_map(|it| all(&it["value"]["statuses"]));
                statuses.filter_map(|it| text(&it["id"])).collect()
            }
            Provider::Rcs => {
                let data = self.data().unwrap_or_default();
                let data: Value = serde_json::from_slice(&data).unwrap_or_default();
                let about = data["eventType"].is_string().then(|| text(&data["messageId"]));
                about.flatten().into_iter().collect()
            }
        }
    }

    pub(super) fn is_status(&self) -> bool {
        self.field("MessageStatus").is_some() || self.name.starts_with("status")
    }

    /// Returns the same with another text inside of what is signed.
    pub(super) fn replaced(&self, from: &str, to: &str) -> Self {
        let Some(data) = self.data() else { return self.clone() };
        self.with_data(String::from_utf8_lossy(&data).replace(from, to).as_bytes())
    }

    /// Returns the same with something else inside of what is signed.
    pub(super) fn with_data(&self, data: &[u8]) -> Self {
        Self { body: pushed(data), ..self.clone() }
    }

    /// Returns the query that Twilio adds for a body that is no form.
    pub(super) fn hash_query(&self) -> String {
        format!("bodySHA256={}", hex::encode(Sha256::digest(&self.body)))
    }
}

fn pushed(data: &[u8]) -> Vec<u8> {
    let body = json!({
        "message": {
            "attributes": { "product": "RBM", "type": "any" },
            "data": STANDARD.encode(data),
            "messageId": "17",
        },
        "subscription": "projects/p/subscriptions/s",
    });
    body.to_string().into_bytes()
}
