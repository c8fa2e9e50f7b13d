//! Threads, as commands see them.

use chrono::{DateTime, Utc};
use protocol::{
    ids::{ChannelId, ContactId, InboxId, ThreadId},
    labels::Priority,
    owners::Assignment,
    statuses::StatusRules,
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
    /// How soon it should be looked at.
    pub priority: Priority,
    /// How statuses follow each other in its inbox.
    pub rules: StatusRules,
    /// How often it was replied to.
    pub reply_no: u32,
    /// The thread that it is a part of, where an agent has merged the two.
    pub merged_into: Option<ThreadId>,
    /// Whether the inbox wants some replies approved first.
    pub reviewed: bool,
}
