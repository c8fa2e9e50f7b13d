//! Who does something.

use protocol::{
    ids::{AgentId, ContactId},
    views::ActorView,
};
use uuid::Uuid;

/// Who does something, as events and idempotency records keep it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// A person of the team.
    Agent(AgentId),
    /// The customer.
    Contact(ContactId),
    /// The server itself.
    System,
}

impl Actor {
    /// Returns the word that events keep.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Agent(_) => "agent",
            Self::Contact(_) => "contact",
            Self::System => "system",
        }
    }

    /// Returns the id that events keep.
    pub fn id(self) -> Option<Uuid> {
        match self {
            Self::Agent(id) => Some(id.uuid()),
            Self::Contact(id) => Some(id.uuid()),
            Self::System => None,
        }
    }

    /// Reads what an event keeps. An actor of a later version is shown as the system.
    pub fn from_parts(kind: &str, id: Option<Uuid>) -> Self {
        match (kind, id) {
            ("agent", Some(id)) => Self::Agent(id.into()),
            ("contact", Some(id)) => Self::Contact(id.into()),
            _ => Self::System,
        }
    }

    /// Returns what clients are shown.
    pub fn view(self) -> ActorView {
        match self {
            Self::Agent(id) => ActorView::Agent { id },
            Self::Contact(id) => ActorView::Contact { id },
            Self::System => ActorView::System,
        }
    }
}
