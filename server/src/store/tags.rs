//! Tags: which an inbox has, and which are on a thread.

use std::collections::BTreeMap;

use protocol::{
    ids::{InboxId, TagId, ThreadId},
    labels::{Priority, TagColor, TagView},
};
use uuid::Uuid;

use super::{
    error::StoreError,
    patience::InTime,
    pool::Store,
    transaction::Transaction,
    words::{read, word},
};

/// Returns the tags of inboxes, by name.
pub async fn of(
    store: &Store,
    inboxes: &[Uuid],
) -> Result<BTreeMap<Uuid, Vec<TagView>>, StoreError> {
    let rows = sqlx::query!(
        "select inbox_id, id, name, color from tags where inbox_id = any($1) order by lower(name)",
        inboxes,
    )
    .fetch_all(&store.pool)
    .in_time()
    .await?;
    let mut found: BTreeMap<Uuid, Vec<TagView>> = BTreeMap::new();
    for row in rows {
        let color = read(&row.color, "tags.color")?;
        let tag = TagView { id: row.id.into(), name: row.name, color };
        found.entry(row.inbox_id).or_default().push(tag);
    }
    Ok(found)
}

/// Returns tags as they are now, those that still are.
pub(super) async fn these(
    store: &Store,
    ids: &[Uuid],
) -> Result<BTreeMap<Uuid, TagView>, StoreError> {
    let rows = sqlx::query!("select id, name, color from tags where id = any($1)", ids)
        .fetch_all(&store.pool)
        .in_time()
        .await?;
    let views = rows.into_iter().map(|row| {
        let color = read(&row.color, "tags.color")?;
        Ok((row.id, TagView { id: row.id.into(), name: row.name, color }))
    });
    views.collect()
}

/// Says whether another tag of the inbox has this name, in whatever case.
pub async fn name_taken(
    tx: &mut Transaction,
    inbox: InboxId,
    but: Option<TagId>,
    name: &str,
) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"
        select exists (
            select from tags
            where inbox_id = $1 and lower(name) = lower($3) and ($2::uuid is null or id <> $2)
        ) as "taken!"
        "#,
        inbox.uuid(),
        but.map(TagId::uuid),
        name,
    )
    .fetch_one(tx.db().await?)
    .await?)
}

/// Says how many tags an inbox has.
pub async fn count(tx: &mut Transaction, inbox: InboxId) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "count!" from tags where inbox_id = $1"#,
        inbox.uuid(),
    )
    .fetch_one(tx.db().await?)
    .await?)
}

/// Makes a tag.
pub async fn create(
    tx: &mut Transaction,
    inbox: InboxId,
    name: &str,
    color: TagColor,
) -> Result<TagId, StoreError> {
    let (id, now) = (Uuid::now_v7(), tx.now());
    sqlx::query!(
        "insert into tags (id, inbox_id, name, color, created_at) values ($1, $2, $3, $4, $5)",
        id,
        inbox.uuid(),
        name,
        word(color),
        now,
    )
    .execute(tx.db().await?)
    .await?;
    Ok(id.into())
}

/// Changes a tag of an inbox; `false` if there is no such one.
pub async fn change(
    tx: &mut Transaction,
    inbox: InboxId,
    id: TagId,
    (name, color): (&str, TagColor),
) -> Result<bool, StoreError> {
    let changed = sqlx::query!(
        "update tags set name = $3, color = $4 where id = $2 and inbox_id = $1",
        inbox.uuid(),
        id.uuid(),
        name,
        word(color),
    )
    .execute(tx.db().await?)
    .await?;
    Ok(changed.rows_affected() == 1)
}

/// Removes a tag of an inbox, from all threads, too; `false` if there is no such one.
pub async fn remove(tx: &mut Transaction, inbox: InboxId, id: TagId) -> Result<bool, StoreError> {
    // From here on nobody puts it on a thread.
    let found = sqlx::query_scalar!(
        "select id from tags where id = $2 and inbox_id = $1 for update",
        inbox.uuid(),
        id.uuid(),
    )
    .fetch_optional(tx.db().await?)
    .await?;
    if found.is_none() {
        return Ok(false);
    }
    sqlx::query!("delete from thread_tags where tag_id = $1", id.uuid())
        .execute(tx.db().await?)
        .await?;
    sqlx::query!("delete from tags where id = $1", id.uuid()).execute(tx.db().await?).await?;
    Ok(true)
}

/// Says whether an inbox has a tag, which then stays for as long as the transaction lasts.
pub async fn keep(tx: &mut Transaction, inbox: InboxId, id: TagId) -> Result<bool, StoreError> {
    let found = sqlx::query_scalar!(
        "select id from tags where id = $2 and inbox_id = $1 for key share",
        inbox.uuid(),
        id.uuid(),
    )
    .fetch_optional(tx.db().await?)
    .await?;
    Ok(found.is_some())
}

/// Returns the tags that are on a thread.
pub async fn on(tx: &mut Transaction, thread: ThreadId) -> Result<Vec<TagId>, StoreError> {
    let found = sqlx::query_scalar!(
        "select tag_id from thread_tags where thread_id = $1 order by tag_id",
        thread.uuid(),
    )
    .fetch_all(tx.db().await?)
    .await?;
    Ok(found.into_iter().map(TagId::from).collect())
}

/// Puts a tag on a thread that is locked and has it not.
pub async fn put_on(tx: &mut Transaction, thread: ThreadId, id: TagId) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into thread_tags (thread_id, tag_id) values ($1, $2)",
        thread.uuid(),
        id.uuid(),
    )
    .execute(tx.db().await?)
    .await?;
    Ok(())
}

/// Takes a tag off a thread.
pub async fn take_off(tx: &mut Transaction, thread: ThreadId, id: TagId) -> Result<(), StoreError> {
    sqlx::query!(
        "delete from thread_tags where thread_id = $1 and tag_id = $2",
        thread.uuid(),
        id.uuid(),
    )
    .execute(tx.db().await?)
    .await?;
    Ok(())
}

/// Gives a thread another priority.
pub async fn prioritise(
    tx: &mut Transaction,
    thread: ThreadId,
    to: Priority,
) -> Result<(), StoreError> {
    sqlx::query!("update threads set priority = $2 where id = $1", thread.uuid(), word(to))
        .execute(tx.db().await?)
        .await?;
    Ok(())
}
