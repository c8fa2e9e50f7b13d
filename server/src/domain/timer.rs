//! Timers: what becomes due, and when.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What a timer does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum TimerKind {
    /// Opens a thread that was put off. Its subject is the thread.
    #[serde(rename = "thread.reopen")]
    ReopenThread,
    /// Calls a message back of which there was no word in its time. Its subject is the message.
    #[serde(rename = "message.recall")]
    RecallMessage,
}

/// A timer that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timer {
    /// What it does.
    pub kind: TimerKind,
    /// To what.
    pub subject: Uuid,
    /// When it became due.
    pub due_at: DateTime<Utc>,
    /// When it was claimed; both by the database's clock.
    pub claimed_at: DateTime<Utc>,
}
