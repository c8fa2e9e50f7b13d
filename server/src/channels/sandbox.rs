//! The sandbox: phones that live in the database and are shown on a page.

use protocol::views::{ChannelKind, DeliveryState};

use super::{
    provider::{Accepted, Again, Listing, Outgoing, Provider, SendError, Sending, Why},
    webhook::{Read, Refused, Webhook},
};
use crate::{
    domain::template,
    store::{channels::Channel, pool::Store, sandbox, templates::Listed},
};

/// The name that sandbox channels keep.
pub const NAME: &str = "sandbox";

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
        // The phone keeps our id, so that a message which is sent again is shown once.
        let id = out.message_id.to_string();
        let taken =
            sandbox::take(&self.store, (out.channel, &out.from), &out.to.value, &id, &out.text);
        if !taken.await.map_err(away)? {
            return Err(SendError::Rejected { why: Why::Other, code: "no_channel".to_owned() });
        }
        Ok(Accepted { provider_id: id, state: DeliveryState::Delivered })
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
