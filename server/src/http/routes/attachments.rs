//! Files of messages, for who may see the thread. Strangers made them: no browser runs them.

use std::ops::Range;

use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use protocol::{errors::ErrorCode, ids::AttachmentId};

use crate::{
    blobs::BlobError,
    channels::thumbnail,
    domain::attachment::shown_inline,
    http::{
        error::ApiError,
        read::{self, InPath},
        signed_in::Agent,
        state::HttpState,
    },
    queries::attachments,
};

/// What a file may do when it is opened as a page: nothing.
const POLICY: HeaderValue = HeaderValue::from_static("sandbox; default-src 'none'");
/// It never changes, and whoever loses the right to see it keeps what it has saved anyway.
const CACHING: HeaderValue = HeaderValue::from_static("private, max-age=86400, immutable");

/// `GET /api/v1/attachments/{id}`.
pub async fn file(
    State(state): State<HttpState>,
    Agent(who): Agent,
    InPath(id): InPath<AttachmentId>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let found = attachments::one(&state.store, &who.visibility, id).await?;
    let range = match headers.get(header::RANGE) {
        Some(range) => wanted(range, found.bytes),
        None => Wanted::Whole,
    };
    let range = match range {
        Wanted::Whole => None,
        Wanted::Part(range) => Some(range),
        Wanted::Nothing => return Ok(not_there(found.bytes)),
    };
    // Before a byte of it goes out.
    state.road.attachment_opened(id, who.agent.id).await?;
    let bytes =
        state.blobs.read(&found.blob.key, range.clone()).await.map_err(|error| gone(&error))?;
    let mut response = answer(Body::from_stream(bytes), &found.mime_type);
    let headers = response.headers_mut();
    let kind = if shown_inline(&found.mime_type) { "inline" } else { "attachment" };
    headers.insert(header::CONTENT_DISPOSITION, disposition(kind, found.name.as_deref()));
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    let length = match range {
        Some(Range { start, end }) => {
            let part = format!("bytes {start}-{}/{}", end - 1, found.bytes);
            headers.insert(header::CONTENT_RANGE, as_header(&part));
            *response.status_mut() = StatusCode::PARTIAL_CONTENT;
            end - start
        }
        None => found.bytes,
    };
    response.headers_mut().insert(header::CONTENT_LENGTH, length.into());
    Ok(response)
}

/// `GET /api/v1/attachments/{id}/thumbnail`.
pub async fn thumbnail(
    State(state): State<HttpState>,
    Agent(who): Agent,
    InPath(id): InPath<String>,
) -> Result<Response, ApiError> {
    let id = read::id(&id, "attachment")?;
    let found = attachments::one(&state.store, &who.visibility, id).await?;
    let none = || ApiError::new(ErrorCode::NotFound, "there is no small picture of it");
    let key = found.blob.thumbnail.ok_or_else(none)?;
    let bytes = state.blobs.read_all(&key).await.map_err(|error| gone(&error))?;
    let mut response = answer(Body::from(bytes), thumbnail::MIME_TYPE);
    let inline = HeaderValue::from_static("inline");
    response.headers_mut().insert(header::CONTENT_DISPOSITION, inline);
    Ok(response)
}

pub(super) fn answer(body: Body, mime_type: &str) -> Response {
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, as_header(mime_type));
    headers.insert(header::CONTENT_SECURITY_POLICY, POLICY);
    headers.insert(header::CACHE_CONTROL, CACHING);
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
    response
}

/// Says that a browser may show it, or that it is to be saved, under its name (RFC 6266, RFC 8187).
pub(super) fn disposition(kind: &'static str, name: Option<&str>) -> HeaderValue {
    let Some(name) = name else { return HeaderValue::from_static(kind) };
    let plain = |c: char| c.is_ascii_alphanumeric() || " -_.()".contains(c);
    let ascii: String = name.chars().map(|c| if plain(c) { c } else { '_' }).collect();
    let all: String = form_urlencoded::byte_serialize(name.as_bytes()).collect();
    // The form's way to write a blank is not the header's.
    let all = all.replace('+', "%20").replace('*', "%2A");
    as_header(&format!("{kind}; filename=\"{ascii}\"; filename*=UTF-8''{all}"))
}

fn as_header(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).expect("it has nothing but letters, digits and marks")
}

/// What part of a file is asked for.
#[derive(Debug, PartialEq, Eq)]
enum Wanted {
    Whole,
    Part(Range<u64>),
    Nothing,
}

/// Reads a range. One that is not understood, or more than one, is no range (RFC 9110, 14.2).
fn wanted(header: &HeaderValue, bytes: u64) -> Wanted {
    let Some((from, to)) =
        header.to_str().ok().and_then(|it| it.strip_prefix("bytes=")?.trim().split_once('-'))
    else {
        return Wanted::Whole;
    };
    let number = |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse::<u64>());
    let (start, end) = match (number(from), number(to)) {
        (Some(Ok(from)), Some(Ok(to))) if from <= to => (from, to.saturating_add(1).min(bytes)),
        (Some(Ok(from)), Some(Err(_))) if to.is_empty() => (from, bytes),
        (Some(Err(_)), Some(Ok(last))) if from.is_empty() => (bytes.saturating_sub(last), bytes),
        _ => return Wanted::Whole,
    };
    if start < end { Wanted::Part(start..end) } else { Wanted::Nothing }
}

fn not_there(bytes: u64) -> Response {
    let error = ApiError::invalid("range", &format!("the file has {bytes} bytes"));
    let mut response = error.into_response();
    *response.status_mut() = StatusCode::RANGE_NOT_SATISFIABLE;
    let size = as_header(&format!("bytes */{bytes}"));
    response.headers_mut().insert(header::CONTENT_RANGE, size);
    response
}

/// The database has it, its folder has not: for operators, and perhaps another node's.
pub(super) fn gone(error: &BlobError) -> ApiError {
    tracing::error!(error = %error, source = ?std::error::Error::source(error), "no such blob");
    ApiError::new(ErrorCode::Unavailable, "the file cannot be read now; try again")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        let ask = |text: &'static str| wanted(&HeaderValue::from_static(text), 100);
        assert_eq!(ask("bytes=0-9"), Wanted::Part(0..10));
        assert_eq!(ask("bytes=90-"), Wanted::Part(90..100));
        assert_eq!(ask("bytes=-5"), Wanted::Part(95..100));
        assert_eq!(ask("bytes=-500"), Wanted::Part(0..100));
        assert_eq!(ask("bytes=50-18446744073709551615"), Wanted::Part(50..100));
        assert_eq!(ask("bytes=100-"), Wanted::Nothing);
        assert_eq!(ask("bytes=-0"), Wanted::Nothing);
        for odd in ["bytes=9-0", "bytes=-", "bytes=a-b", "lines=1-2", "bytes=0-1,5-6", "bytes=+1-2"]
        {
            assert_eq!(ask(odd), Wanted::Whole, "{odd}");
        }
    }
}
