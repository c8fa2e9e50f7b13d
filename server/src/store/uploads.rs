//! Files that agents have uploaded, until a reply names them.

use chrono::TimeDelta;
use protocol::{
    attachments::AttachmentState,
    ids::{AgentId, AttachmentId, ContactId, InboxId, MessageId},
};
use uuid::Uuid;

use super::{
    attachments::Blob,
    content,
    error::StoreError,
    patience::InTime,
    pool::Store,
    transaction::Transaction,
    words::{signed, unsigned},
};
use crate::domain::{attachment::Attached, media::Piece};

/// What an agent has uploaded and not sent.
#[derive(Debug, Clone, Copy)]
pub struct Held {
    /// How many files.
    pub count: u64,
    /// How many bytes they have, or may have.
    pub bytes: u64,
}

/// Counts what an agent holds.
pub async fn held(tx: &mut Transaction, agent: AgentId) -> Result<Held, StoreError> {
    let row = sqlx::query!(
        r#"
        select count(*) as "count!", coalesce(sum(coalesce(bytes, reserved)), 0)::bigint as "bytes!"
        from uploads where agent_id = $1
        "#,
        agent.uuid(),
    )
    .fetch_one(tx.db().await?)
    .await?;
    Ok(Held { count: unsigned(row.count), bytes: unsigned(row.bytes) })
}

/// A file that begins to come.
#[derive(Debug, Clone)]
pub struct NewUpload {
    /// Its id.
    pub id: AttachmentId,
    /// The inbox that it is for.
    pub inbox_id: InboxId,
    /// Who sends it.
    pub agent_id: AgentId,
    /// Where its bytes go.
    pub blob: String,
    /// How many they may be.
    pub reserved: u64,
}

/// Notes that a file begins to come.
pub async fn begin(tx: &mut Transaction, it: &NewUpload) -> Result<(), StoreError> {
    let now = tx.now();
    sqlx::query!(
        r#"
        insert into uploads (id, inbox_id, agent_id, blob, reserved, created_at)
        values ($1, $2, $3, $4, $5, $6)
        "#,
        it.id.uuid(),
        it.inbox_id.uuid(),
        it.agent_id.uuid(),
        it.blob,
        signed(it.reserved),
        now,
    )
    .execute(tx.db().await?)
    .await?;
    Ok(())
}

/// A file that is there, whole.
#[derive(Debug, Clone)]
pub struct Whole {
    /// Its id.
    pub id: AttachmentId,
    /// What it is.
    pub mime_type: String,
    /// Its size.
    pub bytes: u64,
    /// Its name.
    pub name: Option<String>,
    /// Where the small picture of it is.
    pub thumbnail: Option<String>,
}

/// Notes that a file is there; `false` if it was forgotten meanwhile.
pub async fn finish(tx: &mut Transaction, it: &Whole) -> Result<bool, StoreError> {
    // Whose contact it will be about is known once it is sent.
    let name = match &it.name {
        Some(name) => Some(content::put_early(tx, name).await?.id),
        None => None,
    };
    let done = sqlx::query!(
        r#"
        update uploads set mime_type = $2, bytes = $3, name_id = $4, thumbnail = $5
        where id = $1 and mime_type is null
        "#,
        it.id.uuid(),
        it.mime_type,
        signed(it.bytes),
        name,
        it.thumbnail,
    )
    .execute(tx.db().await?)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Returns what files are, in this order, as far as they are there for a reply of these agents in
/// this inbox.
pub async fn pieces(
    tx: &mut Transaction,
    (inbox, agents): (InboxId, &[AgentId]),
    ids: &[AttachmentId],
) -> Result<Vec<Piece>, StoreError> {
    let wanted: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let agents: Vec<Uuid> = agents.iter().map(|id| id.uuid()).collect();
    let rows = sqlx::query!(
        r#"
        select u.mime_type as "mime_type!", u.bytes as "bytes!"
        from unnest($1::uuid[]) with ordinality as w (id, n)
        join uploads u on u.id = w.id
        where u.inbox_id = $2 and u.agent_id = any ($3) and u.mime_type is not null
        order by w.n
        "#,
        &wanted,
        inbox.uuid(),
        &agents,
    )
    .fetch_all(tx.db().await?)
    .await?;
    let piece = |mime_type, bytes| Piece { mime_type, bytes: unsigned(bytes) };
    Ok(rows.into_iter().map(|row| piece(row.mime_type, row.bytes)).collect())
}

/// Returns what the files of a message are.
pub async fn pieces_of(tx: &mut Transaction, message: MessageId) -> Result<Vec<Piece>, StoreError> {
    let rows = sqlx::query!(
        "select mime_type, bytes from attachments where message_id = $1 order by position",
        message.uuid(),
    )
    .fetch_all(tx.db().await?)
    .await?;
    let piece = |mime_type, bytes: Option<i64>| Piece {
        mime_type,
        bytes: unsigned(bytes.unwrap_or_default()),
    };
    Ok(rows.into_iter().map(|row| piece(row.mime_type, row.bytes)).collect())
}

/// Makes uploads the files of a reply, in this order; less than all if some are not there any more.
pub async fn attach(
    tx: &mut Transaction,
    message: MessageId,
    contact: ContactId,
    ids: &[AttachmentId],
) -> Result<Vec<Attached>, StoreError> {
    let now = tx.now();
    let wanted: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let mut rows = sqlx::query!(
        r#"
        with wanted as (
            select id, n from unnest($1::uuid[]) with ordinality as w (id, n)
        ), gone as (
            delete from uploads u using wanted w
            where u.id = w.id
            returning u.id, u.mime_type, u.bytes, u.name_id, u.blob, u.thumbnail, w.n
        ), named as (
            update contents c set contact_id = $3 from gone where c.id = gone.name_id
        )
        insert into attachments (id, message_id, position, mime_type, name_id, bytes, state, blob,
            thumbnail, next_at, created_at)
        select id, $2, n - 1, mime_type, name_id, bytes, 'stored', blob, thumbnail, $4, $4
        from gone
        returning id, position, mime_type, bytes, thumbnail is not null as "has_thumbnail!"
        "#,
        &wanted,
        message.uuid(),
        contact.uuid(),
        now,
    )
    .fetch_all(tx.db().await?)
    .await?;
    rows.sort_by_key(|row| row.position);
    Ok(rows
        .into_iter()
        .map(|row| Attached {
            id: row.id.into(),
            mime_type: row.mime_type,
            bytes: row.bytes.map(unsigned),
            state: AttachmentState::Stored,
            has_thumbnail: row.has_thumbnail,
        })
        .collect())
}

/// Forgets a file of an agent that no reply has; returns where its bytes are.
pub async fn forget(
    tx: &mut Transaction,
    id: AttachmentId,
    agent: AgentId,
) -> Result<Option<Blob>, StoreError> {
    let row = sqlx::query!(
        r#"
        with gone as (
            delete from uploads where id = $1 and agent_id = $2
            returning blob, thumbnail, name_id
        ), unnamed as (
            delete from contents c using gone where c.id = gone.name_id
        )
        select blob as "blob!", thumbnail from gone
        "#,
        id.uuid(),
        agent.uuid(),
    )
    .fetch_optional(tx.db().await?)
    .await?;
    Ok(row.map(|row| Blob { key: row.blob, thumbnail: row.thumbnail }))
}

/// Forgets some of the files that were uploaded so long ago; returns where their bytes are.
pub async fn forget_old(tx: &mut Transaction, age: TimeDelta) -> Result<Vec<Blob>, StoreError> {
    let before = tx.now() - age;
    let rows = sqlx::query!(
        r#"
        with old as (
            select id from uploads where created_at < $1
            order by created_at
            limit 100
            for update skip locked
        ), gone as (
            delete from uploads u using old where u.id = old.id
            returning u.blob, u.thumbnail, u.name_id
        ), unnamed as (
            delete from contents c using gone where c.id = gone.name_id
        )
        select blob as "blob!", thumbnail from gone
        "#,
        before,
    )
    .fetch_all(tx.db().await?)
    .await?;
    Ok(rows.into_iter().map(|row| Blob { key: row.blob, thumbnail: row.thumbnail }).collect())
}

/// Returns the key that links to files are signed with.
pub async fn link_key(store: &Store) -> Result<Vec<u8>, StoreError> {
    let key = sqlx::query_scalar!("select key from link_keys").fetch_one(&store.pool).in_time();
    Ok(key.await?)
}
