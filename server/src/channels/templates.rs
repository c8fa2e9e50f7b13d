//! The worker that knows which templates there are: it asks providers, each channel by one node.

use std::time::Duration;

use chrono::TimeDelta;

use super::registry::Registry;
use crate::{
    commands::road::Road,
    shutdown::Shutdown,
    store::{channels::Channel, pool::Store, templates},
};

/// How often providers are asked. What changes is told by webhooks, and then they are asked at once.
const EVERY: TimeDelta = TimeDelta::hours(1);
/// After a failure they are asked again this much later.
const RETRY: TimeDelta = TimeDelta::minutes(5);
/// How often it is looked which channel is due.
const LOOK: Duration = Duration::from_secs(2);

/// Starts the worker.
pub fn start(store: Store, road: Road, registry: Registry, shutdown: &Shutdown) {
    let ending = shutdown.clone();
    shutdown.spawn("templates", async move {
        loop {
            match templates::due(&store, EVERY).await {
                Ok(Some(channel)) => {
                    ask((&store, &road), &registry, &channel).await;
                    continue;
                }
                Ok(None) => {}
                Err(error) => tracing::debug!(error = %error, "templates were not looked after"),
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                () = ending.cancelled() => return,
            }
        }
    });
}

async fn ask((store, road): (&Store, &Road), registry: &Registry, channel: &Channel) {
    let Ok(provider) = registry.provider(&channel.provider, channel.account).await else { return };
    let failed = match provider.templates(channel).await {
        Ok(None) => return,
        Ok(Some(listed)) => match road.keep_templates(channel.id, listed).await {
            Ok(()) => return,
            Err(error) => error.to_string(),
        },
        Err(error) => error.to_string(),
    };
    tracing::warn!(channel.id = %channel.id, failed, "a channel's templates could not be listed");
    if let Err(error) = templates::put_off(store, channel.id, EVERY - RETRY).await {
        tracing::debug!(error = %error, "they are asked for again in an hour only");
    }
}
