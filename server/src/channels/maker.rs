//! How accounts become providers: what a provider needs to know, and who makes it.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, Utc};
use protocol::{
    admin::{FieldView, KeyTried, ProviderView},
    views::ChannelKind,
};
use secrecy::{ExposeSecret as _, SecretString};

use super::provider::Provider;

/// Shorter secrets are not shown by their end: too little would be left.
const LONG_SECRET: usize = 20;
/// How much of a long one is shown.
const SHOWN: usize = 4;

/// Makes the providers of one name.
pub trait Maker: Send + Sync {
    /// Returns what an account needs.
    fn form(&self) -> &'static Form;

    /// Makes a provider of an account whose fields were checked one by one.
    fn make(&self, account: &Account) -> Result<Arc<dyn Provider>, BadAccount>;
}

/// What an account at a provider needs.
pub struct Form {
    /// The name that its channels keep.
    pub name: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// The kinds of channels that its accounts can have.
    pub kinds: &'static [ChannelKind],
    /// What can be set.
    pub settings: &'static [Field],
    /// The secrets.
    pub secrets: &'static [Field],
    /// What the address of a channel is, and how it is checked.
    pub address: Field,
    /// What the provider calls it in webhooks.
    pub external_id: ExternalId,
    /// The addresses that it calls: where each goes at the provider, and its topic.
    pub webhooks: &'static [(&'static str, &'static str)],
}

/// What a provider calls a channel in webhooks.
pub enum ExternalId {
    /// Nothing: each channel has a webhook of its own.
    Nothing,
    /// Its address.
    Address,
    /// Something else, that is asked for.
    Asked(Field),
}

/// A field of a form.
pub struct Field {
    /// Its name in requests.
    pub name: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// What it is, and where it is found.
    pub help: &'static str,
    /// Whether it has to be there.
    pub required: bool,
    /// Whether it has several lines.
    pub long: bool,
    /// Says what is allowed, where a value is not.
    pub check: fn(&str) -> Result<(), String>,
}

/// An account as a provider is made of it: its secrets are open.
#[derive(Default)]
pub struct Account {
    /// What is set, by name.
    pub settings: BTreeMap<String, String>,
    /// The secrets, newest first.
    pub secrets: Vec<Secret>,
}

/// A secret of an account.
#[derive(Clone)]
pub struct Secret {
    /// Which one.
    pub name: String,
    /// The secret itself.
    pub value: SecretString,
    /// When it ends; `None` for the one in use.
    pub retires_at: Option<DateTime<Utc>>,
    /// Whether that is over.
    pub retired: bool,
}

/// A field of an account is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{field}`: {message}")]
pub struct BadAccount {
    /// The field, as a path: `settings.account_sid`.
    pub field: String,
    /// What is allowed.
    pub message: String,
}

impl BadAccount {
    /// Makes one.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}

impl Form {
    /// Returns what clients are shown of it.
    pub fn view(&self) -> ProviderView {
        let fields = |all: &[Field]| all.iter().map(Field::view).collect();
        ProviderView {
            name: self.name.to_owned(),
            title: self.title.to_owned(),
            kinds: self.kinds.to_vec(),
            settings: fields(self.settings),
            secrets: fields(self.secrets),
            address: self.address.view(),
            external_id: match &self.external_id {
                ExternalId::Asked(field) => Some(field.view()),
                ExternalId::Nothing | ExternalId::Address => None,
            },
        }
    }

    /// Checks the address of a channel, and what it is called; returns both.
    pub fn check_channel(
        &self,
        kind: ChannelKind,
        address: &str,
        external_id: Option<&str>,
    ) -> Result<(String, Option<String>), BadAccount> {
        if !self.kinds.contains(&kind) {
            let kinds: Vec<String> = self.kinds.iter().map(|it| word(*it)).collect();
            return Err(BadAccount::new("kind", format!("allowed are {}", kinds.join(", "))));
        }
        let address = address.trim();
        (self.address.check)(address).map_err(|message| BadAccount::new("address", message))?;
        let given = external_id.map(str::trim).filter(|id| !id.is_empty());
        let at = |message: String| BadAccount::new("external_id", message);
        let external_id = match (&self.external_id, given) {
            (ExternalId::Nothing, None) => None,
            (ExternalId::Address, None) => Some(address.to_owned()),
            (ExternalId::Nothing | ExternalId::Address, Some(_)) => {
                return Err(at("this provider has none".to_owned()));
            }
            (ExternalId::Asked(field), None) => return Err(at(format!("needed: {}", field.help))),
            (ExternalId::Asked(field), Some(id)) => {
                (field.check)(id).map_err(at)?;
                Some(id.to_owned())
            }
        };
        Ok((address.to_owned(), external_id))
    }

    /// Checks settings, and leaves out what is blank.
    pub fn check_settings(
        &self,
        given: BTreeMap<String, String>,
    ) -> Result<BTreeMap<String, String>, BadAccount> {
        check_all(self.settings, "settings", given)
    }

    /// Checks the secrets of a new account.
    pub fn check_secrets(
        &self,
        given: BTreeMap<String, String>,
    ) -> Result<BTreeMap<String, String>, BadAccount> {
        check_all(self.secrets, "secrets", given)
    }

    /// Checks one secret.
    pub fn check_secret(&self, name: &str, value: &str) -> Result<String, BadAccount> {
        let field = self.secrets.iter().find(|field| field.name == name);
        let field = field.ok_or_else(|| BadAccount::new("name", allowed(self.secrets)))?;
        (field.check)(value.trim()).map_err(|message| BadAccount::new("value", message))?;
        Ok(value.trim().to_owned())
    }
}

impl Field {
    fn view(&self) -> FieldView {
        FieldView {
            name: self.name.to_owned(),
            title: self.title.to_owned(),
            help: self.help.to_owned(),
            required: self.required,
            long: self.long,
        }
    }
}

impl Account {
    /// Returns a setting that is there.
    pub fn setting(&self, name: &str) -> Option<&str> {
        self.settings.get(name).map(String::as_str)
    }

    /// Returns the secret that is in use; an empty one where there is none.
    pub fn in_use(&self, name: &str) -> SecretString {
        let mut all = self.secrets.iter().filter(|it| it.name == name);
        all.find(|it| it.retires_at.is_none()).map(|it| it.value.clone()).unwrap_or_default()
    }

    /// Returns the secrets that webhooks may be signed with, newest first.
    pub fn verifying(&self, name: &str) -> Vec<SecretString> {
        let all = self.secrets.iter().filter(|it| it.name == name && !it.retired);
        all.map(|it| it.value.clone()).collect()
    }

    /// Returns the secrets of one name, by what becomes of webhooks that are signed with them.
    pub fn webhook_keys(&self, name: &str) -> WebhookKeys {
        let all = self.secrets.iter().filter(|it| it.name == name).cloned();
        let (retired, tried) = all.partition(|it| it.retired);
        WebhookKeys { tried, retired }
    }

    /// Returns when the next of its secrets ends.
    pub fn good_until(&self) -> Option<DateTime<Utc>> {
        self.secrets.iter().filter(|it| !it.retired).filter_map(|it| it.retires_at).min()
    }
}

/// What the signatures of webhooks are tried with.
#[derive(Clone, Default)]
pub struct WebhookKeys {
    /// Good ones.
    pub tried: Vec<Secret>,
    /// Those that were good once: they verify nothing, and explain something.
    pub retired: Vec<Secret>,
}

impl WebhookKeys {
    /// Returns what may be told of those that were tried.
    pub fn told(&self) -> Vec<KeyTried> {
        let told = |it: &Secret| KeyTried { name: it.name.clone(), end: end(&it.value) };
        self.tried.iter().map(told).collect()
    }
}

/// Returns the end of a secret that is long.
pub fn end(secret: &SecretString) -> Option<String> {
    let chars = secret.expose_secret().trim_end().chars().count();
    let shown = secret.expose_secret().trim_end().chars().skip(chars.saturating_sub(SHOWN));
    // What ends in braces is a document, whose end says nothing.
    (chars >= LONG_SECRET).then(|| shown.collect::<String>()).filter(|end| !end.contains('}'))
}

fn check_all(
    fields: &[Field],
    path: &str,
    given: BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, BadAccount> {
    let mut good = BTreeMap::new();
    for (name, value) in given {
        let Some(field) = fields.iter().find(|field| field.name == name) else {
            return Err(BadAccount::new(path, allowed(fields)));
        };
        let value = value.trim();
        if !value.is_empty() {
            let at = |message| BadAccount::new(format!("{path}.{}", field.name), message);
            (field.check)(value).map_err(at)?;
            good.insert(name, value.to_owned());
        }
    }
    match fields.iter().find(|field| field.required && !good.contains_key(field.name)) {
        Some(field) => Err(BadAccount::new(
            format!("{path}.{}", field.name),
            format!("needed: {}", field.help),
        )),
        None => Ok(good),
    }
}

fn allowed(fields: &[Field]) -> String {
    let names: Vec<&str> = fields.iter().map(|field| field.name).collect();
    format!("allowed are {}", names.join(", "))
}

fn word(kind: ChannelKind) -> String {
    let word = serde_json::to_value(kind).unwrap_or_default();
    word.as_str().unwrap_or_default().to_owned()
}

/// A check that takes any printable text without blanks.
pub fn token(text: &str) -> Result<(), String> {
    crate::config::value::token(text)
}

/// A check of an API's address.
pub fn api_url(text: &str) -> Result<(), String> {
    crate::config::value::api_url(text).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELDS: &[Field] = &[
        Field { name: "a", title: "A", help: "an a", required: true, long: false, check: token },
        Field { name: "b", title: "B", help: "a b", required: false, long: false, check: token },
    ];

    #[test]
    fn fields_are_checked_one_by_one_and_named() {
        let check = |pairs: &[(&str, &str)]| {
            let given = pairs.iter().map(|(name, value)| ((*name).into(), (*value).into()));
            check_all(FIELDS, "settings", given.collect())
        };
        assert_eq!(check(&[("a", " x "), ("b", " ")]).unwrap()["a"], "x");
        assert_eq!(check(&[("a", "x"), ("b", " ")]).unwrap().len(), 1);
        let said = |pairs| check(pairs).unwrap_err().to_string();
        assert_eq!(said(&[("b", "x")]), "`settings.a`: needed: an a");
        assert_eq!(said(&[("a", "x"), ("c", "x")]), "`settings`: allowed are a, b");
        assert_eq!(
            said(&[("a", "s3cret two")]),
            "`settings.a`: must be printable ASCII without blanks"
        );
    }

    #[test]
    fn a_short_secret_has_no_end() {
        let end = |text: &str| end(&text.into());
        assert_eq!(end("f0e1d2c3b4a5968778695a4b3c2d1e0f").as_deref(), Some("1e0f"));
        assert_eq!(end("an-auth-token"), None);
        assert_eq!(end("{\"type\": \"service_account\"\n}\n"), None);
    }
}
