//! Files that agents send: taken as they come, looked into as customers' files are, kept until a reply
//! names them.

use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use protocol::{
    attachments::{AttachmentState, AttachmentView},
    ids::{AgentId, AttachmentId, InboxId},
};
use tokio::sync::oneshot;
use uuid::Uuid;

use super::{
    media::{HEAD_BYTES, forget, small_picture},
    thumbnail::Thumbnails,
};
use crate::{
    blobs::{self, BlobError, Blobs, NewBlob},
    commands::{error::CommandError, road::Road},
    domain::attachment,
    shutdown::Shutdown,
    store::{
        attachments::Blob,
        uploads::{NewUpload, Whole},
    },
    telemetry::metrics::all::metrics,
};

/// How long the next piece of a file may be on its way.
const PATIENCE: Duration = Duration::from_secs(30);
/// One agent may hold as many bytes as this many of the largest file.
const HELD_FILES: u64 = 5;

/// Takes files. Clones are the same.
#[derive(Clone)]
pub struct Uploads {
    /// All writes.
    pub road: Road,
    /// Where files go.
    pub blobs: Blobs,
    /// What makes small pictures.
    pub thumbnails: Thumbnails,
    /// The largest file.
    pub bytes_max: u64,
    /// What waits for files that still come.
    pub shutdown: Shutdown,
}

/// A file, as it is announced.
#[derive(Debug, Clone)]
pub struct Announced {
    /// The inbox that it is for.
    pub inbox_id: InboxId,
    /// Who sends it.
    pub agent_id: AgentId,
    /// What it is said to be.
    pub mime_type: String,
    /// How it is called.
    pub name: Option<String>,
    /// How long it is said to be.
    pub bytes: Option<u64>,
}

/// A file that was not taken.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// Larger than the largest.
    #[error("the file is larger than {max} bytes")]
    TooLarge {
        /// How large it may be.
        max: u64,
    },
    /// Nothing in it.
    #[error("the file is empty")]
    Empty,
    /// It did not come to its end.
    #[error("the file did not come to its end")]
    Broken,
    /// It cannot be kept.
    #[error("the file cannot be kept now; try again")]
    Blobs(#[from] BlobError),
    /// It cannot be noted.
    #[error(transparent)]
    Command(#[from] CommandError),
}

impl Uploads {
    /// Takes a file. It goes on, and tidies up, if the caller stops waiting.
    pub async fn take<S, E>(&self, it: Announced, body: S) -> Result<AttachmentView, UploadError>
    where
        S: Stream<Item = Result<Bytes, E>> + Send + Unpin + 'static,
        E: Send + 'static,
    {
        if it.bytes.is_some_and(|bytes| bytes > self.bytes_max) {
            return Err(UploadError::TooLarge { max: self.bytes_max });
        }
        let upload = NewUpload {
            id: Uuid::now_v7().into(),
            inbox_id: it.inbox_id,
            agent_id: it.agent_id,
            // Known before there is anything, so that nothing is lost on the way.
            blob: blobs::new_key(),
            reserved: it.bytes.unwrap_or(self.bytes_max),
        };
        let held_max = self.bytes_max.saturating_mul(HELD_FILES);
        self.road.begin_upload(upload.clone(), held_max).await?;
        let (answer, answered) = oneshot::channel();
        let uploads = self.clone();
        self.shutdown.spawn("upload", async move {
            let (id, agent) = (upload.id, upload.agent_id);
            let taken = uploads.receive(upload, it, body).await;
            let left = if taken.is_err() { uploads.forget(agent, id).await } else { None };
            let _gone = answer.send(taken);
            // Nobody waits for a store that is slow, or away.
            if let Some(blob) = left {
                forget(&uploads.blobs, blob).await;
            }
        });
        answered.await.unwrap_or(Err(UploadError::Broken))
    }

    /// Forgets a file that was not sent; `false` if there is none.
    pub async fn remove(&self, agent: AgentId, id: AttachmentId) -> Result<bool, CommandError> {
        let Some(blob) = self.road.forget_upload(agent, id).await? else { return Ok(false) };
        forget(&self.blobs, blob).await;
        Ok(true)
    }

    /// Forgets a file that did not come, and returns what may be left of it.
    async fn forget(&self, agent: AgentId, id: AttachmentId) -> Option<Blob> {
        self.road.forget_upload(agent, id).await.unwrap_or_else(|error| {
            tracing::warn!(error = %error, "a file that did not come is forgotten in a day");
            None
        })
    }

    async fn receive<S, E>(
        &self,
        upload: NewUpload,
        it: Announced,
        body: S,
    ) -> Result<AttachmentView, UploadError>
    where
        S: Stream<Item = Result<Bytes, E>> + Send + Unpin,
    {
        let mut blob = self.blobs.begin_at(upload.blob);
        let head = self.read(&mut blob, body, upload.reserved).await?;
        let bytes = blob.bytes();
        let key = blob.finish().await?;
        let mime_type = attachment::type_of(&it.mime_type, &head);
        let blob = Blob { key, thumbnail: None };
        let thumbnail =
            small_picture((&self.blobs, &self.thumbnails), &mime_type, bytes, &blob).await;
        let name = it.name.as_deref().and_then(attachment::file_name);
        let whole = Whole {
            id: upload.id,
            mime_type: mime_type.clone(),
            bytes,
            name: name.clone(),
            thumbnail: thumbnail.clone(),
        };
        let has_thumbnail = thumbnail.is_some();
        if !self.road.finish_upload(upload.agent_id, whole).await? {
            forget(&self.blobs, Blob { thumbnail, ..blob }).await;
            return Err(UploadError::Broken);
        }
        metrics().files.inc(["uploaded"]);
        metrics().file_bytes.add(["agent"], bytes);
        let (id, state) = (upload.id, AttachmentState::Stored);
        let bytes = Some(bytes);
        Ok(AttachmentView { id, mime_type, name, bytes, state, error: None, has_thumbnail })
    }

    /// Reads a file into its blob; returns its first bytes.
    async fn read<S, E>(
        &self,
        blob: &mut NewBlob,
        mut body: S,
        bytes_max: u64,
    ) -> Result<Vec<u8>, UploadError>
    where
        S: Stream<Item = Result<Bytes, E>> + Send + Unpin,
    {
        let mut head = Vec::new();
        loop {
            let next = tokio::select! {
                next = tokio::time::timeout(PATIENCE, body.next()) => next,
                () = self.shutdown.cancelled() => return Err(UploadError::Broken),
            };
            let chunk = match next {
                Ok(Some(Ok(chunk))) => chunk,
                Ok(None) => break,
                Ok(Some(Err(_))) | Err(_) => return Err(UploadError::Broken),
            };
            let missing = (HEAD_BYTES - head.len()).min(chunk.len());
            head.extend_from_slice(chunk.get(..missing).unwrap_or_default());
            let length = u64::try_from(chunk.len()).unwrap_or(u64::MAX);
            if blob.bytes().saturating_add(length) > bytes_max {
                return Err(UploadError::TooLarge { max: self.bytes_max });
            }
            blob.write(&chunk).await?;
        }
        if blob.bytes() == 0 { Err(UploadError::Empty) } else { Ok(head) }
    }
}
