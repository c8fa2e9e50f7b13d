//! Reading requests: bodies within their bound, ids and numbers in addresses.

use std::{collections::BTreeMap, str::FromStr};

use axum::{
    body::{Body, Bytes},
    extract::{FromRequest, FromRequestParts, Path, Query, Request},
    http::{HeaderMap, request::Parts},
};
use http_body_util::{BodyExt, Limited};
use protocol::{
    errors::{ErrorBody, ErrorCode, ErrorDetails},
    limits::CLIENT_FRAME_BYTES_MAX,
};
use serde::de::DeserializeOwned;

use super::error::ApiError;

/// Reads a body of at most 64 KiB: the same bound as for frames on the socket.
pub async fn body(body: Body) -> Result<Bytes, ApiError> {
    body_of(body, CLIENT_FRAME_BYTES_MAX).await
}

/// Reads a body of at most so many bytes.
pub async fn body_of(body: Body, bytes_max: usize) -> Result<Bytes, ApiError> {
    let limited = Limited::new(body, bytes_max);
    match limited.collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<http_body_util::LengthLimitError>() => {
            let max = u32::try_from(bytes_max).unwrap_or(u32::MAX);
            let details = ErrorDetails { max: Some(max), ..ErrorDetails::default() };
            let message = format!("the body is larger than {max} bytes");
            Err(ApiError(ErrorBody::new(ErrorCode::PayloadTooLarge, message).with(details)))
        }
        Err(_broken) => {
            Err(ApiError::new(ErrorCode::BadFrame, "the body could not be read to its end"))
        }
    }
}

/// The variable parts of an address.
pub struct InPath<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for InPath<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let read = Path::from_request_parts(parts, state).await;
        // What is no text names nothing.
        read.map(|Path(it)| Self(it)).map_err(|_not_text| nothing_here())
    }
}

/// Returns the refusal for an address that names nothing.
pub fn nothing_here() -> ApiError {
    ApiError::new(ErrorCode::NotFound, "there is nothing at this address")
}

/// The query of an address.
pub type Params = Query<BTreeMap<String, String>>;

/// Refuses a query that has more than is known.
pub fn check_query(query: Option<&str>, allowed: &[&str]) -> Result<(), ApiError> {
    let mut names = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    let Some((name, _value)) = names.find(|(name, _value)| !allowed.contains(&name.as_ref()))
    else {
        return Ok(());
    };
    let name: String = name.chars().take(40).collect();
    let allowed = if allowed.is_empty() { "none".to_owned() } else { allowed.join(", ") };
    Err(ApiError::invalid(&name, &format!("allowed are {allowed}")))
}

/// A body of at most 64 KiB, read and checked.
pub struct InBody<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for InBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _state: &S) -> Result<Self, ApiError> {
        Ok(Self(protocol::read::body(&body(request.into_body()).await?)?))
    }
}

/// Reads an id, or another value, out of the address. What is no id names nothing.
pub fn id<T: FromStr>(text: &str, what: &'static str) -> Result<T, ApiError> {
    text.parse()
        .map_err(|_no_id| ApiError::new(ErrorCode::NotFound, format!("there is no such {what}")))
}

/// Reads a number out of the query.
pub fn number<T: FromStr>(
    value: Option<&String>,
    field: &'static str,
) -> Result<Option<T>, ApiError> {
    value
        .map(|text| {
            text.parse().map_err(|_no_number| ApiError::invalid(field, "must be a whole number"))
        })
        .transpose()
}

/// Returns a header as text.
pub fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}
