//! Canned replies in use: what their variables stand for, and how often replies began with them.

use chrono::{DateTime, Utc};
use protocol::ids::{AgentId, CannedId, InboxId, ThreadId};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{error::StoreError, pool::Snapshot};

/// What is around a thread that is answered, apart from its customer.
pub struct Around {
    /// The inbox's name.
    pub inbox: String,
    /// The business's address that the customer used last.
    pub channel: String,
    /// The address that the customer used last.
    pub address: String,
    /// The name of who writes.
    pub agent: String,
    /// The name of who owns the thread.
    pub assignee: Option<String>,
    /// When it began.
    pub since: DateTime<Utc>,
}

/// Returns what is around a thread that an agent answers.
pub async fn around(
    snapshot: &mut Snapshot,
    thread: ThreadId,
    agent: AgentId,
) -> Result<Option<Around>, StoreError> {
    Ok(sqlx::query_as!(
        Around,
        r#"
        select i.name as inbox, c.address as channel, x.value as address, a.name as agent,
            o.name as "assignee?", t.created_at as since
        from threads t
        join inboxes i on i.id = t.inbox_id
        join channels c on c.id = t.channel_id
        join contact_addresses x on x.id = t.address_id
        join agents a on a.id = $2
        left join agents o on o.id = t.assignee_id
        where t.id = $1
        "#,
        thread.uuid(),
        agent.uuid(),
    )
    .fetch_optional(&mut *snapshot.tx)
    .await?)
}

/// A reply that began with a canned one, by its own word.
pub struct Use {
    /// The canned reply.
    pub canned: CannedId,
    /// The inbox that it was used in.
    pub inbox: InboxId,
    /// Who used it.
    pub agent: AgentId,
}

/// Counts uses. What is gone by now, or was never theirs, is not counted.
pub(super) async fn count_uses(
    db: &mut PgConnection,
    now: DateTime<Utc>,
    uses: &[Use],
) -> Result<(), StoreError> {
    if uses.is_empty() {
        return Ok(());
    }
    let uuids = |of: fn(&Use) -> Uuid| uses.iter().map(of).collect::<Vec<_>>();
    // In the order of ids, so that two transactions do not wait for each other.
    sqlx::query!(
        r#"
        with held as materialized (
            select id, inbox_id, agent_id from canned_replies
            where id = any($1::uuid[]) order by id for update
        ), counted as (
            select h.id, count(*) as uses
            from unnest($1::uuid[], $2::uuid[], $3::uuid[]) as u (id, inbox_id, agent_id)
            join held h on h.id = u.id and (h.inbox_id = u.inbox_id or h.agent_id = u.agent_id)
            group by h.id
        )
        update canned_replies r set uses = r.uses + c.uses, last_used_at = $4
        from counted c where r.id = c.id
        "#,
        &uuids(|it| it.canned.uuid()),
        &uuids(|it| it.inbox.uuid()),
        &uuids(|it| it.agent.uuid()),
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}
