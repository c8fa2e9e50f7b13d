//! What each command takes, so that a role allows it.

use protocol::{
    commands::{Assign, Command, SendReply, SetStatus},
    ids::{AgentId, InboxId},
    permissions::Permission,
    views::Status,
};

use super::error::CommandError;
use crate::domain::visibility::{Missing, Visibility};

/// Refuses a command that the role in this inbox does not allow.
pub(super) fn check(
    who: &Visibility,
    inbox: InboxId,
    command: &Command,
) -> Result<(), CommandError> {
    if who.is_token() && is_personal(command) {
        return Err(CommandError::NotForTokens);
    }
    let missing = needed(command, who.agent_id).into_iter().find(|it| !who.may(inbox, *it));
    missing.map_or(Ok(()), |permission| Err(Missing(permission).into()))
}

/// Says whether it is about who sits at a desk: what is read there, written there, and whether anybody is.
fn is_personal(command: &Command) -> bool {
    matches!(
        command,
        Command::OpenThread(_)
            | Command::MarkUnread(_)
            | Command::SetAvailability(_)
            | Command::AcquireLock(_)
            | Command::ReleaseLock(_)
            | Command::RequestLock(_)
            | Command::TakeOverLock(_)
            | Command::RequestReview(_)
            | Command::DiscardDraft(_)
            | Command::ApproveDraft(_)
            | Command::AskChanges(_)
            | Command::SendDraft(_)
            | Command::MuteThread(_)
            | Command::ReadNotifications(_)
            | Command::ReadAllNotifications(_)
    )
}

fn needed(command: &Command, me: AgentId) -> Vec<Permission> {
    use Permission as P;
    match command {
        Command::SendReply(it) => reply(it),
        Command::AddNote(_) => vec![P::AddNotes],
        Command::Assign(it) => {
            let note = it.note.is_some().then_some(P::AddNotes);
            [assignment(it, me)].into_iter().chain(note).collect()
        }
        Command::SetStatus(it) => vec![status(it)],
        Command::AcquireLock(_) | Command::ReleaseLock(_) | Command::RequestLock(_) => {
            vec![P::SendReplies]
        }
        Command::TakeOverLock(_) => vec![P::SendReplies, P::TakeOverLocks],
        Command::RenameContact(_) => vec![P::RenameContacts],
        Command::MergeContact(_) | Command::UnmergeContact(_) => vec![P::MergeContacts],
        Command::Prioritise(_) => vec![P::PrioritiseThreads],
        Command::TagThread(_) | Command::UntagThread(_) => vec![P::TagThreads],
        Command::RequestReview(_) | Command::DiscardDraft(_) => vec![P::WriteDrafts],
        Command::ApproveDraft(_) | Command::AskChanges(_) => vec![P::ReviewDrafts],
        // Files take one more, which is asked for once it is known that there are some.
        Command::SendDraft(_) => vec![P::SendReplies],
        // Whoever sees a thread opens it, and says of itself whether it is there.
        Command::OpenThread(_)
        | Command::MarkUnread(_)
        | Command::MuteThread(_)
        | Command::ReadNotifications(_)
        | Command::ReadAllNotifications(_)
        | Command::SetAvailability(_)
        // Whose note it is, is known under the thread's lock only.
        | Command::EditNote(_)
        | Command::DeleteNote(_) => Vec::new(),
    }
}

fn reply(it: &SendReply) -> Vec<Permission> {
    let mut needed = vec![Permission::SendReplies];
    needed.extend(it.template.is_some().then_some(Permission::SendTemplates));
    needed.extend((!it.attachments.is_empty()).then_some(Permission::SendAttachments));
    needed
}

/// Taking what nobody has, or giving back one's own, is less than giving to others.
fn assignment(it: &Assign, me: AgentId) -> Permission {
    let own = |agent: Option<AgentId>| agent.is_none_or(|agent| agent == me);
    let stays = it.from_team == it.to_team;
    if stays && own(it.from) && own(it.to) {
        Permission::ClaimThreads
    } else {
        Permission::AssignThreads
    }
}

fn status(it: &SetStatus) -> Permission {
    match (it.to, it.until) {
        (Status::Closed, _) => Permission::CloseThreads,
        (Status::Escalated, _) => Permission::EscalateThreads,
        (_, Some(_)) => Permission::SnoozeThreads,
        (Status::New | Status::Open | Status::Pending, None) => Permission::SetStatus,
    }
}
