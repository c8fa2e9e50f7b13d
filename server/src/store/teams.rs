//! Teams: agents who share threads.

use protocol::{
    ids::{AgentId, InboxId, TeamId},
    owners::TeamView,
};
use uuid::Uuid;

use super::{error::StoreError, patience::InTime, pool::Store, transaction::Transaction};

/// Makes a team; `None` where there is one of that name.
pub async fn create(tx: &mut Transaction, name: &str) -> Result<Option<TeamId>, StoreError> {
    let (id, now) = (Uuid::now_v7(), tx.now());
    let made = sqlx::query!(
        r#"
        insert into teams (id, name, created_at) values ($1, $2, $3)
        on conflict on constraint teams_name do nothing
        "#,
        id,
        name,
        now,
    )
    .execute(tx.db().await?)
    .await?;
    Ok((made.rows_affected() == 1).then_some(id.into()))
}

/// Says whether there is such a team.
pub async fn exists(tx: &mut Transaction, id: TeamId) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select from teams where id = $1) as "exists!""#,
        id.uuid(),
    )
    .fetch_one(tx.db().await?)
    .await?)
}

/// Gives a team a name; `false` where another one has it.
pub async fn rename(tx: &mut Transaction, id: TeamId, name: &str) -> Result<bool, StoreError> {
    let renamed = sqlx::query!(
        r#"
        update teams set name = $2
        where id = $1 and not exists (select from teams o where o.name = $2 and o.id <> $1)
        "#,
        id.uuid(),
        name,
    )
    .execute(tx.db().await?)
    .await?;
    Ok(renamed.rows_affected() == 1)
}

/// Returns who is in a team.
pub async fn members(tx: &mut Transaction, id: TeamId) -> Result<Vec<AgentId>, StoreError> {
    let found =
        sqlx::query_scalar!("select agent_id from team_members where team_id = $1", id.uuid())
            .fetch_all(tx.db().await?)
            .await?;
    Ok(found.into_iter().map(AgentId::from).collect())
}

/// Says who is in a team from here on; returns how many of them there are.
pub async fn set_members(
    tx: &mut Transaction,
    id: TeamId,
    agents: &[AgentId],
) -> Result<usize, StoreError> {
    let ids: Vec<Uuid> = agents.iter().map(|id| id.uuid()).collect();
    sqlx::query!(
        "delete from team_members where team_id = $1 and agent_id <> all($2)",
        id.uuid(),
        &ids,
    )
    .execute(tx.db().await?)
    .await?;
    sqlx::query!(
        r#"
        insert into team_members (team_id, agent_id)
        select $1, a.id from agents a where a.id = any($2)
        on conflict do nothing
        "#,
        id.uuid(),
        &ids,
    )
    .execute(tx.db().await?)
    .await?;
    Ok(members(tx, id).await?.len())
}

/// Removes a team that has no members and no threads; `false` where it has threads.
pub async fn remove(tx: &mut Transaction, id: TeamId) -> Result<bool, StoreError> {
    let removed = sqlx::query!(
        r#"
        delete from teams where id = $1 and not exists (select from threads where team_id = $1)
        "#,
        id.uuid(),
    )
    .execute(tx.db().await?)
    .await?;
    Ok(removed.rows_affected() == 1)
}

/// Says whether a team can be given threads of an inbox: one of it is a member who is not disabled.
pub async fn works_in(
    tx: &mut Transaction,
    team: TeamId,
    inbox: InboxId,
) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"
        select exists (
            select from team_members t
            join inbox_members m on m.agent_id = t.agent_id and m.inbox_id = $2
            join agents a on a.id = t.agent_id
            where t.team_id = $1 and not a.disabled
        ) as "works!"
        "#,
        team.uuid(),
        inbox.uuid(),
    )
    .fetch_one(tx.db().await?)
    .await?)
}

/// Returns all teams, by name.
pub async fn all(store: &Store) -> Result<Vec<TeamView>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select t.id, t.name,
            array(
                select m.agent_id from team_members m where m.team_id = t.id order by m.agent_id
            ) as "members!"
        from teams t
        order by t.name
        "#,
    )
    .fetch_all(&store.pool)
    .in_time()
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| TeamView {
            id: row.id.into(),
            name: row.name,
            members: row.members.into_iter().map(AgentId::from).collect(),
        })
        .collect())
}
