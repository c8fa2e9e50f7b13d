//! API tokens: sessions with a name and scopes.

use chrono::TimeDelta;
use protocol::{
    ids::{AgentId, TokenId},
    permissions::Permission,
    sessions::{TokenName, TokenView},
};
use uuid::Uuid;

use super::{error::StoreError, patience::InTime, pool::Store, roles, transaction::Transaction};

/// A token to be.
pub struct NewToken<'a> {
    /// Whose.
    pub agent_id: AgentId,
    /// What is kept of it.
    pub hash: &'a [u8; 32],
    /// What it is for.
    pub name: &'a str,
    /// What it may do.
    pub scopes: &'a [Permission],
    /// How long it lasts.
    pub lifetime: TimeDelta,
}

/// Makes a token.
pub async fn create(tx: &mut Transaction, it: NewToken<'_>) -> Result<TokenView, StoreError> {
    let (id, now) = (Uuid::now_v7(), tx.now());
    let expires_at = now + it.lifetime;
    let scopes: Vec<String> = it.scopes.iter().map(|it| it.name().to_owned()).collect();
    sqlx::query!(
        r#"
        insert into sessions
            (id, agent_id, token_hash, created_at, used_at, expires_at, name, scopes)
        values ($1, $2, $3, $4, $4, $5, $6, $7)
        "#,
        id,
        it.agent_id.uuid(),
        it.hash.as_slice(),
        now,
        expires_at,
        it.name,
        &scopes,
    )
    .execute(tx.db().await?)
    .await?;
    Ok(TokenView {
        id: id.into(),
        agent_id: it.agent_id,
        name: it.name.to_owned(),
        scopes: it.scopes.to_vec(),
        created_at: now,
        used_at: now,
        expires_at,
    })
}

/// Returns how many tokens of an agent are not over.
pub async fn count(tx: &mut Transaction, agent: AgentId) -> Result<i64, StoreError> {
    let now = tx.now();
    Ok(sqlx::query_scalar!(
        r#"
        select count(*) as "count!" from sessions
        where agent_id = $1 and scopes is not null and revoked_at is null and expires_at > $2
        "#,
        agent.uuid(),
        now,
    )
    .fetch_one(tx.db().await?)
    .await?)
}

/// Returns the tokens of an agent, or of all, that are not over, by name.
pub async fn list(store: &Store, agent: Option<AgentId>) -> Result<Vec<TokenView>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select id, agent_id, name as "name!", scopes as "scopes!", created_at, used_at, expires_at
        from sessions
        where scopes is not null and ($1::uuid is null or agent_id = $1)
            and revoked_at is null and expires_at > tandem_now()
        order by name, id
        "#,
        agent.map(AgentId::uuid),
    )
    .fetch_all(&store.pool)
    .in_time()
    .await?;
    let view = |id: Uuid, agent: Uuid| (TokenId::from(id), AgentId::from(agent));
    Ok(rows
        .into_iter()
        .map(|row| {
            let (id, agent_id) = view(row.id, row.agent_id);
            let scopes = roles::permissions(&row.scopes);
            let scopes = Permission::ALL.iter().copied().filter(|it| scopes.has(*it)).collect();
            let (created_at, used_at, expires_at) = (row.created_at, row.used_at, row.expires_at);
            TokenView { id, agent_id, name: row.name, scopes, created_at, used_at, expires_at }
        })
        .collect())
}

/// Returns the names of the newest tokens, those that are over, too: they stand in timelines.
pub async fn names(store: &Store, most: i64) -> Result<Vec<TokenName>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select id, name as "name!" from sessions
        where scopes is not null order by id desc limit $1
        "#,
        most,
    )
    .fetch_all(&store.pool)
    .in_time()
    .await?;
    Ok(rows.into_iter().map(|row| TokenName { id: row.id.into(), name: row.name }).collect())
}
