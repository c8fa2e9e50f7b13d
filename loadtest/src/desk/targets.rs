//! Where a desk goes.

use std::rc::Rc;

use crate::target::Target;

/// Where a desk goes: to the next node when one refuses.
#[derive(Debug)]
pub(crate) struct Targets {
    all: Rc<[Target]>,
    at: usize,
}

impl Targets {
    /// Begins with the node that is this desk's share.
    pub(crate) fn new(all: Rc<[Target]>, seat: usize) -> Self {
        let at = seat % all.len().max(1);
        Self { all, at }
    }

    /// Returns the node of now.
    pub(crate) fn now(&self) -> Option<&Target> {
        self.all.get(self.at)
    }

    /// Goes to the next one.
    pub(crate) fn rotate(&mut self) {
        self.at = (self.at + 1) % self.all.len().max(1);
    }
}
