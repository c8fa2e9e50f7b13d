//! What customers wrote: each text that was taken is in the log, once.

use super::findings::{Findings, Kind};

/// A text of a customer, named by its place in the list; the text itself carries that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sent {
    pub(crate) customer: u32,
    /// When it was due, in microseconds since the epoch.
    pub(crate) due: u64,
    pub(crate) taken: Taken,
    /// The place of its event; 0 if none came.
    pub(crate) seq: u64,
}

/// What the server said to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taken {
    /// Nothing that could be relied on.
    Unknown,
    /// It has it.
    Yes,
    /// It does not want it.
    No,
}

/// All texts of a run.
#[derive(Debug, Default)]
pub(crate) struct Texts(Vec<Sent>);

impl Texts {
    /// Keeps a text before it is sent.
    pub(crate) fn open(&mut self, customer: u32, due: u64) -> u32 {
        self.0.push(Sent { customer, due, taken: Taken::Unknown, seq: 0 });
        u32::try_from(self.0.len() - 1).unwrap_or(u32::MAX)
    }

    /// All of them.
    pub(crate) fn all(&self) -> &[Sent] {
        &self.0
    }

    /// Returns a text.
    pub(crate) fn get(&self, n: u32) -> Option<&Sent> {
        self.0.get(usize::try_from(n).ok()?)
    }

    /// The server answered.
    pub(crate) fn answered(&mut self, n: u32, taken: Taken) {
        if let Some(it) = usize::try_from(n).ok().and_then(|n| self.0.get_mut(n)) {
            it.taken = taken;
        }
    }

    /// Its event came.
    pub(crate) fn event(&mut self, n: u32, seq: u64, found: &mut Findings) {
        let Some(it) = usize::try_from(n).ok().and_then(|n| self.0.get_mut(n)) else { return };
        if it.seq != 0 && it.seq != seq {
            let (customer, before) = (it.customer, it.seq);
            found.add(Kind::TextDoubled, || {
                format!("text {n} of customer {customer} is seq {before} and seq {seq}")
            });
        }
        it.seq = seq;
    }

    /// Says whether everything that was taken has been seen.
    pub(crate) fn all_seen(&self) -> bool {
        !self.0.iter().any(|it| it.taken == Taken::Yes && it.seq == 0)
    }

    /// Finds those that were taken and never seen.
    pub(crate) fn check(&self, found: &mut Findings) {
        for (n, it) in self.0.iter().enumerate() {
            if it.taken == Taken::Yes && it.seq == 0 {
                found.add(Kind::TextLost, || {
                    format!("text {n} of customer {} was taken and no desk saw it", it.customer)
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_text_is_seen_once() {
        let (mut texts, mut found) = (Texts::default(), Findings::default());
        let good = texts.open(1, 0);
        texts.answered(good, Taken::Yes);
        texts.event(good, 5, &mut found);
        texts.event(good, 5, &mut found);
        let unsure = texts.open(1, 0);
        assert!(texts.all_seen());
        texts.check(&mut found);
        assert_eq!(found.all().count(), 0, "no answer promises nothing: {unsure}");
        texts.event(good, 6, &mut found);
        let lost = texts.open(2, 0);
        texts.answered(lost, Taken::Yes);
        texts.check(&mut found);
        let kinds: Vec<Kind> = found.all().map(|it| it.0).collect();
        assert_eq!(kinds, [Kind::TextLost, Kind::TextDoubled]);
        assert!(!texts.all_seen());
    }
}
