//! What clients are shown: threads, messages, contacts, agents, inboxes.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    attachments::{AttachmentView, is_false},
    contacts::ContactView,
    ids::{
        AgentId, ChannelId, ContactId, InboxId, MessageId, NoteId, TagId, TeamId, ThreadId, TokenId,
    },
    labels::{Priority, TagView},
    notes::{Mention, NoteDeletion, first_version},
    owners::TeamView,
    pauses::Pause,
    permissions::Permission,
    signals::LockView,
    statuses::StatusRules,
};

/// What an agent is in the organisation. What it may do in an inbox is its role there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Works threads.
    Agent,
    /// Works threads, and may take over locks.
    Supervisor,
    /// As a supervisor, and sets up people, inboxes and channels.
    Admin,
    /// Reads, and changes nothing: compliance.
    Reviewer,
}

/// Which threads of an inbox an agent may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Every thread.
    All,
    /// Those of the agent's teams, and those assigned to the agent.
    Team,
    /// Those assigned to the agent, and those that nobody has: no agent, and no team but its own.
    Unassigned,
    /// Those assigned to the agent.
    Assigned,
}

/// An agent, as colleagues see them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct AgentView {
    /// The agent.
    pub id: AgentId,
    /// The name that colleagues see.
    pub name: String,
    /// The role.
    pub role: Role,
}

/// The kind of a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ChannelKind {
    /// A text message over the phone network.
    Sms,
    /// WhatsApp.
    Whatsapp,
    /// Rich Communication Services.
    Rcs,
    /// The phone inside the sandbox page.
    Sandbox,
}

/// One address of an inbox at a provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct ChannelView {
    /// The channel.
    pub id: ChannelId,
    /// Its kind.
    pub kind: ChannelKind,
    /// The business's address, for instance a phone number in E.164.
    pub address: String,
    /// The longest text, in UTF-16 units.
    pub text_max: u32,
    /// How many hours after a customer's message free text may be sent; absent where there is no end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "codegen", ts(optional))]
    pub window_hours: Option<u32>,
    /// Why nothing goes out over it now, where that is so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "codegen", ts(optional))]
    pub paused: Option<Pause>,
}

/// How replying works in an inbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum InboxMode {
    /// Anyone may reply.
    Team,
    /// Only the assignee may reply; a reply to an unassigned thread claims it.
    Exclusive,
}

/// An inbox, as its members see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct InboxView {
    /// The inbox.
    pub id: InboxId,
    /// Its name.
    pub name: String,
    /// How replying works.
    pub mode: InboxMode,
    /// Which of its threads the asking agent may see.
    pub scope: Scope,
    /// What the asking agent may do in it.
    pub may: Vec<Permission>,
    /// The teams that its threads can be given to.
    pub teams: Vec<TeamView>,
    /// Its channels.
    pub channels: Vec<ChannelView>,
    /// Its members.
    pub agents: Vec<AgentView>,
    /// What its threads can be tagged with, by name.
    pub tags: Vec<TagView>,
    /// How statuses follow each other.
    pub statuses: StatusRules,
}

/// Where a thread stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Nobody has replied yet.
    New,
    /// Being worked on.
    Open,
    /// Waits for the customer.
    Pending,
    /// Needs a supervisor.
    Escalated,
    /// Done. A message from the customer opens it again.
    Closed,
}

/// Who did something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ActorView {
    /// A person of the team.
    Agent {
        /// Who.
        id: AgentId,
    },
    /// An API token.
    Token {
        /// Which.
        id: TokenId,
    },
    /// The customer.
    Contact {
        /// Who.
        id: ContactId,
    },
    /// The server itself.
    System,
}

/// Which way a message goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// From the customer.
    In,
    /// To the customer.
    Out,
}

/// How far an outbound message is. It only moves forward.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// Waits to be handed to the provider.
    Queued,
    /// Is being handed to the provider.
    Sending,
    /// The provider was asked and did not answer: it may or may not have gone out.
    Unknown,
    /// The provider has taken it.
    Sent,
    /// It will not arrive.
    Failed,
    /// It is on the customer's phone.
    Delivered,
    /// The customer has read it.
    Read,
}

/// The life of an outbound message at its provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[cfg_attr(feature = "codegen", ts(optional_fields))]
pub struct DeliveryView {
    /// How far it is.
    pub state: DeliveryState,
    /// The provider's error code, where it failed; a reason, where it goes another way than it was to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The channel that it goes by, where that is not the message's own any more: it could not be reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel_id: Option<ChannelId>,
}

/// What kind of thing a message is. Its `text` can be read whatever the form is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum MessageForm {
    /// Words.
    #[default]
    Text,
    /// Pictures, sounds, documents; `text` is the caption.
    Media,
    /// A place.
    Location,
    /// Contact cards.
    ContactCard,
    /// What was chosen from buttons or a list.
    Choice,
    /// An order from a catalogue.
    Order,
    /// Something about the customer's account at the provider.
    System,
    /// Something that the provider or this server cannot show.
    Unsupported,
}

impl MessageForm {
    /// Says whether it is plain words.
    pub fn is_text(&self) -> bool {
        *self == Self::Text
    }
}

/// A message from or to the customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[cfg_attr(feature = "codegen", ts(optional_fields))]
pub struct MessageView {
    /// The message.
    pub id: MessageId,
    /// The channel that it came or went by.
    pub channel_id: ChannelId,
    /// Which way.
    pub direction: Direction,
    /// Who wrote it.
    pub author: ActorView,
    /// What it says.
    pub text: String,
    /// What kind of thing it is; words where it is left out.
    #[serde(default, skip_serializing_if = "MessageForm::is_text")]
    #[cfg_attr(feature = "codegen", ts(optional, as = "Option<MessageForm>"))]
    pub form: MessageForm,
    /// The files that came with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "codegen", ts(optional, as = "Option<Vec<AttachmentView>>"))]
    pub attachments: Vec<AttachmentView>,
    /// Inbound only: the message that it answers, where the customer picked one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answers: Option<MessageId>,
    /// Whether the customer has changed it; `text` is the newest.
    #[serde(default, skip_serializing_if = "is_false")]
    #[cfg_attr(feature = "codegen", ts(optional, as = "Option<bool>"))]
    pub edited: bool,
    /// Whether the customer has taken it back. The team still sees it.
    #[serde(default, skip_serializing_if = "is_false")]
    #[cfg_attr(feature = "codegen", ts(optional, as = "Option<bool>"))]
    pub revoked: bool,
    /// The mark that the customer has put on it: an emoji.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reaction: Option<String>,
    /// When the server took it.
    pub at: DateTime<Utc>,
    /// Replies only: the thread's `reply_no` that this reply made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_no: Option<u32>,
    /// Replies only: the key of the command, so that its sender knows its own echo.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Outbound only: how far it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery: Option<DeliveryView>,
}

/// A private note: it never leaves the team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[cfg_attr(feature = "codegen", ts(optional_fields))]
pub struct NoteView {
    /// The note.
    pub id: NoteId,
    /// Who wrote it.
    pub author: ActorView,
    /// What it says.
    pub text: String,
    /// When.
    pub at: DateTime<Utc>,
    /// The key of the command, so that its sender knows its own echo.
    pub key: String,
    /// Whom it mentions, in the order of the text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "codegen", ts(optional, as = "Option<Vec<Mention>>"))]
    pub mentions: Vec<Mention>,
    /// Grows with each edit, from 1 on.
    #[serde(default = "first_version")]
    pub version: u32,
    /// When it was edited last; `text` is the newest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<DateTime<Utc>>,
    /// That it was taken away; then `text` is empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted: Option<NoteDeletion>,
}

/// The last thing said in a thread, for lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct PreviewView {
    /// Its place in the stream.
    pub seq: u64,
    /// Who said it.
    pub author: ActorView,
    /// Whether it is a private note.
    pub note: bool,
    /// The first 120 characters.
    pub text: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// All that is said between an inbox and a contact, as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct ThreadView {
    /// The thread.
    pub id: ThreadId,
    /// Its inbox.
    pub inbox_id: InboxId,
    /// The customer.
    pub contact: ContactView,
    /// The channel that the customer used last, and that a reply takes.
    pub channel_id: ChannelId,
    /// Where it stands.
    pub status: Status,
    /// The agent who owns it.
    pub assignee_id: Option<AgentId>,
    /// The team that owns it.
    #[serde(default)]
    pub team_id: Option<TeamId>,
    /// How soon it should be looked at.
    pub priority: Priority,
    /// The tags that are on it.
    pub tags: Vec<TagId>,
    /// How often this thread was replied to; `reply.send` names the one that was on screen.
    pub reply_no: u32,
    /// The last thing said.
    pub preview: Option<PreviewView>,
    /// The place of the customer's last message, 0 if none: above `read_seq` means unread.
    pub inbound_seq: u64,
    /// How far the asking agent has read.
    pub read_seq: u64,
    /// Who holds the reply lock.
    pub lock: Option<LockView>,
    /// Whether the asking agent hears of it only where it is mentioned itself.
    #[serde(default, skip_serializing_if = "is_false")]
    #[cfg_attr(feature = "codegen", ts(optional, as = "Option<bool>"))]
    pub muted: bool,
    /// When a pending thread opens again by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "codegen", ts(optional))]
    pub until: Option<DateTime<Utc>>,
    /// When it began.
    pub created_at: DateTime<Utc>,
}
