//! What an agent is told of, and nobody else.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    contacts::ContactView,
    frames::Cursor,
    ids::{AgentId, InboxId, NoteId, NotificationId, StreamId, TeamId, ThreadId},
    views::ActorView,
};

/// Why an agent is told of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum NotificationReason {
    /// A note mentions the agent itself. A muted thread tells of this, too.
    Mentioned,
    /// A note mentions a team that the agent is in.
    TeamMentioned,
    /// Somebody else gave the agent the thread.
    Assigned,
    /// The customer wrote in a thread that the agent owns; once, until that is read.
    Message,
    /// Somebody wants a draft reviewed, and the agent may.
    ReviewRequested,
    /// A draft that the agent has a part in was approved.
    ReviewApproved,
    /// A draft that the agent has a part in shall be changed.
    ChangesRequested,
}

/// Something that an agent is told of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[cfg_attr(feature = "codegen", ts(optional_fields))]
pub struct NotificationView {
    /// The notification.
    pub id: NotificationId,
    /// Why.
    pub reason: NotificationReason,
    /// The inbox.
    pub inbox_id: InboxId,
    /// The thread.
    pub thread_id: ThreadId,
    /// Who did it.
    pub actor: ActorView,
    /// The note, where it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note_id: Option<NoteId>,
    /// The team that was mentioned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team_id: Option<TeamId>,
    /// When.
    pub at: DateTime<Utc>,
    /// Whether the agent has read it.
    pub read: bool,
    /// In lists only: the customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<ContactView>,
    /// In lists only: the first words of the note or the message, as it is now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// Where one of the agent's streams was when notifications were read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct StreamPlace {
    /// The stream.
    pub stream: StreamId,
    /// The place.
    pub seq: u64,
    /// The same, to subscribe from.
    pub cursor: Cursor,
}

/// `GET /notifications`: a page of what the agent was told of and may still see, newest first, exact at
/// `streams`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct NotificationPage {
    /// The notifications.
    pub notifications: Vec<NotificationView>,
    /// How many of all are unread.
    pub unread: u32,
    /// `before` of the next page, if there is one.
    pub next: Option<u64>,
    /// The streams that tell what comes.
    pub streams: Vec<StreamPlace>,
}

/// See [`Command::ReadNotifications`](crate::commands::Command::ReadNotifications).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ReadNotifications {
    /// The agent's own notifications; others are passed over.
    pub notification_ids: Vec<NotificationId>,
}

/// See [`Command::ReadAllNotifications`](crate::commands::Command::ReadAllNotifications).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[cfg_attr(feature = "codegen", ts(type = "object"))]
#[serde(deny_unknown_fields)]
pub struct ReadAllNotifications {}

/// See [`EventBody::NotificationAdded`](crate::events::EventBody::NotificationAdded).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct NotificationAdded {
    /// The notification.
    pub notification: NotificationView,
}

/// See [`EventBody::NotificationsRead`](crate::events::EventBody::NotificationsRead).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct NotificationsRead {
    /// Whose they are.
    pub agent_id: AgentId,
    /// Those of the thread that are read from here on.
    pub notification_ids: Vec<NotificationId>,
}
