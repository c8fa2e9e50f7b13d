//! The threads of a run, by number, and what is known of each.

use std::collections::HashMap;

use crate::check::replies::Replies;

/// A thread.
#[derive(Debug)]
pub(crate) struct Thread {
    pub(crate) id: u128,
    /// The number of its stream.
    pub(crate) stream: u32,
    /// Who owns it, as the newest event said.
    pub(crate) owner: Option<u128>,
    pub(crate) replies: Replies,
    /// Messages that the server itself reported as failed.
    pub(crate) failed: Vec<u128>,
    /// Of typing that nobody has seen yet: whose, and since when.
    pub(crate) typed: Option<(u32, u64)>,
}

/// All of them.
#[derive(Debug, Default)]
pub(crate) struct Threads {
    numbers: HashMap<u128, u32>,
    list: Vec<Thread>,
}

impl Threads {
    /// Returns the number of a thread, new or known.
    pub(crate) fn number(&mut self, id: u128, stream: u32) -> u32 {
        if let Some(number) = self.numbers.get(&id) {
            return *number;
        }
        let number = u32::try_from(self.list.len()).unwrap_or(u32::MAX);
        self.numbers.insert(id, number);
        self.list.push(Thread {
            id,
            stream,
            owner: None,
            replies: Replies::default(),
            failed: Vec::new(),
            typed: None,
        });
        number
    }

    /// Returns the number of a known thread.
    pub(crate) fn known(&self, id: u128) -> Option<u32> {
        self.numbers.get(&id).copied()
    }

    /// Returns a thread by its number.
    pub(crate) fn get(&self, number: u32) -> Option<&Thread> {
        self.list.get(usize::try_from(number).ok()?)
    }

    /// Likewise, to change it.
    pub(crate) fn get_mut(&mut self, number: u32) -> Option<&mut Thread> {
        self.list.get_mut(usize::try_from(number).ok()?)
    }

    /// All of them, with their numbers.
    pub(crate) fn all(&self) -> impl Iterator<Item = (u32, &Thread)> {
        (0..).zip(&self.list)
    }
}

/// Writes a thread's id.
pub(crate) fn thread_name(id: u128) -> String {
    format!("thr_{id:032x}")
}
