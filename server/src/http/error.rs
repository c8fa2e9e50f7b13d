//! Refusals over HTTP: problem details (RFC 9457), one status a code.

use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use protocol::{
    errors::{ErrorBody, ErrorCode, ErrorDetails},
    http::Problem,
};

use crate::{
    commands::error::{CommandError, log_failure, store_body, store_code},
    domain::visibility::Missing,
    queries::error::QueryError,
    store::error::StoreError,
};

/// A refusal on its way out.
#[derive(Debug)]
pub struct ApiError(pub ErrorBody);

/// Maps a code to its status.
pub fn status(code: ErrorCode) -> StatusCode {
    match code {
        ErrorCode::BadFrame | ErrorCode::UnknownCommand => StatusCode::BAD_REQUEST,
        ErrorCode::Invalid | ErrorCode::TooLong => StatusCode::UNPROCESSABLE_ENTITY,
        ErrorCode::Unauthenticated | ErrorCode::BadCredentials => StatusCode::UNAUTHORIZED,
        ErrorCode::Forbidden | ErrorCode::ForbiddenOrigin | ErrorCode::BadSignature => {
            StatusCode::FORBIDDEN
        }
        ErrorCode::NotFound => StatusCode::NOT_FOUND,
        ErrorCode::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        ErrorCode::Collision
        | ErrorCode::Locked
        | ErrorCode::StaleLock
        | ErrorCode::NotOwner
        | ErrorCode::OwnerChanged
        | ErrorCode::OptedOut
        | ErrorCode::WindowClosed
        | ErrorCode::Unreachable
        | ErrorCode::ReviewRequired
        | ErrorCode::InvalidTransition
        | ErrorCode::KeyReused
        | ErrorCode::Conflict => StatusCode::CONFLICT,
        ErrorCode::PayloadTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        ErrorCode::RateLimited | ErrorCode::TooManySubscriptions => StatusCode::TOO_MANY_REQUESTS,
        ErrorCode::Overloaded | ErrorCode::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        ErrorCode::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl ApiError {
    /// Makes a refusal with one sentence.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self(ErrorBody::new(code, message))
    }

    /// Makes a refusal of one field.
    pub fn invalid(field: &str, message: &str) -> Self {
        let body = ErrorBody::new(ErrorCode::Invalid, format!("`{field}`: {message}"));
        let details = ErrorDetails { field: Some(field.to_owned()), ..ErrorDetails::default() };
        Self(body.with(details))
    }
}

impl ApiError {
    /// Makes a refusal of a text that is over its limit, in UTF-16 units.
    pub fn too_long(field: &str, max: usize) -> Self {
        let message = format!("`{field}`: too long; allowed are {max} UTF-16 units");
        Self(ErrorBody::new(ErrorCode::TooLong, message).with(ErrorDetails {
            field: Some(field.to_owned()),
            max: u32::try_from(max).ok(),
            ..ErrorDetails::default()
        }))
    }
}

/// Makes a problem of a refusal that a library has worded: an unreadable address, a timeout, a panic.
pub async fn as_problem(response: Response) -> Response {
    let status = response.status();
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let ours = kind.is_some_and(|kind| kind.starts_with("application/problem+json"));
    // `/readyz` says why in a body of its own.
    let readiness = status == StatusCode::SERVICE_UNAVAILABLE;
    if !(status.is_client_error() || status.is_server_error()) || ours || readiness {
        return response;
    }
    let error = match status {
        StatusCode::NOT_FOUND => ApiError::new(ErrorCode::NotFound, "there is no such address"),
        StatusCode::METHOD_NOT_ALLOWED => {
            ApiError::new(ErrorCode::MethodNotAllowed, "this address does not take this method")
        }
        StatusCode::REQUEST_TIMEOUT => {
            ApiError::new(ErrorCode::Unavailable, "the request took too long; try again")
        }
        status if status.is_client_error() => {
            ApiError::new(ErrorCode::BadFrame, "the request cannot be read")
        }
        _ => ApiError::new(ErrorCode::Internal, "the server failed; try again"),
    };
    error.into_response()
}

/// Makes a problem the body of a response.
pub fn set_body(response: &mut Response, problem: &Problem) {
    *response.body_mut() = Body::from(serde_json::to_vec(problem).expect("a problem is JSON"));
    let kind = HeaderValue::from_static("application/problem+json");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    // It was counted for another body.
    response.headers_mut().remove(header::CONTENT_LENGTH);
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let body = self.0;
        let status = status(body.code);
        let word = serde_json::to_value(body.code).unwrap_or_default();
        let word = word.as_str().unwrap_or_default();
        let retry_after = body.details.as_ref().and_then(|details| details.retry_after_ms);
        let problem = Problem {
            r#type: format!("urn:tandem:error:{word}"),
            title: word.replace('_', " "),
            status: status.as_u16(),
            detail: body.message,
            code: body.code,
            retryable: body.retryable,
            details: body.details,
            request_id: None,
        };
        let mut response = status.into_response();
        set_body(&mut response, &problem);
        // Whoever knows the request's id writes the body again.
        response.extensions_mut().insert(problem);
        if let Some(ms) = retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, ms.div_ceil(1000).into());
        }
        response
    }
}

impl From<ErrorBody> for ApiError {
    fn from(body: ErrorBody) -> Self {
        Self(body)
    }
}

impl From<CommandError> for ApiError {
    fn from(error: CommandError) -> Self {
        log_failure(&error);
        Self(error.body())
    }
}

impl From<Missing> for ApiError {
    fn from(missing: Missing) -> Self {
        CommandError::from(missing).into()
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        // Not its `Debug`: Postgres quotes values in the details.
        let source = std::error::Error::source(&error).map(ToString::to_string);
        tracing::error!(error = %error, source, "a read failed");
        Self(store_body(store_code(&error)))
    }
}

impl From<QueryError> for ApiError {
    fn from(error: QueryError) -> Self {
        match error {
            QueryError::NotFound { .. } => Self::new(ErrorCode::NotFound, error.to_string()),
            QueryError::NotApproved => Self::new(ErrorCode::Conflict, error.to_string()),
            QueryError::Forbidden(missing) => missing.into(),
            QueryError::Merged { into } => {
                let details = ErrorDetails { merged_into: Some(into), ..ErrorDetails::default() };
                Self(ErrorBody::new(ErrorCode::NotFound, error.to_string()).with(details))
            }
            QueryError::Store(error) => error.into(),
        }
    }
}
