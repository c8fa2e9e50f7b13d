//! What commands of administrators have in common.

use protocol::views::Role;

use super::error::CommandError;
use crate::domain::{actor::Actor, visibility::Visibility};

/// Administrators change settings one after the other, so that what one has looked up stays so.
pub(super) const SETTINGS: &str = super::setup::SETUP;

/// Returns who acts, if it may.
pub(super) fn admin(who: &Visibility) -> Result<Actor, CommandError> {
    if who.role == Role::Admin {
        return Ok(Actor::Agent(who.agent_id));
    }
    Err(CommandError::AdminsOnly)
}

/// Says that a name is taken.
pub(super) fn taken(field: &'static str) -> CommandError {
    CommandError::Conflict { field: Some(field), message: "another one has this name already" }
}
