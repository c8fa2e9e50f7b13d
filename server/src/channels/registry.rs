//! Which providers this node can talk to: sending, and reading their webhooks.

use std::{collections::HashMap, pin::Pin, sync::Arc};

use super::provider::Provider;
use crate::{commands::road::Road, store::channels::Channel};

/// A webhook as it came in, nothing decoded.
#[derive(Clone, Copy)]
pub struct Webhook<'a> {
    /// The channel that the address names.
    pub channel: &'a Channel,
    /// What it is about: the part of the address after the channel.
    pub topic: &'a str,
    /// Path and query, as on the request line.
    pub target: &'a str,
    /// The headers, by name in lower case. One that came twice is left out: two signatures are none.
    pub headers: &'a HashMap<String, String>,
    /// The body.
    pub body: &'a [u8],
}

/// What a webhook is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Taken, with a content type and a body that the provider reads.
    Taken {
        /// The type of the body.
        content_type: &'static str,
        /// The body.
        body: &'static str,
    },
    /// There is no such topic.
    Unknown,
    /// It is not the provider's, or cannot be shown to be.
    Forged,
    /// It cannot be read: the field at fault.
    Unreadable(&'static str),
    /// It could not be stored; the provider should come again.
    Failed,
}

/// What [`Endpoint::take`] returns; boxed, so that endpoints can be kept side by side.
pub type Taking<'a> = Pin<Box<dyn Future<Output = Answer> + Send + 'a>>;

/// Reads one provider's webhooks.
pub trait Endpoint: Send + Sync {
    /// Verifies a webhook, reads it, and makes the command that it asks for.
    fn take<'a>(&'a self, road: &'a Road, webhook: Webhook<'a>) -> Taking<'a>;
}

/// The providers of this node, by the name that channels keep.
#[derive(Clone, Default)]
pub struct Registry {
    providers: HashMap<&'static str, Arc<dyn Provider>>,
    endpoints: HashMap<&'static str, Arc<dyn Endpoint>>,
}

impl Registry {
    /// Adds a provider that messages can be sent by.
    #[must_use]
    pub fn with_provider(mut self, name: &'static str, provider: Arc<dyn Provider>) -> Self {
        self.providers.insert(name, provider);
        self
    }

    /// Adds a provider whose webhooks can be read.
    #[must_use]
    pub fn with_endpoint(mut self, name: &'static str, endpoint: Arc<dyn Endpoint>) -> Self {
        self.endpoints.insert(name, endpoint);
        self
    }

    /// Returns the provider of a name.
    pub fn provider(&self, name: &str) -> Option<&Arc<dyn Provider>> {
        self.providers.get(name)
    }

    /// Returns the reader of a provider's webhooks.
    pub fn endpoint(&self, name: &str) -> Option<&Arc<dyn Endpoint>> {
        self.endpoints.get(name)
    }
}
