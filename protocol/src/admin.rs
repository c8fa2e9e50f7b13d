//! Bodies of the HTTP API under `/api/v1/admin`: inboxes, accounts at providers, channels. For administrators.
//!
//! Secrets go in and never come out: an answer has their names, their dates and, where they are long,
//! their last four characters.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    ids::{AccountId, AgentId, ChannelId, InboxId},
    pauses::Pause,
    statuses::StatusRules,
    text::{AutoReply, Name},
    views::{ChannelKind, InboxMode},
};

/// `POST /admin/inboxes`, and `PUT /admin/inboxes/{id}`: an inbox as it shall be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WantedInbox {
    /// Its name; no other inbox has it.
    pub name: Name,
    /// How replying works.
    pub mode: InboxMode,
    /// What the first message of an episode is answered by itself; `null` for nothing.
    #[serde(default)]
    pub auto_reply: Option<AutoReply>,
    /// Who becomes a member, beside who makes it and who is one already. They see every thread.
    #[serde(default)]
    pub members: Vec<AgentId>,
    /// How statuses follow each other; left out, as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "codegen", ts(optional))]
    pub statuses: Option<StatusRules>,
}

/// `GET /admin/inboxes`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct Inboxes {
    /// All inboxes, by name.
    pub inboxes: Vec<InboxSettings>,
    /// Who could be a member.
    pub agents: Vec<crate::views::AgentView>,
}

/// An inbox, as administrators see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct InboxSettings {
    /// The inbox.
    pub id: InboxId,
    /// Its name.
    pub name: String,
    /// How replying works.
    pub mode: InboxMode,
    /// What the first message of an episode is answered by itself.
    pub auto_reply: Option<String>,
    /// Its members.
    pub members: Vec<AgentId>,
    /// How statuses follow each other.
    pub statuses: StatusRules,
}

/// `GET /admin/providers`: which providers there are, and what an account at each one needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct Providers {
    /// The providers.
    pub providers: Vec<ProviderView>,
}

/// What an account at a provider needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct ProviderView {
    /// The provider's name in this API.
    pub name: String,
    /// Its name for people.
    pub title: String,
    /// The kinds of channels that its accounts can have.
    pub kinds: Vec<ChannelKind>,
    /// What can be set, none of it secret.
    pub settings: Vec<FieldView>,
    /// The secrets.
    pub secrets: Vec<FieldView>,
    /// What the address of a channel is.
    pub address: FieldView,
    /// What else a channel has to say, where it has.
    pub external_id: Option<FieldView>,
}

/// A field of a form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct FieldView {
    /// Its name in requests.
    pub name: String,
    /// Its name for people.
    pub title: String,
    /// What it is, and where it is found.
    pub help: String,
    /// Whether it has to be there.
    pub required: bool,
    /// Whether it has several lines.
    pub long: bool,
}

/// `POST /admin/accounts`: a new account.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NewAccount {
    /// The provider's name.
    pub provider: String,
    /// A name for people; no other account has it.
    pub name: Name,
    /// The settings, by name.
    #[serde(default)]
    pub settings: BTreeMap<String, String>,
    /// The secrets, by name.
    pub secrets: BTreeMap<String, String>,
}

/// `PUT /admin/accounts/{id}`: an account as it shall be, secrets apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ChangeAccount {
    /// The version that was on screen; another one by now is a conflict.
    pub version: u64,
    /// Its name.
    pub name: Name,
    /// The settings, by name.
    pub settings: BTreeMap<String, String>,
}

/// `POST /admin/accounts/{id}/secrets`: a secret that takes the place of the one in use.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[cfg_attr(feature = "codegen", ts(optional_fields))]
#[serde(deny_unknown_fields)]
pub struct NewSecret {
    /// The version that was on screen; another one by now is a conflict.
    pub version: u64,
    /// Which secret.
    pub name: String,
    /// The new one. It is used at once.
    pub value: String,
    /// For how long the old one still verifies webhooks; 24 where it is left out, up to 720.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overlap_hours: Option<u32>,
}

/// `GET /admin/accounts`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct Accounts {
    /// All accounts, by name.
    pub accounts: Vec<AccountView>,
}

/// An account at a provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct AccountView {
    /// The account.
    pub id: AccountId,
    /// Its provider.
    pub provider: String,
    /// Its name.
    pub name: String,
    /// Grows with every change.
    pub version: u64,
    /// The settings, by name.
    pub settings: BTreeMap<String, String>,
    /// The secrets, newest first; of those that verify nothing any more only the last few.
    pub secrets: Vec<SecretView>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Why this server cannot use it, where that is so.
    pub trouble: Option<String>,
}

/// A secret, as far as it is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct SecretView {
    /// Which one.
    pub name: String,
    /// Its last four characters, where it is long.
    pub end: Option<String>,
    /// Since when it is there.
    pub created_at: DateTime<Utc>,
    /// Until when it verifies webhooks; absent for the one in use.
    pub retires_at: Option<DateTime<Utc>>,
}

/// The answer to `POST /admin/accounts/{id}/test` and `POST /admin/channels/{id}/test`: what the provider said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct Tested {
    /// Whether it works.
    pub ok: bool,
    /// What the provider said, in a sentence.
    pub detail: String,
    /// The provider's code, where it refused.
    pub code: Option<String>,
}

/// `POST /admin/channels`: a channel for an inbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[cfg_attr(feature = "codegen", ts(optional_fields))]
#[serde(deny_unknown_fields)]
pub struct NewChannel {
    /// The inbox.
    pub inbox_id: InboxId,
    /// The account that carries it; left out for the sandbox.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_id: Option<AccountId>,
    /// Its kind.
    pub kind: ChannelKind,
    /// The business's address.
    pub address: String,
    /// What the provider calls it, where it wants that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
}

/// `GET /admin/channels`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct Channels {
    /// All channels, oldest first.
    pub channels: Vec<ChannelSettings>,
}

/// A channel, as administrators see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct ChannelSettings {
    /// The channel.
    pub id: ChannelId,
    /// Its inbox.
    pub inbox_id: InboxId,
    /// Its kind.
    pub kind: ChannelKind,
    /// Its provider.
    pub provider: String,
    /// Its account; absent where the provider comes from the settings of the server.
    pub account_id: Option<AccountId>,
    /// The business's address.
    pub address: String,
    /// What the provider calls it, where that is not the address.
    pub external_id: Option<String>,
    /// Why nothing goes out over it now, where that is so.
    pub paused: Option<Pause>,
    /// How many messages wait to go out.
    pub waiting: u64,
    /// The addresses that the provider has to be told.
    pub webhooks: Vec<WebhookUrl>,
    /// When a webhook was taken last, give or take ten seconds.
    pub webhook_taken_at: Option<DateTime<Utc>>,
    /// Webhooks that were refused.
    pub troubles: Vec<WebhookTrouble>,
}

/// An address that a provider calls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct WebhookUrl {
    /// Where it goes at the provider.
    pub what: String,
    /// The address.
    pub url: String,
}

/// What is wrong with a webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum TroubleKind {
    /// None of our keys has signed it for our address.
    WrongSignature,
    /// It was signed, and cannot be read.
    Unreadable,
}

/// Webhooks that were refused; all but the count is of the last one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct WebhookTrouble {
    /// Why.
    pub kind: TroubleKind,
    /// How many there were.
    pub count: u64,
    /// When the first one came.
    pub first_at: DateTime<Utc>,
    /// When the last one came.
    pub last_at: DateTime<Utc>,
    /// Our address that the signature was checked for, where it is part of what is signed.
    pub url: Option<String>,
    /// The keys that were tried.
    pub keys: Vec<KeyTried>,
    /// What is probably wrong.
    pub hint: Option<String>,
}

/// A key that a signature was checked with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct KeyTried {
    /// Which secret.
    pub name: String,
    /// Its last four characters, where it is long.
    pub end: Option<String>,
}
