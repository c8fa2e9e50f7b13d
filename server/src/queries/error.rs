//! Why a query has no answer.

use protocol::ids::ThreadId;

use crate::{domain::visibility::Missing, store::error::StoreError};

/// Why a query has no answer.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// It does not exist, or may not be seen.
    #[error("there is no such {what}")]
    NotFound {
        /// What was looked for.
        what: &'static str,
    },
    /// The role does not allow it.
    #[error(transparent)]
    Forbidden(#[from] Missing),
    /// The thread is a part of another one.
    #[error("this thread was merged into another one")]
    Merged {
        /// The other one.
        into: ThreadId,
    },
    /// Somebody else has to approve it first.
    #[error("somebody who did not write it has to approve this canned reply first")]
    NotApproved,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
