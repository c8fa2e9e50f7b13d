//! A cheap handle on the bus. Within a node it is a call.

use std::sync::{Arc, OnceLock};

use super::hint::Hint;

type Listener = Box<dyn Fn(Hint) + Send + Sync>;

/// The bus.
#[derive(Clone, Default)]
pub struct Bus {
    listener: Arc<OnceLock<Listener>>,
}

impl Bus {
    /// Sets who hears the hints. The first one stays.
    pub fn listen(&self, listener: impl Fn(Hint) + Send + Sync + 'static) {
        if self.listener.set(Box::new(listener)).is_err() {
            tracing::error!("the bus already has a listener");
        }
    }

    /// Tells a hint. Never waits, so that an acknowledgement is not held up.
    pub fn publish(&self, hint: Hint) {
        if let Some(listener) = self.listener.get() {
            listener(hint);
        }
    }
}
