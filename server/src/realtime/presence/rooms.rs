//! Threads with somebody in them, from whatever node.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    time::{Duration, Instant},
};

use protocol::{
    ids::{AgentId, InboxId, NodeId, ThreadId},
    limits::TYPING_TTL_MS,
    owners::Assignment,
};

use crate::{bus::presence::ThreadState, realtime::signals::Around};

/// A thread with somebody in it.
#[derive(Debug)]
pub(super) struct Room {
    pub(super) inbox: InboxId,
    pub(super) owner: Assignment,
    /// Who is in it, by node, and whether they type.
    people: BTreeMap<(AgentId, NodeId), bool>,
    contact_typing_until: Option<Instant>,
}

/// All such threads.
#[derive(Debug, Default)]
pub(super) struct Rooms {
    rooms: HashMap<ThreadId, Room>,
}

impl Rooms {
    /// Moves an agent of a node from what it did to what it does; returns the threads.
    pub(super) fn change(
        &mut self,
        node: NodeId,
        agent: AgentId,
        before: &[ThreadState],
        now: &[ThreadState],
    ) -> BTreeSet<ThreadId> {
        let mut changed = BTreeSet::new();
        for left in before {
            if let Some(room) = self.rooms.get_mut(&left.thread)
                && room.people.remove(&(agent, node)).is_some()
            {
                changed.insert(left.thread);
            }
        }
        for it in now {
            let room = self.room(it.thread, it.inbox, it.owner);
            room.owner = it.owner;
            room.people.insert((agent, node), it.typing);
            changed.insert(it.thread);
        }
        changed
    }

    /// Notes that the customer types.
    pub(super) fn contact_types(
        &mut self,
        thread: ThreadId,
        inbox: InboxId,
        owner: Assignment,
        now: Instant,
    ) {
        let room = self.room(thread, inbox, owner);
        room.contact_typing_until = Some(now + Duration::from_millis(TYPING_TTL_MS));
    }

    /// Notes that the customer has stopped.
    pub(super) fn contact_stops(&mut self, thread: ThreadId) -> bool {
        self.rooms.get_mut(&thread).is_some_and(|room| room.contact_typing_until.take().is_some())
    }

    /// Ends what is over; returns the threads.
    pub(super) fn sweep(&mut self, now: Instant) -> Vec<ThreadId> {
        let mut changed = Vec::new();
        for (thread, room) in &mut self.rooms {
            if room.contact_typing_until.is_some_and(|until| until <= now) {
                room.contact_typing_until = None;
                changed.push(*thread);
            }
        }
        changed
    }

    /// Returns what goes on around a thread, and forgets the thread where that is nothing.
    pub(super) fn around(
        &mut self,
        thread: ThreadId,
        stale: impl Fn(NodeId) -> bool,
    ) -> Option<(InboxId, Assignment, Around)> {
        let room = self.rooms.get(&thread)?;
        let mut around =
            Around { contact_typing: room.contact_typing_until.is_some(), ..Around::default() };
        let mut fresh = BTreeSet::new();
        for ((agent, node), typing) in &room.people {
            if around.viewing.last() != Some(agent) {
                around.viewing.push(*agent);
            }
            if *typing && around.typing.last() != Some(agent) {
                around.typing.push(*agent);
            }
            if !stale(*node) {
                fresh.insert(*agent);
            }
        }
        around.stale =
            around.viewing.iter().copied().filter(|agent| !fresh.contains(agent)).collect();
        let (inbox, owner) = (room.inbox, room.owner);
        if room.people.is_empty() && room.contact_typing_until.is_none() {
            self.rooms.remove(&thread);
        }
        Some((inbox, owner, around))
    }

    /// Returns the threads of an inbox that have somebody in them.
    pub(super) fn of_inbox(&self, inbox: InboxId) -> Vec<ThreadId> {
        let ours = self.rooms.iter().filter(|(_thread, room)| room.inbox == inbox);
        ours.map(|(thread, _room)| *thread).collect()
    }

    fn room(&mut self, thread: ThreadId, inbox: InboxId, owner: Assignment) -> &mut Room {
        self.rooms.entry(thread).or_insert_with(|| Room {
            inbox,
            owner,
            people: BTreeMap::new(),
            contact_typing_until: None,
        })
    }
}
