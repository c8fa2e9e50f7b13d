//! Sweeping: files that were uploaded and never sent, and bytes that no row knows, because a node died
//! between writing them and saying so.

use std::time::Duration;

use chrono::TimeDelta;
use futures_util::TryStreamExt;

use crate::{
    blobs::Blobs,
    clock::Clock,
    commands::{error::log_failure, road::Road},
    shutdown::Shutdown,
    store::{pool::Store, sweep},
    telemetry::metrics::all::metrics,
};

/// How often is looked. What is looked for is a day old.
const LOOK: Duration = Duration::from_secs(5);
/// How often all blobs are gone through, by one node for all.
const EVERY: TimeDelta = TimeDelta::days(1);
/// Younger ones may be on their way: far longer than any file takes.
const GRACE: TimeDelta = TimeDelta::days(1);
/// How many are asked for at a time.
const AT_A_TIME: usize = 500;

/// What the worker works with.
#[derive(Clone)]
pub struct SweepParts {
    /// The database.
    pub store: Store,
    /// All writes.
    pub road: Road,
    /// Where files are.
    pub blobs: Blobs,
    /// The time.
    pub clock: Clock,
}

/// Starts the worker.
pub fn start(parts: SweepParts, shutdown: &Shutdown) {
    let ending = shutdown.clone();
    shutdown.spawn("sweep", async move {
        loop {
            parts.uploads().await;
            tokio::select! {
                done = parts.orphans() => {
                    if let Err(error) = done {
                        tracing::warn!(error = %error, "files could not be swept");
                    }
                }
                () = ending.cancelled() => return,
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                () = ending.cancelled() => return,
            }
        }
    });
}

impl SweepParts {
    /// Forgets uploads that are too old.
    async fn uploads(&self) {
        let old = self.road.forget_old_uploads().await.unwrap_or_else(|error| {
            log_failure(&error);
            Vec::new()
        });
        for blob in old {
            metrics().files.inc(["swept"]);
            for key in [Some(blob.key), blob.thumbnail].into_iter().flatten() {
                // What is left is found when all are gone through.
                if let Err(error) = self.blobs.delete(&key).await {
                    tracing::warn!(error = %error, "a file that nobody sent is still there");
                }
            }
        }
    }

    /// Goes through all blobs, once a day, and deletes those that no row knows.
    async fn orphans(&self) -> anyhow::Result<()> {
        if !sweep::is_due(&self.store, "orphans", EVERY).await? {
            return Ok(());
        }
        let before = self.clock.now() - GRACE;
        let mut old = self.blobs.older_than(before).try_chunks(AT_A_TIME);
        while let Some(keys) = old.try_next().await? {
            for key in sweep::unknown(&self.store, &keys).await? {
                self.blobs.delete(&key).await?;
                metrics().files.inc(["swept"]);
                tracing::info!("a file that nobody knew is gone");
            }
        }
        let unfinished = self.blobs.delete_unfinished(before).await?;
        if unfinished > 0 {
            tracing::info!(unfinished, "files that never came to their end are gone");
        }
        Ok(())
    }
}
