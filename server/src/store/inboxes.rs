//! Inboxes.

use std::collections::BTreeMap;

use protocol::{
    admin::InboxSettings,
    ids::{AgentId, InboxId},
    owners::TeamView,
    statuses::StatusRules,
    views::{AgentView, InboxMode, InboxView},
};
use uuid::Uuid;

use super::{
    channels,
    error::StoreError,
    patience::InTime,
    pool::Store,
    tags, teams,
    transaction::Transaction,
    words::{read, word},
};
use crate::domain::visibility::Visibility;

/// Says whether another inbox has this name. Only those that administrators give are kept apart.
pub async fn name_taken(
    tx: &mut Transaction,
    but: Option<InboxId>,
    name: &str,
) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"
        select exists (
            select from inboxes where name = $1 and ($2::uuid is null or id <> $2)
        ) as "taken!"
        "#,
        name,
        but.map(InboxId::uuid),
    )
    .fetch_one(tx.db().await?)
    .await?)
}

/// Changes an inbox; `false` if there is no such one.
pub async fn change(
    tx: &mut Transaction,
    id: InboxId,
    (name, mode): (&str, InboxMode),
    auto_reply: Option<&str>,
) -> Result<bool, StoreError> {
    let changed = sqlx::query!(
        "update inboxes set name = $2, mode = $3, auto_reply = $4 where id = $1",
        id.uuid(),
        name,
        word(mode),
        auto_reply,
    )
    .execute(tx.db().await?)
    .await?;
    Ok(changed.rows_affected() == 1)
}

/// Says how statuses follow each other in an inbox from here on.
pub async fn set_rules(
    tx: &mut Transaction,
    id: InboxId,
    rules: &StatusRules,
) -> Result<(), StoreError> {
    let transitions = serde_json::to_value(&rules.transitions).expect("words are JSON");
    sqlx::query!(
        "update inboxes set transitions = $2, after_reply = $3, after_message = $4 where id = $1",
        id.uuid(),
        transitions,
        word(rules.after_reply),
        word(rules.after_message),
    )
    .execute(tx.db().await?)
    .await?;
    Ok(())
}

/// Reads how statuses follow each other.
pub(super) fn rules(
    transitions: serde_json::Value,
    after_reply: &str,
    after_message: &str,
) -> Result<StatusRules, StoreError> {
    let unreadable = |_error| StoreError::Unreadable { what: "inboxes.transitions" };
    Ok(StatusRules {
        transitions: serde_json::from_value(transitions).map_err(unreadable)?,
        after_reply: read(after_reply, "inboxes.after_reply")?,
        after_message: read(after_message, "inboxes.after_message")?,
    })
}

/// Says whether there is such an inbox.
pub async fn exists(tx: &mut Transaction, id: InboxId) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select from inboxes where id = $1) as "exists!""#,
        id.uuid(),
    )
    .fetch_one(tx.db().await?)
    .await?)
}

/// Says whether customers tell of their health in an inbox.
pub async fn has_health_data(tx: &mut Transaction, id: InboxId) -> Result<bool, StoreError> {
    let found = sqlx::query_scalar!("select health_data from inboxes where id = $1", id.uuid())
        .fetch_optional(tx.db().await?)
        .await?;
    Ok(found.unwrap_or_default())
}

/// Says so; `false` if the inbox has a channel of WhatsApp.
pub async fn set_health_data(
    tx: &mut Transaction,
    id: InboxId,
    health_data: bool,
) -> Result<bool, StoreError> {
    let set = sqlx::query!(
        r#"
        update inboxes set health_data = $2
        where id = $1 and (not $2 or not exists (
            select from channels where inbox_id = $1 and kind = 'whatsapp'
        ))
        "#,
        id.uuid(),
        health_data,
    )
    .execute(tx.db().await?)
    .await?;
    Ok(set.rows_affected() == 1)
}

/// Returns what the first message of an episode is answered by itself.
pub async fn auto_reply(tx: &mut Transaction, id: InboxId) -> Result<Option<String>, StoreError> {
    let found = sqlx::query_scalar!("select auto_reply from inboxes where id = $1", id.uuid())
        .fetch_optional(tx.db().await?)
        .await?;
    Ok(found.flatten())
}

/// Returns all inboxes with their members, by name, for administrators.
pub async fn settings(store: &Store) -> Result<Vec<InboxSettings>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select i.id, i.name, i.mode, i.auto_reply, i.transitions, i.after_reply, i.after_message,
            i.health_data,
            array(
                select m.agent_id from inbox_members m where m.inbox_id = i.id order by m.agent_id
            ) as "members!"
        from inboxes i
        order by i.name, i.id
        "#,
    )
    .fetch_all(&store.pool)
    .in_time()
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(InboxSettings {
                id: row.id.into(),
                name: row.name,
                mode: read(&row.mode, "inboxes.mode")?,
                auto_reply: row.auto_reply,
                health_data: row.health_data,
                members: row.members.into_iter().map(AgentId::from).collect(),
                statuses: rules(row.transitions, &row.after_reply, &row.after_message)?,
            })
        })
        .collect()
}

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
    let teams = teams::all(store).await?;
    let mut channels = channels::views(store, &ids).await?;
    let mut tags = tags::of(store, &ids).await?;
    let rows = sqlx::query!(
        r#"
        select id, name, mode, transitions, after_reply, after_message
        from inboxes
        where id = any($1)
        order by name, id
        "#,
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
                may: sight.permissions.list(false),
                teams: teams_of(&teams, agents.get(&row.id).map_or(&[], Vec::as_slice)),
                channels: channels.remove(&row.id).unwrap_or_default(),
                agents: agents.remove(&row.id).unwrap_or_default(),
                tags: tags.remove(&row.id).unwrap_or_default(),
                statuses: rules(row.transitions, &row.after_reply, &row.after_message)?,
            })
        })
        .collect()
}

/// Returns the teams that work in an inbox with these members, each with those of it who do.
fn teams_of(all: &[TeamView], members: &[AgentView]) -> Vec<TeamView> {
    let here = |agent: &AgentId| members.iter().any(|member| member.id == *agent);
    all.iter()
        .map(|team| TeamView {
            members: team.members.iter().copied().filter(here).collect(),
            ..team.clone()
        })
        .filter(|team| !team.members.is_empty())
        .collect()
}
