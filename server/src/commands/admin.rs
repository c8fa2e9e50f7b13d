//! What commands of administrators have in common.

use super::error::CommandError;

/// Administrators change settings one after the other, so that what one has looked up stays so.
pub(super) const SETTINGS: &str = super::setup::SETUP;

/// Says that a name is taken.
pub(super) fn taken(field: &'static str) -> CommandError {
    CommandError::Conflict { field: Some(field), message: "another one has this name already" }
}
