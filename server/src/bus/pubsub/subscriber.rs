//! Hears what other nodes tell: one connection, a channel for each stream that is followed. It knows
//! that it hears by hearing this node's own heartbeat, which goes the whole way.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use futures_util::StreamExt;
use protocol::ids::StreamId;
use redis::{
    Client, Msg, RedisError, RedisResult,
    aio::{PubSubSink, PubSubStream},
};

use super::connect::{TIMEOUT, pause};
use crate::{
    bus::{
        envelope::{Body, Channel, Envelope, Tally},
        handle::{Bus, Heard},
    },
    clock::Clock,
    shutdown::Shutdown,
    telemetry::metrics::all::metrics,
};

/// Most channels in one command.
const CHANNELS_MAX: usize = 512;
/// Without this node's own heartbeat for this long, the bus is taken for down and connected anew.
const SILENCE: Duration = Duration::from_secs(3);
/// How often that is looked at.
const LOOK: Duration = Duration::from_millis(500);

/// The hearing side of this node.
pub(super) struct Subscriber {
    bus: Bus,
    client: Client,
    prefix: String,
    clock: Clock,
    tally: Tally,
    /// When this node's own heartbeat was heard last.
    heard_own: Instant,
}

impl Subscriber {
    pub(super) fn new(bus: Bus, client: Client, prefix: String, clock: Clock) -> Self {
        let (tally, heard_own) = (Tally::default(), Instant::now());
        Self { bus, client, prefix, clock, tally, heard_own }
    }

    /// Hears until the shutdown begins, and connects anew whenever it must.
    pub(super) async fn run(mut self, shutdown: &Shutdown) {
        let mut failures = 0;
        loop {
            let before = Instant::now();
            let ended = tokio::select! {
                ended = self.session() => ended,
                () = shutdown.cancelled() => return,
            };
            self.bus.set_up(false);
            metrics().bus_reconnects.inc();
            metrics().bus_channels_subscribed.set(0);
            // A connection that held for a while is no reason to hurry less.
            failures = if before.elapsed() > SILENCE { 0 } else { failures + 1 };
            if failures <= 1 {
                tracing::warn!(error = %ended, "the bus cannot be heard");
            }
            tokio::select! {
                () = tokio::time::sleep(pause(failures)) => {}
                () = shutdown.cancelled() => return,
            }
        }
    }

    /// One connection, from its beginning to its end.
    async fn session(&mut self) -> RedisError {
        match self.connected().await {
            Ok(never) => match never {},
            Err(error) => error,
        }
    }

    async fn connected(&mut self) -> RedisResult<std::convert::Infallible> {
        let (mut sink, mut messages) = within(self.client.get_async_pubsub()).await?.split();
        within(sink.subscribe(Channel::Nodes.name(&self.prefix))).await?;
        self.heard_own = Instant::now();
        let mut subscribed = BTreeSet::new();
        let mut look = tokio::time::interval(LOOK);
        let bus = self.bus.clone();
        let remote = bus.inner.remote.as_ref().expect("a subscriber has a shared bus");
        self.subscribe(&mut sink, &mut subscribed).await?;
        loop {
            tokio::select! {
                heard = self.hear(&mut messages) => heard?,
                () = remote.changed.notified() => {
                    self.subscribe(&mut sink, &mut subscribed).await?;
                }
                _ = look.tick() => {
                    if self.heard_own.elapsed() > SILENCE {
                        return Err(broken("this node's own heartbeat does not come back"));
                    }
                }
            }
        }
    }

    /// Makes the subscriptions what this node follows.
    async fn subscribe(
        &self,
        sink: &mut PubSubSink,
        subscribed: &mut BTreeSet<StreamId>,
    ) -> RedisResult<()> {
        let remote = self.bus.inner.remote.as_ref().expect("a subscriber has a shared bus");
        let followed = remote.followed.lock().clone();
        let names = |streams: &[StreamId]| -> Vec<String> {
            streams.iter().map(|it| Channel::Stream(*it).name(&self.prefix)).collect()
        };
        let new: Vec<StreamId> = followed.difference(subscribed).copied().collect();
        for some in new.chunks(CHANNELS_MAX) {
            within(sink.subscribe(names(some))).await?;
        }
        let left: Vec<StreamId> = subscribed.difference(&followed).copied().collect();
        for some in left.chunks(CHANNELS_MAX) {
            within(sink.unsubscribe(names(some))).await?;
        }
        *subscribed = followed;
        let count = i64::try_from(subscribed.len() + 1).unwrap_or(i64::MAX);
        metrics().bus_channels_subscribed.set(count);
        if !new.is_empty() {
            self.bus.hear(Heard::Subscribed);
        }
        Ok(())
    }

    /// Waits for a message, and takes what has come with it.
    async fn hear(&mut self, messages: &mut PubSubStream) -> RedisResult<()> {
        let Some(message) = messages.next().await else {
            return Err(broken("the connection was closed"));
        };
        self.take(&message);
        Ok(())
    }

    fn take(&mut self, message: &Msg) {
        let Ok(envelope) = serde_json::from_slice::<Envelope>(message.get_payload_bytes()) else {
            // Of a later version, or not ours at all. What it was about is found by the head poll.
            tracing::debug!("a message on the bus cannot be read");
            return;
        };
        if envelope.node == self.bus.node() {
            // Own news were heard when they were told; this only shows that the way is open.
            self.heard_own = Instant::now();
            self.bus.set_up(true);
            return;
        }
        self.tally.count(&envelope, self.clock.now());
        let from = envelope.node;
        self.bus.hear(match envelope.body {
            Body::Hint(hint) => Heard::Hint(hint),
            Body::Presence(news) => Heard::Presence { from, news },
        });
    }
}

async fn within<T>(asking: impl Future<Output = RedisResult<T>>) -> RedisResult<T> {
    tokio::time::timeout(TIMEOUT, asking)
        .await
        .unwrap_or_else(|_elapsed| Err(broken("no answer in time")))
}

fn broken(why: &'static str) -> RedisError {
    RedisError::from((redis::ErrorKind::Io, why))
}
