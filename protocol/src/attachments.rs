//! Files of messages: pictures, sounds, documents.

use serde::{Deserialize, Serialize};

use crate::ids::{AttachmentId, MessageId};

/// How far a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum AttachmentState {
    /// It is being fetched from the provider.
    Waiting,
    /// It can be read.
    Stored,
    /// It could not be fetched, and will not be tried again.
    Refused,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "what serde asks with")]
pub(crate) fn is_false(it: &bool) -> bool {
    !*it
}

/// A file of a message, read at `/api/v1/attachments/{id}`; or one that was uploaded for a reply and is
/// read once a reply has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[cfg_attr(feature = "codegen", ts(optional_fields))]
pub struct AttachmentView {
    /// The file.
    pub id: AttachmentId,
    /// What it is: as the provider says while it waits, as its bytes say once it is stored.
    pub mime_type: String,
    /// Its name, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its size, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// How far it is.
    pub state: AttachmentState,
    /// Why it was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Whether there is a small picture of it, at `/api/v1/attachments/{id}/thumbnail`.
    #[serde(default, skip_serializing_if = "is_false")]
    #[cfg_attr(feature = "codegen", ts(optional, as = "Option<bool>"))]
    pub has_thumbnail: bool,
}

#[cfg(feature = "codegen")]
impl AttachmentView {
    /// Makes one for the golden files.
    pub(crate) fn sample(id: uuid::Uuid, state: AttachmentState) -> Self {
        let stored = state == AttachmentState::Stored;
        Self {
            id: id.into(),
            mime_type: "image/jpeg".to_owned(),
            name: Some("parcel.jpg".to_owned()),
            bytes: stored.then_some(48_213),
            state,
            error: None,
            has_thumbnail: stored,
        }
    }
}

/// See [`EventBody::AttachmentChanged`](crate::events::EventBody::AttachmentChanged).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct AttachmentChanged {
    /// The message that it came with.
    pub message_id: MessageId,
    /// The file as it is now.
    pub attachment: AttachmentView,
}
