//! Inboxes and their members.

use std::collections::BTreeMap;

use protocol::{
    ids::{AgentId, InboxId},
    views::{AgentView, InboxMode, InboxView, Scope},
};
use uuid::Uuid;

use super::{
    channels,
    error::StoreError,
    patience::InTime,
    pool::Store,
    transaction::Transaction,
    words::{read, word},
};
use crate::domain::visibility::Visibility;

/// Makes an inbox and its stream.
pub async fn create(
    tx: &mut Transaction,
    name: &str,
    mode: InboxMode,
) -> Result<InboxId, StoreError> {
    let (id, now) = (Uuid::now_v7(), tx.now());
    sqlx::query!("select create_stream($1)", id).execute(tx.db().await?).await?;
    sqlx::query!(
        "insert into inboxes (id, name, mode, created_at) values ($1, $2, $3, $4)",
        id,
        name,
        word(mode),
        now,
    )
    .execute(tx.db().await?)
    .await?;
    Ok(id.into())
}

/// Makes an agent a member.
pub async fn add_member(
    tx: &mut Transaction,
    inbox: InboxId,
    agent: AgentId,
    scope: Scope,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into inbox_members (inbox_id, agent_id, scope) values ($1, $2, $3)",
        inbox.uuid(),
        agent.uuid(),
        word(scope),
    )
    .execute(tx.db().await?)
    .await?;
    Ok(())
}

/// Returns the first inbox ever made: where a channel from the settings goes.
pub async fn first(tx: &mut Transaction) -> Result<Option<InboxId>, StoreError> {
    let id = sqlx::query_scalar!("select id from inboxes order by created_at, id limit 1")
        .fetch_optional(tx.db().await?)
        .await?;
    Ok(id.map(InboxId::from))
}

/// Returns the inboxes that an agent is a member of, by name.
pub async fn of(store: &Store, visibility: &Visibility) -> Result<Vec<InboxView>, StoreError> {
    let ids: Vec<Uuid> = visibility.inboxes.keys().map(|id| id.uuid()).collect();
    let members = sqlx::query!(
        r#"
        select m.inbox_id, a.id, a.name, a.role
        from inbox_members m
        join agents a on a.id = m.agent_id
        where m.inbox_id = any($1) and not a.disabled
        order by a.name, a.id
        "#,
        &ids,
    )
    .fetch_all(&store.pool)
    .in_time()
    .await?;
    let mut agents: BTreeMap<Uuid, Vec<AgentView>> = BTreeMap::new();
    for row in members {
        let role = read(&row.role, "agents.role")?;
        let agent = AgentView { id: row.id.into(), name: row.name, role };
        agents.entry(row.inbox_id).or_default().push(agent);
    }
    let mut channels = channels::views(store, &ids).await?;
    let rows = sqlx::query!(
        "select id, name, mode from inboxes where id = any($1) order by name, id",
        &ids,
    )
    .fetch_all(&store.pool)
    .in_time()
    .await?;
    rows.into_iter()
        .filter_map(|row| Some((visibility.of(row.id.into())?, row)))
        .map(|(sight, row)| {
            Ok(InboxView {
                id: row.id.into(),
                name: row.name,
                mode: read(&row.mode, "inboxes.mode")?,
                scope: sight.scope,
                channels: channels.remove(&row.id).unwrap_or_default(),
                agents: agents.remove(&row.id).unwrap_or_default(),
            })
        })
        .collect()
}
