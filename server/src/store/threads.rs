//! Threads: the rows that commands lock and change.

use chrono::{DateTime, Utc};
use protocol::{
    ids::{AgentId, ChannelId, ContactId, InboxId, ThreadId},
    views::Status,
};
use uuid::Uuid;

use super::{
    contacts::Reached,
    error::StoreError,
    patience::InTime,
    pool::Store,
    transaction::Transaction,
    words::{read, signed, unsigned, word},
};
use crate::domain::{address::Address, lock::Lock, thread::Thread};

/// Locks a thread for the rest of the transaction.
pub async fn lock(tx: &mut Transaction, id: ThreadId) -> Result<Option<Thread>, StoreError> {
    let row = sqlx::query!(
        r#"
        select t.inbox_id, i.mode, t.contact_id, t.channel_id, t.address_id, t.status,
            t.until, t.assignee_id, t.reply_no
        from threads t
        join inboxes i on i.id = t.inbox_id
        where t.id = $1
        for update of t
        "#,
        id.uuid(),
    )
    .fetch_optional(tx.db())
    .await?;
    row.map(|row| {
        Ok(Thread {
            id,
            inbox_id: row.inbox_id.into(),
            mode: read(&row.mode, "inboxes.mode")?,
            contact_id: row.contact_id.into(),
            channel_id: row.channel_id.into(),
            address_id: row.address_id,
            status: read(&row.status, "threads.status")?,
            until: row.until,
            assignee_id: row.assignee_id.map(AgentId::from),
            reply_no: u32::try_from(row.reply_no).unwrap_or_default(),
        })
    })
    .transpose()
}

/// Finds the thread between an inbox and a contact, or makes one; says which. Either way it takes
/// replies over this channel to this address from now on, and is locked.
pub async fn find_or_create(
    tx: &mut Transaction,
    inbox: InboxId,
    channel: ChannelId,
    reached: Reached,
) -> Result<(ThreadId, bool), StoreError> {
    let (fresh, now) = (Uuid::now_v7(), tx.now());
    let id = sqlx::query_scalar!(
        r#"
        insert into threads (id, inbox_id, contact_id, channel_id, address_id, status, created_at)
        values ($1, $2, $3, $4, $5, $6, $7)
        on conflict on constraint threads_one_per_contact do update
            set channel_id = $4, address_id = $5
        returning id
        "#,
        fresh,
        inbox.uuid(),
        reached.contact_id.uuid(),
        channel.uuid(),
        reached.address_id,
        word(Status::New),
        now,
    )
    .fetch_one(tx.db())
    .await?;
    Ok((id.into(), id == fresh))
}

/// A turn that was claimed.
#[derive(Debug, Clone, Copy)]
pub struct Turn {
    /// The number of the reply.
    pub reply_no: u32,
    /// The reply lock, over or not.
    pub lock: Option<Lock>,
    /// When it was looked up.
    pub now: DateTime<Utc>,
}

/// The collision guard: moves `reply_no` on if it still is what the sender saw. Two senders that saw
/// the same cannot both pass, on whatever node, because the row decides. The reply lock comes with
/// it: it only changes under the thread's row lock, which the caller has.
pub async fn claim_turn(
    tx: &mut Transaction,
    id: ThreadId,
    seen_reply: u32,
) -> Result<Option<Turn>, StoreError> {
    let Ok(seen) = i32::try_from(seen_reply) else { return Ok(None) };
    let row = sqlx::query!(
        r#"
        with turn as (
            update threads
            set reply_no = reply_no + 1
            where id = $1 and reply_no = $2
            returning id, reply_no
        )
        select t.reply_no, tandem_now() as "now!", l.agent_id as "holder?", l.token as "token?",
            l.expires_at as "expires_at?"
        from turn t
        left join thread_locks l on l.thread_id = t.id
        "#,
        id.uuid(),
        seen,
    )
    .fetch_optional(tx.db())
    .await?;
    let Some(row) = row else { return Ok(None) };
    let lock = match (row.holder, row.token, row.expires_at) {
        (Some(holder), Some(token), Some(expires_at)) => {
            Some(Lock { agent_id: holder.into(), token: unsigned(token), expires_at })
        }
        _ => None,
    };
    let reply_no = u32::try_from(row.reply_no).unwrap_or_default();
    Ok(Some(Turn { reply_no, lock, now: row.now }))
}

/// Changes the status; a closed thread that comes back begins a new episode.
pub async fn set_status(
    tx: &mut Transaction,
    id: ThreadId,
    status: Status,
    until: Option<DateTime<Utc>>,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update threads
        set episode = episode + case when status = 'closed' and $2 <> 'closed' then 1 else 0 end,
            status = $2,
            until = $3
        where id = $1
        "#,
        id.uuid(),
        word(status),
        until,
    )
    .execute(tx.db())
    .await?;
    Ok(())
}

/// Changes the owner, if it still is the one that the sender saw.
pub async fn set_assignee(
    tx: &mut Transaction,
    id: ThreadId,
    from: Option<AgentId>,
    to: Option<AgentId>,
) -> Result<bool, StoreError> {
    let done = sqlx::query!(
        r#"
        update threads
        set assignee_id = $3
        where id = $1 and assignee_id is not distinct from $2
        "#,
        id.uuid(),
        from.map(AgentId::uuid),
        to.map(AgentId::uuid),
    )
    .execute(tx.db())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Moves an agent's read mark forward. Says whether that belongs on record: something newer was
/// read, or the last time was more than a minute ago.
pub async fn mark_read(
    tx: &mut Transaction,
    id: ThreadId,
    agent: AgentId,
    read_seq: u64,
) -> Result<Option<u64>, StoreError> {
    let now = tx.now();
    let seq = sqlx::query_scalar!(
        r#"
        insert into read_marks as r (agent_id, thread_id, seq, opened_at)
        -- Nobody has read further than to the last thing said.
        select $1, t.id, least($3, t.last_seq), $4
        from threads t
        where t.id = $2
        on conflict (agent_id, thread_id) do update
            set seq = greatest(r.seq, excluded.seq), opened_at = excluded.opened_at
            where excluded.seq > r.seq or r.opened_at < excluded.opened_at - interval '1 minute'
        returning seq
        "#,
        agent.uuid(),
        id.uuid(),
        signed(read_seq),
        now,
    )
    .fetch_optional(tx.db())
    .await?;
    Ok(seq.map(unsigned))
}

/// A thread's inbox and owner: what the visibility rule needs.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// The inbox.
    pub inbox_id: InboxId,
    /// The owner.
    pub assignee_id: Option<AgentId>,
}

/// Finds a thread's place without locking it.
pub async fn place(store: &Store, id: ThreadId) -> Result<Option<Place>, StoreError> {
    let row = sqlx::query!("select inbox_id, assignee_id from threads where id = $1", id.uuid())
        .fetch_optional(&store.pool)
        .in_time()
        .await?;
    Ok(row.map(|row| Place {
        inbox_id: row.inbox_id.into(),
        assignee_id: row.assignee_id.map(AgentId::from),
    }))
}

/// Finds the thread of an address in an inbox, and who owns it.
pub async fn of_address(
    store: &Store,
    inbox: InboxId,
    address: &Address,
) -> Result<Option<(ThreadId, Option<AgentId>)>, StoreError> {
    let row = sqlx::query!(
        r#"
        select t.id, t.assignee_id
        from contact_addresses a
        join threads t on t.contact_id = a.contact_id and t.inbox_id = $1
        where a.kind = $2 and a.scope = $3 and a.value = $4
        "#,
        inbox.uuid(),
        word(address.kind),
        address.scope,
        address.value,
    )
    .fetch_optional(&store.pool)
    .in_time()
    .await?;
    Ok(row.map(|row| (row.id.into(), row.assignee_id.map(AgentId::from))))
}

/// Locks the thread between an inbox and a contact, if there is one.
pub async fn lock_of(
    tx: &mut Transaction,
    inbox: InboxId,
    contact: ContactId,
) -> Result<Option<Thread>, StoreError> {
    let id = sqlx::query_scalar!(
        "select id from threads where inbox_id = $1 and contact_id = $2",
        inbox.uuid(),
        contact.uuid(),
    )
    .fetch_optional(tx.db())
    .await?;
    match id {
        Some(id) => lock(tx, id.into()).await,
        None => Ok(None),
    }
}

/// Moves `reply_no` on for what the business said past us, and returns it.
pub async fn next_turn(tx: &mut Transaction, id: ThreadId) -> Result<u32, StoreError> {
    let reply_no = sqlx::query_scalar!(
        "update threads set reply_no = reply_no + 1 where id = $1 returning reply_no",
        id.uuid(),
    )
    .fetch_one(tx.db())
    .await?;
    Ok(u32::try_from(reply_no).unwrap_or_default())
}
