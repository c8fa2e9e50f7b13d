//! Bytes that are too many for the database: files of messages, in one folder under random keys.

use std::{
    fs::DirBuilder,
    io,
    ops::Range,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures_util::{StreamExt, stream::BoxStream};
use object_store::{
    MultipartUpload, ObjectMeta, ObjectStore, ObjectStoreExt, PutPayload, local::LocalFileSystem,
    path,
};

/// Bytes are written in parts of this size. A bucket takes none that are smaller.
const PART_BYTES: usize = 5 * 1024 * 1024;

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

/// Where blobs are. Clones are the same place.
#[derive(Debug, Clone)]
pub struct Blobs {
    store: Arc<dyn ObjectStore>,
    folder: PathBuf,
}

impl Blobs {
    /// Keeps blobs in a folder, which is made if need be and is nobody else's to read.
    pub fn in_folder(folder: &Path) -> Result<Self, BlobError> {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
        made.map_err(BlobError::Folder)?;
        let store = Arc::new(LocalFileSystem::new_with_prefix(folder)?);
        Ok(Self { store, folder: folder.to_owned() })
    }

    /// Begins a blob. It is there once it is finished; dropped before, it leaves nothing.
    pub async fn begin(&self) -> Result<NewBlob, BlobError> {
        self.begin_at(new_key()).await
    }

    /// Begins a blob under a key of [`new_key`].
    pub async fn begin_at(&self, key: String) -> Result<NewBlob, BlobError> {
        let upload = self.store.put_multipart(&path::Path::from(key.as_str())).await?;
        Ok(NewBlob { blobs: self.clone(), key, upload, part: Vec::new(), bytes: 0 })
    }

    /// Stores a small blob and returns its key.
    pub async fn put(&self, bytes: &[u8]) -> Result<String, BlobError> {
        let mut blob = self.begin().await?;
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

    /// Waits until a blob outlives a loss of power: the database forgets where it came from.
    async fn sync(&self, key: &str) -> Result<(), BlobError> {
        let file = self.folder.join(key);
        for path in [Some(file.as_path()), file.parent()].into_iter().flatten() {
            let opened = tokio::fs::File::open(path).await.map_err(BlobError::Folder)?;
            opened.sync_all().await.map_err(BlobError::Folder)?;
        }
        Ok(())
    }
}

/// A blob that is being written.
#[derive(Debug)]
pub struct NewBlob {
    blobs: Blobs,
    key: String,
    upload: Box<dyn MultipartUpload>,
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
        self.put_part().await?;
        self.upload.complete().await?;
        self.blobs.sync(&self.key).await?;
        Ok(self.key)
    }

    /// Ends the blob without keeping anything of it.
    pub async fn abandon(mut self) {
        if let Err(error) = self.upload.abort().await {
            tracing::warn!(error = %error, "a part of a file is left behind");
        }
    }

    async fn put_part(&mut self) -> Result<(), BlobError> {
        let part = std::mem::take(&mut self.part);
        Ok(self.upload.put_part(PutPayload::from(part)).await?)
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
    use futures_util::TryStreamExt;

    use super::*;

    #[tokio::test]
    async fn what_is_stored_is_read_back() {
        let folder = std::env::temp_dir().join(format!("tandem-blobs-{}", uuid::Uuid::now_v7()));
        let blobs = Blobs::in_folder(&folder).unwrap();
        let bytes: Vec<u8> =
            (0..PART_BYTES * 2 + 17).map(|n| (n % 251).try_into().unwrap()).collect();
        let mut blob = blobs.begin().await.unwrap();
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
        let unfinished = blobs.begin().await.unwrap();
        drop(unfinished);
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
