//! One virtual agent's desk: what it knows over all its connections.

use std::{
    collections::{BTreeMap, HashMap},
    rc::Rc,
};

use tokio::time::Instant;

use super::frames::Shown;
use crate::check::reader::Reader;

/// A desk.
#[derive(Debug)]
pub(crate) struct Seat {
    /// As a report names it.
    pub(crate) name: String,
    /// Which login it uses.
    pub(crate) login: usize,
    /// The number of its agent.
    pub(crate) agent: u32,
    /// The streams that it follows.
    pub(crate) follows: Vec<Follow>,
    /// Connected, and told everything up to the end of every stream.
    pub(crate) live: bool,
    pub(crate) connected: bool,
    /// Reads nothing, on purpose.
    pub(crate) stalled: bool,
    /// Its figures count again from events that were stamped after this.
    pub(crate) healthy_from: u64,
    /// Has ended for good.
    pub(crate) gone: Option<String>,
    /// Who it was told is viewing and typing.
    pub(crate) shown: HashMap<u32, Rc<Shown>>,
    /// Commands without a final answer.
    pub(crate) pending: BTreeMap<u32, Pending>,
    /// Reply locks that it holds.
    pub(crate) tokens: HashMap<u32, u64>,
}

/// A stream that a desk follows.
#[derive(Debug)]
pub(crate) struct Follow {
    /// The number of the stream.
    pub(crate) stream: u32,
    pub(crate) sees_all: bool,
    pub(crate) reader: Reader,
    /// Where to go on from.
    pub(crate) cursor: Option<Rc<str>>,
    /// The end of the stream when it was subscribed; live from there.
    pub(crate) head: u64,
    pub(crate) subscribed: bool,
}

/// A command without a final answer.
#[derive(Debug)]
pub(crate) struct Pending {
    /// As it is sent, and sent again.
    pub(crate) frame: Rc<str>,
    /// When it was due, in microseconds since the epoch.
    pub(crate) due: u64,
    /// When it was really sent; 0 if not yet.
    pub(crate) sent: u64,
    pub(crate) tries: u32,
    /// When to try again after an answer that passes.
    pub(crate) again: Option<Instant>,
}

impl Seat {
    /// Returns how it follows a stream.
    pub(crate) fn follow(&mut self, stream: u32) -> Option<&mut Follow> {
        self.follows.iter_mut().find(|it| it.stream == stream)
    }

    /// Where it is in a stream.
    pub(crate) fn place(&self, stream: u32) -> u64 {
        let follow = self.follows.iter().find(|it| it.stream == stream);
        follow.and_then(|it| it.reader.place()).unwrap_or_default()
    }

    /// Says whether it has arrived at the end of every stream as it was when it subscribed.
    pub(crate) fn caught_up(&self) -> bool {
        let arrived = |it: &Follow| it.subscribed && it.reader.place() >= Some(it.head);
        self.follows.iter().all(arrived)
    }
}
