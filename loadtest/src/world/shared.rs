//! Everything that the tasks of a run share.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
};

use super::{
    clock::RunClock,
    crowd::Crowd,
    frames::FrameCache,
    seat::Seat,
    threads::{Threads, thread_name},
};
use crate::{
    check::{commands::Orders, findings::Findings, ghosts::Said, log::StreamLog, texts::Texts},
    measure::meter::Meter,
    scenario::file::Scenario,
};

/// An inbox that is followed.
#[derive(Debug)]
pub(crate) struct Stream {
    /// `str_…`.
    pub(crate) name: String,
    pub(crate) id: u128,
}

/// A run.
pub(crate) struct World {
    pub(crate) clock: RunClock,
    pub(crate) scenario: Scenario,
    /// Names this run in keys and texts.
    pub(crate) tag: String,
    pub(crate) streams: Vec<Stream>,
    pub(crate) seats: Vec<RefCell<Seat>>,
    /// Agents by their ids.
    pub(crate) agents: HashMap<u128, u32>,
    /// Those who are members of every inbox of the run.
    pub(crate) colleagues: Vec<u128>,
    /// When the measured part starts, in microseconds since the epoch.
    pub(crate) starts: Cell<u64>,
    pub(crate) meter: RefCell<Meter>,
    pub(crate) found: RefCell<Findings>,
    pub(crate) logs: RefCell<Vec<StreamLog>>,
    pub(crate) threads: RefCell<Threads>,
    pub(crate) crowd: RefCell<Crowd>,
    pub(crate) orders: RefCell<Orders>,
    pub(crate) texts: RefCell<Texts>,
    pub(crate) said: RefCell<Said>,
    pub(crate) cache: RefCell<FrameCache>,
    pub(crate) connected: Cell<u32>,
    pub(crate) connections: Cell<u64>,
    /// Customers who took the place of another, and have not written yet.
    pub(crate) newcomers: RefCell<Vec<u32>>,
    /// What a reader of the result should know.
    pub(crate) notes: RefCell<Vec<String>>,
}

impl World {
    /// Returns a desk.
    pub(crate) fn seat(&self, index: usize) -> &RefCell<Seat> {
        #[expect(clippy::indexing_slicing, reason = "desks are made before their tasks")]
        let seat = &self.seats[index];
        seat
    }

    /// Returns the number of a stream.
    pub(crate) fn stream(&self, name: &str) -> Option<u32> {
        let index = self.streams.iter().position(|it| it.name == name)?;
        u32::try_from(index).ok()
    }

    /// Returns the stream of a number.
    pub(crate) fn stream_name(&self, stream: u32) -> &str {
        let found = usize::try_from(stream).ok().and_then(|it| self.streams.get(it));
        found.map(|it| it.name.as_str()).unwrap_or_default()
    }

    /// Returns a thread's id.
    pub(crate) fn thread_name(&self, thread: u32) -> String {
        self.threads.borrow().get(thread).map(|it| thread_name(it.id)).unwrap_or_default()
    }

    /// Returns the command that a key of this run names.
    pub(crate) fn order_of(&self, key: &str) -> Option<u32> {
        key.strip_prefix(&self.tag)?.strip_prefix('-')?.parse().ok()
    }

    /// Returns the number behind this run's mark at the end of a text.
    pub(crate) fn marked(&self, text: &str) -> Option<u32> {
        let (_before, mark) = text.rsplit_once('#')?;
        mark.strip_prefix(&self.tag)?.strip_prefix('.')?.parse().ok()
    }

    /// Adds a note, once.
    pub(crate) fn note(&self, text: String) {
        let mut notes = self.notes.borrow_mut();
        if notes.len() < 50 && !notes.contains(&text) {
            notes.push(text);
        }
    }
}
