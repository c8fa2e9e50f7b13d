//! One desk's way through one stream: its place, and a bit for each event that it got.

/// Something is wrong with what came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Slip {
    /// A frame, or a resume, did not follow on the desk's place.
    Gap {
        /// Where the desk was.
        place: u64,
        /// What it was told to be at.
        prev: u64,
    },
    /// An event came again.
    Doubled(u64),
    /// An event came after a later one, or outside of its frame.
    Misordered(u64),
}

/// One desk's way through one stream, over all its connections.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    base: u64,
    bits: Vec<u64>,
    /// The stretches that were subscribed: after the first place, to the second.
    stretches: Vec<(u64, u64)>,
}

impl Reader {
    /// Begins for a log with this base.
    pub(crate) fn new(base: u64) -> Self {
        Self { base, ..Self::default() }
    }

    /// Where the desk is, if it ever subscribed.
    pub(crate) fn place(&self) -> Option<u64> {
        self.stretches.last().map(|it| it.1)
    }

    /// The stretches that it followed.
    pub(crate) fn stretches(&self) -> &[(u64, u64)] {
        &self.stretches
    }

    /// The events that it got, as bits after the base.
    pub(crate) fn bits(&self) -> &[u64] {
        &self.bits
    }

    fn bit(&self, seq: u64) -> Option<(usize, u64)> {
        let index = usize::try_from(seq.checked_sub(self.base + 1)?).ok()?;
        Some((index / 64, 1 << (index % 64)))
    }

    /// Subscribed anew: what is before is not expected.
    pub(crate) fn start(&mut self, at: u64) {
        self.stretches.push((at, at));
    }

    /// Subscribed from its cursor: it has to be where it was.
    pub(crate) fn resume(&mut self, at: u64) -> Option<Slip> {
        let Some(place) = self.place() else {
            self.start(at);
            return None;
        };
        (place != at).then_some(Slip::Gap { place, prev: at })
    }

    /// A frame came.
    pub(crate) fn frame(
        &mut self,
        (prev, to): (u64, u64),
        seqs: impl Iterator<Item = u64>,
        mut slip: impl FnMut(Slip),
    ) {
        if self.stretches.is_empty() {
            self.start(prev);
        }
        let place = self.place().unwrap_or(prev);
        if place != prev || to < prev {
            slip(Slip::Gap { place, prev });
        }
        let mut last = prev;
        for seq in seqs {
            let new = self.mark(seq);
            if !new {
                slip(Slip::Doubled(seq));
            } else if seq <= last || seq > to {
                slip(Slip::Misordered(seq));
            }
            last = last.max(seq);
        }
        if let Some(it) = self.stretches.last_mut() {
            it.1 = it.1.max(to);
        }
    }

    /// Says whether it is new.
    fn mark(&mut self, seq: u64) -> bool {
        let Some((word, bit)) = self.bit(seq) else { return true };
        if word >= self.bits.len() {
            self.bits.resize(word + 1, 0);
        }
        let Some(it) = self.bits.get_mut(word) else { return true };
        let new = *it & bit == 0;
        *it |= bit;
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slips(frames: &[(u64, u64, &[u64])]) -> Vec<Slip> {
        let mut reader = Reader::new(10);
        reader.start(10);
        let mut slips = Vec::new();
        for (prev, to, seqs) in frames {
            reader.frame((*prev, *to), seqs.iter().copied(), |slip| slips.push(slip));
        }
        slips
    }

    #[test]
    fn a_clean_way_has_no_slip_and_a_frame_may_leave_things_out() {
        assert_eq!(slips(&[(10, 12, &[11, 12]), (12, 15, &[14]), (15, 15, &[])]), []);
    }

    #[test]
    fn each_slip_is_told_from_the_others() {
        let gap = Slip::Gap { place: 12, prev: 13 };
        assert_eq!(slips(&[(10, 12, &[11, 12]), (13, 14, &[14])]), [gap]);
        assert_eq!(slips(&[(10, 12, &[11, 12]), (12, 13, &[12, 13])]), [Slip::Doubled(12)]);
        assert_eq!(slips(&[(10, 13, &[12, 11, 13])]), [Slip::Misordered(11)]);
        assert_eq!(slips(&[(10, 12, &[11, 13])]), [Slip::Misordered(13)]);
        let back = Slip::Gap { place: 12, prev: 11 };
        assert_eq!(slips(&[(10, 12, &[11, 12]), (11, 12, &[12])]), [back, Slip::Doubled(12)]);
    }

    #[test]
    fn a_resume_goes_on_where_it_was() {
        let mut reader = Reader::new(0);
        assert_eq!(reader.resume(3), None);
        reader.frame((3, 5), [4, 5].into_iter(), |_| panic!("a slip"));
        assert_eq!(reader.resume(5), None);
        assert_eq!(reader.resume(4), Some(Slip::Gap { place: 5, prev: 4 }));
        assert_eq!(reader.bits(), [0b11000]);
        assert_eq!(reader.stretches(), [(3, 5)]);
    }
}
