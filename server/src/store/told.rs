//! What clients are told of threads, labels, drafts and canned replies.

use protocol::{
    canned::{CannedOnly, CannedVersion},
    drafts::{DraftApproved, DraftChangesRequested, DraftNamed},
    events::{Empty, EventBody, StatusChanged, ThreadAssigned, ThreadOpened},
    labels::{MarkedUnread, Prioritised, Tagged},
};

use crate::domain::fact::Fact;

/// Says who has a thread, where it stands, and who has read it.
pub(super) fn of_thread(fact: &Fact) -> Option<EventBody> {
    Some(match fact.clone() {
        Fact::ThreadAssigned { from, to, from_team, to_team } => {
            EventBody::ThreadAssigned(ThreadAssigned { from, to, from_team, to_team })
        }
        Fact::StatusChanged { from, to, until } => {
            EventBody::StatusChanged(StatusChanged { from, to, until })
        }
        Fact::ThreadOpened { agent_id, read_seq } => {
            EventBody::ThreadOpened(ThreadOpened { agent_id, read_seq })
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
