//! Wishes that clients may have. The same types on the socket and over HTTP.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    attachments::is_false,
    contacts::{MergeContact, RenameContact, UnmergeContact},
    drafts::{AskChanges, DraftOnly, SendDraft},
    ids::{AgentId, AttachmentId, CannedId, ChannelId, MessageId, NoteId, TeamId, ThreadId},
    labels::{Prioritise, TagThread},
    notes::{DeleteNote, EditNote, Mention, MuteThread},
    notifications::{ReadAllNotifications, ReadNotifications},
    signals::Availability,
    templates::TemplateUse,
    text::{Key, NoteText, Reason, ReplyText},
    views::Status,
};

/// A wish, named by its `kind`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(tag = "kind")]
pub enum Command {
    /// Answer the customer.
    #[serde(rename = "reply.send")]
    SendReply(SendReply),
    /// Write a private note.
    #[serde(rename = "note.add")]
    AddNote(AddNote),
    /// Give the thread to somebody, or to nobody.
    #[serde(rename = "thread.assign")]
    Assign(Assign),
    /// Change where the thread stands.
    #[serde(rename = "thread.set_status")]
    SetStatus(SetStatus),
    /// Say that the thread was opened and read this far.
    #[serde(rename = "thread.open")]
    OpenThread(OpenThread),
    /// Take the reply lock, or renew it.
    #[serde(rename = "lock.acquire")]
    AcquireLock(ThreadOnly),
    /// Give the reply lock back.
    #[serde(rename = "lock.release")]
    ReleaseLock(ReleaseLock),
    /// Ask the holder for the reply lock.
    #[serde(rename = "lock.request")]
    RequestLock(ThreadOnly),
    /// Take the reply lock from its holder (supervisors).
    #[serde(rename = "lock.take_over")]
    TakeOverLock(TakeOverLock),
    /// Give the customer a name, or leave it to the provider again.
    #[serde(rename = "contact.rename")]
    RenameContact(RenameContact),
    /// Say that two customers are one.
    #[serde(rename = "contact.merge")]
    MergeContact(MergeContact),
    /// Say that they are not.
    #[serde(rename = "contact.unmerge")]
    UnmergeContact(UnmergeContact),
    /// Say whether one is there for customers, or leave it to the connection.
    #[serde(rename = "availability.set")]
    SetAvailability(SetAvailability),
    /// Say how soon a thread should be looked at.
    #[serde(rename = "thread.prioritise")]
    Prioritise(Prioritise),
    /// Put a tag on a thread.
    #[serde(rename = "thread.tag")]
    TagThread(TagThread),
    /// Take a tag off a thread.
    #[serde(rename = "thread.untag")]
    UntagThread(TagThread),
    /// Let the customer's last message be unread again, for oneself.
    #[serde(rename = "thread.mark_unread")]
    MarkUnread(ThreadOnly),
    /// Ask for a look at the draft.
    #[serde(rename = "draft.request_review")]
    RequestReview(DraftOnly),
    /// Approve exactly this draft.
    #[serde(rename = "draft.approve")]
    ApproveDraft(DraftOnly),
    /// Ask for changes of the draft.
    #[serde(rename = "draft.ask_changes")]
    AskChanges(AskChanges),
    /// Throw the draft away.
    #[serde(rename = "draft.discard")]
    DiscardDraft(DraftOnly),
    /// Answer the customer with the draft.
    #[serde(rename = "draft.send")]
    SendDraft(SendDraft),
    /// Let a note say something else (its author, or a moderator).
    #[serde(rename = "note.edit")]
    EditNote(EditNote),
    /// Take a note away (its author, or a moderator).
    #[serde(rename = "note.delete")]
    DeleteNote(DeleteNote),
    /// Hear of a thread only where oneself is mentioned, or of all again.
    #[serde(rename = "thread.mute")]
    MuteThread(MuteThread),
    /// Say that notifications were read.
    #[serde(rename = "notification.read")]
    ReadNotifications(ReadNotifications),
    /// Say that all of them were.
    #[serde(rename = "notification.read_all")]
    ReadAllNotifications(ReadAllNotifications),
}

/// See [`Command::SendReply`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[cfg_attr(feature = "codegen", ts(optional_fields))]
#[serde(deny_unknown_fields)]
pub struct SendReply {
    /// The thread.
    pub thread_id: ThreadId,
    /// What to say; empty where the files say it all.
    pub text: ReplyText,
    /// The thread's `reply_no` that the agent had on screen.
    pub seen_reply: u32,
    /// The place of the last event of the stream that the agent had on screen, if known: the answer
    /// lists the customer's messages that came after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen_seq: Option<u64>,
    /// The key of the agent's own send just before this one, whose `reply_no` is not known yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Key>,
    /// The token of the reply lock, if the agent has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lock_token: Option<u64>,
    /// The channel to send by, of those in the thread's `reach`; the customer's last one where it is
    /// left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel_id: Option<ChannelId>,
    /// The template that `text` is made of: what the agent has on screen has to be what the template
    /// says with these values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<Box<TemplateUse>>,
    /// The customer has unsubscribed from all but essential messages, and this is one: a one-time
    /// password, a confirmation. On record.
    #[serde(default, skip_serializing_if = "is_false")]
    #[cfg_attr(feature = "codegen", ts(as = "Option<bool>"))]
    pub essential: bool,
    /// Files that were uploaded to the thread's inbox, in the order that they are shown in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "codegen", ts(as = "Option<Vec<AttachmentId>>"))]
    pub attachments: Vec<AttachmentId>,
    /// The canned reply that it began with: counted, if it is one that the sender may use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canned: Option<CannedId>,
}

impl SendReply {
    /// Makes a reply with nothing but what it needs.
    pub fn new(thread_id: ThreadId, text: ReplyText, seen_reply: u32) -> Self {
        Self {
            thread_id,
            text,
            seen_reply,
            seen_seq: None,
            after: None,
            lock_token: None,
            channel_id: None,
            template: None,
            essential: false,
            attachments: Vec::new(),
            canned: None,
        }
    }
}

/// See [`Command::AddNote`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AddNote {
    /// The thread.
    pub thread_id: ThreadId,
    /// What to note.
    pub text: NoteText,
    /// Whom it mentions, in the order of the text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "codegen", ts(optional, as = "Option<Vec<Mention>>"))]
    pub mentions: Vec<Mention>,
}

impl AddNote {
    /// Makes a note that mentions nobody.
    pub fn new(thread_id: ThreadId, text: NoteText) -> Self {
        Self { thread_id, text, mentions: Vec::new() }
    }
}

/// See [`Command::Assign`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Assign {
    /// The thread.
    pub thread_id: ThreadId,
    /// The owner that the sender saw. Another one by now refuses the command.
    pub from: Option<AgentId>,
    /// The owner to be; `null` is nobody.
    pub to: Option<AgentId>,
    /// The team that the sender saw; left out, none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "codegen", ts(optional = nullable))]
    pub from_team: Option<TeamId>,
    /// The team to be; left out, none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "codegen", ts(optional = nullable))]
    pub to_team: Option<TeamId>,
    /// What whoever gets it should know: a private note in the thread.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "codegen", ts(optional))]
    pub note: Option<NoteText>,
    /// Whom the note mentions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "codegen", ts(optional, as = "Option<Vec<Mention>>"))]
    pub mentions: Vec<Mention>,
}

/// See [`Command::SetStatus`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[cfg_attr(feature = "codegen", ts(optional_fields))]
#[serde(deny_unknown_fields)]
pub struct SetStatus {
    /// The thread.
    pub thread_id: ThreadId,
    /// The status to be: anything but `new`.
    pub to: Status,
    /// With `pending` only: when the thread opens again by itself, if nothing opens it before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<DateTime<Utc>>,
}

/// See [`Command::OpenThread`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct OpenThread {
    /// The thread.
    pub thread_id: ThreadId,
    /// The place of the last event of the stream that is on screen.
    pub read_seq: u64,
}

/// A command that needs nothing but its thread.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ThreadOnly {
    /// The thread.
    pub thread_id: ThreadId,
}

/// See [`Command::ReleaseLock`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ReleaseLock {
    /// The thread.
    pub thread_id: ThreadId,
    /// The token that `lock.acquire` gave.
    pub token: u64,
}

/// See [`Command::TakeOverLock`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TakeOverLock {
    /// The thread.
    pub thread_id: ThreadId,
    /// Why; the holder sees it and it is on record.
    pub reason: Reason,
}

/// See [`Command::SetAvailability`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SetAvailability {
    /// The choice, which stays until it is changed; `null` leaves it to whether the agent is there.
    pub availability: Option<Availability>,
}

/// What came of a command. The same key gives the same outcome again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(tag = "kind")]
pub enum Outcome {
    /// The reply is stored and on its way.
    #[serde(rename = "reply.sent")]
    ReplySent(ReplySent),
    /// The note is stored.
    #[serde(rename = "note.added")]
    NoteAdded(NoteStored),
    /// It is so now, by this event or, where `seq` is null, it already was.
    #[serde(rename = "done")]
    Done(Done),
    /// The sender holds the reply lock.
    #[serde(rename = "lock.held")]
    LockHeld(LockHeld),
}

/// See [`Outcome::ReplySent`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct ReplySent {
    /// The message.
    pub message_id: MessageId,
    /// Its place in the stream.
    pub seq: u64,
    /// The thread's `reply_no` now.
    pub reply_no: u32,
    /// Messages of the customer that came after `seen_seq`: the reply went out without them.
    pub arrived: Vec<MessageId>,
}

/// See [`Outcome::NoteAdded`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct NoteStored {
    /// The note.
    pub note_id: NoteId,
    /// Its place in the stream.
    pub seq: u64,
}

/// See [`Outcome::Done`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct Done {
    /// The place of the event that made it so.
    pub seq: Option<u64>,
}

/// See [`Outcome::LockHeld`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
pub struct LockHeld {
    /// What `reply.send` and `lock.release` name. Grows with each holder, never repeats.
    pub token: u64,
    /// When it ends unless renewed, by the database's clock.
    pub expires_at: DateTime<Utc>,
}
