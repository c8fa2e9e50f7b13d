//! What each desk saw, held against what all desks together saw.

use super::{
    findings::{Findings, Kind},
    log::StreamLog,
    reader::Reader,
};

/// A desk's way through a stream, and who it was.
pub(crate) struct Desk<'a> {
    /// As a report names it.
    pub(crate) name: &'a str,
    /// The number of the agent.
    pub(crate) agent: u32,
    /// Whether the agent may see every thread of the inbox.
    pub(crate) sees_all: bool,
    /// What it saw.
    pub(crate) reader: &'a Reader,
}

/// An agent's number, and whether it sees every thread: such desks are told the same.
type Class = (u32, bool);

/// Finds events that a desk should have seen and has not.
pub(crate) fn compare(stream: &str, log: &StreamLog, desks: &[Desk<'_>], found: &mut Findings) {
    let mut expected: Vec<(Class, Vec<u64>)> = Vec::new();
    for desk in desks {
        let class = (desk.agent, desk.sees_all);
        if !expected.iter().any(|it| it.0 == class) {
            let bits = if desk.sees_all { log.told(desk.agent) } else { union(desks, desk.agent) };
            expected.push((class, bits));
        }
        let Some((_, told)) = expected.iter().find(|it| it.0 == class) else { continue };
        for stretch in desk.reader.stretches() {
            missing(stream, log.base(), told, desk, *stretch, found);
        }
    }
}

/// An agent who sees a part only: what one of its desks saw, the others have to have seen.
fn union(desks: &[Desk<'_>], agent: u32) -> Vec<u64> {
    let mut bits: Vec<u64> = Vec::new();
    for desk in desks.iter().filter(|it| it.agent == agent) {
        let own = desk.reader.bits();
        bits.resize(bits.len().max(own.len()), 0);
        for (all, own) in bits.iter_mut().zip(own) {
            *all |= own;
        }
    }
    bits
}

fn missing(
    stream: &str,
    base: u64,
    told: &[u64],
    desk: &Desk<'_>,
    (from, to): (u64, u64),
    found: &mut Findings,
) {
    for (word, told) in told.iter().enumerate() {
        let got = desk.reader.bits().get(word).copied().unwrap_or_default();
        let mut lacks = told & !got;
        while lacks != 0 {
            let bit = u64::from(lacks.trailing_zeros());
            lacks &= lacks - 1;
            let seq = base + 1 + u64::try_from(word).unwrap_or_default() * 64 + bit;
            if seq > from && seq <= to {
                found.add(Kind::Lost, || {
                    format!("{} never got seq {seq} of {stream}, and passed it", desk.name)
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::log::{Entry, EventKind};

    fn entry(only: Option<u32>) -> Entry {
        let kind = if only.is_some() { EventKind::Opened } else { EventKind::Note };
        Entry { hash: 1, kind, thread: 0, only, stamp: 0, last: 0, receivers: 0 }
    }

    fn reader(start: u64, seqs: &[u64]) -> Reader {
        let mut reader = Reader::new(100);
        reader.start(start);
        let to = 300;
        reader.frame((start, to), seqs.iter().copied(), |_| {});
        reader
    }

    fn lost(log: &StreamLog, desks: &[(u32, bool, Reader)]) -> Vec<String> {
        let mut found = Findings::default();
        let desks: Vec<Desk<'_>> = desks
            .iter()
            .map(|(agent, sees_all, reader)| Desk {
                name: "desk 3",
                agent: *agent,
                sees_all: *sees_all,
                reader,
            })
            .collect();
        compare("str_1", log, &desks, &mut found);
        found.of(Kind::Lost).map(|it| it.first.clone()).unwrap_or_default()
    }

    #[test]
    fn an_event_that_one_desk_saw_and_another_did_not_is_lost() {
        let mut log = StreamLog::after(100);
        for seq in [101, 102, 200, 201] {
            log.write(seq, entry(None));
        }
        let all = &[101, 102, 200, 201];
        assert_eq!(
            lost(&log, &[(0, true, reader(100, all)), (1, true, reader(100, all))]),
            [""; 0]
        );
        let late = reader(150, &[200, 201]);
        assert_eq!(lost(&log, &[(0, true, reader(100, all)), (1, true, late)]), [""; 0]);
        let hole = reader(100, &[101, 102, 201]);
        let said = lost(&log, &[(0, true, reader(100, all)), (1, true, hole)]);
        assert_eq!(said, ["desk 3 never got seq 200 of str_1, and passed it"]);
    }

    #[test]
    fn a_read_mark_is_expected_at_its_own_agents_desks_only() {
        let mut log = StreamLog::after(100);
        log.write(101, entry(Some(7)));
        assert_eq!(lost(&log, &[(1, true, reader(100, &[]))]), [""; 0]);
        assert_eq!(lost(&log, &[(7, true, reader(100, &[]))]).len(), 1);
    }

    #[test]
    fn an_agent_who_sees_a_part_is_held_against_its_own_desks() {
        let mut log = StreamLog::after(100);
        log.write(101, entry(None));
        log.write(102, entry(None));
        let desks = [(1, false, reader(100, &[101])), (1, false, reader(100, &[101]))];
        assert_eq!(lost(&log, &desks), [""; 0]);
        let desks = [(1, false, reader(100, &[101])), (1, false, reader(100, &[]))];
        assert_eq!(lost(&log, &desks).len(), 1);
    }
}
