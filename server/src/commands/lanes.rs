//! Writers of one inbox wait in one lane, and share a transaction when there are several: a busy
//! inbox is not bound to one commit for each command. Nobody waits for company: who finds the lane
//! free goes at once, and takes along whoever has come meanwhile.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::Arc,
};

use parking_lot::Mutex;
use protocol::ids::StreamId;

use super::{
    error::CommandError,
    job::{End, Job},
};

/// Most commands in one transaction: more gain little, and make the first one wait.
pub(super) const TOGETHER_MAX: usize = 50;
/// Transactions of one inbox at a time: while one is being committed, the next is being prepared.
const LEADERS_MAX: usize = 2;
/// Most commands that wait in one lane; a further one is told to come back.
const WAITING_MAX: usize = 2_000;
/// What such a one is told to wait: a lane of this length takes about that long.
const RETRY_AFTER_MS: u32 = 1_000;

/// Commands that wait for their transaction.
#[derive(Default)]
struct Lane {
    leaders: usize,
    waiting: VecDeque<Box<dyn Job>>,
}

/// Which lane: those of agents and those of the server itself do not mix, because a reply has to find
/// what the customer had said before, with its place in the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum LaneId {
    /// Agents' wishes in an inbox.
    Agents(StreamId),
    /// The server's own commands in an inbox.
    Own(StreamId),
}

/// The lanes that somebody is in.
#[derive(Clone, Default)]
pub(super) struct Lanes {
    lanes: Arc<Mutex<HashMap<LaneId, Lane>>>,
}

impl Lanes {
    /// Joins a lane; returns the lead where somebody has to take it.
    pub(super) fn join(&self, id: LaneId, job: Box<dyn Job>) -> Option<Lead> {
        let mut lanes = self.lanes.lock();
        let lane = lanes.entry(id).or_default();
        if lane.waiting.len() >= WAITING_MAX {
            drop(lanes);
            job.end(End::Refused(CommandError::Overloaded { retry_after_ms: RETRY_AFTER_MS }));
            return None;
        }
        lane.waiting.push_back(job);
        let lead = lane.leaders < LEADERS_MAX;
        lane.leaders += usize::from(lead);
        lead.then(|| Lead { lanes: self.clone(), id, over: false })
    }

    /// Returns how many commands wait.
    pub(super) fn waiting(&self) -> usize {
        self.lanes.lock().values().map(|lane| lane.waiting.len()).sum()
    }
}

/// Leads a lane: takes jobs until nothing is left. Lost in between, the lane is free for another.
pub(super) struct Lead {
    lanes: Lanes,
    id: LaneId,
    over: bool,
}

impl Lead {
    /// Takes what goes into one transaction; `None` ends the lead.
    pub(super) fn take(&mut self) -> Option<Vec<Box<dyn Job>>> {
        let mut lanes = self.lanes.lanes.lock();
        let lane = lanes.get_mut(&self.id)?;
        if lane.waiting.is_empty() {
            self.over = true;
            leave(&mut lanes, self.id);
            return None;
        }
        let mut taken = take(&mut lane.waiting);
        drop(lanes);
        taken.sort_by_key(|job| job.order());
        Some(taken)
    }
}

impl Drop for Lead {
    fn drop(&mut self) {
        if !self.over {
            leave(&mut self.lanes.lanes.lock(), self.id);
        }
    }
}

fn leave(lanes: &mut HashMap<LaneId, Lane>, id: LaneId) {
    let Some(lane) = lanes.get_mut(&id) else { return };
    lane.leaders = lane.leaders.saturating_sub(1);
    if lane.leaders == 0 && lane.waiting.is_empty() {
        lanes.remove(&id);
    }
}

fn take(waiting: &mut VecDeque<Box<dyn Job>>) -> Vec<Box<dyn Job>> {
    let (mut taken, mut left) = (Vec::new(), VecDeque::new());
    let (mut keys, mut subjects) = (HashSet::new(), HashSet::new());
    while taken.len() < TOGETHER_MAX
        && let Some(job) = waiting.pop_front()
    {
        // The second of two with one key, or about one thread, has to find what the first one left
        // behind, events included, which have their places only at the end.
        let first = job.about().is_none_or(|about| subjects.insert(about))
            && job.key().is_none_or(|keyed| keys.insert((keyed.actor, keyed.key)));
        if first {
            taken.push(job);
        } else {
            left.push_back(job);
        }
    }
    left.append(waiting);
    *waiting = left;
    taken
}
