//! Every command that was sent: its answers and its event.

use super::{
    findings::{Findings, Kind},
    log::{EventKind, StreamLog},
};

/// A command, named by its place in the list; its key is made of that.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Order {
    pub(crate) seat: u32,
    pub(crate) stream: u32,
    pub(crate) thread: u32,
    /// The kind of event that it makes.
    pub(crate) makes: EventKind,
    /// For replies: the state of the thread that it answers.
    pub(crate) seen_reply: u32,
    pub(crate) state: State,
    /// The place of the event that carries its key; 0 if none came.
    pub(crate) event: u64,
}

/// What the server said.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum State {
    /// Nothing yet.
    Open,
    /// Done.
    Done(Done),
    /// Refused by a rule.
    Refused,
}

/// See [`State::Done`].
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Done {
    pub(crate) seq: Option<u64>,
    /// For replies: the message.
    pub(crate) message: u128,
    pub(crate) reply_no: u32,
}

/// All commands of a run.
#[derive(Debug, Default)]
pub(crate) struct Orders(Vec<Order>);

impl Orders {
    /// Keeps a command before it is sent.
    pub(crate) fn open(&mut self, order: Order) -> u32 {
        self.0.push(order);
        u32::try_from(self.0.len() - 1).unwrap_or(u32::MAX)
    }

    /// All commands.
    pub(crate) fn all(&self) -> &[Order] {
        &self.0
    }

    fn get(&mut self, n: u32) -> Option<&mut Order> {
        self.0.get_mut(usize::try_from(n).ok()?)
    }

    /// An `ok` came.
    pub(crate) fn done(&mut self, n: u32, done: Done, found: &mut Findings) {
        let Some(order) = self.get(n) else { return };
        match order.state {
            State::Done(before) if before != done => found.add(Kind::AnswerChanged, || {
                format!("command {n} of desk {}: first {before:?}, then {done:?}", order.seat)
            }),
            _ => order.state = State::Done(done),
        }
    }

    /// A rule refused it.
    pub(crate) fn refused(&mut self, n: u32, why: &str, found: &mut Findings) {
        let Some(order) = self.get(n) else { return };
        match order.state {
            State::Done(before) => found.add(Kind::AnswerChanged, || {
                format!("command {n} of desk {}: first {before:?}, then {why}", order.seat)
            }),
            _ => order.state = State::Refused,
        }
    }

    /// An event came that carries the command's key.
    pub(crate) fn event(&mut self, n: u32, seq: u64, found: &mut Findings) {
        let Some(order) = self.get(n) else { return };
        if order.event != 0 && order.event != seq {
            found.add(Kind::DoneTwice, || {
                format!(
                    "command {n} of desk {} has the events {} and {seq}",
                    order.seat, order.event
                )
            });
        }
        order.event = seq;
    }

    /// Holds answers against events.
    pub(crate) fn check(&self, logs: &[StreamLog], found: &mut Findings) {
        for (n, order) in self.0.iter().enumerate() {
            let (seat, thread) = (order.seat, order.thread);
            let keyed = matches!(order.makes, EventKind::Sent | EventKind::Note);
            match order.state {
                State::Refused if order.event != 0 => found.add(Kind::RefusedDone, || {
                    let seq = order.event;
                    format!(
                        "command {n} of desk {seat} was refused, and is seq {seq} of its stream"
                    )
                }),
                State::Done(Done { seq: Some(seq), .. }) => {
                    let log = usize::try_from(order.stream).ok().and_then(|it| logs.get(it));
                    let stands = log.and_then(|it| it.at(seq));
                    let there =
                        stands.is_some_and(|it| it.kind == order.makes && it.thread == thread);
                    if !there || (keyed && order.event != seq) {
                        found.add(Kind::AckedLost, || {
                            format!(
                                "command {n} of desk {seat} was acknowledged as seq {seq}; what came \
                                 there is {:?}",
                                stands.map(|it| it.kind)
                            )
                        });
                    }
                }
                State::Done(_) | State::Open | State::Refused => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::log::Entry;

    fn order(makes: EventKind) -> Order {
        Order { seat: 3, stream: 0, thread: 5, makes, seen_reply: 0, state: State::Open, event: 0 }
    }

    fn log(seq: u64, kind: EventKind) -> StreamLog {
        let mut log = StreamLog::after(0);
        log.write(
            seq,
            Entry { hash: 0, kind, thread: 5, only: None, stamp: 0, last: 0, receivers: 0 },
        );
        log
    }

    fn kinds(found: &Findings) -> Vec<Kind> {
        found.all().map(|it| it.0).collect()
    }

    #[test]
    fn an_acknowledged_command_needs_its_event() {
        let judge = |event: Option<u64>, log: StreamLog| {
            let (mut orders, mut found) = (Orders::default(), Findings::default());
            let n = orders.open(order(EventKind::Sent));
            orders.done(n, Done { seq: Some(4), ..Done::default() }, &mut found);
            if let Some(seq) = event {
                orders.event(n, seq, &mut found);
            }
            orders.check(&[log], &mut found);
            kinds(&found)
        };
        assert_eq!(judge(Some(4), log(4, EventKind::Sent)), []);
        assert_eq!(judge(None, log(4, EventKind::Sent)), [Kind::AckedLost], "another's key");
        assert_eq!(judge(Some(4), log(4, EventKind::Note)), [Kind::AckedLost], "another kind");
        assert_eq!(judge(None, log(3, EventKind::Sent)), [Kind::AckedLost], "nothing there");
    }

    #[test]
    fn a_repeated_command_is_done_once_and_answered_alike() {
        let (mut orders, mut found) = (Orders::default(), Findings::default());
        let n = orders.open(order(EventKind::Note));
        let done = Done { seq: Some(4), ..Done::default() };
        orders.done(n, done, &mut found);
        orders.done(n, done, &mut found);
        orders.event(n, 4, &mut found);
        orders.event(n, 4, &mut found);
        assert_eq!(kinds(&found), []);
        orders.done(n, Done { seq: Some(9), ..done }, &mut found);
        orders.event(n, 9, &mut found);
        assert_eq!(kinds(&found), [Kind::DoneTwice, Kind::AnswerChanged]);
        let n = orders.open(order(EventKind::Sent));
        orders.done(n, done, &mut found);
        orders.refused(n, "collision", &mut found);
        assert_eq!(found.of(Kind::AnswerChanged).unwrap().count, 2);
    }

    #[test]
    fn what_was_refused_must_not_be_in_the_log() {
        let (mut orders, mut found) = (Orders::default(), Findings::default());
        let n = orders.open(order(EventKind::Sent));
        orders.refused(n, "collision", &mut found);
        orders.check(&[], &mut found);
        assert_eq!(kinds(&found), []);
        orders.event(n, 8, &mut found);
        orders.check(&[], &mut found);
        assert_eq!(kinds(&found), [Kind::RefusedDone]);
    }
}
