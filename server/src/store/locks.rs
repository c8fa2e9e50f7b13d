//! The reply lock: a row beside its thread. Each move is one compare-and-set statement.

use chrono::{DateTime, TimeDelta, Utc};
use protocol::{
    ids::{AgentId, InboxId, ThreadId},
    signals::LockView,
};
use uuid::Uuid;

use super::{
    error::StoreError,
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
/// taking and stays with each renewal.
pub async fn acquire(
    tx: &mut Transaction,
    thread: ThreadId,
    inbox: InboxId,
    agent: AgentId,
    lease: TimeDelta,
) -> Result<Acquired, StoreError> {
    let now = tx.now();
    let expires_at = now + lease;
    let row = sqlx::query!(
        r#"
        insert into thread_locks as l (thread_id, inbox_id, agent_id, token, taken_at, expires_at)
        values ($1, $2, $3, 1, $4, $5)
        on conflict (thread_id) do update set
            token = l.token + case when l.expires_at > $4 then 0 else 1 end,
            taken_at = case when l.expires_at > $4 then l.taken_at else $4 end,
            agent_id = $3,
            expires_at = $5
        where l.agent_id = $3 or l.expires_at <= $4
        returning token, taken_at = $4 as "taken!"
        "#,
        thread.uuid(),
        inbox.uuid(),
        agent.uuid(),
        now,
        expires_at,
    )
    .fetch_optional(tx.db())
    .await?;
    if let Some(row) = row {
        let lock = Lock { agent_id: agent, token: unsigned(row.token), expires_at };
        return Ok(if row.taken { Acquired::Taken(lock) } else { Acquired::Renewed(lock) });
    }
    let lock = find(tx, thread).await?;
    lock.map(Acquired::Held).ok_or(StoreError::Unreadable { what: "thread_locks" })
}

/// Takes the lock from whoever has it.
pub async fn take_over(
    tx: &mut Transaction,
    thread: ThreadId,
    agent: AgentId,
    lease: TimeDelta,
) -> Result<Option<Lock>, StoreError> {
    let now = tx.now();
    let expires_at = now + lease;
    let token = sqlx::query_scalar!(
        r#"
        update thread_locks
        set agent_id = $2, token = token + 1, taken_at = $3, expires_at = $4
        where thread_id = $1 and agent_id <> $2 and expires_at > $3
        returning token
        "#,
        thread.uuid(),
        agent.uuid(),
        now,
        expires_at,
    )
    .fetch_optional(tx.db())
    .await?;
    Ok(token.map(|token| Lock { agent_id: agent, token: unsigned(token), expires_at }))
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
    .execute(tx.db())
    .await?;
    Ok(released.rows_affected() == 1)
}

/// Returns the lock, over or not.
pub async fn find(tx: &mut Transaction, thread: ThreadId) -> Result<Option<Lock>, StoreError> {
    let row = sqlx::query!(
        "select agent_id, token, expires_at from thread_locks where thread_id = $1 for update",
        thread.uuid(),
    )
    .fetch_optional(tx.db())
    .await?;
    Ok(row.map(|row| Lock {
        agent_id: row.agent_id.into(),
        token: unsigned(row.token),
        expires_at: row.expires_at,
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
    pub assignee_id: Option<AgentId>,
    /// The lock.
    pub lock: LockView,
}

/// Returns the locks that are held now in these inboxes.
pub async fn held(store: &Store, inboxes: &[InboxId]) -> Result<Vec<Held>, StoreError> {
    let ids: Vec<Uuid> = inboxes.iter().map(|id| id.uuid()).collect();
    let rows = sqlx::query!(
        r#"
        select l.inbox_id, l.thread_id, l.agent_id, l.expires_at, t.assignee_id
        from thread_locks l
        join threads t on t.id = l.thread_id
        where l.inbox_id = any($1) and l.expires_at > (select tandem_now())
        "#,
        &ids,
    )
    .fetch_all(&store.pool)
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
            assignee_id: row.assignee_id.map(AgentId::from),
            lock: view(row.agent_id, row.expires_at),
        })
        .collect())
}
