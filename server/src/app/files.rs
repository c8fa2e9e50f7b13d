//! Files of messages: where they are kept, and what fetches, takes, links and sweeps them.

use std::sync::Arc;

use anyhow::Context;
use tokio::sync::Notify;
use url::Url;

use crate::{
    auth::link::Links,
    automation::sweep::{self, SweepParts},
    blobs::Blobs,
    channels::{
        fetch::Fetcher,
        media::{self, MediaParts},
        reachable::{Reach, System},
        registry::Registry,
        thumbnail::Thumbnails,
        upload::Uploads,
    },
    clock::Clock,
    commands::road::Road,
    config::settings::MediaConfig,
    shutdown::Shutdown,
    store::{pool::Store, uploads::link_key},
};

/// What others need of it.
pub(super) struct Files {
    /// Where files are.
    pub(super) blobs: Blobs,
    /// Takes those of agents.
    pub(super) uploads: Uploads,
    /// How providers get them.
    pub(super) links: Links,
}

/// Returns where files are, once it is known that they can be.
pub(super) async fn place(config: &MediaConfig, shutdown: &Shutdown) -> anyhow::Result<Blobs> {
    let Some(bucket) = &config.bucket else {
        return Blobs::in_folder(&config.blob_dir, shutdown).with_context(|| {
            format!("TANDEM_BLOB_DIR: cannot keep files in {}", config.blob_dir.display())
        });
    };
    let tried = async {
        let blobs = Blobs::in_bucket(bucket, shutdown)?;
        blobs.try_out().await.map(|()| blobs)
    };
    tried.await.map_err(|error| {
        let (title, reason) = (bucket.title(), error.reason());
        anyhow::anyhow!("TANDEM_S3_BUCKET: cannot keep files in {title}: {reason}")
    })
}

/// Starts all of it. `wake` tells that there is something to fetch.
pub(super) async fn start(
    config: &MediaConfig,
    (store, road, registry): (&Store, &Road, &Registry),
    (public_url, clock): (&Url, &Clock),
    (wake, shutdown): (Arc<Notify>, &Shutdown),
) -> anyhow::Result<Files> {
    let blobs = place(config, shutdown).await?;
    let reach = if config.allow_loopback { Reach::Loopback } else { Reach::Public };
    let fetcher = Fetcher::new(Arc::new(System), reach, config.bytes_max);
    let thumbnails = Thumbnails::default();
    let fetching = MediaParts {
        store: store.clone(),
        road: road.clone(),
        registry: registry.clone(),
        blobs: blobs.clone(),
        fetcher: Arc::new(fetcher.context("files cannot be fetched")?),
        thumbnails: thumbnails.clone(),
    };
    media::start(fetching, wake, shutdown);
    let swept = SweepParts {
        store: store.clone(),
        road: road.clone(),
        blobs: blobs.clone(),
        clock: clock.clone(),
    };
    sweep::start(swept, shutdown);
    let uploads = Uploads {
        road: road.clone(),
        blobs: blobs.clone(),
        thumbnails,
        bytes_max: config.bytes_max,
        shutdown: shutdown.clone(),
    };
    let links = Links::new(link_key(store).await?, public_url.clone(), clock.clone());
    Ok(Files { blobs, uploads, links })
}
