//! What can go wrong in the database, by what the caller can do about it.

use crate::telemetry::metrics::all::metrics;

/// A failure of the database.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It cannot be reached, or has no connection to spare.
    #[error("the database is unavailable")]
    Unavailable(#[source] sqlx::Error),
    /// The transaction lost against another one; the same again may succeed.
    #[error("the transaction has to be tried again")]
    TryAgain(#[source] sqlx::Error),
    /// The connection broke during COMMIT: it may or may not have happened.
    #[error("the outcome of the commit is unknown")]
    CommitUnknown(#[source] sqlx::Error),
    /// A row breaks a named constraint.
    #[error("constraint {name} does not hold")]
    Constraint {
        /// The constraint.
        name: String,
        /// What the database said.
        #[source]
        source: sqlx::Error,
    },
    /// A stored word is not one of ours.
    #[error("unreadable {what} in the database")]
    Unreadable {
        /// Which column.
        what: &'static str,
    },
    /// The schema could not be brought up to date.
    #[error("the migrations failed")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// Anything else: a fault of ours.
    #[error("the database refused a statement")]
    Other(#[source] sqlx::Error),
}

impl StoreError {
    /// Says whether it is the database's state and not what was asked of it: another request would
    /// have failed, too.
    pub fn passes(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::TryAgain(_) | Self::CommitUnknown(_))
    }

    /// Says whether the whole transaction should be run again: it lost a race, or its commit is in
    /// doubt, in which case its idempotency key tells.
    pub fn try_again(&self) -> bool {
        matches!(self, Self::TryAgain(_) | Self::CommitUnknown(_))
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let error = Self::of(error);
        metrics().postgres_failures.inc([match &error {
            Self::Unavailable(_) => "unavailable",
            Self::TryAgain(_) => "try_again",
            _ => "other",
        }]);
        error
    }
}

impl StoreError {
    fn of(error: sqlx::Error) -> Self {
        let Some(refused) = error.as_database_error() else {
            return match error {
                sqlx::Error::Io(_)
                | sqlx::Error::Tls(_)
                | sqlx::Error::Protocol(_)
                | sqlx::Error::PoolTimedOut
                | sqlx::Error::PoolClosed
                | sqlx::Error::WorkerCrashed => Self::Unavailable(error),
                _ => Self::Other(error),
            };
        };
        let code = refused.code().unwrap_or_default().into_owned();
        match (code.as_str(), refused.constraint().map(str::to_owned)) {
            // Serialization failure, deadlock.
            ("40001" | "40P01", _) => Self::TryAgain(error),
            // Connection exceptions, shutdowns, too many connections, timeouts of our own setting.
            (code, _)
                if code.starts_with("08")
                    || code.starts_with("57P")
                    || matches!(code, "53300" | "57014" | "55P03" | "25P03") =>
            {
                Self::Unavailable(error)
            }
            (_, Some(name)) => Self::Constraint { name, source: error },
            _ => Self::Other(error),
        }
    }
}
