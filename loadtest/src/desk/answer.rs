//! Answers to commands, and commands that are sent again.

use std::{rc::Rc, time::Duration};

use futures_util::SinkExt as _;
use protocol::commands::Outcome;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::{Error, Message};

use super::{agent::Desk, link::Link};
use crate::{
    check::commands::Done,
    measure::{meter::Counter, names::Time},
    world::frames::{Incoming, Refusal},
};

/// Ids below this are for `hello` and `subscribe`.
const FIRST_ID: u32 = 1_000;
/// The second of two frames with the same key has this bit in its id.
const REPEATED: u32 = 1 << 31;
/// A passing error is tried so often.
const TRIES_MAX: u32 = 12;
const AGAIN: Duration = Duration::from_millis(250);

/// The id of a command's frame.
pub(crate) fn id(order: u32, repeated: bool) -> u32 {
    let id = FIRST_ID.saturating_add(order) & !REPEATED;
    if repeated { id | REPEATED } else { id }
}

fn order(id: u32) -> Option<u32> {
    (id & !REPEATED).checked_sub(FIRST_ID)
}

impl Desk {
    /// An answer came.
    pub(crate) fn answered(&mut self, frame: &Incoming<'_>) {
        let Some(id) = frame.id else {
            // Of a signal, for instance for a thread that has just gone.
            return;
        };
        let Some(n) = order(id) else {
            if let Some(error) = &frame.error {
                self.world.note(format!("a subscription was refused: {}", error.message));
                self.world.meter.borrow_mut().count(Counter::ERRORS, 1);
            }
            return;
        };
        if let Some(outcome) = frame.outcome {
            self.done(n, outcome.get());
        } else if let Some(error) = &frame.error {
            self.refused(n, error, id & REPEATED != 0);
        }
    }

    fn done(&mut self, n: u32, outcome: &str) {
        let Ok(outcome) = serde_json::from_str::<Outcome>(outcome) else { return };
        let world = Rc::clone(&self.world);
        let thread = usize::try_from(n)
            .ok()
            .and_then(|n| world.orders.borrow().all().get(n).map(|it| it.thread));
        let done = match outcome {
            Outcome::ReplySent(it) => {
                let message = it.message_id.uuid().as_u128();
                if let Some(thread) = thread {
                    self.seat().borrow_mut().tokens.remove(&thread);
                }
                Done { seq: Some(it.seq), message, reply_no: it.reply_no }
            }
            Outcome::NoteAdded(it) => Done { seq: Some(it.seq), ..Done::default() },
            Outcome::Done(it) => Done { seq: it.seq, ..Done::default() },
            Outcome::LockHeld(it) => {
                if let Some(thread) = thread {
                    self.seat().borrow_mut().tokens.insert(thread, it.token);
                }
                Done::default()
            }
        };
        if self.settled(n) {
            world.meter.borrow_mut().count(Counter::ACCEPTED, 1);
        }
        world.orders.borrow_mut().done(n, done, &mut world.found.borrow_mut());
    }

    fn refused(&mut self, n: u32, error: &Refusal<'_>, repeated: bool) {
        let world = Rc::clone(&self.world);
        let rule = matches!(
            error.code,
            "collision" | "locked" | "stale_lock" | "not_owner" | "owner_changed"
        );
        if rule || error.code == "invalid_transition" {
            if self.settled(n) {
                let mut meter = world.meter.borrow_mut();
                meter.count(Counter::REFUSED, 1);
                match error.code {
                    "collision" => meter.count(Counter::COLLISIONS, 1),
                    "locked" => meter.count(Counter::LOCKED, 1),
                    _ => {}
                }
            }
            if error.code == "collision" {
                let thread = usize::try_from(n)
                    .ok()
                    .and_then(|n| world.orders.borrow().all().get(n).map(|it| it.thread));
                // The lock is worth nothing for this reply any more; it runs out by itself.
                if let Some(thread) = thread {
                    self.seat().borrow_mut().tokens.remove(&thread);
                }
            }
            world.orders.borrow_mut().refused(n, error.code, &mut world.found.borrow_mut());
            return;
        }
        if repeated {
            return;
        }
        let mut seat = self.seat().borrow_mut();
        if let Some(pending) = seat.pending.get_mut(&n)
            && error.retryable
            && pending.tries < TRIES_MAX
        {
            pending.tries += 1;
            let told = error.details.as_ref().and_then(|it| it.retry_after_ms);
            let growing = AGAIN * pending.tries;
            let wait = told.map_or(growing, Duration::from_millis);
            pending.again = Some(Instant::now() + wait);
            return;
        }
        if seat.pending.remove(&n).is_some() {
            world.meter.borrow_mut().count(Counter::ERRORS, 1);
            world.note(format!("a command failed: {} ({})", error.code, error.message));
        }
    }

    /// Takes the time of a final answer; returns whether it was the first one.
    fn settled(&self, n: u32) -> bool {
        let Some(pending) = self.seat().borrow_mut().pending.remove(&n) else { return false };
        let now = self.world.clock.now();
        let mut meter = self.world.meter.borrow_mut();
        meter.add(Time::Ack, now.saturating_sub(pending.due));
        if pending.tries == 0 && pending.sent > 0 {
            meter.add(Time::Service, now.saturating_sub(pending.sent));
        }
        true
    }

    /// Sends what has no answer yet: everything on a new connection, else what is due again.
    pub(crate) async fn send_pending(&mut self, link: &mut Link, all: bool) -> Result<(), Error> {
        let now = Instant::now();
        let mut frames = Vec::new();
        for pending in self.seat().borrow_mut().pending.values_mut() {
            if all || pending.again.is_some_and(|again| again <= now) {
                pending.again = None;
                pending.sent = self.world.clock.now();
                pending.tries += u32::from(all);
                frames.push(Rc::clone(&pending.frame));
            }
        }
        if frames.is_empty() {
            return Ok(());
        }
        self.world
            .meter
            .borrow_mut()
            .count(Counter::RETRIES, u64::try_from(frames.len()).unwrap_or_default());
        for frame in frames {
            link.feed(Message::text(&*frame)).await?;
        }
        link.flush().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_names_its_command() {
        assert_eq!(order(id(7, false)), Some(7));
        assert_eq!(order(id(7, true)), Some(7));
        assert_ne!(id(7, false), id(7, true));
        assert_eq!(order(3), None);
    }
}
