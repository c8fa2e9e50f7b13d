//! One connection's place in one feed. It owns no queue: it pulls what is behind it, from the ring
//! or, further back, from Postgres, and so live delivery, resume and slow readers are one mechanism.

use std::{collections::BTreeMap, sync::Arc};

use protocol::{
    events::{Empty, Event, EventBody},
    frames::{ResetReason, ServerFrame, SignalsFrame},
    ids::{AgentId, ThreadId},
    limits::{FRAME_EVENTS_MAX, SERVER_FRAME_BYTES_MAX},
    views::{ActorView, ThreadView},
};
use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::{
    encode,
    feed::{Feed, SharedFrame, Waiting},
    pages::Pages,
    ring::{Entry, Owner},
};
use crate::{
    domain::{
        cursor::{HashPrefix, Position},
        visibility::{Sight, Told},
    },
    store::{error::StoreError, events, views},
    telemetry::metrics::all::metrics,
};

/// After this many events that the reader may not see, it gets an empty frame, so that its cursor
/// does not fall behind what is kept.
const UNSEEN_MAX: u64 = 1_000;

/// A connection's place in a feed.
pub struct Reader {
    feed: Arc<Feed>,
    sight: Sight,
    rights_version: i64,
    /// How far it has read.
    at: u64,
    hash: HashPrefix,
    /// The `to` of the last frame: the next one's `prev`.
    sent: u64,
    signals_seen: Option<u64>,
    events_max: u64,
    _waiting: Waiting,
}

/// What a reader pulled.
pub enum Pulled {
    /// A frame; there may be more.
    Frame(Utf8Bytes),
    /// Nothing: it is live.
    Nothing,
    /// It cannot go on.
    Reset(ResetReason),
}

/// What the reader is told of an event.
enum Piece<'a> {
    Shared(&'a str),
    Own(String),
}

impl Reader {
    /// Makes a reader that goes on from a place.
    pub fn new(
        feed: Arc<Feed>,
        sight: Sight,
        rights_version: i64,
        from: (u64, HashPrefix),
        events_max: u64,
        waiting: Waiting,
    ) -> Self {
        let (at, hash) = from;
        Self {
            feed,
            sight,
            rights_version,
            at,
            hash,
            sent: at,
            signals_seen: None,
            events_max,
            _waiting: waiting,
        }
    }

    /// Returns where the reader is.
    pub fn position(&self) -> Position {
        Position {
            epoch: self.feed.epoch,
            seq: self.at,
            hash: self.hash,
            rights_version: self.rights_version,
        }
    }

    /// Returns the feed.
    pub fn feed(&self) -> &Arc<Feed> {
        &self.feed
    }

    /// Pulls the next frame. Signals come when the reader is live: they are skipped under pressure,
    /// and what is true then follows.
    pub async fn pull(&mut self, pages: &Pages) -> Result<Pulled, StoreError> {
        loop {
            if let Some(text) = self.shared() {
                return Ok(Pulled::Frame(text));
            }
            let head = self.feed.head();
            if self.at >= head {
                return Ok(self.signals());
            }
            if head - self.at > self.events_max {
                return Ok(Pulled::Reset(ResetReason::TooFar));
            }
            let entries = match self.feed.recent(self.at, FRAME_EVENTS_MAX) {
                Some(entries) => entries,
                // Rare, and larger than all else that an idle connection keeps: not inline.
                None => Box::pin(self.older(pages)).await?,
            };
            if entries.first().is_none_or(|entry| entry.seq != self.at + 1) {
                return Ok(Pulled::Reset(ResetReason::BelowFloor));
            }
            if let Some(frame) = self.frame(pages, &entries).await? {
                return Ok(Pulled::Frame(frame));
            }
        }
    }

    /// Takes the frame that another reader at the same place has made: what nearly all readers do.
    fn shared(&mut self) -> Option<Utf8Bytes> {
        if !self.sight.all() || self.at != self.sent {
            return None;
        }
        let frame = self.feed.shared_frame(self.sent, self.rights_version)?;
        (self.at, self.hash, self.sent) = (frame.to, frame.hash, frame.to);
        count(frame.events);
        Some(frame.text)
    }

    async fn older(&self, pages: &Pages) -> Result<Vec<Arc<Entry>>, StoreError> {
        let page = pages.after(self.feed.stream, self.at).await?;
        let theirs = |stored: &events::StoredEvent| {
            // A replay leaves out what the reader may not see now.
            stored.thread.is_none_or(|(_thread, audience, now)| {
                audience.before != audience.after || self.sight.sees(now)
            })
        };
        Ok(page
            .iter()
            .map(|(stored, told)| {
                let told = told.as_ref().filter(|_event| theirs(stored));
                Arc::new(encode::entry(stored, told))
            })
            .collect())
    }

    /// Makes the frame for these events and moves on; `None` where the reader is told nothing yet.
    async fn frame(
        &mut self,
        pages: &Pages,
        entries: &[Arc<Entry>],
    ) -> Result<Option<Utf8Bytes>, StoreError> {
        let entries = fitting(entries);
        let Some(last) = entries.last() else { return Ok(None) };
        let me = self.sight.agent_id;
        let prev = self.sent;
        self.at = last.seq;
        self.hash = last.hash;
        let cursor = self.position().encode();
        let plain = self.sight.all()
            && prev + 1 == entries.first().map_or(0, |entry| entry.seq)
            && entries.iter().all(|entry| entry.private_to.is_none());
        if plain {
            self.sent = self.at;
            let events_count = entries.iter().filter(|entry| !entry.json.is_empty()).count();
            count(events_count);
            let events = entries.iter().map(|entry| &*entry.json).filter(|json| !json.is_empty());
            let text = encode::batch(self.feed.stream, prev, self.at, &cursor, events);
            let (to, hash, rights_version) = (self.at, self.hash, self.rights_version);
            self.feed.share(SharedFrame {
                prev,
                rights_version,
                to,
                hash,
                events: events_count,
                text: text.clone(),
            });
            return Ok(Some(text));
        }
        let whole = self.whole(pages, entries).await?;
        let mut pieces = Vec::with_capacity(entries.len());
        for entry in entries {
            if entry.private_to.is_some_and(|agent| agent != me) {
                continue;
            }
            pieces.extend(self.piece(entry, &whole));
        }
        if pieces.is_empty() && self.at - prev < UNSEEN_MAX {
            return Ok(None);
        }
        self.sent = self.at;
        count(pieces.len());
        let events = pieces.iter().map(|piece| match piece {
            Piece::Shared(json) => json,
            Piece::Own(json) => json.as_str(),
        });
        Ok(Some(encode::batch(self.feed.stream, prev, self.at, &cursor, events)))
    }

    fn told(&self, entry: &Entry) -> Option<(ThreadId, Told)> {
        let (thread, audience) = entry.thread?;
        let now = self.feed.ring(|ring| ring.owner(thread));
        let now = now.map_or(audience.after, |Owner(owner)| owner);
        Some((thread, self.sight.told(audience, now)))
    }

    fn piece<'a>(
        &self,
        entry: &'a Entry,
        whole: &BTreeMap<ThreadId, ThreadView>,
    ) -> Option<Piece<'a>> {
        let (thread_id, told) = self.told(entry)?;
        let own = |body, at| {
            let event = Event { seq: entry.seq, at, actor: ActorView::System, thread_id, body };
            Piece::Own(encode::event(&event))
        };
        match told {
            Told::Nothing => None,
            Told::Event => (!entry.json.is_empty()).then_some(Piece::Shared(&entry.json)),
            Told::Gone => {
                let at =
                    serde_json::from_str::<Event>(&entry.json).map(|e| e.at).unwrap_or_default();
                Some(own(EventBody::ThreadGone(Empty {}), at))
            }
            Told::Whole => {
                let view = whole.get(&thread_id)?;
                let at = view.preview.as_ref().map_or(view.created_at, |preview| preview.at);
                Some(own(EventBody::ThreadView(Box::new(view.clone())), at))
            }
        }
    }

    /// Loads the threads that come into sight in these events.
    async fn whole(
        &self,
        pages: &Pages,
        entries: &[Arc<Entry>],
    ) -> Result<BTreeMap<ThreadId, ThreadView>, StoreError> {
        let wanted: Vec<ThreadId> = entries
            .iter()
            .filter_map(|entry| self.told(entry))
            .filter(|(_thread, told)| *told == Told::Whole)
            .map(|(thread, _told)| thread)
            .collect();
        if wanted.is_empty() {
            return Ok(BTreeMap::new());
        }
        let me: AgentId = self.sight.agent_id;
        let mut views = Box::pin(views::whole(&pages.store, &wanted, me)).await?;
        views.retain(|_thread, view| self.sight.sees(view.assignee_id));
        Ok(views)
    }

    fn signals(&mut self) -> Pulled {
        let (version, told) = self.feed.signals(|signals| {
            let version = signals.version();
            // Most wakes are for events.
            let news = self.signals_seen != Some(version);
            (version, news.then(|| signals.since(self.signals_seen, self.sight)).flatten())
        });
        self.signals_seen = Some(version);
        match told {
            Some(told) => {
                metrics().signal_frames_delivered.inc();
                Pulled::Frame(encode::frame(&ServerFrame::Signals(SignalsFrame {
                    stream: self.feed.stream,
                    full: told.full,
                    threads: told.threads,
                })))
            }
            None => Pulled::Nothing,
        }
    }
}

/// Counts a frame with so many events.
fn count(events: usize) {
    metrics().event_frames_delivered.inc();
    metrics().events_delivered.inc_by(u64::try_from(events).unwrap_or(u64::MAX));
}

/// Returns as many events as fit into one frame, at least one.
fn fitting(entries: &[Arc<Entry>]) -> &[Arc<Entry>] {
    let mut bytes = 0;
    let count = entries
        .iter()
        .take_while(|entry| {
            bytes += entry.json.len() + 1;
            bytes <= SERVER_FRAME_BYTES_MAX
        })
        .count()
        .max(1);
    entries.get(..count).unwrap_or(entries)
}
