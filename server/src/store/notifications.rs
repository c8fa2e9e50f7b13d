//! What agents are told of, and what they do not want to hear.

use std::collections::BTreeMap;

use protocol::{
    ids::{AgentId, InboxId, NoteId, NotificationId, TeamId, ThreadId},
    notifications::{NotificationReason, NotificationView},
    owners::Assignment,
};
use uuid::Uuid;

use super::{
    contacts,
    content::{self, Content},
    error::StoreError,
    pool::Snapshot,
    transaction::Transaction,
    words::{read, signed, unsigned, word},
};
use crate::domain::{actor::Actor, thread::Thread};

/// How much of a text a list shows, in characters.
const TEXT_CHARS: usize = 120;

/// Something that agents are told of.
#[derive(Debug, Clone, Copy)]
pub struct Notice {
    /// Why.
    pub reason: NotificationReason,
    /// The note.
    pub note: Option<NoteId>,
    /// The team that was mentioned.
    pub team: Option<TeamId>,
    /// The message's text.
    pub content: Option<Content>,
}

impl Notice {
    /// Makes one that says no more than why.
    pub fn of(reason: NotificationReason) -> Self {
        Self { reason, note: None, team: None, content: None }
    }
}

/// Stores notifications for those who work in the thread's inbox, want to hear of the thread, and were not
/// told before; returns them.
pub async fn add(
    tx: &mut Transaction,
    thread: &Thread,
    actor: Actor,
    notice: Notice,
    agents: &[AgentId],
) -> Result<Vec<(NotificationId, AgentId)>, StoreError> {
    let ids: Vec<Uuid> = agents.iter().map(|_agent| Uuid::now_v7()).collect();
    let agent_ids: Vec<Uuid> = agents.iter().map(|id| id.uuid()).collect();
    let (now, direct) = (tx.now(), notice.reason == NotificationReason::Mentioned);
    let rows = sqlx::query!(
        r#"
        insert into notifications
            (id, agent_id, thread_id, reason, actor_kind, actor_id, note_id, team_id, content_id,
                created_at)
        select w.id, w.agent_id, $3, $4, $5, $6, $7, $8, $9, $10
        from unnest($1::uuid[], $2::uuid[]) as w (id, agent_id)
        join agents a on a.id = w.agent_id and not a.disabled
        join inbox_members i on i.agent_id = w.agent_id and i.inbox_id = $11
        where $12 or not exists (
            select from thread_mutes m where m.agent_id = w.agent_id and m.thread_id = $3
        )
        order by w.agent_id
        on conflict do nothing
        returning id, agent_id
        "#,
        &ids,
        &agent_ids,
        thread.id.uuid(),
        word(notice.reason),
        actor.kind(),
        actor.id(),
        notice.note.map(NoteId::uuid),
        notice.team.map(TeamId::uuid),
        notice.content.map(|content| content.id),
        now,
        thread.inbox_id.uuid(),
        direct,
    )
    .fetch_all(tx.db().await?)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id.into(), row.agent_id.into())).collect())
}

/// Which of an agent's notifications.
#[derive(Debug, Clone, Copy)]
pub enum Which<'a> {
    /// All.
    All,
    /// These.
    These(&'a [NotificationId]),
    /// Those of a thread, if it was read to the last thing said.
    Thread(ThreadId, u64),
}

/// Notifications of one thread that were read just now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// The thread, or what it is a part of.
    pub thread_id: ThreadId,
    /// Its inbox.
    pub inbox_id: InboxId,
    /// Its owner.
    pub owner: Assignment,
    /// The notifications.
    pub ids: Vec<NotificationId>,
}

/// Notes that notifications were read; returns those that were not before, thread by thread.
pub async fn read_now(
    tx: &mut Transaction,
    agent: AgentId,
    which: Which<'_>,
) -> Result<Vec<Read>, StoreError> {
    let (ids, thread, read_seq): (Option<Vec<Uuid>>, _, _) = match which {
        Which::All => (None, None, 0),
        Which::These(ids) => (Some(ids.iter().map(|id| id.uuid()).collect()), None, 0),
        Which::Thread(thread, read_seq) => (None, Some(thread.uuid()), read_seq),
    };
    let now = tx.now();
    let rows = sqlx::query!(
        r#"
        with wanted as (
            select n.id, r.id as thread_id, r.inbox_id, r.assignee_id, r.team_id
            from notifications n
            join threads t on t.id = n.thread_id
            join threads r on r.id = coalesce(t.merged_into, t.id)
            where n.agent_id = $1 and n.read_at is null
                and ($2::uuid[] is null or n.id = any($2))
                and ($3::uuid is null or (r.id = $3 and r.last_seq <= $4))
            order by n.id
            for update of n
        )
        update notifications n set read_at = $5
        from wanted w
        where n.id = w.id
        returning n.id, w.thread_id, w.inbox_id, w.assignee_id, w.team_id
        "#,
        agent.uuid(),
        ids.as_deref(),
        thread,
        signed(read_seq),
        now,
    )
    .fetch_all(tx.db().await?)
    .await?;
    let mut read = BTreeMap::new();
    for row in rows {
        let thread_id = ThreadId::from(row.thread_id);
        let one = read.entry(thread_id).or_insert_with(|| Read {
            thread_id,
            inbox_id: row.inbox_id.into(),
            owner: Assignment::from_parts(row.assignee_id, row.team_id),
            ids: Vec::new(),
        });
        one.ids.push(row.id.into());
    }
    Ok(read.into_values().collect())
}

/// Lets an agent hear of a thread or not; `false` where it was so.
pub async fn mute(
    tx: &mut Transaction,
    thread: ThreadId,
    agent: AgentId,
    muted: bool,
) -> Result<bool, StoreError> {
    let (agent, thread) = (agent.uuid(), thread.uuid());
    let done = if muted {
        sqlx::query!(
            "insert into thread_mutes (agent_id, thread_id) values ($1, $2) on conflict do nothing",
            agent,
            thread,
        )
        .execute(tx.db().await?)
        .await?
    } else {
        sqlx::query!(
            "delete from thread_mutes where agent_id = $1 and thread_id = $2",
            agent,
            thread,
        )
        .execute(tx.db().await?)
        .await?
    };
    Ok(done.rows_affected() == 1)
}

/// Forgets notifications older than 90 days, read or not, some at a time.
pub async fn forget_old(tx: &mut Transaction) -> Result<(), StoreError> {
    let now = tx.now();
    sqlx::query!(
        r#"
        delete from notifications
        where n in (select n from notifications order by n limit 1000)
            and created_at < $1::timestamptz - interval '90 days'
        "#,
        now,
    )
    .execute(tx.db().await?)
    .await?;
    Ok(())
}

/// A notification in a list, with what the visibility rule asks for.
pub struct Listed {
    /// Its place in lists.
    pub n: u64,
    /// Who owns the thread now.
    pub owner: Assignment,
    /// What clients are shown.
    pub view: NotificationView,
    contact: Uuid,
}

/// Returns an agent's notifications before a place, newest first, whether it may still see them or not.
pub async fn list(
    snapshot: &mut Snapshot,
    agent: AgentId,
    before: Option<u64>,
    limit: i64,
) -> Result<Vec<Listed>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select n.id, n.n, n.reason, n.actor_kind, n.actor_id, n.note_id, n.team_id, n.created_at,
            n.read_at, r.id as thread_id, r.inbox_id, r.contact_id, r.assignee_id,
            r.team_id as owner_team_id, c.bytes as "bytes?"
        from notifications n
        join threads t on t.id = n.thread_id
        join threads r on r.id = coalesce(t.merged_into, t.id)
        left join notes e on e.id = n.note_id and e.deleted_at is null
        left join contents c on c.id = coalesce(e.content_id, n.content_id)
        where n.agent_id = $1 and n.n < $2
        order by n.n desc
        limit $3
        "#,
        agent.uuid(),
        before.map_or(i64::MAX, signed),
        limit,
    )
    .fetch_all(&mut *snapshot.tx)
    .await?;
    let listed = rows.into_iter().map(|row| {
        let text = content::text(row.bytes).chars().take(TEXT_CHARS).collect::<String>();
        let view = NotificationView {
            id: row.id.into(),
            reason: read(&row.reason, "notifications.reason")?,
            inbox_id: row.inbox_id.into(),
            thread_id: row.thread_id.into(),
            actor: Actor::from_parts(&row.actor_kind, row.actor_id).view(),
            note_id: row.note_id.map(NoteId::from),
            team_id: row.team_id.map(TeamId::from),
            at: row.created_at,
            read: row.read_at.is_some(),
            contact: None,
            text: (!text.is_empty()).then_some(text),
        };
        let owner = Assignment::from_parts(row.assignee_id, row.owner_team_id);
        Ok(Listed { n: unsigned(row.n), owner, view, contact: row.contact_id })
    });
    listed.collect()
}

/// Adds the customers.
pub async fn fill_in_contacts(
    snapshot: &mut Snapshot,
    listed: &mut [Listed],
) -> Result<(), StoreError> {
    let ids: Vec<Uuid> = listed.iter().map(|it| it.contact).collect();
    let contacts = contacts::views(&mut snapshot.tx, &ids).await?;
    for it in listed {
        it.view.contact = contacts.get(&it.contact).cloned();
    }
    Ok(())
}

/// Returns how many are unread, by where they are and who owns that.
pub async fn unread(
    snapshot: &mut Snapshot,
    agent: AgentId,
) -> Result<Vec<(InboxId, Assignment, u32)>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select r.inbox_id, r.assignee_id, r.team_id, count(*) as "count!"
        from notifications n
        join threads t on t.id = n.thread_id
        join threads r on r.id = coalesce(t.merged_into, t.id)
        where n.agent_id = $1 and n.read_at is null
        group by r.inbox_id, r.assignee_id, r.team_id
        "#,
        agent.uuid(),
    )
    .fetch_all(&mut *snapshot.tx)
    .await?;
    let counted = rows.into_iter().map(|row| {
        let owner = Assignment::from_parts(row.assignee_id, row.team_id);
        (row.inbox_id.into(), owner, u32::try_from(row.count).unwrap_or(u32::MAX))
    });
    Ok(counted.collect())
}
