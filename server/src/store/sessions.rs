//! Sessions: the token itself is never stored.

use chrono::{DateTime, TimeDelta, Utc};
use protocol::ids::{AgentId, SessionId};
use uuid::Uuid;

use super::{error::StoreError, patience::InTime, pool::Store, transaction::Transaction};

/// A session that is valid now.
#[derive(Debug, Clone, Copy)]
pub struct Session {
    /// The session.
    pub id: SessionId,
    /// Whose it is.
    pub agent_id: AgentId,
    /// When it ends by itself.
    pub expires_at: DateTime<Utc>,
}

/// Begins a session.
pub async fn create(
    tx: &mut Transaction,
    agent: AgentId,
    token_hash: &[u8; 32],
    lifetime: TimeDelta,
) -> Result<(SessionId, DateTime<Utc>), StoreError> {
    let (id, now) = (Uuid::now_v7(), tx.now());
    let expires_at = now + lifetime;
    sqlx::query!(
        r#"
        insert into sessions (id, agent_id, token_hash, created_at, expires_at)
        values ($1, $2, $3, $4, $5)
        "#,
        id,
        agent.uuid(),
        token_hash.as_slice(),
        now,
        expires_at,
    )
    .execute(tx.db().await?)
    .await?;
    Ok((id.into(), expires_at))
}

/// Finds the session of a token, unless it is over.
pub async fn find(store: &Store, token_hash: &[u8; 32]) -> Result<Option<Session>, StoreError> {
    let row = sqlx::query!(
        r#"
        select id, agent_id, expires_at
        from sessions
        where token_hash = $1 and revoked_at is null and expires_at > tandem_now()
        "#,
        token_hash.as_slice(),
    )
    .fetch_optional(&store.pool)
    .in_time()
    .await?;
    Ok(row.map(|row| Session {
        id: row.id.into(),
        agent_id: row.agent_id.into(),
        expires_at: row.expires_at,
    }))
}

/// Returns the version of the rights of whose session it is, if the session is still valid.
pub async fn rights_version(store: &Store, session: SessionId) -> Result<Option<i64>, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"
        select a.rights_version
        from sessions s
        join agents a on a.id = s.agent_id
        where s.id = $1 and s.revoked_at is null and s.expires_at > tandem_now()
        "#,
        session.uuid(),
    )
    .fetch_optional(&store.pool)
    .in_time()
    .await?)
}

/// Ends a session; `false` if it already was.
pub async fn revoke(tx: &mut Transaction, session: SessionId) -> Result<bool, StoreError> {
    let now = tx.now();
    let ended = sqlx::query!(
        "update sessions set revoked_at = $2 where id = $1 and revoked_at is null",
        session.uuid(),
        now,
    )
    .execute(tx.db().await?)
    .await?;
    Ok(ended.rows_affected() == 1)
}

/// Ends all sessions of an agent; returns those that were not over.
pub async fn revoke_all(
    tx: &mut Transaction,
    agent: AgentId,
) -> Result<Vec<SessionId>, StoreError> {
    let now = tx.now();
    let ended = sqlx::query_scalar!(
        r#"
        update sessions set revoked_at = $2
        where agent_id = $1 and revoked_at is null and expires_at > $2
        returning id
        "#,
        agent.uuid(),
        now,
    )
    .fetch_all(tx.db().await?)
    .await?;
    Ok(ended.into_iter().map(SessionId::from).collect())
}
