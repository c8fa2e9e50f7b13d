//! Mail to agents of what they have not read. Which goes is claimed before it is sent, so none goes twice.

use chrono::TimeDelta;
use protocol::{
    ids::{AgentId, InboxId, NotificationId, ThreadId},
    notifications::NotificationReason,
    owners::Assignment,
};
use uuid::Uuid;

use super::{contacts, error::StoreError, patience::in_time, pool::Store, words::read};

/// Something that a mail tells of.
#[derive(Debug)]
pub struct Line {
    /// Why.
    pub reason: NotificationReason,
    /// Who did it, where that is an agent.
    pub actor: Option<String>,
    /// The thread.
    pub thread_id: ThreadId,
    /// Its inbox.
    pub inbox_id: InboxId,
    /// What that is called.
    pub inbox: String,
    /// Who owns the thread now.
    pub owner: Assignment,
    /// What the customer is called, where it has a name.
    pub customer: Option<String>,
}

/// A mail that this node has to send.
#[derive(Debug)]
pub struct Mail {
    /// To whom.
    pub agent_id: AgentId,
    /// Where.
    pub email: String,
    /// What the agent is called.
    pub name: String,
    /// Of what, oldest first.
    pub lines: Vec<Line>,
    ids: Vec<Uuid>,
}

impl Mail {
    /// Returns what it tells of.
    pub fn ids(&self) -> Vec<NotificationId> {
        self.ids.iter().copied().map(NotificationId::from).collect()
    }
}

/// When mail is sent.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// So old has something to be.
    pub after: TimeDelta,
    /// And not older than this: whoever sets mail up does not want what was long ago.
    pub until: TimeDelta,
    /// So often is tried.
    pub tries: i32,
}

/// Claims all that one agent, who is not connected, has not read: from here on, it counts as sent.
#[expect(clippy::too_many_lines, reason = "most of them are one statement")]
pub async fn claim(
    store: &Store,
    connected: &[AgentId],
    patience: Patience,
) -> Result<Option<Mail>, StoreError> {
    let connected: Vec<Uuid> = connected.iter().map(|id| id.uuid()).collect();
    in_time(async {
        let mut db = store.pool.acquire().await?;
        let rows = sqlx::query!(
            r#"
            with clock as materialized (
                select tandem_now() - make_interval(secs => $2::bigint / 1000.0) as before,
                    tandem_now() - make_interval(secs => $3::bigint / 1000.0) as since,
                    tandem_now() as now
            ),
            who as (
                select a.id, a.email, a.name
                from agents a, clock
                where not a.disabled and a.id <> all($1)
                    and exists (
                        select from notifications n
                        where n.agent_id = a.id and n.read_at is null and n.mailed_at is null
                            and n.created_at <= clock.before and n.created_at > clock.since
                            and (n.mail_next_at is null or n.mail_next_at <= clock.now)
                    )
                order by a.id
                limit 1
                for no key update of a skip locked
            ),
            claimed as (
                update notifications n
                set mailed_at = clock.now, mail_tries = n.mail_tries + 1
                from who, clock
                where n.agent_id = who.id and n.read_at is null and n.mailed_at is null
                    and n.created_at <= clock.before and n.created_at > clock.since
                    and (n.mail_next_at is null or n.mail_next_at <= clock.now)
                returning n.*
            )
            select n.id, n.reason, who.id as agent_id, who.email, who.name, by.name as "actor?",
                r.id as thread_id, r.inbox_id, i.name as inbox, r.assignee_id, r.team_id,
                r.contact_id
            from claimed n
            join who on who.id = n.agent_id
            join threads t on t.id = n.thread_id
            join threads r on r.id = coalesce(t.merged_into, t.id)
            join inboxes i on i.id = r.inbox_id
            left join agents by on n.actor_kind = 'agent' and by.id = n.actor_id
            order by n.n
            "#,
            &connected,
            patience.after.num_milliseconds(),
            patience.until.num_milliseconds(),
        )
        .fetch_all(&mut *db)
        .await?;
        let Some(first) = rows.first() else { return Ok(None) };
        let mut mail = Mail {
            agent_id: first.agent_id.into(),
            email: first.email.clone(),
            name: first.name.clone(),
            lines: Vec::with_capacity(rows.len()),
            ids: rows.iter().map(|row| row.id).collect(),
        };
        let contact_ids: Vec<Uuid> = rows.iter().map(|row| row.contact_id).collect();
        let names = contacts::views(&mut db, &contact_ids).await?;
        for row in rows {
            mail.lines.push(Line {
                reason: read(&row.reason, "notifications.reason")?,
                actor: row.actor,
                thread_id: row.thread_id.into(),
                inbox_id: row.inbox_id.into(),
                inbox: row.inbox,
                owner: Assignment::from_parts(row.assignee_id, row.team_id),
                customer: names.get(&row.contact_id).and_then(|view| view.name.clone()),
            });
        }
        Ok(Some(mail))
    })
    .await
}

/// Takes back that a mail counts as sent, where it surely was not: it is tried again in a while, but not for
/// ever. Returns how often it was tried.
pub async fn put_back(
    store: &Store,
    mail: &Mail,
    by: TimeDelta,
    patience: Patience,
) -> Result<i32, StoreError> {
    let tried = in_time(async {
        let tried = sqlx::query_scalar!(
            r#"
            update notifications
            set mailed_at = case when mail_tries < $3 then null else mailed_at end,
                mail_next_at = tandem_now() + make_interval(secs => mail_tries * $2::bigint / 1000.0)
            where id = any($1)
            returning mail_tries
            "#,
            &mail.ids,
            by.num_milliseconds(),
            patience.tries,
        )
        .fetch_all(&store.pool)
        .await?;
        Ok(tried)
    })
    .await?;
    Ok(tried.into_iter().max().unwrap_or_default())
}
