//! Who really views and types, by what the desks of this run said, and until when it may be shown.

use std::collections::HashMap;

use protocol::signals::Activity;

const SECOND: u64 = 1_000_000;
/// Viewing ends so long after the last signal.
const VIEWING: u64 = 60 * SECOND;
/// Typing likewise.
const TYPING: u64 = 6 * SECOND;
/// A closed socket's signals are gone from every desk within this time.
pub(crate) const GRACE_CLOSED: u64 = 5 * SECOND;
/// A dead node's.
pub(crate) const GRACE_NODE: u64 = 12 * SECOND;
/// For the way to the desk and for the seconds between two looks.
const SLACK: u64 = 2 * SECOND;

/// One desk's word on one thread, in microseconds.
#[derive(Debug, Clone, Copy)]
struct Hold {
    connection: u64,
    viewing_until: u64,
    typing_until: u64,
    grace: u64,
}

/// What all desks said.
#[derive(Debug, Default)]
pub(crate) struct Said(HashMap<(u32, u32), Vec<Hold>>);

impl Said {
    /// A desk says what its agent does.
    pub(crate) fn says(
        &mut self,
        (agent, thread): (u32, u32),
        connection: u64,
        activity: Activity,
        now: u64,
    ) {
        let holds = self.0.entry((agent, thread)).or_default();
        holds.retain(|it| it.viewing_until + VIEWING > now);
        let known = holds.iter().position(|it| it.connection == connection);
        let index = known.unwrap_or_else(|| {
            let (viewing_until, typing_until) = (0, 0);
            holds.push(Hold { connection, viewing_until, typing_until, grace: GRACE_CLOSED });
            holds.len() - 1
        });
        let Some(hold) = holds.get_mut(index) else { return };
        match activity {
            Activity::Idle => (hold.viewing_until, hold.typing_until) = (now, now),
            Activity::Viewing => {
                hold.viewing_until = now + VIEWING;
                hold.typing_until = hold.typing_until.min(now);
            }
            Activity::Typing => {
                (hold.viewing_until, hold.typing_until) = (now + VIEWING, now + TYPING);
            }
        }
    }

    /// A connection is over.
    pub(crate) fn ended(&mut self, connection: u64, now: u64, grace: u64) {
        for hold in self.0.values_mut().flatten().filter(|it| it.connection == connection) {
            hold.viewing_until = hold.viewing_until.min(now);
            hold.typing_until = hold.typing_until.min(now);
            hold.grace = grace;
        }
    }

    /// Says for how long, in microseconds, somebody is shown who should no longer be.
    pub(crate) fn overdue(
        &self,
        (agent, thread): (u32, u32),
        typing: bool,
        now: u64,
    ) -> Option<u64> {
        let holds = self.0.get(&(agent, thread)).map(Vec::as_slice).unwrap_or_default();
        let until = |it: &Hold| {
            let said = if typing { it.typing_until } else { it.viewing_until };
            said + it.grace + SLACK
        };
        let until = holds.iter().map(until).max().unwrap_or_default();
        (now > until).then(|| now - until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHO: (u32, u32) = (1, 2);

    #[test]
    fn a_closed_desk_may_be_shown_for_five_seconds() {
        let mut said = Said::default();
        let start = 1_000 * SECOND;
        said.says(WHO, 7, Activity::Typing, start);
        assert_eq!(said.overdue(WHO, true, start + SECOND), None);
        said.ended(7, start + SECOND, GRACE_CLOSED);
        assert_eq!(said.overdue(WHO, false, start + 7 * SECOND), None);
        assert_eq!(said.overdue(WHO, false, start + 9 * SECOND), Some(SECOND));
        assert_eq!(said.overdue((9, 9), false, start), Some(start), "never there");
    }

    #[test]
    fn a_second_desk_of_the_same_agent_keeps_them_there() {
        let mut said = Said::default();
        let start = 1_000 * SECOND;
        said.says(WHO, 7, Activity::Viewing, start);
        said.says(WHO, 8, Activity::Viewing, start);
        said.ended(7, start, GRACE_CLOSED);
        assert_eq!(said.overdue(WHO, false, start + 30 * SECOND), None);
        said.says(WHO, 8, Activity::Idle, start + 30 * SECOND);
        assert!(said.overdue(WHO, false, start + 40 * SECOND).is_some());
    }

    #[test]
    fn typing_ends_by_itself_and_a_dead_node_has_longer() {
        let mut said = Said::default();
        let start = 1_000 * SECOND;
        said.says(WHO, 7, Activity::Typing, start);
        assert_eq!(said.overdue(WHO, true, start + 12 * SECOND), None);
        assert!(said.overdue(WHO, true, start + 14 * SECOND).is_some());
        assert_eq!(said.overdue(WHO, false, start + 14 * SECOND), None, "still viewing");
        said.ended(7, start + 15 * SECOND, GRACE_NODE);
        assert_eq!(said.overdue(WHO, false, start + 28 * SECOND), None);
        assert!(said.overdue(WHO, false, start + 30 * SECOND).is_some());
    }
}
