//! Threads: their statuses and what moves them.

use chrono::{DateTime, Utc};
use protocol::{
    ids::{ChannelId, ContactId, InboxId, ThreadId},
    owners::Assignment,
    views::{ChannelKind, InboxMode, Status},
};
use uuid::Uuid;

/// A thread's row, as commands see it under its lock.
#[derive(Debug, Clone)]
pub struct Thread {
    /// The thread.
    pub id: ThreadId,
    /// Its inbox.
    pub inbox_id: InboxId,
    /// How replying works there.
    pub mode: InboxMode,
    /// The customer.
    pub contact_id: ContactId,
    /// The channel that the customer used last.
    pub channel_id: ChannelId,
    /// Its kind.
    pub channel_kind: ChannelKind,
    /// The address that the customer used last.
    pub address_id: Uuid,
    /// Whether the customer wants nothing over that channel.
    pub refused: bool,
    /// Where it stands.
    pub status: Status,
    /// When it opens again by itself.
    pub until: Option<DateTime<Utc>>,
    /// Who owns it.
    pub owner: Assignment,
    /// How often it was replied to.
    pub reply_no: u32,
    /// The thread that it is a part of, where an agent has merged the two.
    pub merged_into: Option<ThreadId>,
    /// Whether the inbox wants some replies approved first.
    pub reviewed: bool,
}

/// Says whether an agent may set `to`: anything but `new`, which only a first message makes.
pub fn may_set(to: Status) -> bool {
    to != Status::New
}

/// Returns the status after a customer's message: it brings back what waits or is done.
pub fn after_inbound(status: Status) -> Status {
    match status {
        Status::Pending | Status::Closed => Status::Open,
        Status::New | Status::Open | Status::Escalated => status,
    }
}

/// Returns the status after an agent's reply: the first one opens the thread.
pub fn after_reply(status: Status) -> Status {
    if status == Status::New { Status::Open } else { status }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_move_statuses() {
        use Status::{Closed, Escalated, New, Open, Pending};
        let table = [
            (New, New, Open),
            (Open, Open, Open),
            (Pending, Open, Pending),
            (Escalated, Escalated, Escalated),
            (Closed, Open, Closed),
        ];
        for (status, inbound, reply) in table {
            assert_eq!((after_inbound(status), after_reply(status)), (inbound, reply));
        }
    }
}
