//! What is about a person at a desk: that it is in use, and that no API token is one.

use protocol::frames::ClientFrame;

use super::connection::{Connection, End};
use crate::commands::error::CommandError;

/// Refuses of a token what a person alone does, and notes of a person that its session is in use; says
/// whether it was refused.
pub(super) async fn refuse(connection: &mut Connection, frame: &ClientFrame) -> Result<bool, End> {
    if !matches!(frame, ClientFrame::Ping(_)) {
        connection.idle.used(connection.state.clock.instant());
    }
    if !connection.who.visibility.is_token() {
        return Ok(false);
    }
    let id = match frame {
        ClientFrame::Signal(_) | ClientFrame::Attention(_) | ClientFrame::DraftCursor(_) => None,
        ClientFrame::DraftOpen(it) => Some(it.id),
        ClientFrame::DraftUpdate(it) => Some(it.id),
        _ => return Ok(false),
    };
    connection.error(id, CommandError::NotForTokens.body()).await?;
    Ok(true)
}
