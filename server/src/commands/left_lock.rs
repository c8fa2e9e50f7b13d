//! Giving back a lock whose holder is gone.

use chrono::{DateTime, Utc};
use protocol::ids::{AgentId, ThreadId};

use super::{
    context::{Ctx, OwnCommand},
    error::CommandError,
    lock::announce,
    road::Road,
};
use crate::{
    domain::actor::Actor,
    store::{locks, threads},
    telemetry::metrics::all::metrics,
};

/// An agent's lock on a thread, after the connection that renewed it last is gone.
struct LeftLock {
    agent: AgentId,
    thread: ThreadId,
    expires_at: DateTime<Utc>,
}

impl OwnCommand for LeftLock {
    type Done = ();

    async fn run(&self, ctx: &mut Ctx<'_>) -> Result<Option<()>, CommandError> {
        let Some(thread) = threads::lock(ctx.tx, self.thread).await? else { return Ok(None) };
        if !locks::release_left(ctx.tx, thread.id, self.agent, self.expires_at).await? {
            return Ok(None);
        }
        metrics().lock_outcomes.inc(["released"]);
        announce(ctx, &thread, None);
        Ok(Some(()))
    }
}

impl Road {
    /// Gives an agent's lock back after its connection is gone, unless another one has renewed it.
    pub async fn release_left(
        &self,
        agent: AgentId,
        thread: ThreadId,
        expires_at: DateTime<Utc>,
    ) -> Result<(), CommandError> {
        self.run_own(Actor::System, LeftLock { agent, thread, expires_at }).await?;
        Ok(())
    }
}
