//! A command of an agent as operators see it: its span in the log, its count and its duration.

use std::{borrow::Cow, sync::Arc, time::Instant};

use protocol::{commands::Outcome, ids::ConnectionId};
use tracing::{Instrument, field};

use super::{
    context::Wish,
    error::{CommandError, log_failure},
    road::Road,
};
use crate::telemetry::metrics::{all::metrics, kinds::word};

impl Road {
    /// Runs one wish, as [`run`](Self::run) does, and says so. `frame` is the connection, and the
    /// frame's id on it.
    pub async fn observe(
        &self,
        wish: &Arc<Wish>,
        frame: Option<(ConnectionId, u32)>,
    ) -> Result<Outcome, CommandError> {
        let kind = wish.command.kind();
        // Keys are opaque names of the client's own; they have no room for a text.
        // An error's span is there whatever the log's filter.
        let span = tracing::error_span!(
            "command",
            command.kind = kind,
            command.key = wish.key.as_str(),
            thread.id = wish.thread().map(field::display),
            connection.id = frame.map(|(connection, _id)| field::display(connection)),
            frame.id = frame.map(|(_connection, id)| id),
            outcome = field::Empty,
        );
        let began = Instant::now();
        let recorded = span.clone();
        async move {
            let result = self.run(wish).await;
            metrics().command_duration_seconds.of(kind).observe(began.elapsed());
            let outcome = result.as_ref().map_or_else(|e| word(e.code()), |_done| "ok".into());
            recorded.record("outcome", &*outcome);
            metrics().commands.inc([Cow::Borrowed(kind), outcome]);
            if let Err(error) = &result {
                count(error);
                log_failure(error);
            }
            result
        }
        .instrument(span)
        .await
    }
}

fn count(error: &CommandError) {
    match error {
        CommandError::Collision { .. } => {
            metrics().collisions_prevented.inc();
        }
        CommandError::Locked(_) => metrics().lock_outcomes.inc(["locked"]),
        CommandError::StaleLock(_) => metrics().lock_outcomes.inc(["stale"]),
        _ => {}
    }
}
