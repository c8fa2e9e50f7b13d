//! What a desk does when the schedule says so.

use std::rc::Rc;

use futures_util::SinkExt as _;
use protocol::{
    commands::{AddNote, Assign, Command, OpenThread, SendReply, SetStatus, ThreadOnly},
    frames::{ClientFrame, CommandFrame, SignalFrame},
    ids::{AgentId, ThreadId},
    signals::Activity,
    text::{Key, NoteText, ReplyText},
    views::Status,
};
use rand::RngExt as _;
use tokio_tungstenite::tungstenite::{Error, Message};
use uuid::Uuid;

use super::{
    agent::{Desk, Ended},
    answer,
    link::Link,
};
use crate::{
    check::{
        commands::{Order, State},
        log::EventKind,
    },
    measure::meter::Counter,
    plan::step::{Step, What},
    world::{clock::micros, seat::Pending},
};

/// What a command is about.
struct About {
    thread: u32,
    thread_id: ThreadId,
    stream: u32,
    /// The place of the stream that is on screen.
    place: u64,
}

impl Desk {
    /// Does one step; returns how the connection ended, if that is what it was for.
    pub(crate) async fn act(
        &mut self,
        link: &mut Link,
        step: &Step,
    ) -> Result<Option<Ended>, Error> {
        match step.what {
            What::Cut => return Ok(Some(Ended::Ours)),
            What::Close => {
                // The server's answer is not waited for: a page that is loaded again does not.
                let _gone = link.close(None).await;
                return Ok(Some(Ended::Ours));
            }
            What::Stall(lasting) => {
                self.stall(lasting).await;
                return Ok(None);
            }
            _ => {}
        }
        let Some(about) = self.about(step.customer) else {
            self.world.meter.borrow_mut().count(Counter::SKIPPED, 1);
            return Ok(None);
        };
        match step.what {
            What::View => self.signal(link, &about, Activity::Viewing).await?,
            What::Type => self.signal(link, &about, Activity::Typing).await?,
            What::Leave => self.signal(link, &about, Activity::Idle).await?,
            _ => self.command(link, step, &about).await?,
        }
        Ok(None)
    }

    fn about(&self, place: u32) -> Option<About> {
        let crowd = self.world.crowd.borrow();
        let thread = crowd.get(crowd.at(place)?)?.thread?;
        let threads = self.world.threads.borrow();
        let it = threads.get(thread)?;
        let seat = self.seat().borrow();
        seat.follows.iter().find(|follow| follow.stream == it.stream)?;
        Some(About {
            thread,
            thread_id: ThreadId::from(Uuid::from_u128(it.id)),
            stream: it.stream,
            place: seat.place(it.stream),
        })
    }

    async fn signal(
        &mut self,
        link: &mut Link,
        about: &About,
        activity: Activity,
    ) -> Result<(), Error> {
        let now = self.world.clock.now();
        let agent = self.seat().borrow().agent;
        if activity == Activity::Typing
            && let Some(it) = self.world.threads.borrow_mut().get_mut(about.thread)
        {
            // Only a change is told: of an agent who types already nothing is seen.
            let quiet = !self
                .seat()
                .borrow()
                .shown
                .get(&about.thread)
                .is_some_and(|shown| shown.typing.contains(&agent));
            if quiet && it.typed.is_none() {
                it.typed = Some((agent, now));
            }
        }
        let key = (agent, about.thread);
        self.world.said.borrow_mut().says(key, self.connection, activity, now);
        let frame = ClientFrame::Signal(SignalFrame { thread_id: about.thread_id, activity });
        link.send(Message::text(serde_json::to_string(&frame).unwrap_or_default())).await
    }

    async fn command(&mut self, link: &mut Link, step: &Step, about: &About) -> Result<(), Error> {
        let due = self.due(step);
        let (n, frames) = self.ordered(step.what, about);
        let Some(first) = frames.first().cloned() else { return Ok(()) };
        {
            let pending = Pending {
                frame: Rc::from(first),
                due,
                sent: self.world.clock.now(),
                tries: 0,
                again: None,
            };
            self.seat().borrow_mut().pending.insert(n, pending);
        }
        self.world.meter.borrow_mut().count(Counter::COMMANDS, 1);
        for frame in frames {
            link.feed(Message::text(frame)).await?;
        }
        link.flush().await
    }

    /// When a step was due, in microseconds since the epoch.
    fn due(&self, step: &Step) -> u64 {
        self.world.starts.get() + micros(step.at)
    }

    /// Writes the command down and returns its frame, for some commands twice.
    fn ordered(&mut self, what: What, about: &About) -> (u32, Vec<String>) {
        let world = Rc::clone(&self.world);
        let seen_reply = {
            let threads = world.threads.borrow();
            let it = threads.get(about.thread);
            it.map(|it| it.replies.reply_no_at(about.place)).unwrap_or_default()
        };
        let makes = match what {
            What::Reply => EventKind::Sent,
            What::Note => EventKind::Note,
            What::Assign(_) => EventKind::Assigned,
            What::Status(_) => EventKind::Status,
            What::Open => EventKind::Opened,
            _ => EventKind::Lock,
        };
        let order = Order {
            seat: u32::try_from(self.seat).unwrap_or(u32::MAX),
            stream: about.stream,
            thread: about.thread,
            makes,
            seen_reply,
            state: State::Open,
            event: 0,
        };
        let n = world.orders.borrow_mut().open(order);
        let Some(command) = self.worded(what, about, n, seen_reply) else { return (n, Vec::new()) };
        let Ok(key) = Key::new(format!("{}-{n}", world.tag)) else { return (n, Vec::new()) };
        let frame = |repeated| {
            let (key, command) = (key.clone(), command.clone());
            let frame = CommandFrame { id: answer::id(n, repeated), key, command };
            serde_json::to_string(&ClientFrame::Command(frame)).unwrap_or_default()
        };
        let mut frames = vec![frame(false)];
        if makes != EventKind::Lock && self.random.random::<f64>() < world.scenario.people.repeat {
            frames.push(frame(true));
        }
        (n, frames)
    }

    fn worded(&self, what: What, about: &About, n: u32, seen_reply: u32) -> Option<Command> {
        let world = &self.world;
        let thread_id = about.thread_id;
        let mark = format!("#{}.{n}", world.tag);
        Some(match what {
            What::Reply => {
                let text =
                    ReplyText::new(format!("It is on its way, thank you for asking. {mark}"));
                let lock_token = self.seat().borrow().tokens.get(&about.thread).copied();
                Command::SendReply(SendReply {
                    seen_seq: Some(about.place),
                    lock_token,
                    ..SendReply::new(thread_id, text.ok()?, seen_reply)
                })
            }
            What::Note => {
                let bytes = usize::try_from(world.scenario.load.note_bytes).ok()?;
                let filling = "asked the warehouse; ".repeat(bytes / 21 + 1);
                let text = filling.get(..bytes.saturating_sub(mark.len() + 1)).unwrap_or_default();
                let text = NoteText::new(format!("{text} {mark}")).ok()?;
                Command::AddNote(AddNote::new(thread_id, text))
            }
            What::Assign(whom) => {
                let from = world.threads.borrow().get(about.thread)?.owner;
                let to = nth_agent(&world.colleagues, whom);
                let from = from.map(|it| AgentId::from(Uuid::from_u128(it)));
                Command::Assign(Assign {
                    thread_id,
                    from,
                    to,
                    from_team: None,
                    to_team: None,
                    note: None,
                    mentions: Vec::new(),
                })
            }
            What::Status(which) => {
                let all = [Status::Open, Status::Pending, Status::Escalated, Status::Closed];
                let to = *all.get(usize::try_from(which).ok()? % all.len())?;
                Command::SetStatus(SetStatus { thread_id, to, until: None })
            }
            What::Open => Command::OpenThread(OpenThread { thread_id, read_seq: about.place }),
            _ => Command::AcquireLock(ThreadOnly { thread_id }),
        })
    }
}

/// Somebody who is a member of every inbox of the run, or nobody.
fn nth_agent(colleagues: &[u128], whom: u32) -> Option<AgentId> {
    let index = usize::try_from(whom).ok()? % (colleagues.len() + 1);
    colleagues.get(index).map(|it| AgentId::from(Uuid::from_u128(*it)))
}
