//! One connection's place in one feed. It owns no queue: it pulls what is behind it, from the ring
//! or, further back, from Postgres, and so live delivery, resume and slow readers are one mechanism.

use std::{collections::BTreeMap, sync::Arc};

use protocol::{
    events::{Event, EventBody, ThreadGone},
    frames::{ResetReason, ServerFrame, SignalsFrame},
    ids::ThreadId,
    limits::FRAME_EVENTS_MAX,
    views::{ActorView, ThreadView},
};
use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::{
    encode,
    feed::{self, Feed, Waiting},
    line::Line,
    live::{Live, Place, count},
    pages::Pages,
    ring::Entry,
};
use crate::{
    domain::{
        cursor::{HashPrefix, Position},
        fact::Fact,
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
    live: Arc<Live>,
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

impl Drop for Reader {
    fn drop(&mut self) {
        self.live.end();
    }
}

impl Reader {
    /// Makes a reader that goes on from a place.
    pub fn new(
        feed: Arc<Feed>,
        sight: Sight,
        rights_version: i64,
        from: (u64, HashPrefix),
        events_max: u64,
        (waiting, outlet): (Waiting, Arc<Line>),
    ) -> Self {
        let (at, hash) = from;
        let live = Arc::new(Live::new(outlet, rights_version, at, hash));
        if sight.is_plain() {
            waiting.serve(&live);
        }
        Self { feed, sight, live, signals_seen: None, events_max, _waiting: waiting }
    }

    /// Returns where the reader is.
    pub fn position(&self) -> Position {
        let Place { at: seq, hash, .. } = self.live.place();
        let rights_version = self.live.rights_version;
        Position { epoch: self.feed.epoch, seq, hash, rights_version }
    }

    /// Returns the feed.
    pub fn feed(&self) -> &Arc<Feed> {
        &self.feed
    }

    /// Pulls the next frame. Signals come when the reader is live: they are skipped under pressure,
    /// and what is true then follows. The line is closed meanwhile.
    pub async fn pull(&mut self, pages: &Pages) -> Result<Pulled, StoreError> {
        loop {
            if let Some(text) = self.shared() {
                return Ok(Pulled::Frame(text));
            }
            let (head, at) = (self.feed.head(), self.live.place().at);
            if at >= head {
                return Ok(self.signals());
            }
            if head - at > self.events_max {
                return Ok(Pulled::Reset(ResetReason::TooFar));
            }
            let entries = match self.feed.recent(at, FRAME_EVENTS_MAX) {
                Some(entries) => entries,
                // Rare, and larger than all else that an idle connection keeps: not inline.
                None => Box::pin(self.older(pages, at)).await?,
            };
            if entries.first().is_none_or(|entry| entry.seq != at + 1) {
                return Ok(Pulled::Reset(ResetReason::BelowFloor));
            }
            if let Some(frame) = self.frame(pages, &entries).await? {
                return Ok(Pulled::Frame(frame));
            }
        }
    }

    /// Takes the frame that another reader at the same place has made: what nearly all readers do.
    fn shared(&mut self) -> Option<Utf8Bytes> {
        let Place { at, sent, .. } = self.live.place();
        if !self.sight.is_plain() || at != sent {
            return None;
        }
        let frame = self.feed.shared_frame(sent, self.live.rights_version)?;
        self.live.move_to(Place { at: frame.to, hash: frame.hash, sent: frame.to });
        count(frame.events);
        Some(frame.text)
    }

    async fn older(&self, pages: &Pages, at: u64) -> Result<Vec<Arc<Entry>>, StoreError> {
        let page = pages.after(self.feed.stream, at).await?;
        let theirs = |stored: &events::StoredEvent| {
            // A replay leaves out what the reader may not see now.
            stored.thread.is_none_or(|(_thread, audience, now)| {
                let gone = matches!(stored.fact, Some(Fact::ThreadMerged { .. }));
                gone || audience.before != audience.after || self.sight.sees(now)
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
        let entries = encode::fitting(entries);
        let Some(last) = entries.last() else { return Ok(None) };
        let me = self.sight.agent_id;
        let prev = self.live.place().sent;
        let (at, hash) = (last.seq, last.hash);
        if self.sight.is_plain() && feed::is_plain(prev, entries) {
            self.live.move_to(Place { at, hash, sent: at });
            let frame = self.feed.share(prev, self.live.rights_version, entries);
            return Ok(frame.map(|frame| {
                count(frame.events);
                frame.text
            }));
        }
        self.live.move_to(Place { at, hash, sent: prev });
        let whole = self.whole(pages, entries).await?;
        let mut pieces = Vec::with_capacity(entries.len());
        for entry in entries {
            if entry.private_to.is_some_and(|agent| agent != me) {
                continue;
            }
            pieces.extend(self.piece(entry, &whole));
        }
        if pieces.is_empty() && at - prev < UNSEEN_MAX {
            return Ok(None);
        }
        self.live.move_to(Place { at, hash, sent: at });
        count(pieces.len());
        let events = pieces.iter().map(|piece| match piece {
            Piece::Shared(json) => json,
            Piece::Own(json) => json.as_str(),
        });
        let cursor = self.position().encode();
        Ok(Some(encode::batch(self.feed.stream, prev, at, &cursor, events)))
    }

    fn told(&self, entry: &Entry) -> Option<(ThreadId, Told)> {
        let (thread, audience) = entry.thread?;
        if entry.merged_into.is_some() {
            // Whoever has it forgets it, whatever became of the other one since.
            let told = match (self.sight.sees(audience.before), self.sight.sees(audience.after)) {
                (true, true) => Told::Event,
                (true, false) => Told::Gone,
                (false, _) => Told::Nothing,
            };
            return Some((thread, told));
        }
        let now = self.feed.ring(|ring| ring.owner(thread));
        let now = now.unwrap_or(audience.after);
        let told = self.sight.told(audience, now);
        Some((thread, if entry.whole && told == Told::Event { Told::Whole } else { told }))
    }

    fn piece<'a>(
        &self,
        entry: &'a Entry,
        whole: &BTreeMap<ThreadId, ThreadView>,
    ) -> Option<Piece<'a>> {
        let json = match &entry.masked {
            Some(masked) if self.sight.is_masked() => masked,
            _ => &entry.json,
        };
        let shared = || (!json.is_empty()).then_some(Piece::Shared(json));
        // What is about the inbox itself is told to all of its members.
        let Some((thread_id, told)) = self.told(entry) else { return shared() };
        let own = |body, at| {
            let thread_id = Some(thread_id);
            let event = Event { seq: entry.seq, at, actor: ActorView::System, thread_id, body };
            Piece::Own(encode::event(&event))
        };
        match told {
            Told::Nothing => None,
            Told::Event => shared(),
            Told::Gone => {
                let at =
                    serde_json::from_str::<Event>(&entry.json).map(|e| e.at).unwrap_or_default();
                Some(own(EventBody::ThreadGone(ThreadGone { merged_into: None }), at))
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
        let mut views = Box::pin(views::whole(&pages.store, &wanted, &self.sight)).await?;
        views.retain(|_thread, view| self.sight.sees(views::owner(view)));
        Ok(views)
    }

    fn signals(&mut self) -> Pulled {
        let (version, told) = self.feed.signals(|signals| {
            let version = signals.version();
            // Most wakes are for events.
            let news = self.signals_seen != Some(version);
            (version, news.then(|| signals.since(self.signals_seen, &self.sight)).flatten())
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
