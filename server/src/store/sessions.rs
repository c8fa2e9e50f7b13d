//! Sessions: the token itself is never stored.

use chrono::{DateTime, TimeDelta, Utc};
use protocol::{
    ids::{AgentId, SessionId},
    sessions::SessionView,
};
use uuid::Uuid;

use super::{error::StoreError, patience::InTime, pool::Store, roles, transaction::Transaction};
use crate::domain::rights::Permissions;

/// A session that is valid now.
#[derive(Debug, Clone, Copy)]
pub struct Session {
    /// The session.
    pub id: SessionId,
    /// Whose it is.
    pub agent_id: AgentId,
    /// When it ends by itself.
    pub expires_at: DateTime<Utc>,
    /// Of an API token: what it may do.
    pub scopes: Option<Permissions>,
}

/// A session to be.
pub struct NewSession<'a> {
    /// Whose.
    pub agent_id: AgentId,
    /// What is kept of its token.
    pub token_hash: &'a [u8; 32],
    /// What the client calls itself.
    pub client: Option<&'a str>,
    /// How long it lasts.
    pub lifetime: TimeDelta,
}

/// Begins a session.
pub async fn create(
    tx: &mut Transaction,
    it: NewSession<'_>,
) -> Result<(SessionId, DateTime<Utc>), StoreError> {
    let (id, now) = (Uuid::now_v7(), tx.now());
    let expires_at = now + it.lifetime;
    sqlx::query!(
        r#"
        insert into sessions (id, agent_id, token_hash, created_at, used_at, expires_at, client)
        values ($1, $2, $3, $4, $4, $5, $6)
        "#,
        id,
        it.agent_id.uuid(),
        it.token_hash.as_slice(),
        now,
        expires_at,
        it.client,
    )
    .execute(tx.db().await?)
    .await?;
    Ok((id.into(), expires_at))
}

/// Finds the session of a token, unless it is over or was not used for `idle`, and notes that it is
/// used. A session is used all the time, so that is no event and is written once a minute at most, or as often as `idle` needs.
pub async fn find(
    store: &Store,
    token_hash: &[u8; 32],
    idle: Option<TimeDelta>,
) -> Result<Option<Session>, StoreError> {
    let idle_seconds = idle.map(|it| it.num_seconds());
    let row = sqlx::query!(
        r#"
        with asked as (select tandem_now() as at),
        found as (
            select s.id, s.agent_id, s.expires_at, s.scopes, s.used_at, asked.at
            from sessions s, asked
            where s.token_hash = $1 and s.revoked_at is null and s.expires_at > asked.at
                and (s.scopes is not null or $2::bigint is null
                    or s.used_at > asked.at - make_interval(secs => $2::bigint))
        ),
        used as (
            update sessions s set used_at = found.at from found
            where s.id = found.id
                and found.used_at < found.at - make_interval(secs => least(60, $2::bigint / 4))
        )
        select id, agent_id, expires_at, scopes from found
        "#,
        token_hash.as_slice(),
        idle_seconds,
    )
    .fetch_optional(&store.pool)
    .in_time()
    .await?;
    Ok(row.map(|row| Session {
        id: row.id.into(),
        agent_id: row.agent_id.into(),
        expires_at: row.expires_at,
        scopes: row.scopes.map(|names| roles::permissions(&names)),
    }))
}

/// Notes that a session is used.
pub async fn use_now(store: &Store, session: SessionId) -> Result<(), StoreError> {
    sqlx::query!("update sessions set used_at = tandem_now() where id = $1", session.uuid())
        .execute(&store.pool)
        .in_time()
        .await?;
    Ok(())
}

/// Returns for how long a session was not used, by any of its connections and requests.
pub async fn unused_for(store: &Store, session: SessionId) -> Result<TimeDelta, StoreError> {
    let seconds = sqlx::query_scalar!(
        r#"
        select extract(epoch from tandem_now() - used_at)::bigint as "seconds!"
        from sessions where id = $1
        "#,
        session.uuid(),
    )
    .fetch_one(&store.pool)
    .in_time()
    .await?;
    Ok(TimeDelta::seconds(seconds))
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

/// Returns the sessions of an agent, or of all, that are not over, the last used first.
pub async fn list(
    store: &Store,
    agent: Option<AgentId>,
    asking: SessionId,
) -> Result<Vec<SessionView>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select id, agent_id, client, created_at, used_at, expires_at from sessions
        where scopes is null and ($1::uuid is null or agent_id = $1)
            and revoked_at is null and expires_at > tandem_now()
        order by used_at desc, id
        "#,
        agent.map(AgentId::uuid),
    )
    .fetch_all(&store.pool)
    .in_time()
    .await?;
    let view = |id: SessionId, agent: Uuid| (id, agent.into(), id == asking);
    Ok(rows
        .into_iter()
        .map(|row| {
            let (id, agent_id, current) = view(row.id.into(), row.agent_id);
            let (created_at, used_at, expires_at) = (row.created_at, row.used_at, row.expires_at);
            let client = row.client;
            SessionView { id, agent_id, current, client, created_at, used_at, expires_at }
        })
        .collect())
}

/// Ends a session, or a token, of this agent where one is named; returns whose it was, unless it was
/// over or is the other of the two.
pub async fn revoke(
    tx: &mut Transaction,
    session: SessionId,
    of: Option<AgentId>,
    is_token: bool,
) -> Result<Option<AgentId>, StoreError> {
    let now = tx.now();
    let ended = sqlx::query_scalar!(
        r#"
        update sessions set revoked_at = $2
        where id = $1 and revoked_at is null and ($3::uuid is null or agent_id = $3)
            and (scopes is not null) = $4
        returning agent_id
        "#,
        session.uuid(),
        now,
        of.map(AgentId::uuid),
        is_token,
    )
    .fetch_optional(tx.db().await?)
    .await?;
    Ok(ended.map(AgentId::from))
}

/// Ends all sessions, or all tokens, of an agent; returns those that were not over.
pub async fn revoke_all(
    tx: &mut Transaction,
    agent: AgentId,
    tokens: bool,
) -> Result<Vec<Uuid>, StoreError> {
    let now = tx.now();
    Ok(sqlx::query_scalar!(
        r#"
        update sessions set revoked_at = $2
        where agent_id = $1 and revoked_at is null and expires_at > $2
            and (scopes is not null) = $3
        returning id
        "#,
        agent.uuid(),
        now,
        tokens,
    )
    .fetch_all(tx.db().await?)
    .await?)
}
