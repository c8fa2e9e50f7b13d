//! The guard: of the replies to one state of a thread, one.

use std::collections::HashMap;

use super::{
    commands::{Orders, State},
    findings::{Findings, Kind},
    log::EventKind,
};

/// A reply in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_field_names, reason = "the protocol's own name")]
pub(crate) struct Reply {
    pub(crate) seq: u64,
    pub(crate) reply_no: u32,
    pub(crate) message: u128,
    /// The command that made it, if it is of this run.
    pub(crate) order: Option<u32>,
}

/// The replies of one thread, in the order of the stream.
#[derive(Debug, Default)]
pub(crate) struct Replies(Vec<Reply>);

impl Replies {
    /// Adds one, whenever it is seen first.
    pub(crate) fn add(&mut self, reply: Reply) {
        let place = self.0.partition_point(|it| it.seq < reply.seq);
        self.0.insert(place, reply);
    }

    /// What a desk that is at this place of the stream has on screen.
    pub(crate) fn reply_no_at(&self, place: u64) -> u32 {
        let after = self.0.partition_point(|it| it.seq <= place);
        let last = after.checked_sub(1).and_then(|index| self.0.get(index));
        last.map(|it| it.reply_no).unwrap_or_default()
    }

    /// All of them.
    pub(crate) fn all(&self) -> &[Reply] {
        &self.0
    }

    /// Checks that they count 1, 2, 3, …
    pub(crate) fn check(&self, thread: &str, found: &mut Findings) {
        for pair in self.0.windows(2) {
            let [before, after] = pair else { continue };
            if after.reply_no <= before.reply_no {
                found.add(Kind::TwoReplies, || {
                    format!(
                        "seq {} and {} of {thread} both have reply_no {}",
                        before.seq, after.seq, after.reply_no
                    )
                });
            } else if after.reply_no > before.reply_no + 1 {
                found.add(Kind::Lost, || {
                    let (from, to) = (before.reply_no, after.reply_no);
                    format!("{thread} goes from reply {from} to {to}, and nobody saw those between")
                });
            }
        }
    }
}

/// Checks that no two replies to the same state were acknowledged.
pub(crate) fn one_each(orders: &Orders, thread: impl Fn(u32) -> String, found: &mut Findings) {
    let mut first: HashMap<(u32, u32), usize> = HashMap::new();
    for (n, order) in orders.all().iter().enumerate() {
        if order.makes != EventKind::Sent || !matches!(order.state, State::Done(_)) {
            continue;
        }
        let turn = (order.thread, order.seen_reply);
        if let Some(before) = first.insert(turn, n) {
            found.add(Kind::TwoReplies, || {
                format!(
                    "commands {before} and {n} to {} were both accepted, and both had seen reply {}",
                    thread(order.thread),
                    order.seen_reply
                )
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::commands::{Done, Order};

    fn reply(seq: u64, reply_no: u32) -> Reply {
        Reply { seq, reply_no, message: 0, order: None }
    }

    #[test]
    fn replies_count_up_whatever_the_order_of_seeing() {
        let mut replies = Replies::default();
        for it in [reply(9, 2), reply(4, 1), reply(12, 3)] {
            replies.add(it);
        }
        let mut found = Findings::default();
        replies.check("thr_1", &mut found);
        assert_eq!(found.all().count(), 0);
        let at: Vec<u32> = [3, 4, 8, 9, 99].map(|it| replies.reply_no_at(it)).into();
        assert_eq!(at, [0, 1, 1, 2, 3]);
        replies.add(reply(20, 3));
        replies.check("thr_1", &mut found);
        assert_eq!(found.of(Kind::TwoReplies).unwrap().count, 1);
        replies.add(reply(30, 5));
        replies.check("thr_1", &mut found);
        assert!(found.of(Kind::Lost).is_some());
    }

    #[test]
    fn two_accepted_replies_to_one_state_are_named() {
        let mut orders = Orders::default();
        let mut found = Findings::default();
        let mut send = |seen_reply, accepted: bool| {
            let makes = EventKind::Sent;
            let (seat, stream, thread, event) = (0, 0, 5, 0);
            let state = State::Open;
            let n = orders.open(Order { seat, stream, thread, makes, seen_reply, state, event });
            if accepted {
                orders.done(n, Done::default(), &mut Findings::default());
            } else {
                orders.refused(n, "collision", &mut Findings::default());
            }
        };
        send(0, true);
        send(0, false);
        send(1, true);
        send(1, true);
        one_each(&orders, |it| format!("thread {it}"), &mut found);
        let said = &found.of(Kind::TwoReplies).unwrap().first;
        assert_eq!(said.len(), 1);
        assert!(said[0].contains("commands 2 and 3 to thread 5"), "{said:?}");
    }
}
