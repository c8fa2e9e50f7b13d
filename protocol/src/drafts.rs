//! Drafts that agents write together: what goes over the socket while they are typed, and their review.

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{
    ids::{AgentId, AttachmentId, ChannelId, ConnectionId, ThreadId},
    limits::DRAFT_CURSOR_BYTES_MAX,
    rights::MemberRole,
    text::{Name, NoteText},
};

/// A change of a draft's document: an update of Yjs (version 1) in base64.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[cfg_attr(feature = "codegen", ts(type = "string"))]
pub struct DraftBytes(#[cfg_attr(feature = "codegen", schemars(with = "String"))] pub Vec<u8>);

// What people write stays out of logs.
impl fmt::Debug for DraftBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DraftBytes({} bytes)", self.0.len())
    }
}

impl Serialize for DraftBytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for DraftBytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = STANDARD.decode(text).map_err(|_bad| de::Error::custom("must be base64"))?;
        Ok(Self(bytes))
    }
}

/// Where somebody's caret is: whatever clients agree on, relative to the text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[cfg_attr(feature = "codegen", ts(type = "string"))]
pub struct Caret(pub(crate) String);

impl<'de> Deserialize<'de> for Caret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let (bytes, max) = (text.len(), DRAFT_CURSOR_BYTES_MAX);
        if bytes > max {
            let message = format!("too long: {bytes} bytes, allowed are {max}");
            return Err(de::Error::custom(message));
        }
        Ok(Self(text))
    }
}

/// `draft_open`: work on a thread's draft, from here on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DraftOpen {
    /// Comes back in the answer.
    pub id: u32,
    /// The thread.
    pub thread_id: ThreadId,
    /// The document's client id: all that it writes carries it, and it belongs to this agent.
    pub client: u32,
}

/// `draft_close`: no longer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DraftClose {
    /// Comes back in the answer.
    pub id: u32,
    /// The thread.
    pub thread_id: ThreadId,
}

/// `draft_update`: a change of the document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DraftUpdate {
    /// Comes back in the answer.
    pub id: u32,
    /// The thread, whose draft is open on this connection.
    pub thread_id: ThreadId,
    /// The document that it changes.
    pub epoch: u32,
    /// The change.
    pub update: DraftBytes,
}

/// `draft_cursor`: where the agent's caret is. Say it again every 10 seconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DraftCursor {
    /// The thread, whose draft is open on this connection.
    pub thread_id: ThreadId,
    /// The caret; `null` where it is not in the draft.
    pub cursor: Option<Caret>,
}

/// `draft_opened`: the answer to `draft_open`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct DraftOpened {
    /// The id of the request.
    pub id: u32,
    /// The draft as it is.
    pub draft: DraftView,
    /// The whole document.
    pub updates: Vec<DraftBytes>,
}

/// `draft_closed`: the answer to `draft_close`, or, without an id, the thread is out of sight.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[cfg_attr(feature = "codegen", ts(optional_fields))]
pub struct DraftClosed {
    /// The id of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<u32>,
    /// The thread.
    pub thread_id: ThreadId,
}

/// `draft_saved`: the answer to `draft_update`. It is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct DraftSaved {
    /// The id of the request.
    pub id: u32,
    /// The thread.
    pub thread_id: ThreadId,
    /// The document.
    pub epoch: u32,
    /// How many changes it has had, this one included.
    pub n: u64,
}

/// `draft`: others have changed the draft, or something has become of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct DraftChanged {
    /// The draft as it is now. Another `epoch` than before: a new document, whole in `updates`.
    pub draft: DraftView,
    /// The changes since what was told last, but for those of this connection's own client.
    pub updates: Vec<DraftBytes>,
}

/// `draft_cursors`: who else has the draft open, and where. Replaces what was known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct DraftCursors {
    /// The thread.
    pub thread_id: ThreadId,
    /// Everybody, but for this connection.
    pub cursors: Vec<DraftPerson>,
}

/// Somebody who has a draft open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct DraftPerson {
    /// On which connection.
    pub connection_id: ConnectionId,
    /// Who: the server says it, not the client.
    pub agent_id: AgentId,
    /// The document's client id there.
    pub client: u32,
    /// The caret.
    pub cursor: Option<Caret>,
}

/// A thread's draft, apart from its document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct DraftView {
    /// The thread.
    pub thread_id: ThreadId,
    /// Which document it is: a new one after each send and discard, and now and then in between.
    pub epoch: u32,
    /// How many changes the document has had.
    pub n: u64,
    /// Names exactly this text with these files; empty where there is neither. Commands carry it.
    pub digest: String,
    /// Who has written it.
    pub authors: Vec<AgentId>,
    /// How far its review is.
    pub review: DraftReview,
}

/// How far the review of a draft is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[cfg_attr(feature = "codegen", ts(optional_fields))]
pub struct DraftReview {
    /// How far.
    pub state: ReviewState,
    /// Who asked, approved, or wants changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<AgentId>,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<DateTime<Utc>>,
    /// What shall be changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// See [`DraftReview`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ReviewState {
    /// Nobody was asked.
    Writing,
    /// Somebody shall look at it.
    Requested,
    /// Somebody wants it changed.
    ChangesRequested,
    /// Exactly this text with these files is approved.
    Approved,
}

/// `GET /threads/{id}/draft`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct DraftContent {
    /// The draft.
    pub draft: DraftView,
    /// What it says.
    pub text: String,
    /// The files that go with it.
    pub attachments: Vec<AttachmentId>,
}

/// A command about a draft as it was on screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DraftOnly {
    /// The thread.
    pub thread_id: ThreadId,
    /// The draft's `digest`. Another one by now refuses the command.
    pub digest: String,
}

/// `draft.ask_changes`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AskChanges {
    /// The thread.
    pub thread_id: ThreadId,
    /// The draft's `digest`.
    pub digest: String,
    /// What shall be changed.
    pub comment: NoteText,
}

/// `draft.send`: what `reply.send` does, with the draft's text and files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[cfg_attr(feature = "codegen", ts(optional_fields))]
#[serde(deny_unknown_fields)]
pub struct SendDraft {
    /// The thread.
    pub thread_id: ThreadId,
    /// The draft's `digest`.
    pub digest: String,
    /// The thread's `reply_no` that the agent had on screen.
    pub seen_reply: u32,
    /// As in `reply.send`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen_seq: Option<u64>,
    /// As in `reply.send`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lock_token: Option<u64>,
    /// As in `reply.send`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel_id: Option<ChannelId>,
    /// As in `reply.send`.
    #[serde(default, skip_serializing_if = "crate::attachments::is_false")]
    #[cfg_attr(feature = "codegen", ts(as = "Option<bool>"))]
    pub essential: bool,
}

/// Data of `draft.review_requested`, `draft.approval_voided`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct DraftNamed {
    /// The draft's `digest`.
    pub digest: String,
}

/// Data of `draft.approved`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct DraftApproved {
    /// The draft's `digest`.
    pub digest: String,
    /// The text that was approved.
    pub text: String,
}

/// Data of `draft.changes_requested`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct DraftChangesRequested {
    /// The draft's `digest`.
    pub digest: String,
    /// What shall be changed.
    pub comment: String,
}

/// `GET` and `PUT /admin/inboxes/{id}/review`: which replies have to be approved first. One of these is
/// enough; all empty: none has to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ReviewRule {
    /// Those of members with these roles.
    #[serde(default)]
    pub roles: Vec<MemberRole>,
    /// Those over these channels.
    #[serde(default)]
    pub channels: Vec<ChannelId>,
    /// Those with one of these words or phrases in them, in capitals or not.
    #[serde(default)]
    pub keywords: Vec<Name>,
}
