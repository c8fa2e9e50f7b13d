//! What is asked of a provider: read this webhook; send this message, and say how sure the answer is.

use std::{fmt, pin::Pin, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use protocol::{
    ids::MessageId,
    limits::CLIENT_FRAME_BYTES_MAX,
    views::{ChannelKind, DeliveryState},
};
use url::Url;

use super::{
    fetch::{FetchError, FetchRequest, Fetcher},
    troubles::Diagnosis,
    webhook::{Read, Refused, Webhook},
};
use crate::{
    domain::{address::Address, inbound::MediaSource, masked::Masked, pace::Paces},
    store::{channels::Channel, claims::FromTemplate, templates::Listed},
};

/// What `Provider::send` returns; boxed, so that a channel can be held as `Arc<dyn Provider>`.
pub type Sending<'a> = Pin<Box<dyn Future<Output = Result<Accepted, SendError>> + Send + 'a>>;

/// What `Provider::recall` returns.
pub type Recalling<'a> = Pin<Box<dyn Future<Output = Result<(), SendError>> + Send + 'a>>;

/// What `Provider::locate` returns.
pub type Locating<'a> = Pin<Box<dyn Future<Output = Result<FetchRequest, FetchError>> + Send + 'a>>;

/// What `Provider::test` returns: a sentence about what answered.
pub type Testing<'a> = Pin<Box<dyn Future<Output = Result<String, SendError>> + Send + 'a>>;
/// What `Provider::templates` returns.
pub type Listing<'a> =
    Pin<Box<dyn Future<Output = Result<Option<Vec<Listed>>, SendError>> + Send + 'a>>;

/// What `Provider::attend` returns.
pub type Attending<'a> = Pin<Box<dyn Future<Output = Result<(), SendError>> + Send + 'a>>;

/// What a customer is told.
#[derive(Clone, Copy)]
pub struct Attended<'a> {
    /// The channel.
    pub channel: &'a Channel,
    /// The customer.
    pub to: &'a Address,
    /// The provider's id of its newest message.
    pub provider_id: &'a str,
    /// That it is read, and that was not told before.
    pub read: bool,
    /// That an answer is being typed.
    pub typing: bool,
}

/// One account at one provider: it hands messages over, and reads its webhooks.
pub trait Provider: Send + Sync {
    /// Returns the largest body that its webhooks have, in bytes.
    fn body_max(&self) -> usize {
        CLIENT_FRAME_BYTES_MAX
    }

    /// Verifies a webhook and reads what it tells. It stores nothing and waits for nothing.
    fn read(&self, webhook: &Webhook<'_>) -> Result<Read, Refused>;

    /// Says what a webhook that was refused as forged was checked against. Nothing of a secret but its
    /// end goes into it.
    fn diagnose(&self, _webhook: &Webhook<'_>) -> Diagnosis {
        Diagnosis::default()
    }

    /// Asks the provider, by one call that changes nothing, whether it knows us, and the channel, if one
    /// is named.
    fn test<'a>(&'a self, _channel: Option<&'a Channel>) -> Testing<'a> {
        Box::pin(async { Ok("it needs nobody else".to_owned()) })
    }

    /// Says what can be done where an earlier attempt may have gone out.
    fn again(&self) -> Again;

    /// Says how fast a channel may send, given its kind and the business's address.
    fn paces(&self, _kind: ChannelKind, _from: &str) -> Paces {
        Paces::default()
    }

    /// Says how long it can take until there is word of a message that was taken, or else it is called
    /// back: where it can be, and a message that reached nobody may go another way. `None` where it
    /// may not.
    fn word_within(&self, _kind: ChannelKind) -> Option<TimeDelta> {
        None
    }

    /// Calls a message back that was taken: when it is done, no phone gets it that has not got it.
    fn recall<'a>(&'a self, _out: &'a Outgoing) -> Recalling<'a> {
        Box::pin(async {
            Err(SendError::Rejected { why: Why::Other, code: "no_recall".to_owned() })
        })
    }

    /// Says what to ask for a customer's file, and with which secret: only where the address is the
    /// provider's own. Where the file is known by an id, the provider is asked for its address
    /// first, through `fetcher`.
    fn locate<'a>(&'a self, source: &'a MediaSource, _fetcher: &'a Fetcher) -> Locating<'a> {
        Box::pin(async move { FetchRequest::plain(source) })
    }

    /// Lists the templates of a channel, with how each stands; `None` where there is nothing to list.
    fn templates<'a>(&'a self, _channel: &'a Channel) -> Listing<'a> {
        Box::pin(async { Ok(None) })
    }

    /// Tells the customer what became of its newest message, where the channel can.
    fn attend<'a>(&'a self, _it: Attended<'a>) -> Attending<'a> {
        Box::pin(async { Ok(()) })
    }

    /// Sends the message, or finds that an earlier attempt of it has already gone out.
    ///
    /// It may be called again after [`SendError::Retry`], [`SendError::Unknown`] and
    /// [`SendError::Credentials`], and after a crash, if `attempt` then is larger: from the second
    /// attempt on, a provider without idempotency keys is asked what it has before it is given
    /// the message again.
    fn send<'a>(&'a self, out: &'a Outgoing) -> Sending<'a>;
}

/// What can be done where an earlier attempt may have gone out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    /// The provider is asked what it has.
    LookUp,
    /// It is sent again under the same id, which the provider takes once.
    SameId,
    /// Nothing but to wait for the provider's word: sent again it could be there twice.
    Wait,
}

/// One outbound message, as the worker claims it.
#[derive(Clone)]
pub struct Outgoing {
    /// Our id of the message.
    pub message_id: MessageId,
    /// The kind of channel that it goes by.
    pub channel: ChannelKind,
    /// The channel's own address.
    pub from: String,
    /// What the provider calls that, where it is not the address.
    pub external_id: Option<String>,
    /// The customer's address.
    pub to: Address,
    /// What to say.
    pub text: String,
    /// The template that says it.
    pub template: Option<FromTemplate>,
    /// The files that go with it: no more, and of no other types, than the channel takes.
    pub files: Vec<OutgoingFile>,
    /// The customer wants nothing but what is essential, and this is.
    pub essential: bool,
    /// Where the provider reports what became of it.
    pub status_callback: Option<Url>,
    /// Whether it may go out now. Where not, an earlier attempt is looked for, and that is all.
    pub may_go: bool,
    /// 1 for the first call, and one more for every later one, a crashed one included.
    pub attempt: u32,
    /// When the first attempt began; an earlier message at the provider cannot be this one.
    pub first_attempt_at: DateTime<Utc>,
    /// The provider's ids of our other messages to this address. A look-up that goes by the text
    /// would otherwise take the same words, sent twice, for one message.
    pub known_ids: Vec<String>,
}

/// A file on its way out.
#[derive(Clone)]
pub struct OutgoingFile {
    /// What it is.
    pub mime_type: String,
    /// Its name.
    pub name: Option<String>,
    /// Where the provider fetches it.
    pub url: Url,
    /// Where the small picture of it is.
    pub thumbnail_url: Option<Url>,
}

impl fmt::Debug for Outgoing {
    /// Shows what a log may hold: no text, and no more than the end of an address.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outgoing")
            .field("message_id", &self.message_id)
            .field("from", &Masked(&self.from))
            .field("to", &Masked(&self.to.value))
            .field("text_chars", &self.text.chars().count())
            .field("files", &self.files.len())
            .field("attempt", &self.attempt)
            .field("first_attempt_at", &self.first_attempt_at)
            .finish_non_exhaustive()
    }
}

/// The provider has taken the message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The provider's id of it.
    pub provider_id: String,
    /// How far it is.
    pub state: DeliveryState,
}

/// The provider has not, or not surely, taken the message. `code` is for the timeline and the
/// log: the provider's number, or a word like `connect`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// This call has sent nothing; the same may succeed later. What an earlier attempt did stays
    /// as unknown as it was.
    #[error("the provider wants a later try ({code})")]
    Retry {
        /// Why.
        code: String,
        /// How long the provider asked us to wait.
        after: Option<Duration>,
    },
    /// It was asked and gave no usable answer: the message may or may not have gone out.
    #[error("the provider was asked and did not answer ({code})")]
    Unknown {
        /// What came instead of an answer.
        code: String,
    },
    /// Refused for good.
    #[error("the provider refuses the message ({code})")]
    Rejected {
        /// What is wrong with it.
        why: Why,
        /// The provider's reason.
        code: String,
    },
    /// The channel itself is wrong (credentials, sender, account): every message will fail alike
    /// until someone mends it.
    #[error("the provider refuses the channel ({code})")]
    Credentials {
        /// The provider's reason.
        code: String,
    },
}

/// Why a message is refused for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The customer does not want our messages.
    OptedOut,
    /// The customer wants no marketing.
    Marketing,
    /// Only a template may be sent now.
    Window,
    /// The address cannot be reached over this channel.
    Recipient,
    /// The text or the media cannot be sent.
    Content,
    /// Something else.
    Other,
}

impl SendError {
    /// The customer has refused since it was sent.
    pub fn opted_out() -> Self {
        Self::Rejected { why: Why::OptedOut, code: "opted_out".to_owned() }
    }

    /// Returns the provider's reason.
    pub fn code(&self) -> &str {
        match self {
            Self::Retry { code, .. }
            | Self::Unknown { code }
            | Self::Rejected { code, .. }
            | Self::Credentials { code } => code,
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_log_line_has_no_text_and_no_number() {
        let out = Outgoing {
            message_id: MessageId::from(Uuid::nil()),
            channel: ChannelKind::Sms,
            from: "+12025550143".into(),
            external_id: None,
            to: Address::phone("+14155552671"),
            text: "the secret".into(),
            template: None,
            files: vec![],
            essential: false,
            status_callback: Some("https://inbox.example/?msg=1".parse().unwrap()),
            may_go: true,
            attempt: 1,
            first_attempt_at: DateTime::UNIX_EPOCH,
            known_ids: vec![],
        };
        let shown = format!("{out:?}");
        assert!(!shown.contains("secret") && !shown.contains("5552"), "{shown}");
        assert!(shown.contains("…71") && shown.contains("text_chars: 10"), "{shown}");
    }
}
