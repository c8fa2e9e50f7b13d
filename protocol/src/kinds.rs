//! What commands are called on the wire.

use crate::commands::Command;

impl Command {
    /// Returns the kind, as on the wire.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::SendReply(_) => "reply.send",
            Self::AddNote(_) => "note.add",
            Self::Assign(_) => "thread.assign",
            Self::SetStatus(_) => "thread.set_status",
            Self::OpenThread(_) => "thread.open",
            Self::AcquireLock(_) => "lock.acquire",
            Self::ReleaseLock(_) => "lock.release",
            Self::RequestLock(_) => "lock.request",
            Self::TakeOverLock(_) => "lock.take_over",
            Self::RenameContact(_) => "contact.rename",
            Self::MergeContact(_) => "contact.merge",
            Self::UnmergeContact(_) => "contact.unmerge",
            Self::SetAvailability(_) => "availability.set",
            Self::Prioritise(_) => "thread.prioritise",
            Self::TagThread(_) => "thread.tag",
            Self::UntagThread(_) => "thread.untag",
            Self::MarkUnread(_) => "thread.mark_unread",
            Self::RequestReview(_) => "draft.request_review",
            Self::ApproveDraft(_) => "draft.approve",
            Self::AskChanges(_) => "draft.ask_changes",
            Self::DiscardDraft(_) => "draft.discard",
            Self::SendDraft(_) => "draft.send",
            Self::EditNote(_) => "note.edit",
            Self::DeleteNote(_) => "note.delete",
            Self::MuteThread(_) => "thread.mute",
            Self::ReadNotifications(_) => "notification.read",
            Self::ReadAllNotifications(_) => "notification.read_all",
        }
    }
}

/// The kinds on the wire, in the order of PROTOCOL.md.
pub const COMMAND_KINDS: [&str; 27] = [
    "reply.send",
    "note.add",
    "thread.assign",
    "thread.set_status",
    "thread.open",
    "lock.acquire",
    "lock.release",
    "lock.request",
    "lock.take_over",
    "contact.rename",
    "contact.merge",
    "contact.unmerge",
    "availability.set",
    "thread.prioritise",
    "thread.tag",
    "thread.untag",
    "thread.mark_unread",
    "draft.request_review",
    "draft.approve",
    "draft.ask_changes",
    "draft.discard",
    "draft.send",
    "note.edit",
    "note.delete",
    "thread.mute",
    "notification.read",
    "notification.read_all",
];
