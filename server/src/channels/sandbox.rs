//! The sandbox: phones that live in the database and are shown on a page.

use super::{
    provider::{Accepted, Again, Outgoing, Provider, SendError, Sending, Why},
    webhook::{Read, Refused, Webhook},
};
use crate::store::{pool::Store, sandbox};

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
        Ok(Accepted { provider_id: id, state: protocol::views::DeliveryState::Delivered })
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

    fn send<'a>(&'a self, out: &'a Outgoing) -> Sending<'a> {
        Box::pin(self.deliver(out))
    }
}
