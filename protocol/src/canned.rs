//! Canned replies: texts that agents begin a reply with, shared in an inbox or one agent's own.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

#[cfg(feature = "codegen")]
use crate::events::EventBody;
use crate::{
    canned_text::{CannedTexts, Folder, ShortCode},
    ids::{AgentId, CannedId, InboxId},
    language::LanguageTag,
    text::Name,
    views::ChannelKind,
};

/// `POST /inboxes/{id}/canned`, `POST /me/canned`, `PUT /canned/{id}`: a canned reply as it shall be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[cfg_attr(feature = "codegen", ts(optional_fields))]
#[serde(deny_unknown_fields)]
pub struct WantedCanned {
    /// Its title.
    pub title: Name,
    /// Its short code; no other one of the inbox, or of the agent, has it, in whatever case.
    pub short_code: ShortCode,
    /// Its folder; left out, none.
    #[serde(default)]
    #[cfg_attr(feature = "codegen", ts(as = "Option<Folder>"))]
    pub folder: Folder,
    /// Its texts, by language (BCP 47), with variables: `{{contact.name|there}}`.
    pub texts: CannedTexts,
    /// The kinds of channels that it is for; left out, all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "codegen", ts(as = "Option<Vec<ChannelKind>>"))]
    pub kinds: Vec<ChannelKind>,
    /// The version that was on screen, where it is a change: another one by now refuses it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
}

/// `POST /canned/{id}/approve`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ApproveCanned {
    /// The version that was read. Another one by now refuses it.
    pub version: u64,
}

/// Whether the newest version of a canned reply may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum CannedState {
    /// It may.
    Ready,
    /// Somebody who did not write it has to approve it first.
    Pending,
}

/// A canned reply in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct CannedView {
    /// The canned reply.
    pub id: CannedId,
    /// The inbox that shares it; `null` where it is the reading agent's own.
    pub inbox_id: Option<InboxId>,
    /// Its title.
    pub title: String,
    /// Its short code.
    pub short_code: String,
    /// Its folder; empty where it is in none.
    pub folder: String,
    /// Its languages, in their order.
    pub languages: Vec<String>,
    /// The kinds of channels that it is for; empty where it is for all.
    pub kinds: Vec<ChannelKind>,
    /// Grows with every change.
    pub version: u64,
    /// Whether this version may be used.
    pub state: CannedState,
    /// The newest version that may be used; `null` where none may.
    pub usable: Option<u64>,
    /// Who has written what is not approved yet, or the newest version.
    pub authors: Vec<AgentId>,
    /// When it was changed last.
    pub changed_at: DateTime<Utc>,
    /// How many replies began with it.
    pub uses: u64,
    /// When the last one did.
    pub last_used_at: Option<DateTime<Utc>>,
}

/// `GET /inboxes/{id}/canned`, `GET /me/canned`, and the answer to every change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct CannedList {
    /// Those of the inbox, and the reading agent's own.
    pub canned: Vec<CannedView>,
    /// What texts may have between `{{` and `}}`.
    pub variables: Vec<String>,
    /// How the inbox takes them; its own where it is about no inbox.
    pub rule: CannedRule,
}

/// `GET /canned/{id}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct CannedReply {
    /// The canned reply.
    pub canned: CannedView,
    /// Its texts, by language: the newest version.
    pub texts: CannedTexts,
    /// The texts that are used until that is approved; `null` where there are none, or they are the same.
    pub usable: Option<CannedTexts>,
}

/// The answer to a canned reply that was made or changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct CannedSaved {
    /// As it is now.
    pub canned: CannedView,
}

/// `POST /canned/check`: texts while they are written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CheckCanned {
    /// The texts, by language.
    pub texts: CannedTexts,
}

/// What is wrong with texts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct CheckedCanned {
    /// All faults; none where they can be saved.
    pub faults: Vec<CannedFault>,
}

/// One fault of a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct CannedFault {
    /// The field: `texts.de`.
    pub field: String,
    /// What is wrong, and what is allowed.
    pub message: String,
    /// Where it is in the text, in UTF-16 units.
    pub at: u32,
}

/// `GET /threads/{id}/canned/{canned}`: a canned reply, filled for a thread.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct FilledCanned {
    /// The canned reply.
    pub canned_id: CannedId,
    /// The version.
    pub version: u64,
    /// The language that was taken.
    pub language: String,
    /// The text. Variables that have neither a value nor a fallback stay in it, for the agent to fill in.
    pub text: String,
    /// Those variables, in the order that they come in.
    pub missing: Vec<String>,
}

/// `GET`, `PUT /admin/inboxes/{id}/canned`: how an inbox takes canned replies.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CannedRule {
    /// Whether shared ones have to be approved by somebody who did not write them.
    pub approval: bool,
    /// The language that is taken where none is asked for; `null` is the first of each.
    pub language: Option<LanguageTag>,
}

/// See [`EventBody::CannedChanged`](crate::events::EventBody::CannedChanged).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct CannedVersion {
    /// The canned reply.
    pub canned_id: CannedId,
    /// Its version.
    pub version: u64,
}

/// See [`EventBody::CannedRemoved`](crate::events::EventBody::CannedRemoved).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct CannedOnly {
    /// The canned reply.
    pub canned_id: CannedId,
}

/// Makes the events for the golden files.
#[cfg(feature = "codegen")]
pub(crate) fn event_samples(canned_id: CannedId) -> [EventBody; 3] {
    let it = CannedVersion { canned_id, version: 2 };
    [
        EventBody::CannedChanged(it.clone()),
        EventBody::CannedApproved(it),
        EventBody::CannedRemoved(CannedOnly { canned_id }),
    ]
}
