//! One sample of all that is about notes and notifications.

use chrono::{DateTime, Utc};

use crate::{
    commands::Command,
    events::EventBody,
    ids::{AgentId, InboxId, NoteId, NotificationId, TeamId, ThreadId},
    notes::{DeleteNote, EditNote, Mention, MuteThread, Muted, NoteDeleted, NoteEdited},
    notifications::{
        NotificationAdded, NotificationReason, NotificationView, NotificationsRead,
        ReadAllNotifications, ReadNotifications,
    },
    text::NoteText,
    views::ActorView,
};

pub(super) fn mentions(agent: AgentId, team: TeamId) -> Vec<Mention> {
    let mention = |agent_id, team_id, from, to| Mention { agent_id, team_id, from, to };
    vec![mention(Some(agent), None, 0, 4), mention(None, Some(team), 9, 19)]
}

pub(super) fn commands(
    thread_id: ThreadId,
    note_id: NoteId,
    agent: AgentId,
    notification: NotificationId,
) -> Vec<Command> {
    vec![
        Command::EditNote(EditNote {
            thread_id,
            note_id,
            version: 1,
            text: NoteText::new("@Ben asked the warehouse.".to_owned()).expect("a sample is valid"),
            mentions: vec![Mention { agent_id: Some(agent), team_id: None, from: 0, to: 4 }],
        }),
        Command::DeleteNote(DeleteNote { thread_id, note_id }),
        Command::MuteThread(MuteThread { thread_id, muted: true }),
        Command::ReadNotifications(ReadNotifications { notification_ids: vec![notification] }),
        Command::ReadAllNotifications(ReadAllNotifications {}),
    ]
}

pub(super) fn events(
    (inbox_id, thread_id, note_id): (InboxId, ThreadId, NoteId),
    (agent_id, team): (AgentId, TeamId),
    id: NotificationId,
    at: DateTime<Utc>,
) -> Vec<EventBody> {
    vec![
        EventBody::NoteEdited(NoteEdited {
            note_id,
            added_seq: 43,
            version: 2,
            text: "@Ben and @Warehouse know.".to_owned(),
            mentions: mentions(agent_id, team),
        }),
        EventBody::NoteDeleted(NoteDeleted { note_id, added_seq: 43 }),
        EventBody::Muted(Muted { agent_id, muted: true }),
        EventBody::NotificationAdded(NotificationAdded {
            notification: NotificationView {
                id,
                reason: NotificationReason::TeamMentioned,
                inbox_id,
                thread_id,
                actor: ActorView::Agent { id: agent_id },
                note_id: Some(note_id),
                team_id: Some(team),
                at,
                read: false,
                contact: None,
                text: None,
            },
        }),
        EventBody::NotificationsRead(NotificationsRead { agent_id, notification_ids: vec![id] }),
    ]
}
