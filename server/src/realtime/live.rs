//! Where a reader is, shared with its feed: a reader that is live is served by the feed's own task.

use std::sync::Arc;

use bytes::Bytes;
use parking_lot::Mutex;

use super::{
    feed::SharedFrame,
    line::{Line, Written},
};
use crate::{domain::cursor::HashPrefix, telemetry::metrics::all::metrics};

/// A reader's place in its feed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// How far it has read.
    pub(super) at: u64,
    /// The hash there.
    pub(super) hash: HashPrefix,
    /// The `to` of the last frame: the next one's `prev`.
    pub(super) sent: u64,
}

/// What a reader and its feed both know. While the line is open, the feed moves the place on; while
/// it is closed, the reader does.
pub(super) struct Live {
    pub(super) rights_version: i64,
    line: Arc<Line>,
    place: Mutex<Place>,
}

/// What came of a frame that was for a reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Delivered {
    /// It went out.
    Whole,
    /// It went out in part; the connection's task has to be woken for the rest.
    Begun,
    /// It has it already, or is gone.
    Known,
    /// The connection's task has to be woken to pull it.
    Not,
}

impl Live {
    /// Begins at a place.
    pub(super) fn new(line: Arc<Line>, rights_version: i64, at: u64, hash: HashPrefix) -> Self {
        Self { rights_version, line, place: Mutex::new(Place { at, hash, sent: at }) }
    }

    /// Returns where the reader is.
    pub(super) fn place(&self) -> Place {
        *self.place.lock()
    }

    /// Moves the reader on.
    pub(super) fn move_to(&self, place: Place) {
        *self.place.lock() = place;
    }

    /// Ends it: the feed may have it in its hands still, and must not write for it any more.
    pub(super) fn end(&self) {
        self.place.lock().at = u64::MAX;
    }

    /// Writes the next frame, if the reader waits for just this one. `message` is it as WebSocket
    /// sends it.
    pub(super) fn deliver(&self, frame: &SharedFrame, message: &Bytes) -> Delivered {
        let Some(mut turn) = self.line.turn() else { return Delivered::Not };
        let mut place = self.place.lock();
        if place.at >= frame.to {
            return Delivered::Known;
        }
        let fits = place.at == frame.prev
            && place.sent == frame.prev
            && self.rights_version == frame.rights_version;
        if !fits {
            return Delivered::Not;
        }
        let written = turn.write(message);
        if written != Written::Nothing {
            *place = Place { at: frame.to, hash: frame.hash, sent: frame.to };
            count(frame.events);
            metrics().flushes.inc();
            metrics().messages_flushed.inc();
        }
        match written {
            Written::All => Delivered::Whole,
            Written::Begun => Delivered::Begun,
            Written::Nothing => Delivered::Not,
        }
    }
}

/// Counts a frame with so many events.
pub(super) fn count(events: usize) {
    metrics().event_frames_delivered.inc();
    metrics().events_delivered.inc_by(u64::try_from(events).unwrap_or(u64::MAX));
}
