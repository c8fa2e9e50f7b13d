//! Signs out who does nothing: a session is over once none of its connections and requests was used for as
//! long as the settings say.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use protocol::close::CloseCode;

use super::{connection::End, state::WsState};
use crate::{auth::session::SignedIn, store::sessions};

/// Use is noted this often, or several times in a limit: the other nodes and requests have to know.
const NOTED_EVERY: Duration = Duration::from_mins(1);

/// When a connection was used.
pub(super) struct Idle {
    /// Whether somebody sits there, as far as the client has said.
    attended: bool,
    used: Instant,
    noted: Instant,
}

impl Idle {
    pub(super) fn new(now: Instant) -> Self {
        Self { attended: true, used: now, noted: now }
    }

    /// Hears that the client wants something.
    pub(super) fn used(&mut self, now: Instant) {
        self.used = now;
    }

    /// Hears whether somebody sits there.
    pub(super) fn attend(&mut self, attended: bool, now: Instant) {
        self.attended = attended;
        self.used = now;
    }

    /// Notes use, and ends the session's time where there was none, here or elsewhere.
    pub(super) async fn check(&mut self, state: &WsState, who: &SignedIn) -> Result<(), End> {
        let Some(limit) = state.idle.filter(|_limit| who.scopes.is_none()) else { return Ok(()) };
        let now = state.clock.instant();
        if self.attended {
            self.used = now;
        }
        let every = (limit / 4).to_std().unwrap_or(NOTED_EVERY).min(NOTED_EVERY);
        if self.used.saturating_duration_since(self.noted) >= every {
            match sessions::use_now(&state.store, who.session_id).await {
                Ok(()) => self.noted = now,
                Err(error) => tracing::warn!(error = %error, "the use of a session is not noted"),
            }
        }
        let unused = TimeDelta::from_std(now.saturating_duration_since(self.used));
        if unused.unwrap_or(TimeDelta::MAX) < limit {
            return Ok(());
        }
        // Another window of the same browser may be in use.
        match sessions::unused_for(&state.store, who.session_id).await {
            Ok(unused) if unused >= limit => Err(End::Close(CloseCode::SessionRevoked)),
            Ok(unused) => {
                let since = unused.to_std().ok().and_then(|it| now.checked_sub(it));
                self.used = since.unwrap_or(now);
                Ok(())
            }
            Err(error) => {
                tracing::warn!(error = %error, "the use of a session is not known");
                Ok(())
            }
        }
    }
}
