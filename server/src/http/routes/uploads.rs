//! Files for replies: an agent's desk sends them before the reply that names them.

use axum::{
    Json,
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use protocol::{
    attachments::AttachmentView,
    errors::{ErrorBody, ErrorCode, ErrorDetails},
    ids::{AttachmentId, InboxId},
    permissions::Permission,
};

use crate::{
    channels::upload::{Announced, UploadError},
    domain::attachment::UNKNOWN_TYPE,
    http::{
        error::ApiError,
        read::{self, InPath},
        signed_in::Agent,
        state::HttpState,
    },
};

/// Has the file's name, as `encodeURIComponent` writes it: a header has no other letters.
const NAME_HEADER: &str = "x-file-name";

/// `POST /api/v1/inboxes/{id}/uploads`.
pub async fn upload(
    State(state): State<HttpState>,
    Agent(who): Agent,
    InPath(inbox_id): InPath<InboxId>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<AttachmentView>), ApiError> {
    if who.visibility.of(inbox_id).is_none() {
        return Err(ApiError::new(ErrorCode::NotFound, "there is no such inbox"));
    }
    who.visibility.needs_in(inbox_id, Permission::SendAttachments)?;
    let announced = Announced {
        inbox_id,
        agent_id: who.agent.id,
        mime_type: read::header(&headers, "content-type").unwrap_or(UNKNOWN_TYPE.to_owned()),
        name: read::header(&headers, NAME_HEADER).map(|name| decoded(&name)),
        bytes: read::header(&headers, "content-length").and_then(|it| it.parse().ok()),
    };
    let taken = state.uploads.take(announced, body.into_data_stream()).await;
    Ok((StatusCode::CREATED, Json(taken.map_err(refusal)?)))
}

/// `DELETE /api/v1/uploads/{id}`.
pub async fn remove(
    State(state): State<HttpState>,
    Agent(who): Agent,
    InPath(id): InPath<AttachmentId>,
) -> Result<StatusCode, ApiError> {
    if state.uploads.remove(who.agent.id, id).await? {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(ApiError::new(ErrorCode::NotFound, "there is no such upload"))
}

fn decoded(name: &str) -> String {
    let pair = format!("name={}", name.replace('+', "%2B").replace('&', "%26"));
    let found = form_urlencoded::parse(pair.as_bytes()).next();
    found.map(|(_name, value)| value.into_owned()).unwrap_or_default()
}

fn refusal(error: UploadError) -> ApiError {
    let message = error.to_string();
    match error {
        UploadError::TooLarge { max } => {
            let max = Some(u32::try_from(max).unwrap_or(u32::MAX));
            let details = ErrorDetails { max, ..ErrorDetails::default() };
            ApiError(ErrorBody::new(ErrorCode::PayloadTooLarge, message).with(details))
        }
        UploadError::Empty => ApiError::invalid("body", &message),
        UploadError::Broken => ApiError::new(ErrorCode::BadFrame, message),
        UploadError::Blobs(error) => {
            let source = std::error::Error::source(&error).map(ToString::to_string);
            tracing::error!(error = %error, source, "a file was not kept");
            ApiError::new(ErrorCode::Unavailable, message)
        }
        UploadError::Command(error) => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_decoded() {
        assert_eq!(decoded("a%20b%2Bc+d%26e&f%C3%A4.jpg"), "a b+c+d&e&fä.jpg");
        assert_eq!(decoded("%ff"), "\u{fffd}");
        assert_eq!(decoded(""), "");
    }
}
