//! The steps of a schedule.

use std::time::Duration;

/// One thing to do, at an instant that does not depend on how fast the server is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Step {
    /// When, after the start of the measured part.
    pub(crate) at: Duration,
    /// Who.
    pub(crate) seat: u32,
    /// With which customer.
    pub(crate) customer: u32,
    /// What.
    pub(crate) what: What,
}

/// See [`Step::what`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum What {
    /// The customer sends a text.
    Text,
    /// The agent opens the thread.
    Open,
    /// The agent looks at it.
    View,
    /// The agent takes, or renews, the reply lock.
    Lock,
    /// The agent types.
    Type,
    /// The agent leaves the thread.
    Leave,
    /// The agent replies.
    Reply,
    /// The agent writes a note.
    Note,
    /// The agent gives the thread to somebody; the number says to whom.
    Assign(u32),
    /// The agent sets a status; the number says which.
    Status(u32),
    /// The connection ends without a word.
    Cut,
    /// The connection is closed properly, and opened again.
    Close,
    /// Nothing is read for so long.
    Stall(Duration),
}

impl What {
    /// Says whether this is the customer's doing.
    pub(crate) fn is_customers(self) -> bool {
        matches!(self, Self::Text)
    }
}
