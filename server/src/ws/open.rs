//! Counts the connections that are open.

use crate::telemetry::metrics::all::metrics;

/// Counts a connection for as long as it lives, however that ends.
pub(super) struct Open(());

impl Open {
    /// Counts one more.
    pub(super) fn new() -> Self {
        metrics().connections_opened.inc();
        metrics().connections_open.inc();
        Self(())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        metrics().connections_open.dec();
    }
}
