//! Why a command was refused, or failed.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use protocol::{
    errors::{ErrorBody, ErrorCode, ErrorDetails},
    ids::{AgentId, ThreadId},
    limits::DRAFT_UNITS_MAX,
    owners::Assignment,
    signals::LockView,
    views::{MessageView, Status},
};

use crate::{
    domain::{draft::document::BadUpdate, mention::BadMention, visibility::Missing},
    store::error::StoreError,
    telemetry::metrics::kinds::word,
};

/// Why a command was not done.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The thread does not exist, or may not be seen.
    #[error("there is no such thread")]
    NoThread {
        /// The field that names it.
        field: &'static str,
    },
    /// The thread is a part of another one.
    #[error("this thread was merged into another one")]
    Merged {
        /// The field that names it.
        field: &'static str,
        /// The other one.
        into: ThreadId,
    },
    /// The role does not allow it.
    #[error(transparent)]
    Forbidden(#[from] Missing),
    /// It is about a person.
    #[error("this is for a person with a session of its own, and not for an API token")]
    NotForTokens,
    /// It does not exist.
    #[error("there is no such {what}")]
    NotFound {
        /// What was looked for.
        what: &'static str,
    },
    /// It is not as the request takes it to be.
    #[error("{message}")]
    Conflict {
        /// The field, where it is one.
        field: Option<&'static str>,
        /// What is so.
        message: &'static str,
    },
    /// Somebody else has replied since.
    #[error("somebody else has replied since")]
    Collision {
        /// The thread's `reply_no` now.
        reply_no: u32,
        /// What the sender had not seen.
        replies: Vec<MessageView>,
    },
    /// Somebody else holds the lock.
    #[error("somebody else is replying")]
    Locked(LockView),
    /// The sender's lock is no longer valid.
    #[error("the reply lock was taken over, or has expired and was taken since")]
    StaleLock(Option<LockView>),
    /// Another agent owns the thread.
    #[error("the thread is assigned to another agent")]
    NotOwner(AgentId),
    /// The customer does not want it.
    #[error("the customer does not want messages over this channel; only the customer lifts that")]
    OptedOut,
    /// Too long ago that the customer wrote.
    #[error("the customer's last message is too long ago for free text over this channel")]
    WindowClosed(DateTime<Utc>),
    /// No address that the channel reaches.
    #[error("the customer has no address that this channel reaches")]
    Unreachable,
    /// Longer than the channel takes.
    #[error("the text is longer than this channel takes: {max} UTF-16 units")]
    TooLong {
        /// How long it may be.
        max: usize,
    },
    /// More files than one agent may hold.
    #[error("too many files wait to be sent: send some, or remove them")]
    TooManyUploads,
    /// Somebody else has to approve it first.
    #[error(
        "this inbox wants such a reply approved by somebody else first: send it as a draft that is"
    )]
    ReviewRequired,
    /// Who approves has written it.
    #[error("whoever has written a draft cannot approve it")]
    OwnDraft,
    /// Who approves has written it.
    #[error("whoever has written a canned reply cannot approve it")]
    OwnCanned,
    /// A change of a draft that is not taken.
    #[error("`update`: {0}")]
    BadDraftUpdate(BadUpdate),
    /// The owner is not the one that the sender saw.
    #[error("the assignee has changed since")]
    OwnerChanged(Assignment),
    /// The status cannot be set.
    #[error("`{from}` cannot be followed by `{to}` in this inbox", from = word(from), to = word(to))]
    InvalidTransition {
        /// The status before.
        from: Status,
        /// The one that was wished for.
        to: Status,
        /// Those that may be set.
        allowed: Vec<Status>,
    },
    /// Somebody cannot be mentioned, or not so.
    #[error("`{field}`: {message}", field = .0.field(), message = .0.message)]
    BadMention(BadMention),
    /// A field's value cannot be taken.
    #[error("`{field}`: {message}")]
    Invalid {
        /// The field, as a path.
        field: &'static str,
        /// What is allowed.
        message: &'static str,
    },
    /// A field's value cannot be taken, where its name or the reason depend on the request.
    #[error("`{field}`: {message}")]
    Field {
        /// The code on the wire.
        code: ErrorCode,
        /// The field, as a path.
        field: String,
        /// What is wrong, and what is allowed.
        message: String,
    },
    /// The key was used for something else.
    #[error("this key was used for another request")]
    KeyReused,
    /// Too many others wait.
    #[error("too many commands are waiting; try again")]
    Overloaded {
        /// How long to wait.
        retry_after_ms: u32,
    },
    /// The server stopped before it was done.
    #[error("the server was interrupted; try again")]
    Interrupted,
    /// The database failed; commands that shared a transaction share the cause.
    #[error(transparent)]
    Store(Arc<StoreError>),
}

impl From<BadMention> for CommandError {
    fn from(bad: BadMention) -> Self {
        Self::BadMention(bad)
    }
}

impl From<StoreError> for CommandError {
    fn from(error: StoreError) -> Self {
        Self::Store(Arc::new(error))
    }
}

impl CommandError {
    /// Returns the code on the wire.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::NotFound { .. } | Self::NoThread { .. } | Self::Merged { .. } => {
                ErrorCode::NotFound
            }
            Self::Forbidden(_) | Self::OwnDraft | Self::OwnCanned | Self::NotForTokens => {
                ErrorCode::Forbidden
            }
            Self::ReviewRequired => ErrorCode::ReviewRequired,
            Self::Conflict { .. } => ErrorCode::Conflict,
            Self::Collision { .. } => ErrorCode::Collision,
            Self::Locked(_) => ErrorCode::Locked,
            Self::StaleLock(_) => ErrorCode::StaleLock,
            Self::NotOwner(_) => ErrorCode::NotOwner,
            Self::OptedOut => ErrorCode::OptedOut,
            Self::WindowClosed(_) => ErrorCode::WindowClosed,
            Self::Unreachable => ErrorCode::Unreachable,
            Self::TooLong { .. } | Self::BadDraftUpdate(BadUpdate::TooLong) => ErrorCode::TooLong,
            Self::TooManyUploads => ErrorCode::PayloadTooLarge,
            Self::OwnerChanged(_) => ErrorCode::OwnerChanged,
            Self::InvalidTransition { .. } => ErrorCode::InvalidTransition,
            Self::Invalid { .. } | Self::BadMention(_) | Self::BadDraftUpdate(_) => {
                ErrorCode::Invalid
            }
            Self::Field { code, .. } => *code,
            Self::KeyReused => ErrorCode::KeyReused,
            Self::Overloaded { .. } => ErrorCode::Overloaded,
            Self::Interrupted => ErrorCode::Unavailable,
            Self::Store(error) => store_code(error),
        }
    }

    /// Returns what the client is told. Causes stay in the log.
    pub fn body(&self) -> ErrorBody {
        let code = self.code();
        let none = ErrorDetails::default();
        let details = match self {
            Self::Collision { reply_no, replies } => {
                ErrorDetails { reply_no: Some(*reply_no), replies: Some(replies.clone()), ..none }
            }
            Self::Locked(lock) => ErrorDetails { lock: Some(lock.clone()), ..none },
            Self::StaleLock(lock) => ErrorDetails { lock: lock.clone(), ..none },
            Self::NotOwner(agent) => ErrorDetails { assignee: Some(*agent), ..none },
            Self::OwnerChanged(Assignment { agent, team }) => {
                ErrorDetails { assignee: *agent, team: *team, ..none }
            }
            Self::Forbidden(Missing(permission)) => {
                ErrorDetails { permission: Some(*permission), ..none }
            }
            Self::WindowClosed(until) => ErrorDetails { window_until: Some(*until), ..none },
            Self::TooLong { max } => ErrorDetails {
                field: Some("command.text".to_owned()),
                max: u32::try_from(*max).ok(),
                ..none
            },
            Self::InvalidTransition { allowed, .. } => ErrorDetails {
                field: Some("command.to".to_owned()),
                allowed: Some(allowed.clone()),
                ..none
            },
            Self::BadDraftUpdate(bad) => ErrorDetails {
                field: Some("update".to_owned()),
                max: u32::try_from(DRAFT_UNITS_MAX).ok().filter(|_max| *bad == BadUpdate::TooLong),
                ..none
            },
            Self::Merged { field, into } => {
                ErrorDetails { field: Some((*field).to_owned()), merged_into: Some(*into), ..none }
            }
            Self::Invalid { field, .. } | Self::NoThread { field } => {
                ErrorDetails { field: Some((*field).to_owned()), ..none }
            }
            Self::Field { field, .. } => ErrorDetails { field: Some(field.clone()), ..none },
            Self::BadMention(bad) => ErrorDetails { field: Some(bad.field()), ..none },
            Self::Conflict { field, .. } => {
                ErrorDetails { field: field.map(str::to_owned), ..none }
            }
            Self::Store(_) => return store_body(code),
            Self::Overloaded { retry_after_ms } => {
                ErrorDetails { retry_after_ms: Some(*retry_after_ms), ..none }
            }
            Self::NotFound { .. }
            | Self::KeyReused
            | Self::OptedOut
            | Self::TooManyUploads
            | Self::Unreachable
            | Self::ReviewRequired
            | Self::OwnDraft
            | Self::NotForTokens
            | Self::OwnCanned
            | Self::Interrupted => {
                return ErrorBody::new(code, self.to_string());
            }
        };
        ErrorBody::new(code, self.to_string()).with(details)
    }
}

/// Returns the code of a failure of the database.
pub fn store_code(error: &StoreError) -> ErrorCode {
    match error {
        StoreError::Unavailable(_) | StoreError::TryAgain(_) | StoreError::CommitUnknown(_) => {
            ErrorCode::Unavailable
        }
        StoreError::Constraint { .. }
        | StoreError::Unreadable { .. }
        | StoreError::Migrate(_)
        | StoreError::Other(_) => ErrorCode::Internal,
    }
}

/// Returns what a client is told of a failure of the database.
pub fn store_body(code: ErrorCode) -> ErrorBody {
    let message = if code == ErrorCode::Unavailable {
        "the server cannot reach its database; try again"
    } else {
        "the server failed; try again"
    };
    ErrorBody::new(code, message)
}

/// Logs a failure, where it ends. A refusal is none.
pub fn log_failure(error: &CommandError) {
    if let CommandError::Store(cause) = error {
        let source = std::error::Error::source(cause).map(ToString::to_string);
        if matches!(&**cause, StoreError::Unavailable(_)) {
            tracing::warn!(error = %cause, source, "command failed");
        } else {
            tracing::error!(error = %cause, source, "command failed");
        }
    }
}
