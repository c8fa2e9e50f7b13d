//! Private notes: whom they mention, how they change, and what agents are told of.

mod changing;
mod hearing;
mod mail;
mod mentions;
mod sight;

use protocol::{
    commands::{AddNote, Command, Outcome},
    events::{Event, EventBody},
    ids::{AgentId, NoteId, NotificationId, TeamId, ThreadId},
    notes::{EditNote, Mention},
    notifications::{NotificationPage, NotificationReason},
    text::NoteText,
    views::NoteView,
};

use crate::harness::{api::Api, socket::Socket};

/// Whom the next `@` of a text means.
#[derive(Clone, Copy)]
enum At {
    Agent(AgentId),
    Team(TeamId),
}

fn text(text: &str) -> NoteText {
    NoteText::new(text.to_owned()).unwrap()
}

/// Names whom each word means that begins with an `@`.
fn mentions(text: &str, of: &[At]) -> Vec<Mention> {
    let mut of = of.iter();
    let (mut at, mut found) = (0, Vec::new());
    for word in text.split_inclusive(' ') {
        let units = |it: &str| u32::try_from(it.encode_utf16().count()).unwrap();
        if word.starts_with('@') {
            let (agent_id, team_id) = match of.next().unwrap() {
                At::Agent(id) => (Some(*id), None),
                At::Team(id) => (None, Some(*id)),
            };
            found.push(Mention { agent_id, team_id, from: at, to: at + units(word.trim_end()) });
        }
        at += units(word);
    }
    found
}

fn mentioning(thread_id: ThreadId, words: &str, of: &[At]) -> Command {
    let mentions = mentions(words, of);
    Command::AddNote(AddNote { thread_id, text: text(words), mentions })
}

fn edit(thread_id: ThreadId, note_id: NoteId, version: u32, words: &str, of: &[At]) -> Command {
    let mentions = mentions(words, of);
    Command::EditNote(EditNote { thread_id, note_id, version, text: text(words), mentions })
}

/// Writes a note and returns its id.
async fn noted(api: &Api, key: &str, command: Command) -> NoteId {
    let Outcome::NoteAdded(it) = api.command(key, command).await.unwrap() else {
        panic!("no note")
    };
    it.note_id
}

/// Returns the newest page of what an agent was told of.
async fn page(api: &Api) -> NotificationPage {
    api.get("/api/v1/notifications").await
}

/// Says what a page has, newest first.
fn shown(page: &NotificationPage) -> Vec<(NotificationReason, ThreadId, bool)> {
    page.notifications.iter().map(|it| (it.reason, it.thread_id, it.read)).collect()
}

/// Returns what a socket was told of, oldest first.
fn told(socket: &Socket) -> Vec<(NotificationReason, ThreadId)> {
    let told = |event: &Event| match &event.body {
        EventBody::NotificationAdded(it) => {
            assert_eq!(event.thread_id, Some(it.notification.thread_id));
            assert_eq!((&it.notification.text, &it.notification.contact), (&None, &None));
            Some((it.notification.reason, it.notification.thread_id))
        }
        _ => None,
    };
    socket.events.iter().filter_map(told).collect()
}

/// Returns what a socket was told that its agent has read.
fn read(socket: &Socket) -> Vec<NotificationId> {
    let read = |event: &Event| match &event.body {
        EventBody::NotificationsRead(it) => it.notification_ids.clone(),
        _ => Vec::new(),
    };
    socket.events.iter().flat_map(read).collect()
}

/// Returns the notes of a thread as its timeline shows them.
async fn shown_notes(api: &Api, thread: ThreadId) -> Vec<NoteView> {
    let note = |event: Event| match event.body {
        EventBody::NoteAdded(it) => Some(it.note),
        _ => None,
    };
    api.snapshot(thread).await.timeline.events.into_iter().filter_map(note).collect()
}
