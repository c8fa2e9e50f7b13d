//! Files of replies for the providers that deliver them: by a signed link, which is good for one file and
//! for a while, and without a session.

use axum::{
    body::Body,
    extract::State,
    http::{HeaderValue, header},
    response::Response,
};
use protocol::ids::AttachmentId;

use super::attachments::{answer, disposition, gone};
use crate::{
    auth::link::Part,
    channels::thumbnail,
    http::{
        error::ApiError,
        read::{self, InPath},
        state::HttpState,
    },
    queries::attachments,
};

/// What a provider fetches once is nobody else's to keep.
const CACHING: HeaderValue = HeaderValue::from_static("private, no-store");

/// `GET /files/{id}/file/{pass}`.
pub async fn file(
    State(state): State<HttpState>,
    InPath((id, pass)): InPath<(String, String)>,
) -> Result<Response, ApiError> {
    let id: AttachmentId = read::id(&id, "file")?;
    let found =
        attachments::linked(&state.store, &state.links, (id, Part::File, pass.as_str())).await?;
    let bytes = state.blobs.read(&found.blob.key, None).await.map_err(|error| gone(&error))?;
    let mut response = answer(Body::from_stream(bytes), &found.mime_type);
    // Whoever opens it in a browser saves it.
    response
        .headers_mut()
        .insert(header::CONTENT_DISPOSITION, disposition("attachment", found.name.as_deref()));
    response.headers_mut().insert(header::CONTENT_LENGTH, found.bytes.into());
    response.headers_mut().insert(header::CACHE_CONTROL, CACHING);
    Ok(response)
}

/// `GET /files/{id}/thumbnail/{pass}`.
pub async fn small(
    State(state): State<HttpState>,
    InPath((id, pass)): InPath<(String, String)>,
) -> Result<Response, ApiError> {
    let id: AttachmentId = read::id(&id, "file")?;
    let link = (id, Part::Thumbnail, pass.as_str());
    let found = attachments::linked(&state.store, &state.links, link).await?;
    let key = found.blob.thumbnail.ok_or_else(read::nothing_here)?;
    let bytes = state.blobs.read_all(&key).await.map_err(|error| gone(&error))?;
    let mut response = answer(Body::from(bytes), thumbnail::MIME_TYPE);
    response.headers_mut().insert(header::CACHE_CONTROL, CACHING);
    Ok(response)
}
