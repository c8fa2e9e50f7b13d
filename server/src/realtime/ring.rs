//! The last events of a stream, each encoded once, in bounded memory.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use protocol::{
    ids::{AgentId, NoteId, ThreadId},
    owners::Assignment,
};

use super::encode;
use crate::domain::{cursor::HashPrefix, visibility::Audience};

/// An event, ready to be put into frames.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its place.
    pub seq: u64,
    /// The first bytes of its hash.
    pub hash: HashPrefix,
    /// The thread, and who owned it before and after.
    pub thread: Option<(ThreadId, Audience)>,
    /// The only agent who is told.
    pub private_to: Option<AgentId>,
    /// Whether readers are told the whole thread instead.
    pub whole: bool,
    /// The thread that this one is a part of from here on.
    pub merged_into: Option<ThreadId>,
    /// The note that it has the words of.
    pub note: Option<NoteId>,
    /// The note whose words nobody is told from here on.
    pub unsaid: Option<NoteId>,
    /// The event as JSON; empty where clients are told nothing.
    pub json: Box<str>,
    /// The same for readers who see no addresses of customers, where that is something else.
    pub masked: Option<Box<str>>,
}

impl Entry {
    /// Returns how much memory its JSON takes.
    fn bytes(&self) -> usize {
        self.json.len() + self.masked.as_ref().map_or(0, |masked| masked.len())
    }
}

/// How much a ring holds.
#[derive(Debug, Clone, Copy)]
pub struct RingLimits {
    /// Most events.
    pub events_max: usize,
    /// Most bytes of JSON.
    pub bytes_max: usize,
}

/// The last events of a stream.
pub struct Ring {
    limits: RingLimits,
    entries: VecDeque<Arc<Entry>>,
    bytes: usize,
    /// Who owns the threads that occur in the ring, and in how many entries they do.
    owners: HashMap<ThreadId, (usize, Assignment)>,
    /// Which of them are parts of which.
    merged: HashMap<ThreadId, ThreadId>,
    head: u64,
    head_hash: HashPrefix,
}

impl Ring {
    /// Makes a ring that goes on from a place.
    pub fn new(head: u64, head_hash: HashPrefix, limits: RingLimits) -> Self {
        let (owners, merged) = (HashMap::new(), HashMap::new());
        Self { limits, entries: VecDeque::new(), bytes: 0, owners, merged, head, head_hash }
    }

    /// Returns the last place.
    pub fn head(&self) -> u64 {
        self.head
    }

    /// Returns how many bytes of JSON it holds.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Returns the hash at the last place.
    pub fn head_hash(&self) -> HashPrefix {
        self.head_hash
    }

    /// Adds the next event; says whether it was the next.
    pub fn push(&mut self, entry: Entry, owner_now: Assignment) -> bool {
        if entry.seq != self.head + 1 {
            return false;
        }
        if let Some(note) = entry.unsaid {
            self.unsay(note);
        }
        self.head = entry.seq;
        self.head_hash = entry.hash;
        self.bytes += entry.bytes();
        if let Some((thread, _audience)) = entry.thread {
            let owner = self.owners.entry(thread).or_insert((0, owner_now));
            *owner = (owner.0 + 1, owner_now);
            match entry.merged_into {
                Some(into) => drop(self.merged.insert(thread, into)),
                // Told whole, it stands for itself.
                None if entry.whole => drop(self.merged.remove(&thread)),
                None => {}
            }
        }
        self.entries.push_back(Arc::new(entry));
        while self.entries.len() > self.limits.events_max || self.bytes > self.limits.bytes_max {
            self.evict();
        }
        true
    }

    /// Takes the words of a note out, for those who come later.
    fn unsay(&mut self, note: NoteId) {
        for entry in self.entries.iter_mut().filter(|entry| entry.note == Some(note)) {
            let silent = Entry { json: encode::unsaid(&entry.json), ..Entry::clone(entry) };
            self.bytes = self.bytes - entry.bytes() + silent.bytes();
            *entry = Arc::new(silent);
        }
    }

    fn evict(&mut self) {
        let Some(gone) = self.entries.pop_front() else { return };
        self.bytes -= gone.bytes();
        if let Some((thread, _audience)) = gone.thread
            && let Some(owner) = self.owners.get_mut(&thread)
        {
            owner.0 -= 1;
            if owner.0 == 0 {
                self.owners.remove(&thread);
                self.merged.remove(&thread);
            }
        }
    }

    /// Returns up to `limit` events after a place; `None` where the ring no longer goes back so far.
    pub fn after(&self, seq: u64, limit: usize) -> Option<Vec<Arc<Entry>>> {
        let behind = usize::try_from(self.head.checked_sub(seq)?).ok()?;
        let skip = self.entries.len().checked_sub(behind)?;
        Some(self.entries.iter().skip(skip).take(limit).cloned().collect())
    }

    /// Returns who owns a thread that occurs in the ring, or what that is a part of, as of the last event.
    pub fn owner(&self, thread: ThreadId) -> Option<Assignment> {
        let root = self.merged.get(&thread).filter(|root| self.owners.contains_key(root));
        self.owners.get(root.unwrap_or(&thread)).map(|(_count, owner)| *owner)
    }

    /// Proves what holds between the fields; tests call it.
    pub fn check_invariants(&self) {
        assert_eq!(self.bytes, self.entries.iter().map(|entry| entry.json.len()).sum::<usize>());
        let with_thread = self.entries.iter().filter(|entry| entry.thread.is_some()).count();
        assert_eq!(with_thread, self.owners.values().map(|(count, _owner)| count).sum::<usize>());
        let seqs: Vec<u64> = self.entries.iter().map(|entry| entry.seq).collect();
        assert!(seqs.windows(2).all(|pair| matches!(pair, [a, b] if a + 1 == *b)));
        assert!(seqs.last().is_none_or(|last| *last == self.head));
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn entry(seq: u64) -> Entry {
        let thread = ThreadId::from(Uuid::from_u128(u128::from(seq % 3)));
        let audience = Audience::still(Assignment::default());
        Entry {
            seq,
            hash: seq.to_be_bytes(),
            thread: Some((thread, audience)),
            private_to: None,
            whole: false,
            merged_into: None,
            note: None,
            unsaid: None,
            json: "0123456789".into(),
            masked: None,
        }
    }

    #[test]
    fn a_ring_keeps_the_last_events_within_its_bounds() {
        let limits = RingLimits { events_max: 5, bytes_max: 40 };
        let mut ring = Ring::new(10, [0; 8], limits);
        assert!(!ring.push(entry(12), Assignment::default()), "a hole");
        for seq in 11..=30 {
            assert!(ring.push(entry(seq), Assignment::default()));
            assert!(!ring.push(entry(seq), Assignment::default()), "a repetition");
            ring.check_invariants();
        }
        let seqs = |after| {
            ring.after(after, 3).map(|found| found.iter().map(|e| e.seq).collect::<Vec<_>>())
        };
        assert_eq!(seqs(30), Some(vec![]));
        assert_eq!(seqs(28), Some(vec![29, 30]));
        assert_eq!(seqs(26), Some(vec![27, 28, 29]), "40 bytes are four events");
        assert_eq!(seqs(25), None, "gone");
        assert_eq!(seqs(31), None, "beyond the head");
        assert_eq!(ring.head_hash(), 30_u64.to_be_bytes());
    }
}
