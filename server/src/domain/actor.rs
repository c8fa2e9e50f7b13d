//! Who does something.

use protocol::{
    ids::{AgentId, ContactId, TokenId},
    views::ActorView,
};
use uuid::Uuid;

/// Who does something, as events and idempotency records keep it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// A person of the team.
    Agent(AgentId),
    /// An API token.
    Token(TokenId),
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
            Self::Token(_) => "token",
            Self::Contact(_) => "contact",
            Self::System => "system",
        }
    }

    /// Returns the id that events keep.
    pub fn id(self) -> Option<Uuid> {
        match self {
            Self::Agent(id) => Some(id.uuid()),
            Self::Token(id) => Some(id.uuid()),
            Self::Contact(id) => Some(id.uuid()),
            Self::System => None,
        }
    }

    /// Reads what an event keeps. An actor of a later version is shown as the system.
    pub fn from_parts(kind: &str, id: Option<Uuid>) -> Self {
        match (kind, id) {
            ("agent", Some(id)) => Self::Agent(id.into()),
            ("token", Some(id)) => Self::Token(id.into()),
            ("contact", Some(id)) => Self::Contact(id.into()),
            _ => Self::System,
        }
    }

    /// Returns what clients are shown.
    pub fn view(self) -> ActorView {
        match self {
            Self::Agent(id) => ActorView::Agent { id },
            Self::Token(id) => ActorView::Token { id },
            Self::Contact(id) => ActorView::Contact { id },
            Self::System => ActorView::System,
        }
    }
}
