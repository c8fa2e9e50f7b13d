//! The reply lock: a row beside its thread. Each move is one compare-and-set statement.

use chrono::{DateTime, TimeDelta, Utc};
use protocol::{
    ids::{AgentId, InboxId, ThreadId},
    owners::Assignment,
    signals::LockView,
};
use uuid::Uuid;

use super::{
    error::StoreError,
    patience::InTime,
    pool::Store,
    transaction::Transaction,
    words::{signed, unsigned},
};
use crate::domain::lock::Lock;

/// What came of asking for the lock.
#[derive(Debug, Clone, Copy)]
pub enum Acquired {
    /// The asker took it.
    Taken(Lock),
    /// The asker had it and has it for longer now.
    Renewed(Lock),
    /// Somebody else has it.
    Held(Lock),
}

/// Takes the lock if it is free or over, renews it if the asker has it. The token grows with each
/// taking and stays with each renewal. Its time is that of the statement, because the transaction
/// may have waited for the thread.
pub async fn acquire(
    tx: &mut Transaction,
    thread: ThreadId,
    inbox: InboxId,
    agent: AgentId,
    lease: TimeDelta,
) -> Result<Acquired, StoreError> {
    let row = sqlx::query!(
        r#"
        insert into thread_locks as l (thread_id, inbox_id, agent_id, token, taken_at, expires_at)
        select $1, $2, $3, 1, clock.now, clock.now + make_interval(secs => $4::bigint / 1000.0)
        from (select tandem_now() as now) as clock
        on conflict (thread_id) do update set
            token = l.token + case when l.expires_at > excluded.taken_at then 0 else 1 end,
            taken_at = case when l.expires_at > excluded.taken_at
                then l.taken_at else excluded.taken_at end,
            agent_id = excluded.agent_id,
            expires_at = excluded.expires_at
        where l.agent_id = excluded.agent_id or l.expires_at <= excluded.taken_at
        returning token, expires_at,
            taken_at = expires_at - make_interval(secs => $4::bigint / 1000.0) as "taken!"
        "#,
        thread.uuid(),
        inbox.uuid(),
        agent.uuid(),
        lease.num_milliseconds(),
    )
    .fetch_optional(tx.db().await?)
    .await?;
    if let Some(row) = row {
        let lock = Lock { agent_id: agent, token: unsigned(row.token), expires_at: row.expires_at };
        return Ok(if row.taken { Acquired::Taken(lock) } else { Acquired::Renewed(lock) });
    }
    let lock = find(tx, thread).await?;
    lock.map(|(lock, _now)| Acquired::Held(lock))
        .ok_or(StoreError::Unreadable { what: "thread_locks" })
}

/// Takes the lock from whoever has it.
pub async fn take_over(
    tx: &mut Transaction,
    thread: ThreadId,
    agent: AgentId,
    lease: TimeDelta,
) -> Result<Option<Lock>, StoreError> {
    let row = sqlx::query!(
        r#"
        update thread_locks
        set agent_id = $2, token = token + 1, taken_at = clock.now,
            expires_at = clock.now + make_interval(secs => $3::bigint / 1000.0)
        from (select tandem_now() as now) as clock
        where thread_id = $1 and agent_id <> $2 and expires_at > clock.now
        returning token, expires_at
        "#,
        thread.uuid(),
        agent.uuid(),
        lease.num_milliseconds(),
    )
    .fetch_optional(tx.db().await?)
    .await?;
    Ok(row.map(|row| Lock {
        agent_id: agent,
        token: unsigned(row.token),
        expires_at: row.expires_at,
    }))
}

/// Ends the agent's lease; `false` if it had none, or not by this token.
pub async fn release(
    tx: &mut Transaction,
    thread: ThreadId,
    agent: AgentId,
    token: Option<u64>,
) -> Result<bool, StoreError> {
    let released = sqlx::query!(
        r#"
        update thread_locks
        set expires_at = tandem_now()
        where thread_id = $1 and agent_id = $2 and expires_at > tandem_now()
            and ($3::bigint is null or token = $3)
        "#,
        thread.uuid(),
        agent.uuid(),
        token.map(signed),
    )
    .execute(tx.db().await?)
    .await?;
    Ok(released.rows_affected() == 1)
}

/// Ends whoever's lease; `false` if there was none.
pub async fn end(tx: &mut Transaction, thread: ThreadId) -> Result<bool, StoreError> {
    let ended = sqlx::query!(
        r#"
        update thread_locks
        set expires_at = tandem_now()
        where thread_id = $1 and expires_at > tandem_now()
        "#,
        thread.uuid(),
    )
    .execute(tx.db().await?)
    .await?;
    Ok(ended.rows_affected() == 1)
}

/// Ends the agent's lease if it is the one that ends at this instant: a renewal, by whatever node,
/// has moved that.
pub async fn release_left(
    tx: &mut Transaction,
    thread: ThreadId,
    agent: AgentId,
    expires_at: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let released = sqlx::query!(
        r#"
        update thread_locks
        set expires_at = tandem_now()
        where thread_id = $1 and agent_id = $2 and expires_at = $3 and expires_at > tandem_now()
        "#,
        thread.uuid(),
        agent.uuid(),
        expires_at,
    )
    .execute(tx.db().await?)
    .await?;
    Ok(released.rows_affected() == 1)
}

/// Returns the lock, over or not, and the instant at which it was looked up.
pub async fn find(
    tx: &mut Transaction,
    thread: ThreadId,
) -> Result<Option<(Lock, DateTime<Utc>)>, StoreError> {
    let row = sqlx::query!(
        r#"
        select agent_id, token, expires_at, tandem_now() as "now!"
        from thread_locks
        where thread_id = $1
        for update
        "#,
        thread.uuid(),
    )
    .fetch_optional(tx.db().await?)
    .await?;
    Ok(row.map(|row| {
        let lock = Lock {
            agent_id: row.agent_id.into(),
            token: unsigned(row.token),
            expires_at: row.expires_at,
        };
        (lock, row.now)
    }))
}

/// A lock that is held now, with what the visibility rule needs.
#[derive(Debug, Clone)]
pub struct Held {
    /// The thread's inbox.
    pub inbox_id: InboxId,
    /// The thread.
    pub thread_id: ThreadId,
    /// Who owns the thread.
    pub owner: Assignment,
    /// The lock.
    pub lock: LockView,
}

/// Returns the locks that are held now in these inboxes.
pub async fn held(store: &Store, inboxes: &[InboxId]) -> Result<Vec<Held>, StoreError> {
    let ids: Vec<Uuid> = inboxes.iter().map(|id| id.uuid()).collect();
    let rows = sqlx::query!(
        r#"
        select l.inbox_id, l.thread_id, l.agent_id, l.expires_at, t.assignee_id, t.team_id
        from thread_locks l
        join threads t on t.id = l.thread_id
        where l.inbox_id = any($1) and l.expires_at > (select tandem_now())
        "#,
        &ids,
    )
    .fetch_all(&store.pool)
    .in_time()
    .await?;
    let view = |agent_id: Uuid, expires_at: DateTime<Utc>| LockView {
        agent_id: agent_id.into(),
        expires_at,
    };
    Ok(rows
        .into_iter()
        .map(|row| Held {
            inbox_id: row.inbox_id.into(),
            thread_id: row.thread_id.into(),
            owner: Assignment::from_parts(row.assignee_id, row.team_id),
            lock: view(row.agent_id, row.expires_at),
        })
        .collect())
}
