//! Facts, with their place in a stream. What clients see live, replay and page through is the same.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    attachments::AttachmentChanged,
    canned::{CannedOnly, CannedVersion},
    contacts::{ConsentAbout, ContactView},
    drafts::{DraftApproved, DraftChangesRequested, DraftNamed},
    ids::{AgentId, ChannelId, ContactId, MessageId, TeamId, ThreadId},
    labels::{MarkedUnread, Prioritised, TagChanged, TagRemoved, Tagged},
    notes::{Muted, NoteDeleted, NoteEdited},
    notifications::{NotificationAdded, NotificationsRead},
    views::{ActorView, ChannelView, DeliveryView, MessageView, NoteView, Status, ThreadView},
};

/// One fact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct Event {
    /// Its place in the stream: 1, 2, 3, … without holes.
    pub seq: u64,
    /// When, by the database's clock. Order is `seq`, never this.
    pub at: DateTime<Utc>,
    /// Who did it.
    pub actor: ActorView,
    /// The thread it is about; absent where it is about the inbox itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "codegen", ts(optional))]
    pub thread_id: Option<ThreadId>,
    /// What happened.
    #[serde(flatten)]
    pub body: EventBody,
}

/// What happened. Clients ignore a `kind` that they do not know.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(tag = "kind", content = "data")]
pub enum EventBody {
    /// A contact wrote to an inbox for the first time.
    #[serde(rename = "thread.created")]
    ThreadCreated(ThreadCreated),
    /// The customer said something.
    #[serde(rename = "message.received")]
    MessageReceived(MessageAdded),
    /// A reply was accepted.
    #[serde(rename = "message.sent")]
    MessageSent(MessageAdded),
    /// The customer changed a message.
    #[serde(rename = "message.edited")]
    MessageEdited(MessageEdited),
    /// The customer took a message back. What it said stays for the team to see.
    #[serde(rename = "message.revoked")]
    MessageRevoked(MessageOnly),
    /// The customer put a mark on a message, or took it away.
    #[serde(rename = "message.reacted")]
    MessageReacted(MessageReacted),
    /// A file that came with a message was fetched, or will not be.
    #[serde(rename = "attachment.changed")]
    AttachmentChanged(AttachmentChanged),
    /// The customer has another name or one more address.
    #[serde(rename = "contact.changed")]
    ContactChanged(ContactChanged),
    /// The customer does not want something any more, or wants it again.
    #[serde(rename = "contact.consent_changed")]
    ConsentChanged(ConsentChanged),
    /// An agent says that another contact is this customer, too. In timelines; whoever is there live is
    /// told the whole thread.
    #[serde(rename = "contact.merged")]
    ContactMerged(ContactOnly),
    /// An agent says that they are two after all. Told in the same way.
    #[serde(rename = "contact.unmerged")]
    ContactUnmerged(ContactOnly),
    /// An outbound message got further at its provider.
    #[serde(rename = "message.delivery_changed")]
    DeliveryChanged(DeliveryChanged),
    /// A private note was written.
    #[serde(rename = "note.added")]
    NoteAdded(NoteAdded),
    /// The owner changed.
    #[serde(rename = "thread.assigned")]
    ThreadAssigned(ThreadAssigned),
    /// The status changed.
    #[serde(rename = "thread.status_changed")]
    StatusChanged(StatusChanged),
    /// The reading agent opened the thread. Told to nobody else but auditors.
    #[serde(rename = "thread.opened")]
    ThreadOpened(ThreadOpened),
    /// Somebody took the reply lock.
    #[serde(rename = "lock.acquired")]
    LockAcquired(LockAcquired),
    /// A supervisor took the reply lock from somebody.
    #[serde(rename = "lock.taken_over")]
    LockTakenOver(LockTakenOver),
    /// A channel of the inbox is there, or is paused, or is not any more.
    #[serde(rename = "channel.changed")]
    ChannelChanged(ChannelChanged),
    /// The priority changed.
    #[serde(rename = "thread.prioritised")]
    Prioritised(Prioritised),
    /// A tag was put on, or taken off.
    #[serde(rename = "thread.tagged")]
    Tagged(Tagged),
    /// The reading agent wants to come back to it. Told to nobody else but auditors.
    #[serde(rename = "thread.marked_unread")]
    MarkedUnread(MarkedUnread),
    /// A tag of the inbox is there, or has another name or colour.
    #[serde(rename = "tag.changed")]
    TagChanged(TagChanged),
    /// A tag of the inbox is gone, from all threads, too.
    #[serde(rename = "tag.removed")]
    TagRemoved(TagRemoved),
    /// Somebody shall look at the draft.
    #[serde(rename = "draft.review_requested")]
    DraftReviewRequested(DraftNamed),
    /// Somebody who did not write it has approved the draft.
    #[serde(rename = "draft.approved")]
    DraftApproved(DraftApproved),
    /// The draft was changed after that: it is not approved any more.
    #[serde(rename = "draft.approval_voided")]
    DraftApprovalVoided(DraftNamed),
    /// Somebody wants the draft changed.
    #[serde(rename = "draft.changes_requested")]
    DraftChangesRequested(DraftChangesRequested),
    /// The draft was thrown away.
    #[serde(rename = "draft.discarded")]
    DraftDiscarded(Empty),
    /// A canned reply that the reader may use is there, or has changed.
    #[serde(rename = "canned.changed")]
    CannedChanged(CannedVersion),
    /// Exactly this version of a canned reply was approved.
    #[serde(rename = "canned.approved")]
    CannedApproved(CannedVersion),
    /// A canned reply is gone.
    #[serde(rename = "canned.removed")]
    CannedRemoved(CannedOnly),
    /// A note says something else.
    #[serde(rename = "note.edited")]
    NoteEdited(NoteEdited),
    /// A note was taken away: nobody is shown what it said.
    #[serde(rename = "note.deleted")]
    NoteDeleted(NoteDeleted),
    /// The reading agent hears of the thread no more, or again. Told to nobody else but auditors.
    #[serde(rename = "thread.muted")]
    Muted(Muted),
    /// The reading agent is told of something. Told to nobody else but auditors.
    #[serde(rename = "notification.added")]
    NotificationAdded(NotificationAdded),
    /// The reading agent has read notifications of the thread. Told to nobody else but auditors.
    #[serde(rename = "notification.read")]
    NotificationsRead(NotificationsRead),
    /// Something happened that this server's version has no words for.
    #[serde(rename = "thread.changed")]
    ThreadChanged(Empty),
    /// Not a stored fact: the thread came into this reader's sight here, or was put together or taken
    /// apart; the whole of it.
    #[serde(rename = "thread_view")]
    ThreadView(Box<ThreadView>),
    /// Not a stored fact: the thread left this reader's sight here, or is a part of another one now;
    /// forget it.
    #[serde(rename = "thread_gone")]
    ThreadGone(ThreadGone),
}

/// The kinds on the wire, in the order of PROTOCOL.md.
pub const EVENT_KINDS: [&str; 40] = [
    "thread.created",
    "message.received",
    "message.sent",
    "message.edited",
    "message.revoked",
    "message.reacted",
    "attachment.changed",
    "contact.changed",
    "contact.consent_changed",
    "contact.merged",
    "contact.unmerged",
    "message.delivery_changed",
    "note.added",
    "thread.assigned",
    "thread.status_changed",
    "thread.opened",
    "lock.acquired",
    "lock.taken_over",
    "channel.changed",
    "thread.prioritised",
    "thread.tagged",
    "thread.marked_unread",
    "tag.changed",
    "tag.removed",
    "draft.review_requested",
    "draft.approved",
    "draft.approval_voided",
    "draft.changes_requested",
    "draft.discarded",
    "canned.changed",
    "canned.approved",
    "canned.removed",
    "note.edited",
    "note.deleted",
    "thread.muted",
    "notification.added",
    "notification.read",
    "thread.changed",
    "thread_view",
    "thread_gone",
];

/// See [`EventBody::ThreadGone`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[cfg_attr(feature = "codegen", ts(optional_fields))]
pub struct ThreadGone {
    /// The thread that it is a part of now, where an agent merged them and the reader sees that one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged_into: Option<ThreadId>,
}

/// Nothing more to say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[cfg_attr(feature = "codegen", ts(type = "Record<string, never>"))]
pub struct Empty {}

/// See [`EventBody::ThreadCreated`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct ThreadCreated {
    /// The thread as it began: new, unassigned, empty.
    pub thread: Box<ThreadView>,
}

/// See [`EventBody::ChannelChanged`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct ChannelChanged {
    /// As it is when the event is read.
    pub channel: ChannelView,
}

/// See [`EventBody::MessageReceived`] and [`EventBody::MessageSent`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct MessageAdded {
    /// The message.
    pub message: MessageView,
}

/// See [`EventBody::MessageEdited`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct MessageEdited {
    /// The message.
    pub message_id: MessageId,
    /// What it says now.
    pub text: String,
}

/// See [`EventBody::MessageRevoked`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct MessageOnly {
    /// The message.
    pub message_id: MessageId,
}

/// See [`EventBody::MessageReacted`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct MessageReacted {
    /// The message that the mark is on.
    pub message_id: MessageId,
    /// The emoji; `null` takes it away.
    pub emoji: Option<String>,
}

/// See [`EventBody::ContactChanged`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct ContactChanged {
    /// The contact as it is now.
    pub contact: ContactView,
}

/// See [`EventBody::ContactMerged`] and [`EventBody::ContactUnmerged`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct ContactOnly {
    /// The contact that was merged into the thread's customer, or is not any more.
    pub contact_id: ContactId,
}

/// See [`EventBody::ConsentChanged`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct ConsentChanged {
    /// The channel that it was said to.
    pub channel_id: ChannelId,
    /// What it is about.
    pub about: ConsentAbout,
    /// Whether the customer wants it.
    pub wanted: bool,
}

/// See [`EventBody::DeliveryChanged`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct DeliveryChanged {
    /// The message.
    pub message_id: MessageId,
    /// How far it is.
    pub delivery: DeliveryView,
}

/// See [`EventBody::NoteAdded`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct NoteAdded {
    /// The note.
    pub note: NoteView,
}

/// See [`EventBody::ThreadAssigned`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct ThreadAssigned {
    /// The owner before.
    pub from: Option<AgentId>,
    /// The owner after.
    pub to: Option<AgentId>,
    /// The team before.
    #[serde(default)]
    pub from_team: Option<TeamId>,
    /// The team after.
    #[serde(default)]
    pub to_team: Option<TeamId>,
}

/// See [`EventBody::StatusChanged`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[cfg_attr(feature = "codegen", ts(optional_fields))]
pub struct StatusChanged {
    /// The status before.
    pub from: Status,
    /// The status after.
    pub to: Status,
    /// When it opens again by itself, where it was put off until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<DateTime<Utc>>,
}

/// See [`EventBody::ThreadOpened`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct ThreadOpened {
    /// Who opened it.
    pub agent_id: AgentId,
    /// How far they have read.
    pub read_seq: u64,
}

/// See [`EventBody::LockAcquired`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct LockAcquired {
    /// Who holds it now.
    pub agent_id: AgentId,
}

/// See [`EventBody::LockTakenOver`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct LockTakenOver {
    /// Who held it.
    pub from: AgentId,
    /// Who holds it now.
    pub to: AgentId,
    /// Why.
    pub reason: String,
}
