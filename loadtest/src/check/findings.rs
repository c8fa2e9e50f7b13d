//! What the checker found, by kind, with the first few instances of each.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// More instances of one kind are counted, not kept.
const KEPT: usize = 8;

/// A promise that was broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An event that others saw, or that the server has, did not reach a desk.
    Lost,
    /// A desk got an event twice.
    Doubled,
    /// A desk got an event before an earlier one.
    Misordered,
    /// A frame did not follow on the desk's place.
    Gap,
    /// Two desks were told different things about one event.
    Altered,
    /// A desk did not arrive at the end of a stream in time.
    Behind,
    /// A command was acknowledged, and its event never came.
    AckedLost,
    /// A command was refused, and done all the same.
    RefusedDone,
    /// One command was done twice.
    DoneTwice,
    /// The same command, sent again, got another answer.
    AnswerChanged,
    /// Two replies to one state of a thread were accepted.
    TwoReplies,
    /// A customer's text was taken and never shown.
    TextLost,
    /// A customer's text was stored twice.
    TextDoubled,
    /// An accepted reply did not reach the customer.
    ReplyLost,
    /// A customer got a reply twice.
    ReplyDoubled,
    /// A customer got something that nobody sent.
    Invented,
    /// Somebody was shown as viewing or typing who had gone.
    Ghost,
}

impl Kind {
    /// All kinds, in the order of a report.
    pub const ALL: [Self; 17] = [
        Self::Lost,
        Self::Doubled,
        Self::Misordered,
        Self::Gap,
        Self::Altered,
        Self::Behind,
        Self::AckedLost,
        Self::RefusedDone,
        Self::DoneTwice,
        Self::AnswerChanged,
        Self::TwoReplies,
        Self::TextLost,
        Self::TextDoubled,
        Self::ReplyLost,
        Self::ReplyDoubled,
        Self::Invented,
        Self::Ghost,
    ];

    /// Returns the name in results.
    pub fn name(self) -> &'static str {
        match self {
            Self::Lost => "lost",
            Self::Doubled => "doubled",
            Self::Misordered => "misordered",
            Self::Gap => "gap",
            Self::Altered => "altered",
            Self::Behind => "behind",
            Self::AckedLost => "acked_lost",
            Self::RefusedDone => "refused_done",
            Self::DoneTwice => "done_twice",
            Self::AnswerChanged => "answer_changed",
            Self::TwoReplies => "two_replies",
            Self::TextLost => "text_lost",
            Self::TextDoubled => "text_doubled",
            Self::ReplyLost => "reply_lost",
            Self::ReplyDoubled => "reply_doubled",
            Self::Invented => "invented",
            Self::Ghost => "ghost",
        }
    }

    /// Says in plain words what is promised.
    pub fn promise(self) -> &'static str {
        match self {
            Self::Lost => "every desk saw every event that it may see",
            Self::Doubled => "no desk saw an event twice",
            Self::Misordered => "every desk saw the events in their order",
            Self::Gap => "every frame followed on the one before, over reconnects too",
            Self::Altered => "all desks were told the same about each event",
            Self::Behind => "every desk was at the end of its streams when all was quiet",
            Self::AckedLost => "what was acknowledged is in the log",
            Self::RefusedDone => "what was refused was not done",
            Self::DoneTwice => "no command was done twice",
            Self::AnswerChanged => "a command sent again got the same answer again",
            Self::TwoReplies => "of the replies to one state of a thread, one was accepted",
            Self::TextLost => "every text that was taken from a customer is in the log",
            Self::TextDoubled => "no text of a customer was stored twice",
            Self::ReplyLost => "every accepted reply reached its customer",
            Self::ReplyDoubled => "no customer got a reply twice",
            Self::Invented => "no customer got what nobody sent",
            Self::Ghost => "nobody was shown as viewing or typing after they had gone",
        }
    }
}

/// How often a promise was broken, and where.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Found {
    /// How often.
    pub count: u64,
    /// The first few.
    pub first: Vec<String>,
}

/// All that was found.
#[derive(Debug, Default)]
pub(crate) struct Findings(BTreeMap<Kind, Found>);

impl Findings {
    /// Adds an instance; it is put into words only if it is kept.
    pub(crate) fn add(&mut self, kind: Kind, words: impl FnOnce() -> String) {
        let found = self.0.entry(kind).or_default();
        found.count += 1;
        if found.first.len() < KEPT {
            found.first.push(words());
        }
    }

    /// Adds what was found elsewhere.
    pub(crate) fn take_over(&mut self, other: Self) {
        for (kind, more) in other.0 {
            let found = self.0.entry(kind).or_default();
            found.count += more.count;
            let room = KEPT.saturating_sub(found.first.len());
            found.first.extend(more.first.into_iter().take(room));
        }
    }

    /// Returns what was found of a kind.
    pub(crate) fn of(&self, kind: Kind) -> Option<&Found> {
        self.0.get(&kind)
    }

    /// Returns everything.
    pub(crate) fn all(&self) -> impl Iterator<Item = (Kind, &Found)> {
        self.0.iter().map(|(kind, found)| (*kind, found))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_faults_is_counted_and_not_kept() {
        let mut findings = Findings::default();
        for n in 0..10_000 {
            findings.add(Kind::Lost, || n.to_string());
        }
        let found = findings.of(Kind::Lost).unwrap();
        assert_eq!((found.count, found.first.len()), (10_000, KEPT));
        assert_eq!(findings.all().count(), 1);
    }
}
