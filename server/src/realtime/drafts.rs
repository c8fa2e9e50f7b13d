//! Who has which draft open, on all nodes, and how far each draft is. Each node owns what its
//! connections do and tells the others all of it; what is typed comes from Postgres.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use protocol::{
    drafts::{Caret, DraftPerson},
    ids::{ConnectionId, InboxId, NodeId, ThreadId},
    limits::DRAFT_CLIENTS_MAX,
    owners::Assignment,
};
use tokio::sync::Notify;

use super::{feed::Waiting, feeds::Feeds};
use crate::{
    bus::{handle::Bus, hint::Hint},
    clock::Clock,
    shutdown::Shutdown,
    store::{
        drafts::{self, Place},
        error::StoreError,
        pool::Store,
    },
};

/// How often Postgres is asked for drafts that are open: the longest that a lost hint can cost, and that
/// a draft is heard after its thread went out of sight.
const POLL: Duration = Duration::from_millis(500);
/// Every so many polls the other nodes are told who is here.
const TELL_EVERY: u32 = 8;
/// People of a node that is not heard for this long are gone.
const SILENT: Duration = Duration::from_secs(12);

/// The drafts that are open.
#[derive(Clone)]
pub struct Drafts {
    feeds: Feeds,
    bus: Bus,
    rooms: Arc<Mutex<HashMap<ThreadId, Room>>>,
}

struct Room {
    place: Place,
    /// Grows with each change of who is here.
    people_version: u64,
    here: BTreeMap<ConnectionId, (DraftPerson, Arc<Notify>)>,
    elsewhere: BTreeMap<NodeId, (Instant, Vec<DraftPerson>)>,
    /// Keeps this node listening to the inbox's hints.
    _listening: Option<Waiting>,
}

/// What a connection sees of a room.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// Where the draft is, and its version.
    pub place: Place,
    /// The version of who is there.
    pub people_version: u64,
}

impl Room {
    fn wake(&self) {
        for (_person, wake) in self.here.values() {
            wake.notify_one();
        }
    }

    fn changed(&mut self) {
        self.people_version += 1;
        self.wake();
    }
}

impl Drafts {
    /// Starts.
    pub fn start(
        feeds: Feeds,
        bus: Bus,
        store: Store,
        (clock, shutdown): (Clock, &Shutdown),
    ) -> Self {
        let drafts = Self { feeds, bus, rooms: Arc::default() };
        let (polling, ending) = (drafts.clone(), shutdown.clone());
        shutdown.spawn("drafts", async move {
            let mut ticks = tokio::time::interval(POLL);
            ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
            let mut count = 0_u32;
            loop {
                tokio::select! {
                    _ = ticks.tick() => {}
                    () = ending.cancelled() => return,
                }
                count = count.wrapping_add(1);
                if let Err(error) = polling.poll(&store).await {
                    tracing::warn!(error = %error, "the open drafts could not be looked up");
                }
                polling.sweep(clock.instant(), count.is_multiple_of(TELL_EVERY));
            }
        });
        drafts
    }

    /// Opens a draft on a connection; `false` if too many have it open.
    pub async fn open(
        &self,
        thread: ThreadId,
        place: Place,
        (person, wake): (DraftPerson, Arc<Notify>),
    ) -> Result<bool, StoreError> {
        // The other nodes' hints come with those of the inbox.
        let feed = self.feeds.follow(place.inbox_id.into()).await?;
        let mut rooms = self.rooms.lock();
        let room = rooms.entry(thread).or_insert_with(|| Room {
            place,
            people_version: 0,
            here: BTreeMap::new(),
            elsewhere: BTreeMap::new(),
            _listening: feed.map(|feed| feed.wait(Arc::new(Notify::new()))),
        });
        let known = room.here.contains_key(&person.connection_id);
        if !known && room.here.len() >= DRAFT_CLIENTS_MAX {
            return Ok(false);
        }
        room.here.insert(person.connection_id, (person, wake));
        room.changed();
        self.tell(thread, room, true);
        Ok(true)
    }

    /// Closes a draft on a connection.
    pub fn close(&self, thread: ThreadId, connection: ConnectionId) {
        let mut rooms = self.rooms.lock();
        let Some(room) = rooms.get_mut(&thread) else { return };
        if room.here.remove(&connection).is_none() {
            return;
        }
        room.changed();
        self.tell(thread, room, false);
        if room.here.is_empty() {
            rooms.remove(&thread);
        }
    }

    /// Notes where somebody's caret is.
    pub fn move_caret(&self, thread: ThreadId, connection: ConnectionId, caret: Option<Caret>) {
        let mut rooms = self.rooms.lock();
        let Some(room) = rooms.get_mut(&thread) else { return };
        match room.here.get_mut(&connection) {
            Some((person, _wake)) if person.cursor != caret => person.cursor = caret,
            _ => return,
        }
        room.changed();
        self.tell(thread, room, false);
    }

    /// Returns how far a draft is.
    pub fn look(&self, thread: ThreadId) -> Option<Look> {
        let rooms = self.rooms.lock();
        let Room { place, people_version, .. } = rooms.get(&thread)?;
        Some(Look { place: *place, people_version: *people_version })
    }

    /// Returns who has a draft open, but for one connection.
    pub fn people(&self, thread: ThreadId, but: ConnectionId) -> Vec<DraftPerson> {
        let rooms = self.rooms.lock();
        let Some(room) = rooms.get(&thread) else { return Vec::new() };
        let here = room.here.values().map(|(person, _wake)| person);
        let elsewhere = room.elsewhere.values().flat_map(|(_heard, people)| people);
        here.chain(elsewhere).filter(|person| person.connection_id != but).cloned().collect()
    }

    /// Hears that something has happened to a draft.
    pub(super) fn grown(&self, thread: ThreadId, version: u64) {
        if let Some(room) = self.rooms.lock().get_mut(&thread)
            && room.place.version < version
        {
            room.place.version = version;
            room.wake();
        }
    }

    /// Hears who has a draft open on another node.
    pub(super) fn hear(
        &self,
        (thread, node): (ThreadId, NodeId),
        mut people: Vec<DraftPerson>,
        ask: bool,
        now: Instant,
    ) {
        let mut rooms = self.rooms.lock();
        let Some(room) = rooms.get_mut(&thread).filter(|_room| node != self.bus.node()) else {
            return;
        };
        people.truncate(DRAFT_CLIENTS_MAX);
        let known = room.elsewhere.get(&node).map_or(&[][..], |(_heard, people)| people);
        let news = known != people;
        if people.is_empty() {
            room.elsewhere.remove(&node);
        } else {
            room.elsewhere.insert(node, (now, people));
        }
        if news {
            room.changed();
        }
        if ask {
            self.tell(thread, room, false);
        }
    }

    /// Tells the other nodes who is here.
    fn tell(&self, thread: ThreadId, room: &Room, ask: bool) {
        if !self.bus.is_shared() {
            return;
        }
        let people = room.here.values().map(|(person, _wake)| person.clone()).collect();
        let (inbox, node): (InboxId, NodeId) = (room.place.inbox_id, self.bus.node());
        self.bus.tell_hint(Hint::DraftPeople { inbox, thread, node, ask, people });
    }

    async fn poll(&self, store: &Store) -> Result<(), StoreError> {
        let threads: Vec<ThreadId> = self.rooms.lock().keys().copied().collect();
        if threads.is_empty() {
            return Ok(());
        }
        let places = drafts::places(store, &threads).await?;
        let mut rooms = self.rooms.lock();
        for (thread, now) in places {
            let Some(room) = rooms.get_mut(&thread) else { continue };
            let owner: fn(&Place) -> (Assignment, bool) = |it| (it.owner, it.merged);
            let version = now.version.max(room.place.version);
            if owner(&now) != owner(&room.place) || version != room.place.version {
                room.place = Place { version, ..now };
                room.wake();
            }
        }
        Ok(())
    }

    fn sweep(&self, now: Instant, tell: bool) {
        let mut rooms = self.rooms.lock();
        for (thread, room) in rooms.iter_mut() {
            let before = room.elsewhere.len();
            room.elsewhere
                .retain(|_node, (heard, _people)| now.saturating_duration_since(*heard) < SILENT);
            if room.elsewhere.len() != before {
                room.changed();
            }
            if tell {
                self.tell(*thread, room, false);
            }
        }
    }
}
