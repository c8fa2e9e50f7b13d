//! The worker that fetches what customers sent: claims what waits, fetches it, stores it, and reports.

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use protocol::attachments::AttachmentState;
use tokio::sync::{Notify, Semaphore};

use super::{
    fetch::{FetchError, Fetcher, Incoming},
    registry::Registry,
    thumbnail::Thumbnails,
};
use crate::{
    blobs::{BlobError, Blobs},
    commands::{attachment::Settled, road::Road},
    domain::{
        attachment::{self, Standing},
        delivery,
    },
    jitter::jitter,
    shutdown::Shutdown,
    store::{
        attachments::{self, Blob, Claimed},
        error::StoreError,
        pool::Store,
    },
    telemetry::metrics::all::metrics,
};

/// How many files are fetched at a time.
const AT_A_TIME: usize = 4;
/// How long one may take altogether.
const WHOLE_TIME: Duration = Duration::from_mins(1);
/// How long a claim holds: longer than fetching and making a small picture together. After that the
/// node is taken for dead.
const HOLD: TimeDelta = TimeDelta::minutes(3);
/// How often is looked without being woken: retries that fall due, other nodes' leavings.
const TICK: Duration = Duration::from_millis(500);
/// So many bytes say what a file is.
pub(super) const HEAD_BYTES: usize = 8 * 1024;

/// What the worker works with.
#[derive(Clone)]
pub struct MediaParts {
    /// The database.
    pub store: Store,
    /// All writes.
    pub road: Road,
    /// Who knows where a file is.
    pub registry: Registry,
    /// Where files go.
    pub blobs: Blobs,
    /// What fetches them.
    pub fetcher: Arc<Fetcher>,
    /// What makes small pictures of them.
    pub thumbnails: Thumbnails,
}

/// Fetches.
#[derive(Clone)]
struct Worker {
    parts: MediaParts,
    permits: Arc<Semaphore>,
    shutdown: Shutdown,
}

/// Starts the worker. `wake` tells that there is something to fetch.
pub fn start(parts: MediaParts, wake: Arc<Notify>, shutdown: &Shutdown) {
    let worker =
        Worker { parts, permits: Arc::new(Semaphore::new(AT_A_TIME)), shutdown: shutdown.clone() };
    shutdown.spawn("media", async move { worker.run(&wake).await });
}

/// A file that was stored.
struct Stored {
    mime_type: String,
    bytes: u64,
    blob: Blob,
}

impl Worker {
    async fn run(&self, wake: &Notify) {
        loop {
            match self.round().await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => tracing::warn!(error = %error, "files could not be claimed"),
            }
            tokio::select! {
                () = wake.notified() => {}
                () = tokio::time::sleep(TICK) => {}
                () = self.shutdown.cancelled() => return,
            }
        }
    }

    /// Claims as much as can be fetched now; says whether there may be more.
    async fn round(&self) -> Result<bool, StoreError> {
        let free = self.permits.available_permits();
        if free == 0 || self.shutdown.has_begun() {
            return Ok(false);
        }
        let limit = i64::try_from(free).unwrap_or(1);
        let claimed = attachments::claim(&self.parts.store, limit, HOLD).await?;
        let full = claimed.len() == free;
        for one in claimed {
            let worker = self.clone();
            let permit = Arc::clone(&self.permits).acquire_owned().await;
            self.shutdown.spawn("attachment", async move {
                worker.take(one).await;
                drop(permit);
            });
        }
        Ok(full)
    }

    #[tracing::instrument(
        name = "attachment",
        level = "error",
        skip_all,
        fields(attachment.id = %claimed.id, provider = claimed.provider, attempt = claimed.attempt)
    )]
    async fn take(&self, claimed: Claimed) {
        let fetched = tokio::select! {
            fetched = tokio::time::timeout(WHOLE_TIME, self.fetch(&claimed)) => {
                fetched.unwrap_or_else(|_elapsed| Err(FetchError::later("too_slow")))
            }
            () = self.shutdown.cancelled() => {
                // Another node, or the next start, goes on at once.
                return self.put_back(&claimed, TimeDelta::zero()).await;
            }
        };
        match fetched {
            Ok(stored) => {
                let Stored { mime_type, bytes, mut blob } = stored;
                let making = (&self.parts.blobs, &self.parts.thumbnails);
                blob.thumbnail = small_picture(making, &mime_type, bytes, &blob).await;
                let standing = Standing {
                    id: claimed.id,
                    mime_type,
                    bytes: Some(bytes),
                    state: AttachmentState::Stored,
                    error: None,
                    has_thumbnail: blob.thumbnail.is_some(),
                };
                self.settle(&claimed, standing, Some(blob)).await;
            }
            Err(FetchError::Later { code }) if claimed.attempt < attachment::ATTEMPTS_MAX => {
                tracing::warn!(code, "a file did not come and is tried again");
                let wait = delivery::backoff(claimed.attempt, jitter());
                self.put_back(&claimed, TimeDelta::from_std(wait).unwrap_or(TimeDelta::MAX)).await;
            }
            Err(error) => {
                let code = error.code().to_owned();
                tracing::warn!(code, "a file will not be fetched");
                let standing = Standing {
                    id: claimed.id,
                    mime_type: claimed.mime_type.clone(),
                    bytes: None,
                    state: AttachmentState::Refused,
                    error: Some(code),
                    has_thumbnail: false,
                };
                self.settle(&claimed, standing, None).await;
            }
        }
    }

    async fn fetch(&self, claimed: &Claimed) -> Result<Stored, FetchError> {
        if claimed.attempt > attachment::ATTEMPTS_MAX {
            // Nodes have died on it so often that it may be why.
            return Err(FetchError::refused("given_up"));
        }
        let MediaParts { registry, fetcher, blobs, .. } = &self.parts;
        let provider = registry.provider(&claimed.provider, claimed.account).await;
        let provider = provider.map_err(|_nobody| FetchError::later("no_provider"))?;
        let request = provider.locate(&claimed.source, fetcher).await?;
        let mut incoming = fetcher.open(request).await?;
        let (head, bytes, key) = receive(&mut incoming, blobs).await?;
        let mime_type = attachment::type_of(&claimed.mime_type, &head);
        Ok(Stored { mime_type, bytes, blob: Blob { key, thumbnail: None } })
    }

    async fn settle(&self, claimed: &Claimed, standing: Standing, blob: Option<Blob>) {
        let bytes = standing.bytes.unwrap_or_default();
        let settled = Settled {
            message_id: claimed.message_id,
            thread_id: claimed.thread_id,
            inbox_id: claimed.inbox_id,
            standing,
            blob: blob.clone(),
        };
        match self.parts.road.settle_attachment(settled).await {
            Ok(true) => {
                metrics().files.inc([if blob.is_some() { "fetched" } else { "refused" }]);
                metrics().file_bytes.add(["provider"], bytes);
            }
            // Somebody else was first: nobody will ask for this copy.
            Ok(false) => {
                if let Some(blob) = blob {
                    forget(&self.parts.blobs, blob).await;
                }
            }
            // Perhaps it was stored after all. The claim runs out, and the next one finds out.
            Err(error) => tracing::error!(error = %error, "a file's outcome was not recorded"),
        }
    }

    async fn put_back(&self, claimed: &Claimed, wait: TimeDelta) {
        if let Err(error) = attachments::put_back(&self.parts.store, claimed, wait).await {
            tracing::warn!(error = %error, "a file waits until its claim runs out");
        }
    }
}

/// Makes the small picture of a file and stores it, if there can be one.
pub(super) async fn small_picture(
    (blobs, thumbnails): (&Blobs, &Thumbnails),
    mime_type: &str,
    bytes: u64,
    blob: &Blob,
) -> Option<String> {
    if !Thumbnails::takes(mime_type, bytes) {
        return None;
    }
    let made = async {
        let whole = blobs.read_all(&blob.key).await?;
        let Some(small) = thumbnails.make(mime_type.to_owned(), whole).await else {
            tracing::info!("a picture gets no small one");
            return Ok(None);
        };
        blobs.put(&small).await.map(Some)
    };
    made.await.unwrap_or_else(|error: BlobError| {
        tracing::warn!(error = %error, "a small picture could not be stored");
        None
    })
}

/// Deletes a file that nobody needs.
pub async fn forget(blobs: &Blobs, Blob { key, thumbnail }: Blob) {
    for key in [Some(key), thumbnail].into_iter().flatten() {
        if let Err(error) = blobs.delete(&key).await {
            tracing::warn!(error = %error, "a file that nobody needs could not be deleted");
        }
    }
}

/// Stores a file as it comes; returns its first bytes, how many there were, and its key.
async fn receive(
    incoming: &mut Incoming,
    blobs: &Blobs,
) -> Result<(Vec<u8>, u64, String), FetchError> {
    let failed = |error: BlobError| {
        tracing::error!(error = %error, source = ?std::error::Error::source(&error), "blobs");
        FetchError::later("storage")
    };
    let mut blob = blobs.begin();
    let mut head = Vec::new();
    while let Some(chunk) = incoming.chunk().await? {
        let missing = (HEAD_BYTES - head.len()).min(chunk.len());
        head.extend_from_slice(chunk.get(..missing).unwrap_or_default());
        blob.write(&chunk).await.map_err(failed)?;
    }
    let bytes = blob.bytes();
    if bytes == 0 {
        return Err(FetchError::later("empty"));
    }
    let key = blob.finish().await.map_err(failed)?;
    Ok((head, bytes, key))
}
