//! How connections go: when the node drains, and what becomes of their locks.

use std::{collections::HashMap, pin::Pin, time::Duration};

use chrono::{DateTime, Utc};
use protocol::ids::{AgentId, ThreadId};

use super::state::WsState;
use crate::shutdown::Shutdown;

/// After its connection is gone, a lock waits this long for its holder to come back.
const LOCK_GRACE: Duration = Duration::from_secs(3);

/// Gives locks back after a while, unless their holder has renewed them by then.
pub(super) fn release(state: &WsState, agent: AgentId, locks: HashMap<ThreadId, DateTime<Utc>>) {
    if locks.is_empty() {
        return;
    }
    let working = state.clone();
    state.shutdown.spawn("left-locks", async move {
        tokio::select! {
            () = tokio::time::sleep(LOCK_GRACE) => {}
            // The holder may be on its way to another node; the lease ends by itself.
            () = working.shutdown.cancelled() => return,
        }
        for (thread, until) in locks {
            if let Err(error) = working.road.release_left(agent, thread, until).await {
                tracing::warn!(error = %error, "a lock was left to run out");
            }
        }
    });
}

/// Waits for the node to drain, and then for this connection's time to go; says which.
pub(super) async fn draining(
    shutdown: &Shutdown,
    drain: &mut Option<Pin<Box<tokio::time::Sleep>>>,
) -> bool {
    if let Some(slot) = drain {
        slot.await;
        true
    } else {
        shutdown.draining().await;
        false
    }
}
