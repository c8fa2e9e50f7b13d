//! Publishes what this node has to tell: many messages in one round trip.

use std::{collections::HashMap, time::Instant};

use protocol::ids::{NodeId, StreamId};
use redis::{AsyncConnectionConfig, Client, RedisResult, aio::MultiplexedConnection};
use tokio::sync::mpsc;

use super::connect::{TIMEOUT, pause};
use crate::{
    bus::{
        envelope::{Body, Channel, Envelope},
        hint::Hint,
    },
    clock::Clock,
    shutdown::Shutdown,
    telemetry::metrics::all::metrics,
};

/// Most messages in one round trip.
const PIPELINED_MAX: usize = 256;

/// The publishing side of this node.
pub(super) struct Publisher {
    pub(super) node: NodeId,
    pub(super) client: Client,
    pub(super) prefix: String,
    pub(super) clock: Clock,
}

impl Publisher {
    /// Publishes until the shutdown begins, and then what is still in the queue.
    pub(super) async fn run(self, mut queue: mpsc::Receiver<Body>, shutdown: &Shutdown) {
        let (mut connection, mut failures) = (None, 0);
        let mut numbers = HashMap::new();
        let mut taken = Vec::with_capacity(PIPELINED_MAX);
        loop {
            taken.clear();
            tokio::select! {
                biased;
                count = queue.recv_many(&mut taken, PIPELINED_MAX) => if count == 0 { return },
                () = shutdown.cancelled() => return,
            }
            // What cannot be told now is old news once it could: it is dropped, and healed.
            let began = Instant::now();
            match self.publish(&mut connection, &mut numbers, newest(&mut taken)).await {
                Ok(count) => {
                    failures = 0;
                    metrics().bus_published.inc_by(count);
                    metrics().bus_publish_duration_seconds.observe(began.elapsed());
                }
                Err(error) => {
                    connection = None;
                    if failures == 0 {
                        tracing::warn!(error = %error, "the bus cannot be published to");
                    }
                    failures += 1;
                    tokio::select! {
                        () = tokio::time::sleep(pause(failures)) => {}
                        () = shutdown.cancelled() => return,
                    }
                }
            }
        }
    }

    async fn publish(
        &self,
        connection: &mut Option<MultiplexedConnection>,
        numbers: &mut HashMap<Channel, u64>,
        bodies: Vec<Body>,
    ) -> RedisResult<u64> {
        let connection = if let Some(connection) = connection {
            connection
        } else {
            let config = AsyncConnectionConfig::new()
                .set_connection_timeout(Some(TIMEOUT))
                .set_response_timeout(Some(TIMEOUT));
            let made = self.client.get_multiplexed_async_connection_with_config(&config);
            connection.insert(made.await?)
        };
        let mut pipe = redis::pipe();
        let mut count = 0;
        for body in bodies {
            let channel = body.channel();
            let n = numbers.entry(channel).or_insert(0);
            *n += 1;
            count += 1;
            let envelope = Envelope { node: self.node, n: *n, at: self.clock.now(), body };
            let json = serde_json::to_vec(&envelope).expect("an envelope is JSON");
            pipe.publish(channel.name(&self.prefix), json).ignore();
        }
        let () = pipe.query_async(connection).await?;
        Ok(count)
    }
}

/// Leaves out heads that a later one in the same batch says more than.
fn newest(taken: &mut Vec<Body>) -> Vec<Body> {
    let mut heads: HashMap<StreamId, u64> = HashMap::new();
    for body in &*taken {
        if let Body::Hint(Hint::Head { stream, head }) = body {
            let newest = heads.entry(*stream).or_default();
            *newest = (*newest).max(*head);
        }
    }
    taken
        .drain(..)
        .filter(|body| match body {
            Body::Hint(Hint::Head { stream, head }) => {
                let is_newest = heads.get(stream) == Some(head);
                is_newest && heads.remove(stream).is_some()
            }
            _ => true,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use protocol::ids::InboxId;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn of_the_heads_of_a_stream_only_the_newest_is_told() {
        let stream = |n| StreamId::from(InboxId::from(Uuid::from_u128(n)));
        let head = |n, head| Body::Hint(Hint::Head { stream: stream(n), head });
        let mut taken = vec![head(1, 3), head(2, 9), head(1, 5), head(1, 4), head(1, 5)];
        assert_eq!(newest(&mut taken), vec![head(2, 9), head(1, 5)]);
        assert!(taken.is_empty());
    }
}
