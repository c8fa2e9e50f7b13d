//! Private notes: whom they mention, how they change, what they were.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    ids::{AgentId, NoteId, TeamId, ThreadId},
    text::NoteText,
    views::ActorView,
};

/// Somebody whom a note mentions: an agent or a team, and where in the text it stands, in UTF-16 units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[cfg_attr(feature = "codegen", ts(optional_fields))]
#[serde(deny_unknown_fields)]
pub struct Mention {
    /// The agent; there is this or a team.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<AgentId>,
    /// The team.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team_id: Option<TeamId>,
    /// Where it begins.
    pub from: u32,
    /// Where it has ended.
    pub to: u32,
}

/// See [`Command::EditNote`](crate::commands::Command::EditNote).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct EditNote {
    /// The thread.
    pub thread_id: ThreadId,
    /// The note.
    pub note_id: NoteId,
    /// The version that was on screen. Another one by now refuses the command.
    pub version: u32,
    /// What it shall say.
    pub text: NoteText,
    /// Whom it shall mention.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "codegen", ts(optional, as = "Option<Vec<Mention>>"))]
    pub mentions: Vec<Mention>,
}

/// See [`Command::DeleteNote`](crate::commands::Command::DeleteNote).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DeleteNote {
    /// The thread.
    pub thread_id: ThreadId,
    /// The note.
    pub note_id: NoteId,
}

/// See [`Command::MuteThread`](crate::commands::Command::MuteThread).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct MuteThread {
    /// The thread.
    pub thread_id: ThreadId,
    /// Whether it shall be silent.
    pub muted: bool,
}

/// That a note was deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct NoteDeletion {
    /// Who did it.
    pub by: ActorView,
    /// When.
    pub at: DateTime<Utc>,
}

/// See [`EventBody::NoteEdited`](crate::events::EventBody::NoteEdited).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct NoteEdited {
    /// The note.
    pub note_id: NoteId,
    /// The place of the event that added it.
    pub added_seq: u64,
    /// Its version from here on.
    pub version: u32,
    /// What it says.
    pub text: String,
    /// Whom it mentions.
    pub mentions: Vec<Mention>,
}

/// See [`EventBody::NoteDeleted`](crate::events::EventBody::NoteDeleted).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct NoteDeleted {
    /// The note.
    pub note_id: NoteId,
    /// The place of the event that added it.
    pub added_seq: u64,
}

/// See [`EventBody::Muted`](crate::events::EventBody::Muted).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct Muted {
    /// Who wants it so.
    pub agent_id: AgentId,
    /// Whether it is silent from here on.
    pub muted: bool,
}

/// One version of a note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct NoteVersion {
    /// Its number, from 1 on.
    pub version: u32,
    /// Who wrote it.
    pub author: ActorView,
    /// What it said; empty where it was erased.
    pub text: String,
    /// Whom it mentioned.
    pub mentions: Vec<Mention>,
    /// When.
    pub at: DateTime<Utc>,
}

/// `GET /notes/{id}/history`: all that a note has said, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[cfg_attr(feature = "codegen", ts(optional_fields))]
pub struct NoteHistory {
    /// The note.
    pub note_id: NoteId,
    /// Its thread.
    pub thread_id: ThreadId,
    /// Its versions.
    pub versions: Vec<NoteVersion>,
    /// That it was deleted, where it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted: Option<NoteDeletion>,
}

/// The version of a note that was never edited.
pub(crate) fn first_version() -> u32 {
    1
}
