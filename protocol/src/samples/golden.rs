//! One sample of every frame, command, event and body: the golden files that both sides are tested with.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    attachments::{AttachmentState, AttachmentView},
    close::{CloseCode, CloseReason},
    commands::{
        AddNote, Assign, Command, Done, LockHeld, NoteStored, OpenThread, Outcome, ReleaseLock,
        ReplySent, SendReply, SetAvailability, SetStatus, TakeOverLock, ThreadOnly,
    },
    contacts::{self, ContactView},
    errors::{ErrorBody, ErrorCode, ErrorDetails},
    frames::{
        AgentsFrame, ClientFrame, CommandFrame, Cursor, Draining, ErrorFrame, EventsFrame,
        Heartbeat, Hello, LockRequested, OkFrame, Ping, Pong, Reset, ResetReason, ServerFrame,
        SignalFrame, SignalsFrame, Subscribe, Subscribed, Unsubscribe, Unsubscribed, UnwatchAgents,
        Unwatched, WatchAgents, Watching, Welcome,
    },
    ids::{AgentId, InboxId, MessageId, NoteId, StreamId, ThreadId},
    labels::{Prioritise, Priority, TagThread},
    signals::{Activity, AgentPresence, Attention, Availability, Doing, LockView, ThreadSignals},
    templates::TemplateUse,
    text::{Key, NoteText, Reason, ReplyText},
    views::{
        ActorView, AgentView, DeliveryState, DeliveryView, Direction, MessageForm, MessageView,
        NoteView, PreviewView, Role, Status, ThreadView,
    },
};

/// Returns the golden files: name and content.
pub fn golden() -> Vec<(&'static str, Value)> {
    vec![
        ("client_frames.json", values(&client_frames())),
        ("server_frames.json", values(&server_frames())),
        ("events.json", values(&super::events::events())),
        ("outcomes.json", values(&outcomes())),
        ("close_codes.json", close_codes()),
    ]
}

fn values<T: Serialize>(samples: &[T]) -> Value {
    json!(samples)
}

pub(super) fn uuid(n: u128) -> Uuid {
    Uuid::from_u128(0x0190_c2a4_e6f1_7d3f_8a1b_0000_0000_0000 + n)
}

pub(super) fn at() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + chrono::TimeDelta::milliseconds(1_790_000_000_123)
}

pub(super) fn thread_id() -> ThreadId {
    uuid(1).into()
}

pub(super) fn ann() -> AgentId {
    uuid(2).into()
}

pub(super) fn ben() -> AgentId {
    uuid(3).into()
}

fn stream() -> StreamId {
    InboxId::from(uuid(4)).into()
}

pub(super) fn message_id() -> MessageId {
    uuid(5).into()
}

pub(super) fn note_id() -> NoteId {
    uuid(6).into()
}

fn key(key: &str) -> Key {
    Key::new(key.to_owned()).expect("a sample key is valid")
}

fn cursor() -> Cursor {
    Cursor("AZ0aW2x4.41.9f86d081884c7d65.1".to_owned())
}

pub(super) fn contact() -> ContactView {
    ContactView::sample(uuid(7), uuid(11))
}

pub(super) fn message(direction: Direction) -> MessageView {
    let out = direction == Direction::Out;
    MessageView {
        id: message_id(),
        channel_id: uuid(8).into(),
        direction,
        author: if out {
            ActorView::Agent { id: ann() }
        } else {
            ActorView::Contact { id: contact().id }
        },
        text: "Where is my order? 📦".to_owned(),
        form: if out { MessageForm::Text } else { MessageForm::Choice },
        attachments: if out {
            vec![]
        } else {
            vec![AttachmentView::sample(uuid(9), AttachmentState::Waiting)]
        },
        answers: (!out).then(message_id),
        edited: !out,
        revoked: false,
        reaction: (!out).then(|| "👍".to_owned()),
        at: at(),
        reply_no: out.then_some(1),
        key: out.then(|| "k-1".to_owned()),
        delivery: out.then_some(DeliveryView {
            state: DeliveryState::Queued,
            error: None,
            channel_id: None,
        }),
    }
}

pub(super) fn note() -> NoteView {
    NoteView {
        id: note_id(),
        author: ActorView::Agent { id: ann() },
        text: "@Ben and @Warehouse know.".to_owned(),
        at: at(),
        key: "k-2".to_owned(),
        mentions: super::notes::mentions(ben(), uuid(14).into()),
        version: 2,
        edited_at: Some(at()),
        deleted: None,
    }
}

pub(super) fn thread() -> ThreadView {
    ThreadView {
        id: thread_id(),
        inbox_id: uuid(4).into(),
        contact: contact(),
        channel_id: uuid(8).into(),
        status: Status::Pending,
        assignee_id: Some(ann()),
        team_id: None,
        priority: Priority::High,
        tags: vec![uuid(13).into()],
        reply_no: 1,
        preview: Some(PreviewView {
            seq: 41,
            author: ActorView::Contact { id: contact().id },
            note: false,
            text: "Where is my order? 📦".to_owned(),
            at: at(),
        }),
        inbound_seq: 41,
        read_seq: 40,
        lock: Some(LockView { agent_id: ann(), expires_at: at() }),
        muted: true,
        until: Some(at()),
        created_at: at(),
    }
}

fn commands() -> Vec<Command> {
    let thread_id = thread_id();
    let commands = vec![
        Command::SendReply(SendReply {
            thread_id,
            text: ReplyText::new("It left today.".to_owned()).expect("a sample text is valid"),
            seen_reply: 0,
            seen_seq: Some(41),
            after: Some(key("k-0")),
            lock_token: Some(7),
            channel_id: Some(uuid(8).into()),
            template: Some(Box::new(TemplateUse {
                name: "parcel".to_owned(),
                language: "en_US".to_owned(),
                values: vec!["today".to_owned()],
            })),
            essential: true,
            attachments: vec![uuid(11).into()],
            canned: Some(uuid(16).into()),
        }),
        Command::AddNote(AddNote {
            thread_id,
            text: NoteText::new("@Ben and @Warehouse know.".to_owned())
                .expect("a sample text is valid"),
            mentions: super::notes::mentions(ben(), uuid(14).into()),
        }),
        Command::Assign(Assign {
            thread_id,
            from: None,
            to: Some(ann()),
            from_team: Some(uuid(14).into()),
            to_team: Some(uuid(15).into()),
            note: Some(
                NoteText::new("She wants the invoice.".to_owned()).expect("a sample text is valid"),
            ),
            mentions: Vec::new(),
        }),
        Command::SetStatus(SetStatus { thread_id, to: Status::Pending, until: Some(at()) }),
        Command::OpenThread(OpenThread { thread_id, read_seq: 41 }),
        Command::AcquireLock(ThreadOnly { thread_id }),
        Command::ReleaseLock(ReleaseLock { thread_id, token: 7 }),
        Command::RequestLock(ThreadOnly { thread_id }),
        Command::TakeOverLock(TakeOverLock {
            thread_id,
            reason: Reason::new("The customer is waiting.".to_owned())
                .expect("a sample text is valid"),
        }),
        Command::SetAvailability(SetAvailability { availability: Some(Availability::Busy) }),
        Command::Prioritise(Prioritise { thread_id, to: Priority::Urgent }),
        Command::TagThread(TagThread { thread_id, tag_id: uuid(13).into() }),
        Command::UntagThread(TagThread { thread_id, tag_id: uuid(13).into() }),
        Command::MarkUnread(ThreadOnly { thread_id }),
    ];
    let contacts = contacts::command_samples(thread_id, uuid(12).into(), uuid(11).into());
    let drafts = super::drafts::commands(thread_id, uuid(8).into());
    let notes = super::notes::commands(thread_id, note_id(), ben(), uuid(16).into());
    [commands, contacts, drafts, notes].concat()
}

fn client_frames() -> Vec<ClientFrame> {
    let mut frames = vec![
        ClientFrame::Hello(Hello {
            id: 1,
            token: Some("tds_example".to_owned()),
            cursors: [(stream(), cursor())].into(),
        }),
        ClientFrame::Subscribe(Subscribe { id: 2, stream: stream(), cursor: Some(cursor()) }),
        ClientFrame::Unsubscribe(Unsubscribe { id: 3, stream: stream() }),
        ClientFrame::Signal(SignalFrame { thread_id: thread_id(), activity: Activity::Typing }),
        ClientFrame::Attention(Attention { present: false }),
        ClientFrame::WatchAgents(WatchAgents { id: 5 }),
        ClientFrame::UnwatchAgents(UnwatchAgents { id: 6 }),
        ClientFrame::Ping(Ping { id: 4 }),
    ];
    frames.push(super::bulk::client_frame(key("k-1"), thread_id()));
    frames.extend(super::drafts::client_frames(thread_id()));
    frames.extend(
        (10..).zip(commands()).map(|(id, command)| {
            ClientFrame::Command(CommandFrame { id, key: key("k-1"), command })
        }),
    );
    frames
}

fn outcomes() -> Vec<Outcome> {
    vec![
        Outcome::ReplySent(ReplySent {
            message_id: message_id(),
            seq: 42,
            reply_no: 1,
            arrived: vec![message_id()],
        }),
        Outcome::NoteAdded(NoteStored { note_id: note_id(), seq: 43 }),
        Outcome::Done(Done { seq: None }),
        Outcome::LockHeld(LockHeld { token: 7, expires_at: at() }),
    ]
}

fn errors() -> Vec<ErrorBody> {
    ErrorCode::ALL
        .into_iter()
        .map(|code| {
            let body = ErrorBody::new(code, "One sentence.");
            match code {
                ErrorCode::Collision => body.with(ErrorDetails {
                    reply_no: Some(1),
                    replies: Some(vec![message(Direction::Out)]),
                    ..ErrorDetails::default()
                }),
                ErrorCode::Locked => body.with(ErrorDetails {
                    lock: Some(LockView { agent_id: ann(), expires_at: at() }),
                    ..ErrorDetails::default()
                }),
                ErrorCode::WindowClosed => {
                    body.with(ErrorDetails { window_until: Some(at()), ..ErrorDetails::default() })
                }
                ErrorCode::InvalidTransition => body.with(ErrorDetails {
                    field: Some("command.to".to_owned()),
                    allowed: Some(vec![Status::Open, Status::Closed]),
                    ..ErrorDetails::default()
                }),
                ErrorCode::Invalid => body.with(ErrorDetails {
                    field: Some("command.thread_id".to_owned()),
                    ..ErrorDetails::default()
                }),
                _ => body,
            }
        })
        .collect()
}

fn server_frames() -> Vec<ServerFrame> {
    let stream = stream();
    let mut frames = vec![
        ServerFrame::Welcome(Welcome {
            id: 1,
            connection_id: uuid(9).into(),
            node_id: uuid(10).into(),
            agent: AgentView { id: ann(), name: "Ann".to_owned(), role: Role::Agent },
            heartbeat_ms: 25_000,
            at: at(),
        }),
        ServerFrame::Subscribed(Subscribed {
            id: Some(2),
            stream,
            at: 41,
            cursor: cursor(),
            head: 41,
        }),
        ServerFrame::Unsubscribed(Unsubscribed { id: 3, stream }),
        ServerFrame::Events(EventsFrame {
            stream,
            prev: 41,
            to: 80,
            cursor: cursor(),
            events: super::events::events(),
        }),
        ServerFrame::Reset(Reset { id: None, stream, reason: ResetReason::BelowFloor }),
        ServerFrame::Signals(SignalsFrame {
            stream,
            full: true,
            threads: vec![ThreadSignals {
                thread_id: thread_id(),
                viewing: vec![ann(), ben()],
                typing: vec![ann()],
                stale: vec![ben()],
                contact_typing: true,
                lock: Some(LockView { agent_id: ann(), expires_at: at() }),
            }],
        }),
        ServerFrame::LockRequested(LockRequested { thread_id: thread_id(), from: ben() }),
        ServerFrame::Watching(Watching { id: 5 }),
        ServerFrame::Unwatched(Unwatched { id: 6 }),
        ServerFrame::Agents(AgentsFrame {
            full: true,
            agents: vec![AgentPresence {
                agent_id: ann(),
                availability: Availability::Busy,
                chosen: true,
                doing: vec![Doing {
                    inbox_id: uuid(4).into(),
                    thread_id: thread_id(),
                    typing: true,
                }],
                stale: false,
            }],
        }),
        ServerFrame::Draining(Draining { retry_after_ms: 1_250 }),
        ServerFrame::Heartbeat(Heartbeat { at: at() }),
        ServerFrame::Pong(Pong { id: 4 }),
    ];
    frames.push(super::bulk::server_frame(key("k-1")));
    frames.extend(super::drafts::server_frames(thread_id(), ann(), uuid(9).into(), at()));
    frames
        .extend(outcomes().into_iter().map(|outcome| ServerFrame::Ok(OkFrame { id: 10, outcome })));
    frames.extend(
        errors().into_iter().map(|error| ServerFrame::Error(ErrorFrame { id: Some(10), error })),
    );
    frames
}

fn close_codes() -> Value {
    let rows: Vec<Value> = CloseCode::ALL
        .into_iter()
        .map(|code| {
            let reason = CloseReason {
                code: code.name().to_owned(),
                retry_after_ms: code.come_back().then_some(850),
            };
            json!({ "number": code.number(), "come_back": code.come_back(), "reason": reason })
        })
        .collect();
    json!(rows)
}
