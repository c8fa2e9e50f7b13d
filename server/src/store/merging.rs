//! Contacts that are one customer: who is, and changing that. Contacts are locked before threads, and
//! threads in the order of all transactions.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use protocol::ids::{ContactId, InboxId, ThreadId};
use uuid::Uuid;

use super::{
    error::StoreError,
    threads::{self, Held},
    transaction::Transaction,
};
use crate::domain::thread::Thread;

/// The customers of some threads: all of their contacts, and these contacts' threads in all inboxes,
/// locked.
pub struct Customers {
    /// Each contact, and its root.
    roots: BTreeMap<ContactId, ContactId>,
    threads: HashMap<ThreadId, Held>,
}

/// Locks the customers of threads. A thread that does not exist has none.
pub async fn hold(tx: &mut Transaction, of: &[ThreadId]) -> Result<Customers, StoreError> {
    let of: Vec<Uuid> = of.iter().map(|thread| thread.uuid()).collect();
    let contacts: Vec<Uuid> = sqlx::query_scalar!(
        r#"
        select c.id as "id!"
        from threads t
        cross join lateral same_customer(t.contact_id) as c
        where t.id = any($1)
        "#,
        &of,
    )
    .fetch_all(tx.db().await?)
    .await?;
    let rows = sqlx::query!(
        r#"
        select id, coalesce(merged_into, id) as "root_id!"
        from contacts
        where id = any($1)
        order by id
        for no key update
        "#,
        &contacts,
    )
    .fetch_all(tx.db().await?)
    .await?;
    let roots: BTreeMap<ContactId, ContactId> =
        rows.into_iter().map(|row| (row.id.into(), row.root_id.into())).collect();
    if roots.values().any(|root| roots.get(root) != Some(root)) {
        // One of them was merged while this one waited.
        return Err(StoreError::TryAgain(sqlx::Error::RowNotFound));
    }
    let threads =
        sqlx::query_scalar!("select id from threads where contact_id = any($1)", &contacts)
            .fetch_all(tx.db().await?)
            .await?;
    Ok(Customers { roots, threads: threads::hold(tx, threads).await? })
}

impl Customers {
    /// Returns a thread.
    pub fn thread(&self, id: ThreadId) -> Option<&Held> {
        self.threads.get(&id)
    }

    /// Returns the root of a contact.
    pub fn root(&self, contact: ContactId) -> Option<ContactId> {
        self.roots.get(&contact).copied()
    }

    /// Returns the inboxes where any of them has a thread.
    pub fn inboxes(&self) -> BTreeSet<InboxId> {
        self.threads.values().map(|held| held.thread.inbox_id).collect()
    }

    /// Returns the threads of a customer in an inbox, parts of others included, oldest first.
    pub fn threads_in(&self, root: ContactId, inbox: InboxId) -> Vec<&Thread> {
        let theirs = |thread: &&Thread| {
            thread.inbox_id == inbox && self.root(thread.contact_id) == Some(root)
        };
        let mut found: Vec<_> =
            self.threads.values().map(|held| &held.thread).filter(theirs).collect();
        found.sort_unstable_by_key(|thread| thread.id);
        found
    }

    /// Returns the one of a customer's threads in an inbox that is not a part of another one.
    pub fn whole_in(&self, root: ContactId, inbox: InboxId) -> Option<&Thread> {
        self.threads_in(root, inbox).into_iter().find(|thread| thread.merged_into.is_none())
    }
}

/// Makes a customer a part of another one.
pub async fn merge_contacts(
    tx: &mut Transaction,
    root: ContactId,
    into: ContactId,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update contacts set merged_into = $2 where id = $1 or merged_into = $1",
        root.uuid(),
        into.uuid(),
    )
    .execute(tx.db().await?)
    .await?;
    Ok(())
}

/// Lets a contact stand for itself again.
pub async fn unmerge_contact(tx: &mut Transaction, contact: ContactId) -> Result<(), StoreError> {
    sqlx::query!("update contacts set merged_into = null where id = $1", contact.uuid())
        .execute(tx.db().await?)
        .await?;
    Ok(())
}

/// Makes threads parts of another one, or, without one, lets them stand for themselves.
pub async fn set_merged(
    tx: &mut Transaction,
    threads: &[ThreadId],
    into: Option<ThreadId>,
) -> Result<(), StoreError> {
    let ids: Vec<Uuid> = threads.iter().map(|thread| thread.uuid()).collect();
    sqlx::query!(
        "update threads set merged_into = $2 where id = any($1)",
        &ids,
        into.map(ThreadId::uuid),
    )
    .execute(tx.db().await?)
    .await?;
    Ok(())
}

/// Takes note that a thread has what was said in another one, now a part of it. It takes replies over
/// the channel that the customer used last, and who had read both has read all of it.
pub async fn absorb(tx: &mut Transaction, it: ThreadId, part: ThreadId) -> Result<(), StoreError> {
    let (it, part) = (it.uuid(), part.uuid());
    sqlx::query!(
        r#"
        insert into read_marks as r (agent_id, thread_id, seq, opened_at)
        select p.agent_id, $1, greatest(t.last_seq, o.last_seq), p.opened_at
        from read_marks p
        join threads t on t.id = $1
        join threads o on o.id = p.thread_id
        left join read_marks q on q.thread_id = t.id and q.agent_id = p.agent_id
        where p.thread_id = $2 and p.seq >= o.inbound_seq
            and coalesce(q.seq, 0) >= t.inbound_seq
        on conflict (agent_id, thread_id) do update set seq = excluded.seq
        "#,
        it,
        part,
    )
    .execute(tx.db().await?)
    .await?;
    sqlx::query!(
        r#"
        update threads t
        set last_seq = greatest(t.last_seq, o.last_seq),
            inbound_seq = greatest(t.inbound_seq, o.inbound_seq),
            channel_id = case when o.inbound_seq > t.inbound_seq
                then o.channel_id else t.channel_id end,
            address_id = case when o.inbound_seq > t.inbound_seq
                then o.address_id else t.address_id end
        from threads o
        where t.id = $1 and o.id = $2
        "#,
        it,
        part,
    )
    .execute(tx.db().await?)
    .await?;
    Ok(())
}

/// Mends what threads say of themselves after they were taken apart: what was said in them last, and
/// where their customer is answered.
pub async fn mend(tx: &mut Transaction, threads: &[ThreadId]) -> Result<(), StoreError> {
    let ids: Vec<Uuid> = threads.iter().map(|thread| thread.uuid()).collect();
    sqlx::query!(
        r#"
        update threads t
        set last_seq = coalesce((
                select max(e.seq)
                from threads p
                join events e on e.thread_id = p.id
                where (p.id = t.id or p.merged_into = t.id)
                    and e.kind in ('message.received', 'message.sent', 'note.added')
            ), 0),
            inbound_seq = coalesce((
                select max(e.seq)
                from threads p
                join events e on e.thread_id = p.id
                where (p.id = t.id or p.merged_into = t.id) and e.kind = 'message.received'
            ), 0)
        where t.id = any($1)
        "#,
        &ids,
    )
    .execute(tx.db().await?)
    .await?;
    // Replies must not go to somebody else: to where the customer wrote from last, or else to the
    // newest address.
    sqlx::query!(
        r#"
        update threads t
        set (channel_id, address_id) = (
            select coalesce(m.channel_id, t.channel_id), a.id
            from same_customer(t.contact_id) as c
            join contact_addresses a on a.contact_id = c.id
            left join lateral (
                select m.channel_id, m.created_at
                from messages m
                join channels h on h.id = m.channel_id and h.inbox_id = t.inbox_id
                where m.address_id = a.id and m.direction = 'in'
                order by m.created_at desc
                limit 1
            ) as m on true
            order by m.created_at desc nulls last, a.created_at desc
            limit 1
        )
        where t.id = any($1) and not exists (
            select from same_customer(t.contact_id) as c
            join contact_addresses a on a.contact_id = c.id
            where a.id = t.address_id
        )
        "#,
        &ids,
    )
    .execute(tx.db().await?)
    .await?;
    Ok(())
}
