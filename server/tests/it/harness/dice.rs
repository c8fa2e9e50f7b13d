//! Chance that a seed repeats (the generator is `SplitMix64`), so that a test needs no crate for it.

/// A source of numbers; the same seed gives the same ones.
#[derive(Debug, Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    /// Makes one.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Returns any number.
    pub(crate) fn any(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Returns a number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.any() % end as u64).expect("below a `usize`")
    }

    /// Returns a number of milliseconds below `end`.
    pub(crate) fn millis(&mut self, end: u64) -> std::time::Duration {
        std::time::Duration::from_millis(self.any() % end)
    }

    /// Is true in so many of a thousand cases.
    pub(crate) fn one_of_thousand(&mut self, cases: usize) -> bool {
        self.below(1_000) < cases
    }
}
