//! One stream as all desks together saw it: for each place what stood there.

/// What kind of event stands at a place, as far as the checker cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EventKind {
    Received,
    Sent,
    Note,
    Assigned,
    Status,
    /// A read mark: only its own agent is told.
    Opened,
    Lock,
    Delivery,
    Other,
}

/// What stands at a place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Entry {
    /// Of what was said about it.
    pub(crate) hash: u64,
    pub(crate) kind: EventKind,
    /// The number of the thread.
    pub(crate) thread: u32,
    /// The number of the only agent who is told.
    pub(crate) only: Option<u32>,
    /// The server's stamp, in microseconds since the epoch.
    pub(crate) stamp: u64,
    /// When the last connected desk got it.
    pub(crate) last: u64,
    /// How many connected desks got it.
    pub(crate) receivers: u32,
}

/// One stream.
#[derive(Debug, Default)]
pub(crate) struct StreamLog {
    base: u64,
    entries: Vec<Option<Entry>>,
}

impl StreamLog {
    /// Begins after a place.
    pub(crate) fn after(base: u64) -> Self {
        Self { base, entries: Vec::new() }
    }

    /// The place that the log begins after.
    pub(crate) fn base(&self) -> u64 {
        self.base
    }

    fn index(&self, seq: u64) -> Option<usize> {
        usize::try_from(seq.checked_sub(self.base + 1)?).ok()
    }

    /// Returns what stands at a place.
    pub(crate) fn at(&self, seq: u64) -> Option<&Entry> {
        self.entries.get(self.index(seq)?)?.as_ref()
    }

    /// Likewise, to change it.
    pub(crate) fn at_mut(&mut self, seq: u64) -> Option<&mut Entry> {
        let index = self.index(seq)?;
        self.entries.get_mut(index)?.as_mut()
    }

    /// Writes what stands at a place that nobody has seen before.
    pub(crate) fn write(&mut self, seq: u64, entry: Entry) {
        let Some(index) = self.index(seq) else { return };
        if index >= self.entries.len() {
            self.entries.resize(index + 1, None);
        }
        if let Some(it) = self.entries.get_mut(index) {
            *it = Some(entry);
        }
    }

    /// Returns all places that anybody saw, with what stands there.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (u64, &Entry)> {
        (self.base + 1..).zip(&self.entries).filter_map(|(seq, it)| Some((seq, it.as_ref()?)))
    }

    /// Returns the last place that this agent, who may see every thread, has to be told of. What comes
    /// after it are other people's read marks, for which no frame is due.
    pub(crate) fn last_told(&self, agent: u32) -> u64 {
        let told = |entry: &Entry| entry.only.is_none_or(|only| only == agent);
        let last = self.entries.iter().rposition(|it| it.as_ref().is_some_and(told));
        let count = last.map_or(0, |index| index + 1);
        self.base + u64::try_from(count).unwrap_or_default()
    }

    /// Returns the last place that anybody was told of.
    pub(crate) fn last(&self) -> u64 {
        self.base + u64::try_from(self.entries.len()).unwrap_or_default()
    }

    /// Returns a bit for each place after the base: whether this agent, who may see every thread,
    /// has to be told of it.
    pub(crate) fn told(&self, agent: u32) -> Vec<u64> {
        let mut bits = vec![0_u64; self.entries.len().div_ceil(64)];
        for (index, entry) in self.entries.iter().enumerate() {
            let told = entry.as_ref().is_some_and(|it| it.only.is_none_or(|only| only == agent));
            if told && let Some(word) = bits.get_mut(index / 64) {
                *word |= 1 << (index % 64);
            }
        }
        bits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_peoples_read_marks_at_the_end_are_not_waited_for() {
        let mut log = StreamLog::after(10);
        let entry = |only| {
            let (kind, thread) = (EventKind::Other, 0);
            Entry { hash: 0, kind, thread, only, stamp: 0, last: 0, receivers: 0 }
        };
        assert_eq!((log.last_told(1), log.last()), (10, 10));
        log.write(12, entry(None));
        log.write(13, entry(Some(7)));
        assert_eq!((log.last_told(1), log.last_told(7), log.last()), (12, 13, 13));
        assert_eq!(log.told(1), [0b010]);
        assert_eq!(log.told(7), [0b110]);
    }
}
