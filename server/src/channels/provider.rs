//! What the delivery worker asks of a provider: send this message, and say how sure the answer is.

use std::{fmt, pin::Pin, time::Duration};

use chrono::{DateTime, Utc};
use protocol::{ids::MessageId, views::DeliveryState};
use url::Url;

use crate::domain::masked::Masked;

/// What `Provider::send` returns; boxed, so that a channel can be held as `Arc<dyn Provider>`.
pub type Sending<'a> = Pin<Box<dyn Future<Output = Result<Accepted, SendError>> + Send + 'a>>;

/// Hands messages to one account at one provider.
pub trait Provider: Send + Sync {
    /// Sends the message, or finds that an earlier attempt of it has already gone out.
    ///
    /// It may be called again after [`SendError::Retry`], [`SendError::Unknown`] and
    /// [`SendError::Credentials`], and after a crash, if `attempt` then is larger: from the second
    /// attempt on, a provider without idempotency keys is asked what it has before it is given
    /// the message again.
    fn send<'a>(&'a self, out: &'a Outgoing) -> Sending<'a>;
}

/// One outbound message, as the worker claims it.
#[derive(Clone)]
pub struct Outgoing {
    /// Our id of the message.
    pub message_id: MessageId,
    /// The channel's own address.
    pub from: String,
    /// The customer's address.
    pub to: String,
    /// What to say.
    pub text: String,
    /// Where the provider reports what became of it.
    pub status_callback: Option<Url>,
    /// 1 for the first call, and one more for every later one, a crashed one included.
    pub attempt: u32,
    /// When the first attempt began; an earlier message at the provider cannot be this one.
    pub first_attempt_at: DateTime<Utc>,
    /// The provider's ids of our other messages to this address. A look-up that goes by the text
    /// would otherwise take the same words, sent twice, for one message.
    pub known_ids: Vec<String>,
}

impl fmt::Debug for Outgoing {
    /// Shows what a log may hold: no text, and no more than the end of an address.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outgoing")
            .field("message_id", &self.message_id)
            .field("from", &Masked(&self.from))
            .field("to", &Masked(&self.to))
            .field("text_chars", &self.text.chars().count())
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
    /// Refused for good: recipient, content or an opt-out.
    #[error("the provider refuses the message ({code})")]
    Rejected {
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

impl SendError {
    /// Returns the provider's reason.
    pub fn code(&self) -> &str {
        match self {
            Self::Retry { code, .. }
            | Self::Unknown { code }
            | Self::Rejected { code }
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
            from: "+12025550143".into(),
            to: "+14155552671".into(),
            text: "the secret".into(),
            status_callback: Some("https://inbox.example/?msg=1".parse().unwrap()),
            attempt: 1,
            first_attempt_at: DateTime::UNIX_EPOCH,
            known_ids: vec![],
        };
        let shown = format!("{out:?}");
        assert!(!shown.contains("secret") && !shown.contains("5552"), "{shown}");
        assert!(shown.contains("…71") && shown.contains("text_chars: 10"), "{shown}");
    }
}
