//! What happened in a thread, in pages, newest page first.

use std::collections::BTreeMap;

use protocol::{
    events::{Event, EventBody},
    ids::{InboxId, StreamId, ThreadId},
    owners::Assignment,
    views::DeliveryView,
};
use uuid::Uuid;

use super::{
    attachments, content,
    error::StoreError,
    events::StoredEvent,
    hydrate::{self, Beside},
    notes,
    pool::Snapshot,
    words::{read, signed, unsigned},
};
use crate::domain::{actor::Actor, fact::Fact, visibility::Audience};

/// Returns a page of a thread's timeline, oldest first, and where the page before it ends. Messages
/// carry their delivery state as it is now. Of the threads that were merged into it, it has what was
/// said.
pub async fn page(
    snapshot: &mut Snapshot,
    inbox: InboxId,
    thread: ThreadId,
    before: Option<u64>,
    limit: u32,
) -> Result<(Vec<Event>, Option<u64>), StoreError> {
    let rows = sqlx::query!(
        r#"
        select e.seq, e.kind, e.at, e.actor_kind, e.actor_id, e.data::text as "data!",
            e.content_id, c.bytes as "bytes?"
        from (
            select $1::uuid as id, true as own
            union all
            select id, false from threads where merged_into = $1
        ) as t
        -- For each thread its own walk along the index.
        cross join lateral (
            select *
            from events
            where thread_id = t.id and seq < $2
                -- Read marks are private; what becomes of messages and contacts is in them.
                and kind not in ('thread.opened', 'thread.marked_unread', 'thread.muted',
                    'notification.added', 'notification.read', 'note.edited', 'note.deleted', 'thread.created',
                    'thread.merged',
                    'contact.changed', 'message.delivery_changed', 'message.edited',
                    'message.revoked', 'message.reacted', 'attachment.changed')
                and (t.own or kind in ('message.received', 'message.sent', 'note.added'))
            order by seq desc
            limit $3
        ) as e
        left join contents c on c.id = e.content_id
        order by e.seq desc
        limit $3
        "#,
        thread.uuid(),
        before.map_or(i64::MAX, signed),
        i64::from(limit) + 1,
    )
    .fetch_all(&mut *snapshot.tx)
    .await?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = rows.len() > limit;
    let nobody = Assignment::default();
    let mut events = Vec::with_capacity(rows.len());
    for row in rows.into_iter().take(limit) {
        let stored = StoredEvent {
            seq: unsigned(row.seq),
            hash: [0; 8],
            at: row.at,
            actor: Actor::from_parts(&row.actor_kind, row.actor_id),
            thread: Some((thread, Audience::still(nobody), nobody)),
            fact: Fact::read(&row.kind, &row.data),
            text: row.content_id.map(|_id| content::text(row.bytes)),
        };
        events.extend(hydrate::one(StreamId::from(inbox), &stored, &Beside::default()));
    }
    events.reverse();
    fill_in_deliveries(snapshot, &mut events).await?;
    fill_in_changes(snapshot, &mut events).await?;
    fill_in_files(snapshot, &mut events).await?;
    notes::fill_in(snapshot, &mut events).await?;
    let next = events.first().map(|event| event.seq).filter(|_seq| more);
    Ok((events, next))
}

async fn fill_in_deliveries(
    snapshot: &mut Snapshot,
    events: &mut [Event],
) -> Result<(), StoreError> {
    let sent: Vec<Uuid> = events
        .iter()
        .filter_map(|event| match &event.body {
            EventBody::MessageSent(added) => Some(added.message.id.uuid()),
            _ => None,
        })
        .collect();
    let rows = sqlx::query!(
        r#"
        select d.message_id, d.state, d.error, nullif(d.channel_id, m.channel_id) as channel_id
        from deliveries d
        join messages m on m.id = d.message_id
        where d.message_id = any($1)
        "#,
        &sent,
    )
    .fetch_all(&mut *snapshot.tx)
    .await?;
    let mut now = BTreeMap::new();
    for row in rows {
        let state = read(&row.state, "deliveries.state")?;
        let channel_id = row.channel_id.map(Into::into);
        now.insert(row.message_id, DeliveryView { state, error: row.error, channel_id });
    }
    for event in events {
        if let EventBody::MessageSent(added) = &mut event.body
            && let Some(delivery) = now.remove(&added.message.id.uuid())
        {
            added.message.delivery = Some(delivery);
        }
    }
    Ok(())
}

/// Shows files as they are now.
async fn fill_in_files(snapshot: &mut Snapshot, events: &mut [Event]) -> Result<(), StoreError> {
    let mut messages = Vec::new();
    for event in events {
        if let EventBody::MessageReceived(added) | EventBody::MessageSent(added) = &mut event.body
            && !added.message.attachments.is_empty()
        {
            messages.push(&mut added.message);
        }
    }
    if messages.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = messages.iter().map(|message| message.id.uuid()).collect();
    let mut now = attachments::of_messages(&mut snapshot.tx, &ids).await?;
    for message in messages {
        if let Some(files) = now.remove(&message.id.uuid()) {
            message.attachments = files;
        }
    }
    Ok(())
}

/// Shows messages as the customer has left them: changed, taken back, marked.
async fn fill_in_changes(snapshot: &mut Snapshot, events: &mut [Event]) -> Result<(), StoreError> {
    let mut messages = BTreeMap::new();
    for event in events {
        if let EventBody::MessageReceived(added) | EventBody::MessageSent(added) = &mut event.body {
            messages.insert(added.message.id.to_string(), &mut added.message);
        }
    }
    let ids: Vec<String> = messages.keys().cloned().collect();
    let rows = sqlx::query!(
        r#"
        select e.kind, e.data->>'message_id' as "message_id!", e.content_id, c.bytes as "bytes?"
        from events e
        left join contents c on c.id = e.content_id
        where e.data->>'message_id' = any($1)
            and e.kind in ('message.edited', 'message.revoked', 'message.reacted')
        order by e.seq
        "#,
        &ids,
    )
    .fetch_all(&mut *snapshot.tx)
    .await?;
    for row in rows {
        let Some(message) = messages.get_mut(&row.message_id) else { continue };
        let text = row.content_id.map(|_id| content::text(row.bytes));
        match row.kind.as_str() {
            "message.edited" => {
                message.edited = true;
                message.text = text.unwrap_or_default();
            }
            "message.revoked" => message.revoked = true,
            _ => message.reaction = text,
        }
    }
    Ok(())
}
