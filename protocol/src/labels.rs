//! What agents put on threads: a priority, and tags, which each inbox has of its own.

use serde::{Deserialize, Serialize};

use crate::{
    ids::{AgentId, TagId, ThreadId},
    text::TagName,
};

/// How soon a thread should be looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// When there is time.
    Low,
    /// In its turn.
    #[default]
    Normal,
    /// Before others.
    High,
    /// Now.
    Urgent,
}

/// The colour of a tag: a word, so that each desk shows it as can be read there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the words say it")]
pub enum TagColor {
    Gray,
    Red,
    Orange,
    Yellow,
    Green,
    Teal,
    Blue,
    Purple,
    Pink,
    Brown,
}

/// A tag of an inbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct TagView {
    /// The tag.
    pub id: TagId,
    /// Its name.
    pub name: String,
    /// Its colour.
    pub color: TagColor,
}

/// `GET /inboxes/{id}/tags`, and the answer to every change of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct Tags {
    /// All tags of the inbox, by name.
    pub tags: Vec<TagView>,
}

/// `POST /inboxes/{id}/tags`, and `PUT /inboxes/{id}/tags/{tag}`: a tag as it shall be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WantedTag {
    /// Its name; no other tag of the inbox has it, in whatever case.
    pub name: TagName,
    /// Its colour.
    pub color: TagColor,
}

/// See [`Command::Prioritise`](crate::commands::Command::Prioritise).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Prioritise {
    /// The thread.
    pub thread_id: ThreadId,
    /// The priority to be.
    pub to: Priority,
}

/// See [`Command::TagThread`](crate::commands::Command::TagThread).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TagThread {
    /// The thread.
    pub thread_id: ThreadId,
    /// A tag of its inbox.
    pub tag_id: TagId,
}

/// See [`EventBody::Prioritised`](crate::events::EventBody::Prioritised).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct Prioritised {
    /// The priority before.
    pub from: Priority,
    /// The priority from here on.
    pub priority: Priority,
}

/// See [`EventBody::Tagged`](crate::events::EventBody::Tagged).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[cfg_attr(feature = "codegen", ts(optional_fields))]
pub struct Tagged {
    /// The tags from here on.
    pub tags: Vec<TagId>,
    /// The one that was put on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub added: Option<TagId>,
    /// The one that was taken off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removed: Option<TagId>,
}

/// See [`EventBody::MarkedUnread`](crate::events::EventBody::MarkedUnread).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct MarkedUnread {
    /// Who did.
    pub agent_id: AgentId,
    /// How far they have read by their own word.
    pub read_seq: u64,
}

/// See [`EventBody::TagChanged`](crate::events::EventBody::TagChanged).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct TagChanged {
    /// As it is when the event is read.
    pub tag: TagView,
}

/// See [`EventBody::TagRemoved`](crate::events::EventBody::TagRemoved).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct TagRemoved {
    /// It is on no thread any more.
    pub tag_id: TagId,
}
