//! How long anybody waits for Postgres. It ends statements that take too long by itself, but one that
//! cannot be reached any more ends nothing: without a limit of our own, such a wait would last until
//! TCP gives up, many minutes.

use std::{io, time::Duration};

use super::error::StoreError;

/// Longer than what Postgres is told to end by itself, so that this is met only where it is silent.
const PATIENCE: Duration = Duration::from_secs(12);

/// Work that Postgres has to answer.
pub(super) trait InTime<T>: Future<Output = Result<T, sqlx::Error>> + Sized {
    /// Gives it up when Postgres is silent for too long.
    async fn in_time(self) -> Result<T, sqlx::Error> {
        tokio::time::timeout(PATIENCE, self).await.unwrap_or_else(|_late| Err(silent()))
    }
}

impl<T, F: Future<Output = Result<T, sqlx::Error>>> InTime<T> for F {}

/// Gives a whole transaction up when Postgres is silent for too long. It may have been committed:
/// its keys tell.
pub async fn in_time<T>(
    work: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    let silent = |_late| Err(StoreError::Unavailable(silent()));
    tokio::time::timeout(PATIENCE, work).await.unwrap_or_else(silent)
}

fn silent() -> sqlx::Error {
    sqlx::Error::Io(io::Error::new(io::ErrorKind::TimedOut, "no answer in time"))
}
