//! The team's notes: what they say, said, and whom they mention.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use protocol::{
    events::{Event, EventBody},
    ids::{AgentId, InboxId, NoteId, ThreadId},
    notes::{Mention, NoteDeletion, NoteHistory, NoteVersion},
    owners::Assignment,
};
use uuid::Uuid;

use super::{
    content::{self, Content},
    error::StoreError,
    patience::InTime,
    pool::{Snapshot, Store},
    transaction::Transaction,
    words::unsigned,
};
use crate::domain::actor::Actor;

/// A note that is about to change.
pub struct Note {
    /// Who wrote it.
    pub author: AgentId,
    /// Its version.
    pub version: u32,
    /// Whether it was deleted.
    pub deleted: bool,
    /// The place of the event that added it.
    pub added_seq: u64,
}

/// Stores a note.
pub async fn create(
    tx: &mut Transaction,
    thread: ThreadId,
    agent: AgentId,
    (content, mentions): (Content, &[Mention]),
) -> Result<NoteId, StoreError> {
    let (id, now) = (Uuid::now_v7(), tx.now());
    sqlx::query!(
        r#"
        with made as (
            insert into notes (id, thread_id, agent_id, content_id, created_at)
            values ($1, $2, $3, $4, $5)
        )
        insert into note_versions (note_id, version, agent_id, content_id, mentions, created_at)
        values ($1, 1, $3, $4, $6::text::json, $5)
        "#,
        id,
        thread.uuid(),
        agent.uuid(),
        content.id,
        now,
        json(mentions),
    )
    .execute(tx.db().await?)
    .await?;
    Ok(id.into())
}

/// Returns a note of a thread, or of what is a part of it. Notes change under their thread's lock only.
pub async fn of_thread(
    tx: &mut Transaction,
    thread: ThreadId,
    id: NoteId,
) -> Result<Option<Note>, StoreError> {
    let row = sqlx::query!(
        r#"
        select n.agent_id, n.version, n.deleted_at is not null as "deleted!", e.seq
        from notes n
        join threads t on t.id = n.thread_id
        join note_versions v on v.note_id = n.id and v.version = 1
        join events e on e.thread_id = n.thread_id and e.kind = 'note.added'
            and e.content_id = v.content_id
        where n.id = $2 and coalesce(t.merged_into, t.id) = $1
        "#,
        thread.uuid(),
        id.uuid(),
    )
    .fetch_optional(tx.db().await?)
    .await?;
    Ok(row.map(|row| Note {
        author: row.agent_id.into(),
        version: number(row.version),
        deleted: row.deleted,
        added_seq: unsigned(row.seq),
    }))
}

/// Lets a note say something else, as its next version.
pub async fn edit(
    tx: &mut Transaction,
    id: NoteId,
    (version, agent): (u32, AgentId),
    (content, mentions): (Content, &[Mention]),
) -> Result<(), StoreError> {
    let now = tx.now();
    sqlx::query!(
        r#"
        with changed as (update notes set version = $2, content_id = $4 where id = $1)
        insert into note_versions (note_id, version, agent_id, content_id, mentions, created_at)
        values ($1, $2, $3, $4, $5::text::json, $6)
        "#,
        id.uuid(),
        i32::try_from(version).unwrap_or(i32::MAX),
        agent.uuid(),
        content.id,
        json(mentions),
        now,
    )
    .execute(tx.db().await?)
    .await?;
    Ok(())
}

/// Takes a note away.
pub async fn delete(tx: &mut Transaction, id: NoteId, by: AgentId) -> Result<(), StoreError> {
    let now = tx.now();
    sqlx::query!(
        "update notes set deleted_by = $2, deleted_at = $3 where id = $1",
        id.uuid(),
        by.uuid(),
        now,
    )
    .execute(tx.db().await?)
    .await?;
    Ok(())
}

/// Says which of these notes were deleted.
pub(super) async fn deleted(store: &Store, ids: &[Uuid]) -> Result<Vec<Uuid>, StoreError> {
    Ok(sqlx::query_scalar!(
        "select id from notes where id = any($1) and deleted_at is not null",
        ids,
    )
    .fetch_all(&store.pool)
    .in_time()
    .await?)
}

/// Shows notes as they are now.
pub(super) async fn fill_in(
    snapshot: &mut Snapshot,
    events: &mut [Event],
) -> Result<(), StoreError> {
    let mut notes = BTreeMap::new();
    for event in events {
        if let EventBody::NoteAdded(added) = &mut event.body {
            notes.insert(added.note.id.uuid(), &mut added.note);
        }
    }
    if notes.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = notes.keys().copied().collect();
    let rows = sqlx::query!(
        r#"
        select n.id, n.version, n.deleted_by, n.deleted_at, c.bytes, v.mentions::text as "mentions!",
            v.created_at
        from notes n
        join note_versions v on v.note_id = n.id and v.version = n.version
        join contents c on c.id = n.content_id
        where n.id = any($1) and (n.version > 1 or n.deleted_at is not null)
        "#,
        &ids,
    )
    .fetch_all(&mut *snapshot.tx)
    .await?;
    for row in rows {
        let Some(note) = notes.get_mut(&row.id) else { continue };
        note.version = number(row.version);
        note.edited_at = (row.version > 1).then_some(row.created_at);
        note.deleted = deletion(row.deleted_by, row.deleted_at);
        if note.deleted.is_some() {
            note.text.clear();
            note.mentions.clear();
        } else {
            note.text = content::text(row.bytes);
            note.mentions = read(&row.mentions)?;
        }
    }
    Ok(())
}

/// Where a note is, and who wrote it.
pub struct Place {
    /// Its thread, or what that is a part of.
    pub thread_id: ThreadId,
    /// The inbox.
    pub inbox_id: InboxId,
    /// Who owns the thread.
    pub owner: Assignment,
    /// Who wrote it.
    pub author: AgentId,
}

/// Finds a note.
pub async fn place(store: &Store, id: NoteId) -> Result<Option<Place>, StoreError> {
    let row = sqlx::query!(
        r#"
        select r.id as thread_id, r.inbox_id, r.assignee_id, r.team_id, n.agent_id
        from notes n
        join threads t on t.id = n.thread_id
        join threads r on r.id = coalesce(t.merged_into, t.id)
        where n.id = $1
        "#,
        id.uuid(),
    )
    .fetch_optional(&store.pool)
    .in_time()
    .await?;
    Ok(row.map(|row| Place {
        thread_id: row.thread_id.into(),
        inbox_id: row.inbox_id.into(),
        owner: Assignment::from_parts(row.assignee_id, row.team_id),
        author: row.agent_id.into(),
    }))
}

/// Returns all that a note has said.
pub async fn history(
    store: &Store,
    note_id: NoteId,
    thread_id: ThreadId,
) -> Result<NoteHistory, StoreError> {
    let rows = sqlx::query!(
        r#"
        select v.version, v.agent_id, v.mentions::text as "mentions!", v.created_at, c.bytes,
            n.deleted_by, n.deleted_at
        from note_versions v
        join notes n on n.id = v.note_id
        join contents c on c.id = v.content_id
        where v.note_id = $1
        order by v.version
        "#,
        note_id.uuid(),
    )
    .fetch_all(&store.pool)
    .in_time()
    .await?;
    let deleted = rows.first().and_then(|row| deletion(row.deleted_by, row.deleted_at));
    let versions = rows.into_iter().map(|row| {
        Ok(NoteVersion {
            version: number(row.version),
            author: Actor::Agent(row.agent_id.into()).view(),
            text: content::text(row.bytes),
            mentions: read(&row.mentions)?,
            at: row.created_at,
        })
    });
    let versions = versions.collect::<Result<_, StoreError>>()?;
    Ok(NoteHistory { note_id, thread_id, versions, deleted })
}

fn deletion(by: Option<Uuid>, at: Option<DateTime<Utc>>) -> Option<NoteDeletion> {
    Some(NoteDeletion { by: Actor::Agent(by?.into()).view(), at: at? })
}

fn number(version: i32) -> u32 {
    u32::try_from(version).unwrap_or_default()
}

fn json(mentions: &[Mention]) -> String {
    serde_json::to_string(mentions).expect("mentions are JSON")
}

fn read(mentions: &str) -> Result<Vec<Mention>, StoreError> {
    serde_json::from_str(mentions)
        .map_err(|_unknown| StoreError::Unreadable { what: "note_versions.mentions" })
}
