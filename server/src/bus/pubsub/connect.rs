//! Where Redis is, and starting the bus on it.

use std::time::Duration;

use protocol::ids::NodeId;
use redis::{Client, RedisError};
use secrecy::{ExposeSecret, SecretString};

use super::{publisher::Publisher, subscriber::Subscriber};
use crate::{bus::handle::Bus, clock::Clock, jitter::jitter, shutdown::Shutdown};

/// How long connecting, and each answer, may take.
pub(super) const TIMEOUT: Duration = Duration::from_secs(2);
/// After a failure: at first, and at most.
const PAUSE_FIRST: Duration = Duration::from_millis(100);
const PAUSE_MAX: Duration = Duration::from_secs(2);

/// Where Redis is.
#[derive(Debug, Clone)]
pub struct RedisSettings {
    /// `redis://` or, with TLS, `rediss://`; user and password are part of it.
    pub url: SecretString,
    /// What the names of our channels begin with: an ACL rule needs no more than this.
    pub prefix: String,
}

/// Starts the bus. It connects by itself, now and whenever the connection is lost.
pub fn start(
    node: NodeId,
    settings: &RedisSettings,
    clock: &Clock,
    shutdown: &Shutdown,
) -> Result<Bus, RedisError> {
    let client = Client::open(settings.url.expose_secret())?;
    let (bus, queue) = Bus::shared(node);
    let publisher = Publisher {
        node,
        client: client.clone(),
        prefix: settings.prefix.clone(),
        clock: clock.clone(),
    };
    let subscriber = Subscriber::new(bus.clone(), client, settings.prefix.clone(), clock.clone());
    let ending = shutdown.clone();
    shutdown.spawn("bus-publisher", async move { publisher.run(queue, &ending).await });
    let ending = shutdown.clone();
    shutdown.spawn("bus-subscriber", async move { subscriber.run(&ending).await });
    Ok(bus)
}

/// How long to wait before the next try: longer each time, and never the same for two nodes.
pub(super) fn pause(failures: u32) -> Duration {
    let most = PAUSE_FIRST.saturating_mul(1_u32 << failures.min(5)).min(PAUSE_MAX);
    most / 2 + most.mul_f64(jitter() / 2.0)
}
