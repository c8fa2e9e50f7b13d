//! What webhooks tell, in one form for all providers. A webhook may tell many things; each is taken
//! or refused alone.

use std::fmt;

use chrono::{DateTime, Utc};
use protocol::{
    contacts::ConsentAbout,
    ids::MessageId,
    views::{DeliveryState, MessageForm},
};

use super::{address::Address, masked::Masked};

/// One thing that a webhook tells.
#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    /// A customer wrote.
    Message(Message),
    /// The business wrote from a device of its own, past us: what was said, and to whom.
    Echo(Message),
    /// A message of ours got further.
    Status(Status),
    /// A customer put a mark on a message, or took it away.
    Reaction(Reaction),
    /// A customer changed a message.
    Edit(Edit),
    /// A customer took a message back.
    Revoke(Revoke),
    /// A customer types.
    Typing(Sender),
    /// A customer wants no more messages, or wants them again.
    Consent(Consent),
    /// A customer has another address now.
    Moved(Moved),
    /// A template was approved, refused or paused.
    Template(Template),
    /// Something that we have no words for. It is kept as it came.
    Unknown(Unknown),
}

/// A customer, as a provider names it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Sender {
    /// The addresses, the one to answer to first. Never empty.
    pub addresses: Vec<Address>,
    /// The name that the customer has given itself at the provider.
    pub profile_name: Option<String>,
}

/// A message.
#[derive(Clone, PartialEq)]
pub struct Message {
    /// The provider's id, unique within the channel.
    pub provider_id: String,
    /// Who wrote it; for an echo, to whom.
    pub who: Sender,
    /// When, by the provider's clock.
    pub at: Option<DateTime<Utc>>,
    /// What kind of thing it is.
    pub form: MessageForm,
    /// What it says, in words that can be read whatever the form is. May be empty with media.
    pub text: String,
    /// Pictures, sounds, documents.
    pub media: Vec<Media>,
    /// The provider's id of the message that it answers.
    pub answers: Option<String>,
}

/// A file that the provider has for us.
#[derive(Clone, PartialEq, Eq)]
pub struct Media {
    /// Where it is.
    pub source: MediaSource,
    /// What the provider says that it is.
    pub mime_type: String,
    /// Its name, where it has one.
    pub name: Option<String>,
    /// Its size, where it is told.
    pub bytes: Option<u64>,
}

/// Where a file is.
#[derive(Clone, PartialEq, Eq)]
pub enum MediaSource {
    /// At an address.
    Url(String),
    /// Under an id, which the provider's API turns into an address.
    Id(String),
}

/// How far a message of ours is.
#[derive(Debug, Clone, PartialEq)]
pub struct Status {
    /// The provider's id of it.
    pub provider_id: String,
    /// Our own id of it, where the provider gives back what we told it.
    pub ours: Option<MessageId>,
    /// How far.
    pub state: DeliveryState,
    /// The provider's error code, where it failed.
    pub error: Option<String>,
    /// Whether it surely has reached nobody and never will: it may go another way.
    pub unreached: bool,
}

/// A mark on a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reaction {
    /// The provider's id of the reaction itself.
    pub provider_id: String,
    /// Who.
    pub who: Sender,
    /// The provider's id of the message that it is on.
    pub on: String,
    /// The emoji; `None` takes it away.
    pub emoji: Option<String>,
}

/// A changed message.
#[derive(Clone, PartialEq, Eq)]
pub struct Edit {
    /// The provider's id of the change itself.
    pub provider_id: String,
    /// Who.
    pub who: Sender,
    /// The provider's id of the message as it was first sent.
    pub of: String,
    /// What it says now.
    pub text: String,
}

/// A message that was taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revoke {
    /// The provider's id of the taking back itself.
    pub provider_id: String,
    /// Who.
    pub who: Sender,
    /// The provider's id of the message.
    pub of: String,
}

/// What a customer did to a message, in the one form that can wait for it.
#[derive(Clone, PartialEq, Eq)]
pub struct Early {
    /// The provider's id of what was done.
    pub provider_id: String,
    /// The provider's id of the message.
    pub of: String,
    /// What was done.
    pub done: Done,
}

/// What a customer did to a message.
#[derive(Clone, PartialEq, Eq)]
pub enum Done {
    /// Put this mark on it, or took it away.
    Reacted(Option<String>),
    /// Changed it to this.
    Edited(String),
    /// Took it back.
    Revoked,
}

/// What a customer wants to get.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// The provider's id of the telling itself, where it has one: told again after the customer has
    /// changed its mind, it must not change it back.
    pub provider_id: Option<String>,
    /// Who.
    pub who: Sender,
    /// What it is about.
    pub about: ConsentAbout,
    /// Whether it wants it.
    pub wanted: bool,
}

/// A new address of a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// Who, by the address until now.
    pub from: Sender,
    /// The address from now on.
    pub to: Address,
}

/// How a template stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// Its name.
    pub name: String,
    /// Its language, as the provider writes it.
    pub language: String,
    /// What the provider calls its state, in lower case: `approved`, `rejected`, `paused`.
    pub state: String,
    /// Why, where that is told.
    pub reason: Option<String>,
}

/// Something unknown.
#[derive(Clone, PartialEq, Eq)]
pub struct Unknown {
    /// What the provider calls it, for people who look into it.
    pub what: String,
    /// As it came.
    pub raw: String,
}

impl Sender {
    /// A customer with one address.
    pub fn of(address: Address) -> Self {
        Self { addresses: vec![address], profile_name: None }
    }
}

impl fmt::Debug for Sender {
    /// Shows what a log may hold: no name, and no more than the end of an address.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ends = self.addresses.iter().map(|address| Masked(&address.value));
        f.debug_list().entries(ends).finish()
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("provider_id", &self.provider_id)
            .field("who", &self.who)
            .field("form", &self.form)
            .field("text_chars", &self.text.chars().count())
            .field("media", &self.media)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Media {
    /// An address of a file opens it for whoever has it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Media").field("mime_type", &self.mime_type).finish_non_exhaustive()
    }
}

impl fmt::Debug for Edit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Edit").field("who", &self.who).field("of", &self.of).finish_non_exhaustive()
    }
}

impl fmt::Debug for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Unknown({}, {} bytes)", self.what, self.raw.len())
    }
}
