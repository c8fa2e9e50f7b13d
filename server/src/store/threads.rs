//! Threads: the rows that commands lock and change.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use protocol::{
    ids::{AgentId, ChannelId, ContactId, InboxId, TeamId, ThreadId},
    owners::Assignment,
    views::Status,
};
use uuid::Uuid;

use super::{
    contacts::{self, Reached},
    error::StoreError,
    inboxes::rules,
    patience::InTime,
    pool::Store,
    transaction::Transaction,
    words::{read, signed, unsigned, word},
};
use crate::domain::{address::Address, lock::Lock, thread::Thread};

/// A thread under its lock.
#[derive(Debug, Clone)]
pub struct Held {
    /// The thread.
    pub thread: Thread,
    /// The reply lock, over or not. It only changes under the thread's row lock.
    pub lock: Option<Lock>,
    /// When that was looked up.
    pub now: DateTime<Utc>,
    /// Who owns the thread that it is a part of.
    pub root_owner: Assignment,
}

/// Locks threads for the rest of the transaction, in one order for all transactions.
pub async fn hold(
    tx: &mut Transaction,
    mut ids: Vec<Uuid>,
) -> Result<HashMap<ThreadId, Held>, StoreError> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    ids.sort_unstable();
    let rows = sqlx::query!(
        r#"
        select id as "id!", inbox_id as "inbox_id!", mode as "mode!", contact_id as "contact_id!",
            channel_id as "channel_id!", address_id as "address_id!", status as "status!", until,
            assignee_id, team_id, reply_no as "reply_no!", channel_kind as "channel_kind!",
            refused as "refused!", lease_agent_id, lease_token, lease_expires_at,
            now as "now!", merged_into, root_assignee_id, root_team_id, priority as "priority!",
            transitions as "transitions!", after_reply as "after_reply!",
            after_message as "after_message!",
            exists (select from review_rules r where r.inbox_id = h.inbox_id) as "reviewed!"
        from hold_threads($1) h
        "#,
        &ids,
    )
    .fetch_all(tx.db().await?)
    .await?;
    let held = rows.into_iter().map(|row| {
        let thread = Thread {
            id: row.id.into(),
            inbox_id: row.inbox_id.into(),
            mode: read(&row.mode, "inboxes.mode")?,
            contact_id: row.contact_id.into(),
            channel_id: row.channel_id.into(),
            channel_kind: read(&row.channel_kind, "channels.kind")?,
            address_id: row.address_id,
            refused: row.refused,
            status: read(&row.status, "threads.status")?,
            until: row.until,
            owner: Assignment::from_parts(row.assignee_id, row.team_id),
            priority: read(&row.priority, "threads.priority")?,
            rules: rules(row.transitions, &row.after_reply, &row.after_message)?,
            reply_no: u32::try_from(row.reply_no).unwrap_or_default(),
            merged_into: row.merged_into.map(ThreadId::from),
            reviewed: row.reviewed,
        };
        let root_owner = Assignment::from_parts(row.root_assignee_id, row.root_team_id);
        let lock = match (row.lease_agent_id, row.lease_token, row.lease_expires_at) {
            (Some(holder), Some(token), Some(expires_at)) => {
                Some(Lock { agent_id: holder.into(), token: unsigned(token), expires_at })
            }
            _ => None,
        };
        Ok((thread.id, Held { thread, lock, now: row.now, root_owner }))
    });
    held.collect()
}

/// Locks a thread for the rest of the transaction.
pub async fn lock(tx: &mut Transaction, id: ThreadId) -> Result<Option<Thread>, StoreError> {
    Ok(hold(tx, vec![id.uuid()]).await?.remove(&id).map(|held| held.thread))
}

/// Returns a thread that is locked, or, locked, the one that it is a part of.
pub async fn root_of(tx: &mut Transaction, mut thread: Thread) -> Result<Thread, StoreError> {
    while let Some(root) = thread.merged_into {
        thread = lock(tx, root).await?.ok_or(StoreError::Unreadable { what: "threads" })?;
    }
    Ok(thread)
}

/// Finds the thread between an inbox and a customer, or makes one; says which. Either way it takes
/// replies over this channel to this address from now on, and is locked.
pub async fn find_or_create(
    tx: &mut Transaction,
    inbox: InboxId,
    channel: ChannelId,
    reached: Reached,
) -> Result<(ThreadId, bool), StoreError> {
    if let Some(known) = reach_over(tx, inbox, channel, &reached).await? {
        return Ok((known, false));
    }
    // From here on nobody merges the contact, and nobody else makes a thread for what it is merged
    // into.
    contacts::hold_root(tx, reached.root_id).await?;
    if let Some(known) = reach_over(tx, inbox, channel, &reached).await? {
        return Ok((known, false));
    }
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
    .fetch_one(tx.db().await?)
    .await?;
    Ok((id.into(), id == fresh))
}

/// Lets the thread of a customer take replies over another channel, if there is one.
async fn reach_over(
    tx: &mut Transaction,
    inbox: InboxId,
    channel: ChannelId,
    reached: &Reached,
) -> Result<Option<ThreadId>, StoreError> {
    let id = sqlx::query_scalar!(
        r#"
        update threads
        set channel_id = $3, address_id = $4
        where inbox_id = $1 and merged_into is null
            and contact_id in (select id from same_customer($2))
        returning id
        "#,
        inbox.uuid(),
        reached.contact_id.uuid(),
        channel.uuid(),
        reached.address_id,
    )
    .fetch_optional(tx.db().await?)
    .await?;
    Ok(id.map(ThreadId::from))
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
    .execute(tx.db().await?)
    .await?;
    Ok(())
}

/// Changes the owner, if it still is the one that the sender saw.
pub async fn set_owner(
    tx: &mut Transaction,
    id: ThreadId,
    from: Assignment,
    to: Assignment,
) -> Result<bool, StoreError> {
    let done = sqlx::query!(
        r#"
        update threads
        set assignee_id = $3, team_id = $5
        where id = $1 and assignee_id is not distinct from $2 and team_id is not distinct from $4
        "#,
        id.uuid(),
        from.agent.map(AgentId::uuid),
        to.agent.map(AgentId::uuid),
        from.team.map(TeamId::uuid),
        to.team.map(TeamId::uuid),
    )
    .execute(tx.db().await?)
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
    .fetch_optional(tx.db().await?)
    .await?;
    Ok(seq.map(unsigned))
}

/// Moves an agent's read mark back to before the customer's last message; `None` where it is there.
pub async fn mark_unread(
    tx: &mut Transaction,
    id: ThreadId,
    agent: AgentId,
) -> Result<Option<u64>, StoreError> {
    let seq = sqlx::query_scalar!(
        r#"
        update read_marks r
        set seq = t.inbound_seq - 1
        from threads t
        where t.id = $2 and r.thread_id = t.id and r.agent_id = $1
            and t.inbound_seq > 0 and r.seq >= t.inbound_seq
        returning r.seq
        "#,
        agent.uuid(),
        id.uuid(),
    )
    .fetch_optional(tx.db().await?)
    .await?;
    Ok(seq.map(unsigned))
}

/// A thread's inbox and owner: what the visibility rule needs.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// The inbox.
    pub inbox_id: InboxId,
    /// The owner; of a part of another thread, that one's.
    pub owner: Assignment,
    /// The thread that it is a part of.
    pub merged_into: Option<ThreadId>,
}

/// Finds a thread's place without locking it.
pub async fn place(store: &Store, id: ThreadId) -> Result<Option<Place>, StoreError> {
    let row = sqlx::query!(
        r#"
        select t.inbox_id, r.assignee_id, r.team_id, t.merged_into
        from threads t
        join threads r on r.id = coalesce(t.merged_into, t.id)
        where t.id = $1
        "#,
        id.uuid(),
    )
    .fetch_optional(&store.pool)
    .in_time()
    .await?;
    Ok(row.map(|row| Place {
        inbox_id: row.inbox_id.into(),
        owner: Assignment::from_parts(row.assignee_id, row.team_id),
        merged_into: row.merged_into.map(ThreadId::from),
    }))
}

/// Finds the thread of an address in an inbox, and who owns it.
pub async fn of_address(
    store: &Store,
    inbox: InboxId,
    address: &Address,
) -> Result<Option<(ThreadId, Assignment)>, StoreError> {
    let row = sqlx::query!(
        r#"
        select t.id, t.assignee_id, t.team_id
        from contact_addresses a
        cross join lateral same_customer(a.contact_id) as c
        join threads t on t.contact_id = c.id and t.inbox_id = $1 and t.merged_into is null
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
    Ok(row.map(|row| (row.id.into(), Assignment::from_parts(row.assignee_id, row.team_id))))
}

/// Locks the thread between an inbox and a customer, if there is one.
pub async fn lock_of(
    tx: &mut Transaction,
    inbox: InboxId,
    contact: ContactId,
) -> Result<Option<Thread>, StoreError> {
    let id = sqlx::query_scalar!(
        r#"
        select id
        from threads
        where inbox_id = $1 and merged_into is null
            and contact_id in (select id from same_customer($2))
        "#,
        inbox.uuid(),
        contact.uuid(),
    )
    .fetch_optional(tx.db().await?)
    .await?;
    let Some(id) = id else { return Ok(None) };
    match lock(tx, id.into()).await? {
        // Merged while this one waited for it.
        Some(thread) => Ok(Some(root_of(tx, thread).await?)),
        None => Ok(None),
    }
}

/// Moves `reply_no` on for what the business said past us, and returns it.
pub async fn next_turn(tx: &mut Transaction, id: ThreadId) -> Result<u32, StoreError> {
    let reply_no = sqlx::query_scalar!(
        "update threads set reply_no = reply_no + 1 where id = $1 returning reply_no",
        id.uuid(),
    )
    .fetch_one(tx.db().await?)
    .await?;
    Ok(u32::try_from(reply_no).unwrap_or_default())
}
