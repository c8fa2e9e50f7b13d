//! What clients are told of threads, labels, drafts, canned replies, notes and notifications.

use protocol::{
    canned::{CannedOnly, CannedVersion},
    drafts::{DraftApproved, DraftChangesRequested, DraftNamed},
    events::{Empty, EventBody, NoteAdded, StatusChanged, ThreadAssigned, ThreadOpened},
    ids::{InboxId, ThreadId},
    labels::{MarkedUnread, Prioritised, Tagged},
    notes::{Muted, NoteDeleted, NoteEdited},
    notifications::{NotificationAdded, NotificationView, NotificationsRead},
    views::NoteView,
};

use super::events::StoredEvent;
use crate::domain::fact::Fact;

/// Says who has a thread, and where it stands.
pub(super) fn of_thread(fact: &Fact) -> Option<EventBody> {
    Some(match fact.clone() {
        Fact::ThreadAssigned { from, to, from_team, to_team } => {
            EventBody::ThreadAssigned(ThreadAssigned { from, to, from_team, to_team })
        }
        Fact::StatusChanged { from, to, until } => {
            EventBody::StatusChanged(StatusChanged { from, to, until })
        }
        _ => return None,
    })
}

/// Says what was put on a thread.
pub(super) fn of_labels(fact: &Fact) -> Option<EventBody> {
    Some(match fact.clone() {
        Fact::ThreadMarkedUnread { agent_id, read_seq } => {
            EventBody::MarkedUnread(MarkedUnread { agent_id, read_seq })
        }
        Fact::ThreadPrioritised { from, to } => {
            EventBody::Prioritised(Prioritised { from, priority: to })
        }
        Fact::ThreadTagged { tags, added, removed } => {
            EventBody::Tagged(Tagged { tags, added, removed })
        }
        _ => return None,
    })
}

/// Says what became of a canned reply.
pub(super) fn of_canned(fact: &Fact) -> Option<EventBody> {
    Some(match *fact {
        Fact::CannedChanged { canned_id, version, .. } => {
            EventBody::CannedChanged(CannedVersion { canned_id, version })
        }
        Fact::CannedApproved { canned_id, version } => {
            EventBody::CannedApproved(CannedVersion { canned_id, version })
        }
        Fact::CannedRemoved { canned_id, .. } => EventBody::CannedRemoved(CannedOnly { canned_id }),
        _ => return None,
    })
}

/// Says what became of a note.
pub(super) fn of_note(event: &StoredEvent, fact: &Fact, text: String) -> Option<EventBody> {
    Some(match fact.clone() {
        Fact::NoteAdded { note_id: id, key, mentions } => {
            let (author, at) = (event.actor.view(), event.at);
            let (version, edited_at, deleted) = (1, None, None);
            let note =
                NoteView { id, author, text, at, key, mentions, version, edited_at, deleted };
            EventBody::NoteAdded(NoteAdded { note })
        }
        Fact::NoteEdited { note_id, added_seq, version, mentions } => {
            EventBody::NoteEdited(NoteEdited { note_id, added_seq, version, text, mentions })
        }
        Fact::NoteDeleted { note_id, added_seq } => {
            EventBody::NoteDeleted(NoteDeleted { note_id, added_seq })
        }
        _ => return None,
    })
}

/// Says what an agent alone is told.
pub(super) fn of_agent(
    (inbox_id, thread_id): (InboxId, ThreadId),
    event: &StoredEvent,
    fact: &Fact,
) -> Option<EventBody> {
    Some(match fact.clone() {
        Fact::ThreadOpened { agent_id, read_seq } => {
            EventBody::ThreadOpened(ThreadOpened { agent_id, read_seq })
        }
        Fact::ThreadMuted { agent_id, muted } => EventBody::Muted(Muted { agent_id, muted }),
        Fact::Notified { notification_id, reason, note_id, team_id, .. } => {
            let notification = NotificationView {
                id: notification_id,
                reason,
                inbox_id,
                thread_id,
                actor: event.actor.view(),
                note_id,
                team_id,
                at: event.at,
                read: false,
                contact: None,
                text: None,
            };
            EventBody::NotificationAdded(NotificationAdded { notification })
        }
        Fact::NotificationsRead { agent_id, notification_ids } => {
            EventBody::NotificationsRead(NotificationsRead { agent_id, notification_ids })
        }
        _ => return None,
    })
}

/// Says what became of a draft.
pub(super) fn of_draft(fact: &Fact, text: String) -> Option<EventBody> {
    Some(match fact.clone() {
        Fact::DraftReviewRequested { digest } => {
            EventBody::DraftReviewRequested(DraftNamed { digest })
        }
        Fact::DraftApproved { digest } => EventBody::DraftApproved(DraftApproved { digest, text }),
        Fact::DraftApprovalVoided { digest } => {
            EventBody::DraftApprovalVoided(DraftNamed { digest })
        }
        Fact::DraftChangesRequested { digest } => {
            let it = DraftChangesRequested { digest, comment: text };
            EventBody::DraftChangesRequested(it)
        }
        Fact::DraftDiscarded { .. } => EventBody::DraftDiscarded(Empty {}),
        _ => return None,
    })
}
