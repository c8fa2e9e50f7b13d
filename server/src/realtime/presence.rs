//! Who views and types, by the connections of this node. Shown per agent, however many tabs.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use protocol::{
    ids::{AgentId, ConnectionId, InboxId, ThreadId},
    limits::TYPING_TTL_MS,
    signals::Activity,
};

use super::{feeds::Feeds, ring::Owner};

/// Viewing ends this long after the last signal: clients repeat it every 20 seconds.
const VIEWING_TTL: Duration = Duration::from_mins(1);
/// Most threads that one connection is shown in.
const THREADS_MAX: usize = 16;

/// What one connection does with one thread.
#[derive(Debug, Clone, Copy)]
struct Entry {
    agent: AgentId,
    typing_until: Option<Instant>,
    viewing_until: Instant,
}

/// A thread with somebody in it.
#[derive(Debug)]
struct Room {
    inbox: InboxId,
    entries: HashMap<ConnectionId, Entry>,
}

/// Who views and types on this node.
#[derive(Clone)]
pub struct Presence {
    feeds: Feeds,
    rooms: Arc<Mutex<HashMap<ThreadId, Room>>>,
}

/// A thread, as a signal is about it.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// The thread.
    pub thread: ThreadId,
    /// Its inbox.
    pub inbox: InboxId,
    /// Who owns it.
    pub assignee: Option<AgentId>,
}

impl Presence {
    /// Makes an empty one.
    pub fn new(feeds: Feeds) -> Self {
        Self { feeds, rooms: Arc::default() }
    }

    /// Notes what an agent does on one connection.
    pub fn signal(
        &self,
        connection: ConnectionId,
        agent: AgentId,
        place: Place,
        activity: Activity,
        now: Instant,
    ) {
        let mut rooms = self.rooms.lock();
        let elsewhere = rooms.values().filter(|r| r.entries.contains_key(&connection)).count();
        let room = rooms
            .entry(place.thread)
            .or_insert_with(|| Room { inbox: place.inbox, entries: HashMap::new() });
        match activity {
            Activity::Idle => {
                room.entries.remove(&connection);
            }
            Activity::Viewing | Activity::Typing => {
                if elsewhere >= THREADS_MAX && !room.entries.contains_key(&connection) {
                    return;
                }
                let typing = activity == Activity::Typing;
                let entry = Entry {
                    agent,
                    typing_until: typing.then(|| now + Duration::from_millis(TYPING_TTL_MS)),
                    viewing_until: now + VIEWING_TTL,
                };
                room.entries.insert(connection, entry);
            }
        }
        self.show(place.thread, room, Some(Owner(place.assignee)));
        if room.entries.is_empty() {
            rooms.remove(&place.thread);
        }
    }

    /// Forgets a connection.
    pub fn leave(&self, connection: ConnectionId) {
        let mut rooms = self.rooms.lock();
        rooms.retain(|thread, room| {
            if room.entries.remove(&connection).is_some() {
                self.show(*thread, room, None);
            }
            !room.entries.is_empty()
        });
    }

    /// Ends what was not renewed.
    pub fn sweep(&self, now: Instant) {
        let mut rooms = self.rooms.lock();
        rooms.retain(|thread, room| {
            let before = room.entries.len();
            room.entries.retain(|_connection, entry| entry.viewing_until > now);
            let mut changed = room.entries.len() != before;
            for entry in room.entries.values_mut() {
                if entry.typing_until.is_some_and(|until| until <= now) {
                    entry.typing_until = None;
                    changed = true;
                }
            }
            if changed {
                self.show(*thread, room, None);
            }
            !room.entries.is_empty()
        });
    }

    fn show(&self, thread: ThreadId, room: &Room, looked_up: Option<Owner>) {
        let Some(feed) = self.feeds.get(room.inbox.into()) else { return };
        let agents = |typing: bool| {
            let found = room.entries.values().filter(|e| !typing || e.typing_until.is_some());
            found.map(|entry| entry.agent).collect::<BTreeSet<_>>().into_iter().collect()
        };
        // An event that the feed has already seen knows the owner better than a look-up before it.
        let owner = looked_up.map(|owner| feed.ring(|ring| ring.owner(thread)).unwrap_or(owner));
        feed.change_signals(|signals| {
            signals.set_presence(thread, owner, agents(false), agents(true))
        });
    }
}
