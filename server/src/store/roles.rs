//! Roles that inboxes have of their own.

use protocol::{
    ids::{AgentId, InboxId, RoleId},
    permissions::Permission,
    rights::RoleSettings,
};
use uuid::Uuid;

use super::{
    error::StoreError,
    patience::InTime,
    pool::Store,
    transaction::Transaction,
    words::{read, word},
};
use crate::domain::rights::Permissions;

/// Reads what a role allows. What a later version allows is not known here, and not allowed.
pub(super) fn permissions(words: &[String]) -> Permissions {
    words.iter().filter_map(|word| read::<Permission>(word, "roles.permissions").ok()).collect()
}

/// Makes a role; `false` where the inbox has one of that name.
pub async fn create(
    tx: &mut Transaction,
    id: RoleId,
    inbox: InboxId,
    name: &str,
    permissions: &[Permission],
) -> Result<bool, StoreError> {
    let now = tx.now();
    let made = sqlx::query!(
        r#"
        insert into roles (id, inbox_id, name, permissions, created_at)
        values ($1, $2, $3, $4, $5)
        on conflict on constraint roles_name do nothing
        "#,
        id.uuid(),
        inbox.uuid(),
        name,
        &words(permissions),
        now,
    )
    .execute(tx.db().await?)
    .await?;
    Ok(made.rows_affected() == 1)
}

/// Finds the inbox of a role.
pub async fn inbox(tx: &mut Transaction, id: RoleId) -> Result<Option<InboxId>, StoreError> {
    let found = sqlx::query_scalar!("select inbox_id from roles where id = $1", id.uuid())
        .fetch_optional(tx.db().await?)
        .await?;
    Ok(found.map(InboxId::from))
}

/// Changes a role; `false` where the inbox has another one of that name.
pub async fn change(
    tx: &mut Transaction,
    id: RoleId,
    name: &str,
    permissions: &[Permission],
) -> Result<bool, StoreError> {
    let changed = sqlx::query!(
        r#"
        update roles r set name = $2, permissions = $3
        where id = $1 and not exists (
            select from roles o
            where o.inbox_id = r.inbox_id and o.name = $2 and o.id <> r.id
        )
        "#,
        id.uuid(),
        name,
        &words(permissions),
    )
    .execute(tx.db().await?)
    .await?;
    Ok(changed.rows_affected() == 1)
}

/// Removes a role that nobody has any more.
pub async fn remove(tx: &mut Transaction, id: RoleId) -> Result<(), StoreError> {
    sqlx::query!("delete from roles where id = $1", id.uuid()).execute(tx.db().await?).await?;
    Ok(())
}

/// Returns who has a role.
pub async fn holders(tx: &mut Transaction, id: RoleId) -> Result<Vec<AgentId>, StoreError> {
    let found =
        sqlx::query_scalar!("select agent_id from inbox_members where role_id = $1", id.uuid())
            .fetch_all(tx.db().await?)
            .await?;
    Ok(found.into_iter().map(AgentId::from).collect())
}

/// Returns the roles of an inbox, by name.
pub async fn of(store: &Store, inbox: InboxId) -> Result<Vec<RoleSettings>, StoreError> {
    let rows = sqlx::query!(
        "select id, name, permissions from roles where inbox_id = $1 order by name",
        inbox.uuid(),
    )
    .fetch_all(&store.pool)
    .in_time()
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| RoleSettings {
            id: row.id.into(),
            inbox_id: inbox,
            name: row.name,
            permissions: permissions(&row.permissions).list(false),
        })
        .collect())
}

fn words(permissions: &[Permission]) -> Vec<String> {
    permissions.iter().map(|it| word(*it)).collect()
}

/// Returns the id of a new role.
pub fn new_id() -> RoleId {
    Uuid::now_v7().into()
}
