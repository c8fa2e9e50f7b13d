//! How messages travel between nodes, and how it shows when some do not arrive.

use std::{cmp::Ordering, collections::HashMap, time::Duration};

use chrono::{DateTime, Utc};
use protocol::ids::{NodeId, StreamId};
use serde::{Deserialize, Serialize};

use super::{hint::Hint, presence::PresenceNews};
use crate::telemetry::metrics::all::metrics;

/// Senders and channels that are counted; beyond that counting begins anew.
const COUNTED_MAX: usize = 100_000;

/// Where a message goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Channel {
    /// To every node.
    Nodes,
    /// To the nodes that follow a stream.
    Stream(StreamId),
}

impl Channel {
    /// Returns its name in Redis.
    pub(super) fn name(self, prefix: &str) -> String {
        match self {
            Self::Nodes => format!("{prefix}:nodes"),
            Self::Stream(stream) => format!("{prefix}:stream:{stream}"),
        }
    }
}

/// A message as it travels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Envelope {
    /// Who sends it: one process, so that a restart counts anew.
    pub(super) node: NodeId,
    /// The how-manieth of this sender in this channel.
    pub(super) n: u64,
    /// When, by the sender's clock.
    pub(super) at: DateTime<Utc>,
    /// What.
    pub(super) body: Body,
}

/// What a message says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Body {
    /// Something was committed.
    Hint(Hint),
    /// Something about a node's agents.
    Presence(PresenceNews),
}

impl Body {
    /// Returns the channel that it belongs into.
    pub(super) fn channel(&self) -> Channel {
        match self {
            Self::Hint(hint) => Channel::Stream(hint.stream()),
            Self::Presence(_) => Channel::Nodes,
        }
    }
}

/// Counts what has not come, has come twice or has come late.
#[derive(Default)]
pub(super) struct Tally {
    last: HashMap<(NodeId, Channel), u64>,
}

impl Tally {
    /// Counts a message of another node.
    pub(super) fn count(&mut self, envelope: &Envelope, now: DateTime<Utc>) {
        metrics().bus_received.inc();
        let lag = (now - envelope.at).to_std().unwrap_or(Duration::ZERO);
        metrics().bus_lag_seconds.observe(lag);
        if self.last.len() >= COUNTED_MAX {
            self.last.clear();
        }
        let key = (envelope.node, envelope.body.channel());
        let last = self.last.entry(key).or_insert_with(|| envelope.n.saturating_sub(1));
        match envelope.n.cmp(last) {
            Ordering::Greater => {
                metrics().bus_lost.inc_by(envelope.n - *last - 1);
                *last = envelope.n;
            }
            Ordering::Equal => {
                metrics().bus_duplicated.inc();
            }
            Ordering::Less => {
                metrics().bus_reordered.inc();
            }
        }
    }
}
