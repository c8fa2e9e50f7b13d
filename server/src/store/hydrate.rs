//! Stored facts become what clients are told: ids, with the content that stands beside them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use protocol::{
    attachments::{AttachmentChanged, AttachmentView},
    contacts::ContactView,
    events::{
        ChannelChanged, ConsentChanged, ContactChanged, ContactOnly, DeliveryChanged, Empty, Event,
        EventBody, LockAcquired, LockTakenOver, MessageAdded, MessageEdited, MessageOnly,
        MessageReacted, ThreadCreated, ThreadGone,
    },
    ids::{ChannelId, ContactId, InboxId, MessageId, NoteId, StreamId, TagId, ThreadId},
    labels::{Priority, TagChanged, TagRemoved, TagView},
    views::{
        ChannelView, DeliveryState, DeliveryView, Direction, MessageForm, MessageView, Status,
        ThreadView,
    },
};
use uuid::Uuid;

use super::{
    attachments, channels, contacts, error::StoreError, events::StoredEvent, notes,
    patience::in_time, pool::Store, tags, told,
};
use crate::domain::{
    attachment::{Attached, Standing},
    fact::Fact,
};

/// What stands beside events, by id.
#[derive(Default)]
pub(super) struct Beside {
    contacts: BTreeMap<Uuid, ContactView>,
    /// Names of files.
    names: BTreeMap<Uuid, String>,
    channels: BTreeMap<Uuid, ChannelView>,
    tags: BTreeMap<Uuid, TagView>,
}

/// Turns stored events into what clients are told; `None` for what is told to nobody.
pub(super) async fn events(
    store: &Store,
    stream: StreamId,
    mut stored: Vec<StoredEvent>,
) -> Result<Vec<(StoredEvent, Option<Event>)>, StoreError> {
    let wanted: Vec<Uuid> = stored.iter().filter_map(contact).map(ContactId::uuid).collect();
    let files: Vec<Uuid> = stored.iter().flat_map(files).map(|it| it.id.uuid()).collect();
    let mut beside = Beside::default();
    if !(wanted.is_empty() && files.is_empty()) {
        in_time(async {
            let mut connection = store.pool.acquire().await?;
            if !wanted.is_empty() {
                beside.contacts = contacts::views(&mut connection, &wanted).await?;
            }
            if !files.is_empty() {
                beside.names = attachments::names(&mut connection, &files).await?;
            }
            Ok(())
        })
        .await?;
    }
    let changed: Vec<Uuid> = stored.iter().filter_map(channel).map(ChannelId::uuid).collect();
    if !changed.is_empty() {
        beside.channels = channels::these(store, &changed).await?;
    }
    let changed: Vec<Uuid> = stored.iter().filter_map(tag).map(TagId::uuid).collect();
    if !changed.is_empty() {
        beside.tags = tags::these(store, &changed).await?;
    }
    unsay(store, &mut stored).await?;
    Ok(stored
        .into_iter()
        .map(|event| {
            let told = one(stream, &event, &beside);
            (event, told)
        })
        .collect())
}

/// Takes the words out of what is told of notes that were deleted since.
async fn unsay(store: &Store, stored: &mut [StoredEvent]) -> Result<(), StoreError> {
    let note = |it: &StoredEvent| it.fact.as_ref().and_then(Fact::note).map(NoteId::uuid);
    let wanted: Vec<Uuid> = stored.iter().filter_map(note).collect();
    if wanted.is_empty() {
        return Ok(());
    }
    let deleted = notes::deleted(store, &wanted).await?;
    let silent = |it: &&mut StoredEvent| note(it).is_some_and(|id| deleted.contains(&id));
    for event in stored.iter_mut().filter(silent) {
        event.text = None;
        event.fact.iter_mut().for_each(Fact::mention_nobody);
    }
    Ok(())
}

pub(super) fn contact(event: &StoredEvent) -> Option<ContactId> {
    match event.fact {
        Some(Fact::ThreadCreated { contact_id, .. } | Fact::ContactChanged { contact_id }) => {
            Some(contact_id)
        }
        _ => None,
    }
}

fn channel(event: &StoredEvent) -> Option<ChannelId> {
    match event.fact {
        Some(
            Fact::ChannelAdded { channel_id }
            | Fact::ChannelPaused { channel_id, .. }
            | Fact::ChannelResumed { channel_id },
        ) => Some(channel_id),
        _ => None,
    }
}

fn tag(event: &StoredEvent) -> Option<TagId> {
    match event.fact {
        Some(Fact::TagChanged { tag_id }) => Some(tag_id),
        _ => None,
    }
}

fn files(event: &StoredEvent) -> &[Attached] {
    match &event.fact {
        Some(Fact::MessageReceived { attachments, .. } | Fact::MessageSent { attachments, .. }) => {
            attachments
        }
        _ => &[],
    }
}

/// Turns one stored event into what clients are told.
pub(super) fn one(stream: StreamId, event: &StoredEvent, beside: &Beside) -> Option<Event> {
    let thread_id = event.thread.map(|(thread, _audience, _now)| thread);
    let body = match (&event.fact, thread_id) {
        (Some(fact), Some(thread)) => body(stream.into(), thread, event, fact, beside)?,
        (Some(fact), None) => of_inbox(event, fact, beside)?,
        (None, Some(_)) => EventBody::ThreadChanged(Empty {}),
        (None, None) => return None,
    };
    Some(Event { seq: event.seq, at: event.at, actor: event.actor.view(), thread_id, body })
}

/// Says what became of an inbox.
fn of_inbox(event: &StoredEvent, fact: &Fact, beside: &Beside) -> Option<EventBody> {
    Some(match fact {
        // Gone since, it is told of as gone.
        Fact::TagChanged { tag_id } => {
            let tag = beside.tags.get(&tag_id.uuid())?.clone();
            EventBody::TagChanged(TagChanged { tag })
        }
        Fact::TagRemoved { tag_id } => EventBody::TagRemoved(TagRemoved { tag_id: *tag_id }),
        Fact::CannedChanged { .. } | Fact::CannedApproved { .. } | Fact::CannedRemoved { .. } => {
            return told::of_canned(fact);
        }
        _ => {
            let channel = beside.channels.get(&channel(event)?.uuid())?.clone();
            EventBody::ChannelChanged(ChannelChanged { channel })
        }
    })
}

#[expect(clippy::too_many_lines, reason = "a line for each kind")]
fn body(
    inbox_id: InboxId,
    thread_id: ThreadId,
    event: &StoredEvent,
    fact: &Fact,
    beside: &Beside,
) -> Option<EventBody> {
    let text = || event.text.clone().unwrap_or_default();
    Some(match fact.clone() {
        Fact::NoteAdded { .. } | Fact::NoteEdited { .. } | Fact::NoteDeleted { .. } => {
            return told::of_note(event, fact, text());
        }
        Fact::ThreadOpened { .. }
        | Fact::ThreadMuted { .. }
        | Fact::Notified { .. }
        | Fact::NotificationsRead { .. } => {
            return told::of_agent((inbox_id, thread_id), event, fact);
        }
        Fact::ThreadAssigned { .. } | Fact::StatusChanged { .. } => {
            return told::of_thread(fact);
        }
        Fact::ThreadMarkedUnread { .. }
        | Fact::ThreadPrioritised { .. }
        | Fact::ThreadTagged { .. } => return told::of_labels(fact),
        Fact::LockAcquired { agent_id } => EventBody::LockAcquired(LockAcquired { agent_id }),
        Fact::LockTakenOver { from, to } => {
            EventBody::LockTakenOver(LockTakenOver { from, to, reason: text() })
        }
        Fact::DraftReviewRequested { .. }
        | Fact::DraftApproved { .. }
        | Fact::DraftApprovalVoided { .. }
        | Fact::DraftChangesRequested { .. }
        | Fact::DraftDiscarded { .. } => return told::of_draft(fact, text()),
        Fact::ThreadCreated { .. }
        | Fact::ThreadMerged { .. }
        | Fact::ContactChanged { .. }
        | Fact::ConsentChanged { .. }
        | Fact::ContactMerged { .. }
        | Fact::ContactUnmerged { .. } => {
            return of_contact((thread_id, inbox_id), event, fact, beside);
        }
        Fact::MessageReceived { .. }
        | Fact::MessageSent { .. }
        | Fact::MessageEdited { .. }
        | Fact::MessageRevoked { .. }
        | Fact::MessageReacted { .. }
        | Fact::AttachmentChanged { .. }
        | Fact::DeliveryChanged { .. } => return of_message(event, fact, beside),
        Fact::TagChanged { .. }
        | Fact::TagRemoved { .. }
        | Fact::CannedChanged { .. }
        | Fact::CannedApproved { .. }
        | Fact::CannedRemoved { .. }
        | Fact::AgentCreated { .. }
        | Fact::InboxCreated { .. }
        | Fact::InboxChanged { .. }
        | Fact::AccountCreated { .. }
        | Fact::AccountChanged { .. }
        | Fact::SecretRotated { .. }
        | Fact::ChannelAdded { .. }
        | Fact::ChannelPaused { .. }
        | Fact::ChannelResumed { .. }
        | Fact::ChannelCreated { .. }
        | Fact::MemberAdded { .. }
        | Fact::MemberChanged { .. }
        | Fact::MemberRemoved { .. }
        | Fact::RightsChanged { .. }
        | Fact::AgentChanged { .. }
        | Fact::PasswordReset { .. }
        | Fact::RoleChanged { .. }
        | Fact::RoleRemoved { .. }
        | Fact::TeamChanged { .. }
        | Fact::TeamRemoved { .. }
        | Fact::AttachmentOpened { .. }
        | Fact::AvailabilityChosen { .. }
        | Fact::SessionCreated { .. }
        | Fact::SessionRevoked { .. }
        | Fact::IdentityLinked { .. }
        | Fact::TokenCreated { .. }
        | Fact::TokenRevoked { .. } => return None,
    })
}

/// Says what became of a customer.
fn of_contact(
    (thread_id, inbox_id): (ThreadId, InboxId),
    event: &StoredEvent,
    fact: &Fact,
    beside: &Beside,
) -> Option<EventBody> {
    Some(match fact.clone() {
        Fact::ThreadCreated { contact_id, channel_id } => {
            let contact = beside.contacts.get(&contact_id.uuid())?.clone();
            let thread = began((thread_id, inbox_id), contact, channel_id, event.at);
            EventBody::ThreadCreated(ThreadCreated { thread: Box::new(thread) })
        }
        Fact::ContactChanged { contact_id } => {
            let contact = beside.contacts.get(&contact_id.uuid())?.clone();
            EventBody::ContactChanged(ContactChanged { contact })
        }
        Fact::ConsentChanged { channel_id, about, wanted } => {
            EventBody::ConsentChanged(ConsentChanged { channel_id, about, wanted })
        }
        // Whoever is there live is told the whole thread: `Fact::is_whole`.
        Fact::ContactMerged { contact_id } => EventBody::ContactMerged(ContactOnly { contact_id }),
        Fact::ContactUnmerged { contact_id } => {
            EventBody::ContactUnmerged(ContactOnly { contact_id })
        }
        Fact::ThreadMerged { into } => {
            EventBody::ThreadGone(ThreadGone { merged_into: Some(into) })
        }
        _ => return None,
    })
}

/// Says what became of a message.
fn of_message(event: &StoredEvent, fact: &Fact, beside: &Beside) -> Option<EventBody> {
    let text = || event.text.clone().unwrap_or_default();
    let message = |id, channel_id, direction| said(event, beside, (id, channel_id, direction));
    Some(match fact.clone() {
        Fact::MessageReceived { message_id, channel_id, form, answers, .. } => {
            let received = message(message_id, channel_id, Direction::In);
            let message = MessageView { form, answers, ..received };
            EventBody::MessageReceived(MessageAdded { message })
        }
        Fact::MessageSent { message_id, channel_id, reply_no, key, .. } => {
            // What it was at this place; later steps are events of their own.
            let past_us = key.is_none() && reply_no.is_some();
            let state = if past_us { DeliveryState::Sent } else { DeliveryState::Queued };
            let delivery = Some(DeliveryView { state, error: None, channel_id: None });
            let sent = message(message_id, channel_id, Direction::Out);
            let message = MessageView { reply_no, key, delivery, ..sent };
            EventBody::MessageSent(MessageAdded { message })
        }
        Fact::MessageEdited { message_id } => {
            EventBody::MessageEdited(MessageEdited { message_id, text: text() })
        }
        Fact::MessageRevoked { message_id } => {
            EventBody::MessageRevoked(MessageOnly { message_id })
        }
        Fact::MessageReacted { message_id } => {
            EventBody::MessageReacted(MessageReacted { message_id, emoji: event.text.clone() })
        }
        Fact::AttachmentChanged { message_id, attachment } => {
            let attachment = standing(attachment, event.text.clone());
            EventBody::AttachmentChanged(AttachmentChanged { message_id, attachment })
        }
        Fact::DeliveryChanged { message_id, state, error, channel_id } => {
            let delivery = DeliveryView { state, error, channel_id };
            EventBody::DeliveryChanged(DeliveryChanged { message_id, delivery })
        }
        _ => return None,
    })
}

/// A thread as it began.
fn began(
    (id, inbox_id): (ThreadId, InboxId),
    contact: ContactView,
    channel_id: ChannelId,
    created_at: DateTime<Utc>,
) -> ThreadView {
    ThreadView {
        id,
        inbox_id,
        contact,
        channel_id,
        status: Status::New,
        assignee_id: None,
        team_id: None,
        priority: Priority::Normal,
        tags: Vec::new(),
        reply_no: 0,
        preview: None,
        inbound_seq: 0,
        read_seq: 0,
        lock: None,
        muted: false,
        until: None,
        created_at,
    }
}

/// A message as its event has it; what else there is depends on the event's kind.
fn said(
    event: &StoredEvent,
    beside: &Beside,
    (id, channel_id, direction): (MessageId, ChannelId, Direction),
) -> MessageView {
    MessageView {
        id,
        channel_id,
        direction,
        author: event.actor.view(),
        text: event.text.clone().unwrap_or_default(),
        form: MessageForm::Text,
        attachments: files(event).iter().map(|file| attached(file, beside)).collect(),
        answers: None,
        edited: false,
        revoked: false,
        reaction: None,
        at: event.at,
        reply_no: None,
        key: None,
        delivery: None,
    }
}

/// A file as it was when its message came; what became of it is an event of its own.
fn attached(file: &Attached, beside: &Beside) -> AttachmentView {
    AttachmentView {
        id: file.id,
        mime_type: file.mime_type.clone(),
        name: beside.names.get(&file.id.uuid()).cloned(),
        bytes: file.bytes,
        state: file.state,
        error: None,
        has_thumbnail: file.has_thumbnail,
    }
}

fn standing(it: Standing, name: Option<String>) -> AttachmentView {
    let Standing { id, mime_type, bytes, state, error, has_thumbnail } = it;
    let name = name.filter(|name| !name.is_empty());
    AttachmentView { id, mime_type, name, bytes, state, error, has_thumbnail }
}
