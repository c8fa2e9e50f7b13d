//! Which providers this node can talk to, by the name that channels keep.

use std::{collections::HashMap, sync::Arc};

use super::provider::Provider;

/// The providers of this node.
#[derive(Clone, Default)]
pub struct Registry {
    providers: HashMap<&'static str, Arc<dyn Provider>>,
}

impl Registry {
    /// Adds a provider.
    #[must_use]
    pub fn with(mut self, name: &'static str, provider: Arc<dyn Provider>) -> Self {
        self.providers.insert(name, provider);
        self
    }

    /// Returns the provider of a name.
    pub fn provider(&self, name: &str) -> Option<&Arc<dyn Provider>> {
        self.providers.get(name)
    }
}
