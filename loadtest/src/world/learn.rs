//! What a frame teaches when it comes for the first time.

use std::rc::Rc;

use super::{
    frames::{EventData, EventHead, EventsFrame, Incoming, Shown, SignalsFrame, digits, hash},
    shared::World,
};
use crate::{
    check::{
        findings::Kind,
        log::{Entry, EventKind},
        replies::Reply,
    },
    measure::names::Time,
};

impl World {
    /// Reads a frame of events that no desk had before.
    pub(crate) fn read_events(&self, frame: &Incoming<'_>) -> Option<EventsFrame> {
        let stream = self.stream(frame.stream?)?;
        let mut events = Vec::new();
        for raw in frame.events.as_deref().unwrap_or_default() {
            let Ok(head) = serde_json::from_str::<EventHead<'_>>(raw.get()) else { continue };
            let text = self.learn(stream, &head, raw.get());
            events.push((head.seq, text));
        }
        Some(EventsFrame {
            stream,
            prev: frame.prev?,
            to: frame.to?,
            cursor: frame.cursor?.into(),
            events,
        })
    }

    /// Returns the number of the customer's text, if it is one of this run.
    fn learn(&self, stream: u32, head: &EventHead<'_>, raw: &str) -> Option<u32> {
        // Not facts of the stream but of one reader's sight.
        if matches!(head.kind, "thread_view" | "thread_gone") {
            return None;
        }
        let data: EventData<'_> = serde_json::from_str(head.data.get()).unwrap_or_default();
        // A contact may have got a name since.
        let stable = if head.kind == "thread.created" { head.thread_id } else { raw };
        let hash = hash(stable);
        let text = data.message.as_ref().and_then(|it| self.marked(&it.text));
        let text = text.filter(|_| head.kind == "message.received");
        let known = {
            let logs = self.logs.borrow();
            let log = usize::try_from(stream).ok().and_then(|it| logs.get(it))?;
            log.at(head.seq).map(|it| it.hash)
        };
        if let Some(known) = known {
            if known != hash {
                let name = self.stream_name(stream);
                self.found.borrow_mut().add(Kind::Altered, || {
                    format!("seq {} of {name} ({}) was told in two ways", head.seq, head.kind)
                });
            }
            return text;
        }
        self.learn_new(stream, head, &data, hash);
        text
    }

    fn learn_new(&self, stream: u32, head: &EventHead<'_>, data: &EventData<'_>, hash: u64) {
        let Some(id) = digits(head.thread_id) else { return };
        let thread = self.threads.borrow_mut().number(id, stream);
        let kind = kind(head.kind);
        let only = match kind {
            EventKind::Opened => data.agent_id.and_then(digits).map(|id| self.agent(id)),
            _ => None,
        };
        let stamp = u64::try_from(head.at.timestamp_micros()).unwrap_or_default();
        let entry = Entry { hash, kind, thread, only, stamp, last: 0, receivers: 0 };
        if let Ok(index) = usize::try_from(stream)
            && let Some(log) = self.logs.borrow_mut().get_mut(index)
        {
            log.write(head.seq, entry);
        }
        self.follow_thread(thread, head, data);
        let key = data.message.as_ref().and_then(|it| it.key);
        let key = key.or_else(|| data.note.as_ref().map(|it| it.key));
        if let Some(order) = key.and_then(|key| self.order_of(key)) {
            self.orders.borrow_mut().event(order, head.seq, &mut self.found.borrow_mut());
        }
    }

    fn follow_thread(&self, thread: u32, head: &EventHead<'_>, data: &EventData<'_>) {
        match (head.kind, data) {
            ("thread.created", EventData { thread: Some(created), .. }) => {
                for address in &created.contact.addresses {
                    self.crowd.borrow_mut().began(&address.value, thread);
                }
            }
            ("message.received", EventData { message: Some(message), .. }) => {
                self.one_more(thread);
                if let Some(n) = self.marked(&message.text) {
                    self.texts.borrow_mut().event(n, head.seq, &mut self.found.borrow_mut());
                }
            }
            ("message.sent", EventData { message: Some(message), .. }) => {
                self.one_more(thread);
                let reply = Reply {
                    seq: head.seq,
                    reply_no: message.reply_no.unwrap_or_default(),
                    message: digits(message.id).unwrap_or_default(),
                    order: message.key.and_then(|key| self.order_of(key)),
                };
                if let Some(it) = self.threads.borrow_mut().get_mut(thread) {
                    it.replies.add(reply);
                }
            }
            ("message.delivery_changed", EventData { message_id: Some(id), delivery, .. }) => {
                let failed = delivery.as_ref().is_some_and(|it| it.state == "failed");
                if failed
                    && let Some(it) = self.threads.borrow_mut().get_mut(thread)
                    && let Some(id) = digits(id)
                {
                    it.failed.push(id);
                }
            }
            ("thread.assigned", _) => {
                if let Some(it) = self.threads.borrow_mut().get_mut(thread) {
                    it.owner = data.to.and_then(digits);
                }
            }
            _ => {}
        }
    }

    /// A message more; a customer whose phone is full is replaced.
    fn one_more(&self, thread: u32) {
        let newcomer = self.crowd.borrow_mut().message(thread);
        self.newcomers.borrow_mut().extend(newcomer);
    }

    /// Reads a frame of signals that no desk had before.
    pub(crate) fn read_signals(&self, frame: Incoming<'_>) -> Option<SignalsFrame> {
        let stream = self.stream(frame.stream?)?;
        let mut threads = Vec::new();
        for shown in frame.threads.unwrap_or_default() {
            let Some(thread) =
                digits(shown.thread_id).and_then(|id| self.threads.borrow().known(id))
            else {
                continue;
            };
            // Those of a node that cannot be heard are marked, so they mislead nobody.
            let sure = |ids: &[&str]| {
                let ids = ids.iter().filter(|id| !shown.stale.contains(id));
                ids.filter_map(|id| digits(id)).map(|id| self.agent(id)).collect::<Vec<u32>>()
            };
            let (viewing, typing) = (sure(&shown.viewing), sure(&shown.typing));
            self.seen_typing(thread, &typing);
            threads.push(Rc::new(Shown { thread, viewing, typing }));
        }
        Some(SignalsFrame { stream, full: frame.full.unwrap_or_default(), threads })
    }

    fn seen_typing(&self, thread: u32, typing: &[u32]) {
        let mut threads = self.threads.borrow_mut();
        let Some(it) = threads.get_mut(thread) else { return };
        if let Some((_, since)) = it.typed.take_if(|(agent, _)| typing.contains(agent)) {
            let took = self.clock.now().saturating_sub(since);
            self.meter.borrow_mut().add(Time::Signal, took);
        }
    }

    /// Returns the number of an agent; somebody else than ours has none of them.
    fn agent(&self, id: u128) -> u32 {
        self.agents.get(&id).copied().unwrap_or(u32::MAX)
    }
}

fn kind(name: &str) -> EventKind {
    match name {
        "message.received" => EventKind::Received,
        "message.sent" => EventKind::Sent,
        "message.delivery_changed" => EventKind::Delivery,
        "note.added" => EventKind::Note,
        "thread.assigned" => EventKind::Assigned,
        "thread.status_changed" => EventKind::Status,
        "thread.opened" => EventKind::Opened,
        "lock.acquired" | "lock.taken_over" => EventKind::Lock,
        _ => EventKind::Other,
    }
}
