//! How much a node may take up: as many messages of a channel as it has hands for, as fast as the channel
//! may send.
//!
//! The rate is kept in the database and not here: it is one for all nodes, whichever of them come and go,
//! and what may not go yet is not even claimed. Each channel has hands of its own, so one whose provider is
//! slow, or silent, holds up no other.

use std::{num::NonZeroU32, sync::Arc, time::Duration};

use dashmap::DashMap;
use protocol::ids::ChannelId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::registry::Registry;
use crate::{
    domain::pace::{Pace, Paces},
    store::claims::{Due, Room},
};

/// How many messages of one channel are handed over at a time.
const HANDS: usize = 32;
/// Whoever may go on in less time than this waits so long, and then for more at once.
const SHORTEST: Duration = Duration::from_millis(5);

/// Says what may be claimed.
#[derive(Clone)]
pub(super) struct Throttle {
    registry: Registry,
    rate: Option<NonZeroU32>,
    hands: Arc<DashMap<ChannelId, Arc<Semaphore>>>,
}

/// What may be claimed now, and how long it is until more may be.
#[derive(Default)]
pub(super) struct Rooms {
    pub(super) now: Vec<Room>,
    pub(super) more_in: Option<Duration>,
}

impl Throttle {
    /// `rate` is used in place of what providers take.
    pub(super) fn new(registry: Registry, rate: Option<NonZeroU32>) -> Self {
        Self { registry, rate, hands: Arc::default() }
    }

    /// Says what may be claimed of channels.
    pub(super) fn rooms(&self, due: &[Due]) -> Rooms {
        let mut rooms = Rooms::default();
        for it in due {
            let count = self.hands(it.channel_id).available_permits();
            // Whose provider this node does not know may have one at another.
            let Some(Paces { channel: pace, pair }) = self.paces(it) else { continue };
            if count == 0 {
                continue;
            }
            match it.free_in.to_std() {
                Ok(wait) if pace.is_some() && !wait.is_zero() => {
                    let wait = wait.max(SHORTEST);
                    rooms.more_in = Some(rooms.more_in.map_or(wait, |soonest| soonest.min(wait)));
                }
                _ => rooms.now.push(Room { channel_id: it.channel_id, count, pace, pair }),
            }
        }
        rooms
    }

    /// Takes a hand of a channel, if one is free.
    pub(super) fn take(&self, channel: ChannelId) -> Option<OwnedSemaphorePermit> {
        self.hands(channel).try_acquire_owned().ok()
    }

    fn hands(&self, channel: ChannelId) -> Arc<Semaphore> {
        let hands = || Arc::new(Semaphore::new(HANDS));
        Arc::clone(&self.hands.entry(channel).or_insert_with(hands))
    }

    fn paces(&self, it: &Due) -> Option<Paces> {
        let paces = self.registry.provider(&it.provider)?.paces(it.kind, &it.address);
        let set = self.rate.filter(|_rate| paces.channel.is_some());
        let rate = it.rate.or_else(|| set.map(|rate| f64::from(rate.get())));
        Some(Paces { channel: rate.map(Pace::per_second).or(paces.channel), ..paces })
    }
}
