//! The worker that fires timers: whichever node claims one first runs its command. The timer's row
//! goes in the same transaction, so it fires once, whatever dies in between.

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use tokio::sync::Notify;

use crate::{
    commands::{error::log_failure, road::Road},
    shutdown::Shutdown,
    store::{error::StoreError, pool::Store, timers},
    telemetry::metrics::all::metrics,
};

/// How many are claimed at a time.
const AT_A_TIME: i64 = 50;
/// How long a claim holds. A node that dies on it costs this much, no more.
const HOLD: TimeDelta = TimeDelta::seconds(10);
/// How long one that could not be fired waits.
const PUT_OFF: TimeDelta = TimeDelta::seconds(5);
/// How often the database is asked at least: its clock may be moved, and other nodes set timers.
const LOOK: Duration = Duration::from_secs(1);

/// Starts the worker. `wake` tells that a timer was set here.
pub fn start(store: Store, road: Road, wake: Arc<Notify>, shutdown: &Shutdown) {
    let ending = shutdown.clone();
    shutdown.spawn("timers", async move {
        loop {
            let wait = match round(&store, &road, &ending).await {
                Ok(wait) => wait,
                Err(error) => {
                    tracing::warn!(error = %error, "timers could not be claimed");
                    LOOK
                }
            };
            tokio::select! {
                () = wake.notified() => {}
                () = tokio::time::sleep(wait) => {}
                () = ending.cancelled() => return,
            }
        }
    });
}

/// Fires what is due; says how long to wait then.
async fn round(store: &Store, road: &Road, shutdown: &Shutdown) -> Result<Duration, StoreError> {
    loop {
        if shutdown.has_begun() {
            return Ok(LOOK);
        }
        let due = timers::claim(store, AT_A_TIME, HOLD).await?;
        if due.is_empty() {
            break;
        }
        for timer in &due {
            match road.fire(timer).await {
                Ok(true) => {
                    let late = (timer.claimed_at - timer.due_at).to_std().unwrap_or_default();
                    metrics().timers_fired.inc();
                    metrics().timer_late_seconds.observe(late);
                    tracing::debug!(kind = ?timer.kind, ?late, "a timer was fired");
                }
                // Moved or called off since it was claimed.
                Ok(false) => {}
                Err(error) => {
                    log_failure(&error);
                    timers::put_off(store, timer, PUT_OFF).await?;
                }
            }
        }
    }
    let next = timers::next_in(store).await?.and_then(|next| next.to_std().ok());
    Ok(next.map_or(LOOK, |next| next.clamp(Duration::from_millis(1), LOOK)))
}
