//! One sample of every event.

use super::golden::{
    ann, at, ben, contact, message, message_id, note, note_id, thread, thread_id, uuid,
};
use crate::{
    attachments::{AttachmentChanged, AttachmentState, AttachmentView},
    canned,
    contacts::{self, ConsentAbout},
    events::{
        ChannelChanged, ConsentChanged, ContactChanged, DeliveryChanged, Empty, Event, EventBody,
        LockAcquired, LockTakenOver, MessageAdded, MessageEdited, MessageOnly, MessageReacted,
        NoteAdded, StatusChanged, ThreadAssigned, ThreadCreated, ThreadGone, ThreadOpened,
    },
    labels::{
        MarkedUnread, Prioritised, Priority, TagChanged, TagColor, TagRemoved, TagView, Tagged,
    },
    pauses::{Pause, PauseReason},
    views::{ActorView, ChannelKind, ChannelView, DeliveryState, DeliveryView, Direction, Status},
};

pub(super) fn events() -> Vec<Event> {
    let mut bodies = vec![
        EventBody::ThreadCreated(ThreadCreated { thread: Box::new(thread()) }),
        EventBody::MessageReceived(MessageAdded { message: message(Direction::In) }),
        EventBody::MessageSent(MessageAdded { message: message(Direction::Out) }),
        EventBody::MessageEdited(MessageEdited {
            message_id: message_id(),
            text: "Where is my order 4711?".to_owned(),
        }),
        EventBody::MessageRevoked(MessageOnly { message_id: message_id() }),
        EventBody::MessageReacted(MessageReacted {
            message_id: message_id(),
            emoji: Some("👍".to_owned()),
        }),
        EventBody::AttachmentChanged(AttachmentChanged {
            message_id: message_id(),
            attachment: AttachmentView::sample(uuid(9), AttachmentState::Stored),
        }),
        EventBody::ContactChanged(ContactChanged { contact: contact() }),
        EventBody::ConsentChanged(ConsentChanged {
            channel_id: uuid(8).into(),
            about: ConsentAbout::Everything,
            wanted: false,
        }),
        EventBody::DeliveryChanged(DeliveryChanged {
            message_id: message_id(),
            delivery: DeliveryView {
                state: DeliveryState::Failed,
                error: Some("30005".to_owned()),
                channel_id: None,
            },
        }),
        EventBody::NoteAdded(NoteAdded { note: note() }),
        EventBody::ThreadAssigned(ThreadAssigned {
            from: None,
            to: Some(ann()),
            from_team: None,
            to_team: None,
        }),
        pending(),
        EventBody::ThreadOpened(ThreadOpened { agent_id: ann(), read_seq: 41 }),
        EventBody::LockAcquired(LockAcquired { agent_id: ann() }),
        EventBody::LockTakenOver(LockTakenOver {
            from: ann(),
            to: ben(),
            reason: "The customer is waiting.".to_owned(),
        }),
        EventBody::ChannelChanged(ChannelChanged { channel: channel() }),
    ];
    bodies.extend(super::drafts::events());
    bodies.extend(contacts::event_samples(uuid(11).into()));
    bodies.extend(labels().into_iter().chain(notes()));
    bodies.extend(canned::event_samples(uuid(16).into()));
    bodies.extend([
        EventBody::ThreadChanged(Empty {}),
        EventBody::ThreadView(Box::new(thread())),
        EventBody::ThreadGone(ThreadGone { merged_into: Some(uuid(12).into()) }),
    ]);
    (42..)
        .zip(bodies)
        .map(|(seq, body)| Event {
            seq,
            at: at(),
            actor: ActorView::Agent { id: ann() },
            thread_id: (!is_of_inbox(&body)).then(thread_id),
            body,
        })
        .collect()
}

fn pending() -> EventBody {
    EventBody::StatusChanged(StatusChanged {
        from: Status::New,
        to: Status::Pending,
        until: Some(at()),
    })
}

fn notes() -> Vec<EventBody> {
    let place = (uuid(4).into(), thread_id(), note_id());
    super::notes::events(place, (ben(), uuid(14).into()), uuid(16).into(), at())
}

fn labels() -> [EventBody; 5] {
    [
        EventBody::Prioritised(Prioritised { from: Priority::Normal, priority: Priority::High }),
        EventBody::Tagged(Tagged {
            tags: vec![uuid(13).into()],
            added: Some(uuid(13).into()),
            removed: None,
        }),
        EventBody::MarkedUnread(MarkedUnread { agent_id: ann(), read_seq: 40 }),
        EventBody::TagChanged(TagChanged {
            tag: TagView {
                id: uuid(13).into(),
                name: "Refund".to_owned(),
                color: TagColor::Orange,
            },
        }),
        EventBody::TagRemoved(TagRemoved { tag_id: uuid(13).into() }),
    ]
}

fn is_of_inbox(body: &EventBody) -> bool {
    use EventBody::{
        CannedApproved, CannedChanged, CannedRemoved, ChannelChanged, TagChanged, TagRemoved,
    };
    matches!(body, ChannelChanged(_) | TagChanged(_) | TagRemoved(_))
        || matches!(body, CannedChanged(_) | CannedApproved(_) | CannedRemoved(_))
}

fn channel() -> ChannelView {
    ChannelView {
        id: uuid(8).into(),
        kind: ChannelKind::Whatsapp,
        address: "+12025550143".to_owned(),
        text_max: 4096,
        window_hours: Some(24),
        paused: Some(Pause {
            since: at(),
            reason: PauseReason::Credentials,
            code: Some("190".to_owned()),
        }),
    }
}
