//! Bytes that are too many for the database: files of messages, in one folder or bucket under random keys.

use std::{
    error::Error,
    fs::DirBuilder,
    io,
    ops::Range,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures_util::{StreamExt, TryStreamExt, stream::BoxStream};
use object_store::{
    BackoffConfig, ClientOptions, MultipartUpload, ObjectMeta, ObjectStore, ObjectStoreExt,
    RetryConfig, aws::AmazonS3Builder, local::LocalFileSystem, path, prefix::PrefixStore,
};
use secrecy::ExposeSecret;
use tokio::{fs, runtime::Handle};

use crate::{config::settings::BucketConfig, shutdown::Shutdown};

/// Bytes are written in parts of this size. A bucket takes none that are smaller.
const PART_BYTES: usize = 5 * 1024 * 1024;
/// What a bucket refuses for now is tried again so often, and so soon: somebody waits.
const RETRIES_MAX: usize = 3;
const BACKOFF: BackoffConfig = BackoffConfig {
    init_backoff: Duration::from_millis(100),
    max_backoff: Duration::from_secs(1),
    base: 2.,
};
/// How long connecting to a bucket may take.
const CONNECT: Duration = Duration::from_secs(5);
/// How long taking back what was begun may take: a stop waits for it.
const ABORT: Duration = Duration::from_secs(5);
/// What is told of an unknown trouble.
const REASON_CHARS_MAX: usize = 300;

/// The store of blobs failed.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// The folder cannot be used.
    #[error("the folder for files cannot be used")]
    Folder(#[source] io::Error),
    /// Reading or writing failed.
    #[error("a file could not be read or written")]
    Store(#[from] object_store::Error),
}

impl BlobError {
    /// Says in one line why a bucket cannot be used.
    pub fn reason(&self) -> String {
        use object_store::Error::{NotFound, PermissionDenied, Unauthenticated};
        match self {
            Self::Store(NotFound { .. }) => "there is no such bucket".to_owned(),
            Self::Store(PermissionDenied { .. } | Unauthenticated { .. }) => {
                "the key is refused, or may not list, read, write and delete there".to_owned()
            }
            Self::Store(_) | Self::Folder(_) => {
                let mut cause: &dyn Error = self;
                while let Some(next) = cause.source() {
                    cause = next;
                }
                let words: Vec<String> =
                    cause.to_string().split_whitespace().map(ToOwned::to_owned).collect();
                words.join(" ").chars().take(REASON_CHARS_MAX).collect()
            }
        }
    }
}

/// Where blobs are. Clones are the same place.
#[derive(Debug, Clone)]
pub struct Blobs {
    store: Arc<dyn ObjectStore>,
    /// Where it is a folder.
    folder: Option<PathBuf>,
    shutdown: Shutdown,
}

impl Blobs {
    /// Keeps blobs in a folder, which is made if need be and is nobody else's to read.
    pub fn in_folder(folder: &Path, shutdown: &Shutdown) -> Result<Self, BlobError> {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
        made.map_err(BlobError::Folder)?;
        // The database forgets where a blob came from: it has to outlive a loss of power.
        let store = Arc::new(LocalFileSystem::new_with_prefix(folder)?.with_fsync(true));
        Ok(Self { store, folder: Some(folder.to_owned()), shutdown: shutdown.clone() })
    }

    /// Keeps blobs in a bucket. One that is dead fails soon instead of holding up who asks.
    pub fn in_bucket(bucket: &BucketConfig, shutdown: &Shutdown) -> Result<Self, BlobError> {
        // A whole answer may take any time, as its reader may; a silence may not.
        let client = ClientOptions::new()
            .with_allow_http(bucket.endpoint.as_ref().is_some_and(|it| it.starts_with("http:")))
            .with_connect_timeout(CONNECT.min(bucket.patience))
            .with_read_timeout(bucket.patience)
            .with_timeout_disabled();
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(&bucket.name)
            .with_region(&bucket.region)
            .with_access_key_id(bucket.access_key_id.expose_secret())
            .with_secret_access_key(bucket.secret_access_key.expose_secret())
            // Not all that speak S3 delete many at once, and one at a time is all that is asked.
            .with_disable_bulk_delete(true)
            .with_client_options(client)
            .with_retry(RetryConfig {
                backoff: BACKOFF,
                max_retries: RETRIES_MAX,
                retry_timeout: bucket.patience,
            });
        if let Some(endpoint) = &bucket.endpoint {
            builder = builder.with_endpoint(endpoint);
        }
        let store = builder.build()?;
        let store: Arc<dyn ObjectStore> = match &bucket.prefix {
            Some(prefix) => Arc::new(PrefixStore::new(store, prefix.as_str())),
            None => Arc::new(store),
        };
        Ok(Self { store, folder: None, shutdown: shutdown.clone() })
    }

    /// Does once all that will be done: writes, lists, reads and deletes.
    pub async fn try_out(&self) -> Result<(), BlobError> {
        let key = self.put(b"Can files be kept here?").await?;
        self.store.list(None).try_next().await?;
        self.read_all(&key).await?;
        self.delete(&key).await
    }

    /// Begins a blob. It is there once it is finished; dropped before, it leaves nothing.
    pub fn begin(&self) -> NewBlob {
        self.begin_at(new_key())
    }

    /// Begins a blob under a key of [`new_key`].
    pub fn begin_at(&self, key: String) -> NewBlob {
        NewBlob { blobs: self.clone(), key, upload: None, part: Vec::new(), bytes: 0 }
    }

    /// Stores a small blob and returns its key.
    pub async fn put(&self, bytes: &[u8]) -> Result<String, BlobError> {
        let mut blob = self.begin();
        blob.write(bytes).await?;
        blob.finish().await
    }

    /// Reads a part of a blob, piece by piece.
    pub async fn read(
        &self,
        key: &str,
        range: Option<Range<u64>>,
    ) -> Result<BoxStream<'static, object_store::Result<Bytes>>, BlobError> {
        let options =
            object_store::GetOptions { range: range.map(Into::into), ..Default::default() };
        let got = self.store.get_opts(&path::Path::from(key), options).await?;
        Ok(got.into_stream())
    }

    /// Reads a whole blob, which the caller knows to be small.
    pub async fn read_all(&self, key: &str) -> Result<Bytes, BlobError> {
        Ok(self.store.get(&path::Path::from(key)).await?.bytes().await?)
    }

    /// Returns the size of a blob.
    pub async fn size(&self, key: &str) -> Result<u64, BlobError> {
        Ok(self.store.head(&path::Path::from(key)).await?.size)
    }

    /// Returns the keys of blobs that were written before an instant.
    pub fn older_than(
        &self,
        before: DateTime<Utc>,
    ) -> BoxStream<'static, Result<String, BlobError>> {
        let old = move |it: object_store::Result<ObjectMeta>| async move {
            match it {
                Ok(it) if it.last_modified < before && is_key(it.location.as_ref()) => {
                    Some(Ok(it.location.to_string()))
                }
                Ok(_) => None,
                Err(error) => Some(Err(error.into())),
            }
        };
        self.store.list(None).filter_map(old).boxed()
    }

    /// Takes a blob away.
    pub async fn delete(&self, key: &str) -> Result<(), BlobError> {
        match self.store.delete(&path::Path::from(key)).await {
            // It never came to its end.
            Err(object_store::Error::NotFound { .. }) => Ok(()),
            done => Ok(done?),
        }
    }

    /// Takes away what uploads left in the folder when their node died, and returns how many: files that
    /// the store does not list, with `#` and a number behind the key. (In a bucket a rule of its own does.)
    pub async fn delete_unfinished(&self, before: DateTime<Utc>) -> Result<usize, BlobError> {
        let Some(folder) = &self.folder else { return Ok(0) };
        unfinished(folder, before).await.map_err(BlobError::Folder)
    }
}

async fn unfinished(folder: &Path, before: DateTime<Utc>) -> io::Result<usize> {
    let mut deleted = 0;
    let mut folders = fs::read_dir(folder).await?;
    while let Some(below) = folders.next_entry().await? {
        if !below.file_type().await?.is_dir() {
            continue;
        }
        let mut files = fs::read_dir(below.path()).await?;
        while let Some(file) = files.next_entry().await? {
            let (first, rest) = (below.file_name(), file.file_name());
            let name = format!("{}/{}", first.to_string_lossy(), rest.to_string_lossy());
            if !name.split_once('#').is_some_and(|(key, _number)| is_key(key)) {
                continue;
            }
            // One that is finished just now is gone.
            let Ok(written) = file.metadata().await.and_then(|it| it.modified()) else { continue };
            if DateTime::<Utc>::from(written) < before {
                fs::remove_file(file.path()).await?;
                deleted += 1;
            }
        }
    }
    Ok(deleted)
}

/// A blob that is being written.
#[derive(Debug)]
pub struct NewBlob {
    blobs: Blobs,
    key: String,
    /// What was begun at the store: nothing before the first part is full.
    upload: Option<Box<dyn MultipartUpload>>,
    part: Vec<u8>,
    bytes: u64,
}

impl NewBlob {
    /// Adds bytes.
    pub async fn write(&mut self, mut bytes: &[u8]) -> Result<(), BlobError> {
        self.bytes = self.bytes.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        while let Some((now, later)) = bytes.split_at_checked(PART_BYTES - self.part.len()) {
            self.part.extend_from_slice(now);
            self.put_part().await?;
            bytes = later;
        }
        self.part.extend_from_slice(bytes);
        Ok(())
    }

    /// Returns how many bytes were added.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Ends the blob and returns its key.
    pub async fn finish(mut self) -> Result<String, BlobError> {
        if self.upload.is_none() {
            let whole = std::mem::take(&mut self.part);
            self.blobs.store.put(&self.path(), whole.into()).await?;
        } else if !self.part.is_empty() {
            self.put_part().await?;
        }
        if let Some(upload) = &mut self.upload {
            upload.complete().await?;
        }
        self.upload = None;
        Ok(std::mem::take(&mut self.key))
    }

    async fn put_part(&mut self) -> Result<(), BlobError> {
        let part = std::mem::take(&mut self.part);
        let path = self.path();
        let upload = match &mut self.upload {
            Some(upload) => upload,
            none => none.insert(self.blobs.store.put_multipart(&path).await?),
        };
        Ok(upload.put_part(part.into()).await?)
    }

    fn path(&self) -> path::Path {
        path::Path::from(self.key.as_str())
    }
}

impl Drop for NewBlob {
    fn drop(&mut self) {
        if let Some(upload) = self.upload.take()
            && Handle::try_current().is_ok()
        {
            self.blobs.shutdown.spawn("abort", abort(upload));
        }
    }
}

/// Takes back what was begun, if it can be done soon.
async fn abort(mut upload: Box<dyn MultipartUpload>) {
    match tokio::time::timeout(ABORT, upload.abort()).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(error = %error, "a part of a file is left behind"),
        Err(_elapsed) => tracing::warn!("a part of a file is left behind"),
    }
}

/// Returns a key that nobody guesses; its first letters spread the files over folders.
pub fn new_key() -> String {
    let mut bytes = [0; 20];
    getrandom::fill(&mut bytes).expect("the system gives random bytes");
    let key = hex::encode(bytes);
    let (first, rest) = key.split_at_checked(2).expect("it is longer");
    format!("{first}/{rest}")
}

/// Says whether a name is a key of ours: what else is in a bucket is somebody else's.
fn is_key(name: &str) -> bool {
    name.split_once('/').is_some_and(|(first, rest)| {
        first.len() == 2 && rest.len() == 38 && hex::decode(format!("{first}{rest}")).is_ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_stored_is_read_back() {
        let folder = std::env::temp_dir().join(format!("tandem-blobs-{}", uuid::Uuid::now_v7()));
        let blobs = Blobs::in_folder(&folder, &Shutdown::new()).unwrap();
        let bytes: Vec<u8> =
            (0..PART_BYTES * 2 + 17).map(|n| (n % 251).try_into().unwrap()).collect();
        let mut blob = blobs.begin();
        for chunk in bytes.chunks(77_777) {
            blob.write(chunk).await.unwrap();
        }
        assert_eq!(blob.bytes(), u64::try_from(bytes.len()).unwrap());
        let key = blob.finish().await.unwrap();
        assert!(blobs.read_all(&key).await.unwrap() == bytes);
        let part: Vec<Bytes> =
            blobs.read(&key, Some(3..7)).await.unwrap().try_collect().await.unwrap();
        assert_eq!(part.concat(), &bytes[3..7]);
        let keys: Vec<_> = blobs.older_than(DateTime::<Utc>::MAX_UTC).try_collect().await.unwrap();
        assert_eq!(keys, std::slice::from_ref(&key));
        let none = blobs.older_than(DateTime::UNIX_EPOCH).try_collect::<Vec<_>>().await.unwrap();
        assert!(none.is_empty(), "{none:?}");
        let empty = blobs.put(b"").await.unwrap();
        assert_eq!(blobs.size(&empty).await.unwrap(), 0);
        blobs.delete(&key).await.unwrap();
        assert!(blobs.read_all(&key).await.is_err());
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
