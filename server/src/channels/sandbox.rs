//! The sandbox: phones that live in the database and are shown on a page.

use std::time::Duration;

use chrono::TimeDelta;
use protocol::{
    http::SandboxPlay,
    views::{ChannelKind, DeliveryState},
};

use super::{
    provider::{Accepted, Again, Listing, Outgoing, Provider, Recalling, SendError, Sending, Why},
    webhook::{Read, Refused, Webhook},
};
use crate::{
    domain::template,
    store::{channels::Channel, pool::Store, sandbox, templates::Listed},
};

/// The name that sandbox channels keep.
pub const NAME: &str = "sandbox";

/// How long a slow one takes.
const SLOW: Duration = Duration::from_secs(5);
/// How long a busy one wants to be left alone.
const BUSY: Duration = Duration::from_secs(10);
/// A phone with RCS that is off gets an SMS after this: nobody who tries that waits for a day.
const WORD_WITHIN: TimeDelta = TimeDelta::seconds(30);

/// Puts messages onto the sandbox's phones.
pub struct Sandbox {
    store: Store,
}

impl Sandbox {
    /// Makes the provider.
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    async fn deliver(&self, out: &Outgoing) -> Result<Accepted, SendError> {
        let away = |_error| SendError::Retry { code: "database".to_owned(), after: None };
        if !out.may_go {
            return Err(SendError::opted_out());
        }
        let (business, phone) = ((out.channel, &*out.from), &*out.to.value);
        let plays = sandbox::plays(&self.store, business, phone).await.map_err(away)?;
        refusal(plays)?;
        if plays == SandboxPlay::Slow {
            tokio::time::sleep(SLOW).await;
        }
        let on = plays != SandboxPlay::Off;
        // The phone keeps our id, so that a message which is sent again is shown once.
        let id = out.message_id.to_string();
        let taken = sandbox::take(&self.store, business, phone, (&id, &out.text), on);
        if !taken.await.map_err(away)? {
            return Err(SendError::Rejected { why: Why::Other, code: "no_channel".to_owned() });
        }
        if plays == SandboxPlay::NoAnswer {
            return Err(SendError::Unknown { code: "no_answer".to_owned() });
        }
        let state = if on { DeliveryState::Delivered } else { DeliveryState::Sent };
        Ok(Accepted { provider_id: id, state })
    }

    async fn take_back(&self, out: &Outgoing) -> Result<(), SendError> {
        let id = out.message_id.to_string();
        let away = |_error| SendError::Retry { code: "database".to_owned(), after: None };
        sandbox::take_back(&self.store, &out.to.value, &id).await.map_err(away)
    }
}

/// Refuses what is refused before it is taken.
fn refusal(plays: SandboxPlay) -> Result<(), SendError> {
    let rejected = |why, code: &str| Err(SendError::Rejected { why, code: code.to_owned() });
    match plays {
        SandboxPlay::Normal | SandboxPlay::Slow | SandboxPlay::Off | SandboxPlay::NoAnswer => {
            Ok(())
        }
        SandboxPlay::Busy => Err(SendError::Retry { code: "busy".to_owned(), after: Some(BUSY) }),
        SandboxPlay::OptedOut => rejected(Why::OptedOut, "opted_out"),
        SandboxPlay::Unreachable => rejected(Why::Recipient, "unreachable"),
        SandboxPlay::Content => rejected(Why::Content, "content"),
        SandboxPlay::Window => rejected(Why::Window, "window"),
        SandboxPlay::Credentials => Err(SendError::Credentials { code: "credentials".to_owned() }),
    }
}

impl Provider for Sandbox {
    fn read(&self, _webhook: &Webhook<'_>) -> Result<Read, Refused> {
        // Its phones are routes of their own.
        Err(Refused::Unknown)
    }

    fn again(&self) -> Again {
        Again::SameId
    }

    fn word_within(&self, kind: ChannelKind) -> Option<TimeDelta> {
        (kind == ChannelKind::Rcs).then_some(WORD_WITHIN)
    }

    fn recall<'a>(&'a self, out: &'a Outgoing) -> Recalling<'a> {
        Box::pin(self.take_back(out))
    }

    fn templates<'a>(&'a self, channel: &'a Channel) -> Listing<'a> {
        Box::pin(async move { Ok((channel.kind == ChannelKind::Whatsapp).then(played)) })
    }

    fn send<'a>(&'a self, out: &'a Outgoing) -> Sending<'a> {
        Box::pin(self.deliver(out))
    }
}

/// The templates of the sandbox's WhatsApp.
fn played() -> Vec<Listed> {
    let one = |name: &str, state: &str, category: &str, text: &str| Listed {
        name: name.to_owned(),
        language: "en".to_owned(),
        provider_id: None,
        state: state.to_owned(),
        reason: None,
        category: Some(category.to_owned()),
        text: text.to_owned(),
        obstacle: None,
    };
    let (approved, marketing) = (template::APPROVED, template::MARKETING);
    vec![
        one("come_back", approved, "utility", "Hello {{1}}, do you still need our help?"),
        one("parcel_sent", approved, "utility", "Hello {{1}}, your parcel comes on {{2}}."),
        one("spring_sale", approved, marketing, "Spring is here: {{1}} off on everything."),
        one("not_yet", "pending", "utility", "This one waits for its approval."),
    ]
}
