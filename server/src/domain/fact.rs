//! What happened, as it is stored: ids and states, never personal content.

use chrono::{DateTime, Utc};
use protocol::{
    contacts::ConsentAbout,
    ids::{
        AccountId, AgentId, AttachmentId, CannedId, ChannelId, ContactId, InboxId, MessageId,
        NoteId, NotificationId, RoleId, SessionId, TagId, TeamId, ThreadId, TokenId,
    },
    labels::Priority,
    notes::Mention,
    notifications::NotificationReason,
    pauses::PauseReason,
    permissions::Permission,
    rights::MemberRole,
    signals::Availability,
    views::{DeliveryState, MessageForm, Role, Scope, Status},
};
use serde::{Deserialize, Serialize};

use super::attachment::{Attached, Standing};

/// The version that this server writes with every kind.
pub const VERSION: i16 = 1;

/// A fact. Its text, where it has one, stands in `contents` beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "data")]
pub enum Fact {
    /// A contact wrote to an inbox for the first time.
    #[serde(rename = "thread.created")]
    ThreadCreated { contact_id: ContactId, channel_id: ChannelId },
    /// The customer said something (content: the text).
    #[serde(rename = "message.received")]
    MessageReceived {
        message_id: MessageId,
        channel_id: ChannelId,
        #[serde(default, skip_serializing_if = "MessageForm::is_text")]
        form: MessageForm,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        answers: Option<MessageId>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        attachments: Vec<Attached>,
    },
    /// A reply was accepted (content: the text). One without a key was written past us, on a device
    /// of the business; one without a `reply_no` is the server's own and takes no turn.
    #[serde(rename = "message.sent")]
    MessageSent {
        message_id: MessageId,
        channel_id: ChannelId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reply_no: Option<u32>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        key: Option<String>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        attachments: Vec<Attached>,
        /// What it was sent under, where that is anything.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        terms: Option<SentUnder>,
    },
    /// The customer changed a message (content: the text now).
    #[serde(rename = "message.edited")]
    MessageEdited { message_id: MessageId },
    /// The customer took a message back.
    #[serde(rename = "message.revoked")]
    MessageRevoked { message_id: MessageId },
    /// The customer put a mark on a message (content: the emoji), or, without content, took it away.
    #[serde(rename = "message.reacted")]
    MessageReacted { message_id: MessageId },
    /// A file that came with a message was fetched, or will not be (content: its name).
    #[serde(rename = "attachment.changed")]
    AttachmentChanged { message_id: MessageId, attachment: Standing },
    /// The customer has another name or one more address.
    #[serde(rename = "contact.changed")]
    ContactChanged { contact_id: ContactId },
    /// The customer does not want something any more, or wants it again.
    #[serde(rename = "contact.consent_changed")]
    ConsentChanged { channel_id: ChannelId, about: ConsentAbout, wanted: bool },
    /// An agent said that the contact is the thread's customer, too: the thread is put together anew.
    #[serde(rename = "contact.merged")]
    ContactMerged { contact_id: ContactId },
    /// An agent said that it is not: the thread is taken apart.
    #[serde(rename = "contact.unmerged")]
    ContactUnmerged { contact_id: ContactId },
    /// The thread is a part of another one from here on.
    #[serde(rename = "thread.merged")]
    ThreadMerged { into: ThreadId },
    /// An outbound message got further at its provider.
    #[serde(rename = "message.delivery_changed")]
    DeliveryChanged {
        message_id: MessageId,
        state: DeliveryState,
        error: Option<String>,
        /// The channel that it goes by, where it was written for another one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        channel_id: Option<ChannelId>,
    },
    /// A private note was written (content: the text).
    #[serde(rename = "note.added")]
    NoteAdded {
        note_id: NoteId,
        key: String,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        mentions: Vec<Mention>,
    },
    /// A note says something else (content: the text now).
    #[serde(rename = "note.edited")]
    NoteEdited { note_id: NoteId, added_seq: u64, version: u32, mentions: Vec<Mention> },
    /// A note was taken away.
    #[serde(rename = "note.deleted")]
    NoteDeleted { note_id: NoteId, added_seq: u64 },
    /// An agent hears of the thread only where it is mentioned itself, or of all again.
    #[serde(rename = "thread.muted")]
    ThreadMuted { agent_id: AgentId, muted: bool },
    /// An agent is told of something.
    #[serde(rename = "notification.added")]
    Notified {
        notification_id: NotificationId,
        agent_id: AgentId,
        reason: NotificationReason,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note_id: Option<NoteId>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        team_id: Option<TeamId>,
    },
    /// An agent has read what it was told of.
    #[serde(rename = "notification.read")]
    NotificationsRead { agent_id: AgentId, notification_ids: Vec<NotificationId> },
    /// The owner changed.
    #[serde(rename = "thread.assigned")]
    ThreadAssigned {
        from: Option<AgentId>,
        to: Option<AgentId>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from_team: Option<TeamId>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to_team: Option<TeamId>,
    },
    /// The status changed.
    #[serde(rename = "thread.status_changed")]
    StatusChanged {
        from: Status,
        to: Status,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<DateTime<Utc>>,
    },
    /// An agent opened the thread and has read this far.
    #[serde(rename = "thread.opened")]
    ThreadOpened { agent_id: AgentId, read_seq: u64 },
    /// Somebody took the reply lock.
    #[serde(rename = "lock.acquired")]
    LockAcquired { agent_id: AgentId },
    /// A supervisor took the reply lock (content: the reason).
    #[serde(rename = "lock.taken_over")]
    LockTakenOver { from: AgentId, to: AgentId },
    /// The priority changed.
    #[serde(rename = "thread.prioritised")]
    ThreadPrioritised { from: Priority, to: Priority },
    /// A tag was put on, or taken off; the tags from here on.
    #[serde(rename = "thread.tagged")]
    ThreadTagged {
        tags: Vec<TagId>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        added: Option<TagId>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        removed: Option<TagId>,
    },
    /// An agent wants to come back to the thread: it has read this far, by its own word.
    #[serde(rename = "thread.marked_unread")]
    ThreadMarkedUnread { agent_id: AgentId, read_seq: u64 },
    /// An inbox has a tag, or it has another name or colour.
    #[serde(rename = "tag.changed")]
    TagChanged { tag_id: TagId },
    /// A tag of an inbox is gone.
    #[serde(rename = "tag.removed")]
    TagRemoved { tag_id: TagId },
    /// A canned reply was made or changed (content: its texts); one of an agent's own is told to it alone.
    #[serde(rename = "canned.changed")]
    CannedChanged {
        canned_id: CannedId,
        version: u64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        agent_id: Option<AgentId>,
    },
    /// Exactly this version of a canned reply was approved.
    #[serde(rename = "canned.approved")]
    CannedApproved { canned_id: CannedId, version: u64 },
    /// A canned reply was deleted.
    #[serde(rename = "canned.removed")]
    CannedRemoved {
        canned_id: CannedId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        agent_id: Option<AgentId>,
    },
    /// Somebody shall look at the draft.
    #[serde(rename = "draft.review_requested")]
    DraftReviewRequested { digest: String },
    /// Exactly this draft was approved (content: the text).
    #[serde(rename = "draft.approved")]
    DraftApproved { digest: String },
    /// What was approved is not any more: the draft was changed.
    #[serde(rename = "draft.approval_voided")]
    DraftApprovalVoided { digest: String },
    /// The draft shall be changed (content: the comment).
    #[serde(rename = "draft.changes_requested")]
    DraftChangesRequested { digest: String },
    /// The draft was thrown away.
    #[serde(rename = "draft.discarded")]
    DraftDiscarded { digest: String },
    /// Nothing goes out over a channel from here on.
    #[serde(rename = "channel.paused")]
    ChannelPaused { channel_id: ChannelId, reason: PauseReason, code: Option<String> },
    /// It goes out again.
    #[serde(rename = "channel.resumed")]
    ChannelResumed { channel_id: ChannelId },
    /// An inbox has a channel more.
    #[serde(rename = "channel.added")]
    ChannelAdded { channel_id: ChannelId },
    /// An agent was added.
    #[serde(rename = "agent.created")]
    AgentCreated { agent_id: AgentId },
    /// An inbox was made.
    #[serde(rename = "inbox.created")]
    InboxCreated { inbox_id: InboxId },
    /// An inbox has another name or mode, or answers otherwise by itself.
    #[serde(rename = "inbox.changed")]
    InboxChanged { inbox_id: InboxId },
    /// An account at a provider was set up.
    #[serde(rename = "account.created")]
    AccountCreated { account_id: AccountId },
    /// It has another name or other settings.
    #[serde(rename = "account.changed")]
    AccountChanged { account_id: AccountId },
    /// It has a new secret; the one before it still verifies webhooks until then.
    #[serde(rename = "account.secret_rotated")]
    SecretRotated { account_id: AccountId, name: String, retires_at: Option<DateTime<Utc>> },
    /// A channel was added to an inbox.
    #[serde(rename = "channel.created")]
    ChannelCreated { channel_id: ChannelId, inbox_id: InboxId },
    /// An agent became a member of an inbox.
    #[serde(rename = "inbox.member_added")]
    MemberAdded {
        inbox_id: InboxId,
        agent_id: AgentId,
        /// Its role there and what it sees; left out, its own role and everything.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        role: Option<MemberRole>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        scope: Option<Scope>,
    },
    /// A member has another role in an inbox, or sees other threads.
    #[serde(rename = "inbox.member_changed")]
    MemberChanged { inbox_id: InboxId, agent_id: AgentId, role: Option<MemberRole>, scope: Scope },
    /// An agent is no longer a member of an inbox.
    #[serde(rename = "inbox.member_removed")]
    MemberRemoved { inbox_id: InboxId, agent_id: AgentId },
    /// What an agent may see or do has changed: its connections begin anew.
    #[serde(rename = "agent.rights_changed")]
    RightsChanged { agent_id: AgentId, rights_version: i64 },
    /// An agent has another name or role, or is disabled, or is so no longer.
    #[serde(rename = "agent.changed")]
    AgentChanged { agent_id: AgentId, role: Role, disabled: bool },
    /// An agent was given a new password.
    #[serde(rename = "agent.password_reset")]
    PasswordReset { agent_id: AgentId },
    /// A role of an inbox was made, or allows something else.
    #[serde(rename = "role.changed")]
    RoleChanged { role_id: RoleId, inbox_id: InboxId, permissions: Vec<Permission> },
    /// A role of an inbox is gone.
    #[serde(rename = "role.removed")]
    RoleRemoved { role_id: RoleId, inbox_id: InboxId },
    /// A team was made, or has other members.
    #[serde(rename = "team.changed")]
    TeamChanged { team_id: TeamId, members: Vec<AgentId> },
    /// A team is gone.
    #[serde(rename = "team.removed")]
    TeamRemoved { team_id: TeamId },
    /// An agent signed in.
    #[serde(rename = "session.created")]
    SessionCreated { session_id: SessionId, agent_id: AgentId },
    /// An agent read a file.
    #[serde(rename = "attachment.opened")]
    AttachmentOpened { attachment_id: AttachmentId, agent_id: AgentId },
    /// An agent chose whether it is there; `null` leaves it to its connections.
    #[serde(rename = "agent.availability_chosen")]
    AvailabilityChosen { agent_id: AgentId, availability: Option<Availability> },
    /// A session was ended.
    #[serde(rename = "session.revoked")]
    SessionRevoked { session_id: SessionId, agent_id: AgentId },
    /// An agent was found to be somebody at a provider of OpenID Connect.
    #[serde(rename = "identity.linked")]
    IdentityLinked { agent_id: AgentId },
    /// An API token was made.
    #[serde(rename = "token.created")]
    TokenCreated { token_id: TokenId, agent_id: AgentId, scopes: Vec<Permission> },
    /// An API token was revoked.
    #[serde(rename = "token.revoked")]
    TokenRevoked { token_id: TokenId, agent_id: AgentId },
}

/// What a reply was sent under.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentUnder {
    /// As essential, to a customer who wants nothing else.
    pub essential: bool,
    /// The name of the template.
    pub template: Option<String>,
    /// The draft that it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub draft: Option<SentDraft>,
    /// The canned reply that it began with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canned: Option<CannedId>,
}

/// The draft that a reply was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentDraft {
    /// Names exactly its text and files.
    pub digest: String,
    /// Who has approved it.
    pub approved_by: Option<AgentId>,
}

/// A fact, taken apart for its columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts {
    /// The kind.
    pub kind: String,
    /// The data, as JSON.
    pub data: String,
}

impl Fact {
    /// Takes the fact apart.
    pub fn parts(&self) -> Parts {
        let value = serde_json::to_value(self).expect("a fact is JSON");
        let kind = value.get("kind").and_then(|kind| kind.as_str()).unwrap_or_default().to_owned();
        let data = value.get("data").cloned().unwrap_or_default().to_string();
        Parts { kind, data }
    }

    /// Reads a stored fact; `None` for a kind of a later version.
    pub fn read(kind: &str, data: &str) -> Option<Self> {
        let data: serde_json::Value = serde_json::from_str(data).ok()?;
        serde_json::from_value(serde_json::json!({ "kind": kind, "data": data })).ok()
    }

    /// Says whether readers are told the whole thread instead.
    pub fn is_whole(&self) -> bool {
        matches!(self, Self::ContactMerged { .. } | Self::ContactUnmerged { .. })
    }

    /// Returns the note whose words it has.
    pub fn note(&self) -> Option<NoteId> {
        match self {
            Self::NoteAdded { note_id, .. } | Self::NoteEdited { note_id, .. } => Some(*note_id),
            _ => None,
        }
    }

    /// Takes out whom it mentions.
    pub fn mention_nobody(&mut self) {
        if let Self::NoteAdded { mentions, .. } | Self::NoteEdited { mentions, .. } = self {
            mentions.clear();
        }
    }

    /// Returns the only agent, apart from auditors, who is told.
    pub fn private_to(&self) -> Option<AgentId> {
        match self {
            Self::ThreadOpened { agent_id, .. }
            | Self::ThreadMarkedUnread { agent_id, .. }
            | Self::ThreadMuted { agent_id, .. }
            | Self::Notified { agent_id, .. }
            | Self::NotificationsRead { agent_id, .. } => Some(*agent_id),
            Self::CannedChanged { agent_id, .. } | Self::CannedRemoved { agent_id, .. } => {
                *agent_id
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_fact_stays_readable() {
        let golden = [
            (
                "message.sent",
                r#"{"channel_id":"chn_00000000000000000000000000000001","key":"k","message_id":"msg_00000000000000000000000000000002","reply_no":3}"#,
            ),
            (
                "message.delivery_changed",
                r#"{"error":"30005","message_id":"msg_00000000000000000000000000000002","state":"failed"}"#,
            ),
            ("thread.assigned", r#"{"from":null,"to":"agt_00000000000000000000000000000003"}"#),
            ("thread.status_changed", r#"{"from":"new","to":"open"}"#),
        ];
        for (kind, data) in golden {
            let fact = Fact::read(kind, data).expect(kind);
            assert_eq!(fact.parts(), Parts { kind: kind.to_owned(), data: data.to_owned() });
        }
        assert_eq!(Fact::read("thread.teleported", "{}"), None);
    }
}
