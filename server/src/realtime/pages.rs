//! Reading what is no longer in memory: few at a time, so that a storm of clients who come back leaves
//! Postgres for those who are there.

use std::sync::Arc;

use protocol::{events::Event, ids::StreamId, limits::FRAME_EVENTS_MAX};
use tokio::sync::Semaphore;

use crate::{
    store::{
        error::StoreError,
        events::{self, StoredEvent},
        pool::Store,
    },
    telemetry::metrics::all::metrics,
};

/// Clients that may wait for their page; a further one is told to come back.
const WAITING_MAX: usize = 2_000;
/// What a page takes, about: how the time to come back is worked out.
const PAGE_MS: usize = 20;

/// Pages of events for readers behind the ring.
#[derive(Clone)]
pub struct Pages {
    /// The database.
    pub store: Store,
    at_a_time: Arc<Semaphore>,
    places: Arc<Semaphore>,
    readers: usize,
}

impl Pages {
    /// Makes them; at most `readers` are read at a time.
    pub fn new(store: Store, readers: usize) -> Self {
        let (at_a_time, places) = (Semaphore::new(readers), Semaphore::new(WAITING_MAX));
        Self { store, at_a_time: Arc::new(at_a_time), places: Arc::new(places), readers }
    }

    /// Says how long a client that has to read pages should stay away, where too many do.
    pub fn retry_after_ms(&self) -> Option<u32> {
        let full = self.places.available_permits() == 0;
        full.then(|| u32::try_from(WAITING_MAX * PAGE_MS / self.readers).unwrap_or(u32::MAX))
    }

    /// Reads a page of what came after a place.
    pub(super) async fn after(
        &self,
        stream: StreamId,
        seq: u64,
    ) -> Result<Vec<(StoredEvent, Option<Event>)>, StoreError> {
        let _place = self.places.acquire().await;
        let _turn = self.at_a_time.acquire().await;
        metrics().resume_pages_read.inc();
        events::told_after(&self.store, stream, seq, FRAME_EVENTS_MAX).await
    }
}
