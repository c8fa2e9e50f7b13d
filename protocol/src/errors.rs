//! Why a frame or a request was refused. The same body on the socket and, inside a problem, on HTTP.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    ids::{AgentId, TeamId, ThreadId},
    permissions::Permission,
    signals::LockView,
    views::{MessageView, Status},
};

/// What went wrong, for programs. PROTOCOL.md says what each one asks of the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// Not JSON, or not a frame or body of this protocol.
    BadFrame,
    /// The frame's `type` or the command's `kind` does not exist.
    UnknownCommand,
    /// A field has a value that is not allowed; `details.field` names it.
    Invalid,
    /// A text is over its limit; `details.max` says how long it may be.
    TooLong,
    /// No valid session.
    Unauthenticated,
    /// E-mail and password do not belong together.
    BadCredentials,
    /// The agent's role does not allow this.
    Forbidden,
    /// It does not exist, or may not be seen: the two are not told apart.
    NotFound,
    /// Somebody else has replied since; `details.replies` has what they said.
    Collision,
    /// Somebody else holds the reply lock; `details.lock` says who.
    Locked,
    /// The reply lock was taken over, or expired and taken since.
    StaleLock,
    /// The inbox is in exclusive mode and the thread is assigned to another agent.
    NotOwner,
    /// The assignee is no longer the one that the sender saw; `details.assignee` says who it is.
    OwnerChanged,
    /// The customer does not want messages over this channel. Only the customer lifts that.
    OptedOut,
    /// The customer's last message is longer ago than this channel allows; `details.window_until` says
    /// when that ended.
    WindowClosed,
    /// The customer has no address that this channel reaches.
    Unreachable,
    /// The inbox wants this text approved by somebody else first: send it as a draft that is.
    ReviewRequired,
    /// The status does not allow this change.
    InvalidTransition,
    /// This key was used for another request.
    KeyReused,
    /// It is not as the request takes it to be: a name or an address is taken, somebody has changed it
    /// since, or a setting of the server is missing. `details.field` names the field, where it is one.
    Conflict,
    /// More than the allowed rate; wait `details.retry_after_ms`.
    RateLimited,
    /// More subscriptions than one connection may have.
    TooManySubscriptions,
    /// The body is larger than allowed; `details.max` in bytes.
    PayloadTooLarge,
    /// The route does not take this method.
    MethodNotAllowed,
    /// The `Origin` is not one of this server's.
    ForbiddenOrigin,
    /// The webhook's signature does not match.
    BadSignature,
    /// The server has too much to do; wait `details.retry_after_ms`.
    Overloaded,
    /// The server cannot do it now, for instance because Postgres is away.
    Unavailable,
    /// A fault of the server.
    Internal,
}

impl ErrorCode {
    /// All codes, in the order of PROTOCOL.md.
    pub const ALL: [Self; 29] = [
        Self::BadFrame,
        Self::UnknownCommand,
        Self::Invalid,
        Self::TooLong,
        Self::Unauthenticated,
        Self::BadCredentials,
        Self::Forbidden,
        Self::NotFound,
        Self::Collision,
        Self::Locked,
        Self::StaleLock,
        Self::NotOwner,
        Self::OwnerChanged,
        Self::OptedOut,
        Self::WindowClosed,
        Self::Unreachable,
        Self::ReviewRequired,
        Self::InvalidTransition,
        Self::KeyReused,
        Self::Conflict,
        Self::RateLimited,
        Self::TooManySubscriptions,
        Self::PayloadTooLarge,
        Self::MethodNotAllowed,
        Self::ForbiddenOrigin,
        Self::BadSignature,
        Self::Overloaded,
        Self::Unavailable,
        Self::Internal,
    ];

    /// Says whether the same request, unchanged, may succeed later.
    pub fn retryable(self) -> bool {
        matches!(
            self,
            Self::RateLimited
                | Self::Overloaded
                | Self::Unavailable
                | Self::Internal
                | Self::Locked
        )
    }
}

/// A refusal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[cfg_attr(feature = "codegen", ts(optional_fields))]
pub struct ErrorBody {
    /// For programs.
    pub code: ErrorCode,
    /// For people: one sentence.
    pub message: String,
    /// Whether the same request, unchanged, may succeed later.
    pub retryable: bool,
    /// What the code promises to tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<Box<ErrorDetails>>,
}

impl ErrorBody {
    /// Makes a refusal without details.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), retryable: code.retryable(), details: None }
    }

    /// Adds details.
    #[must_use]
    pub fn with(mut self, details: ErrorDetails) -> Self {
        self.details = Some(Box::new(details));
        self
    }
}

/// What a refusal tells besides its code.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "codegen", derive(ts_rs::TS, schemars::JsonSchema))]
#[cfg_attr(feature = "codegen", ts(optional_fields))]
pub struct ErrorDetails {
    /// The field at fault, as a path: `command.text`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The limit that was exceeded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<u32>,
    /// When to try again, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u32>,
    /// `collision`: the thread's `reply_no` as it is now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_no: Option<u32>,
    /// `collision`: the replies that the sender had not seen, oldest first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replies: Option<Vec<MessageView>>,
    /// `locked`, `stale_lock`: who holds the lock now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lock: Option<LockView>,
    /// `not_owner`, `owner_changed`: the assignee as it is now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assignee: Option<AgentId>,
    /// `owner_changed`: the team as it is now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<TeamId>,
    /// `forbidden`: what the role or the token does not allow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permission: Option<Permission>,
    /// `invalid_transition`: the statuses that may be set now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed: Option<Vec<Status>>,
    /// `window_closed`: since when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window_until: Option<DateTime<Utc>>,
    /// `not_found`: the thread that this one is a part of since an agent merged them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged_into: Option<ThreadId>,
}
