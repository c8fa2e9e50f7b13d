//! Threads as lists show them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use protocol::{
    ids::{AgentId, ChannelId, InboxId, TagId, TeamId, ThreadId},
    labels::Priority,
    owners::Assignment,
    signals::LockView,
    views::{PreviewView, Scope, Status, ThreadView},
};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    contacts, content,
    error::StoreError,
    patience::in_time,
    pool::{Snapshot, Store},
    words::{read, signed, unsigned, words},
};
use crate::domain::{actor::Actor, attachment, masked, visibility::Sight};

/// How much of a text a list shows, in characters.
const PREVIEW_CHARS: usize = 120;

/// Which threads of an inbox a list shows.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only those with one of these statuses.
    pub statuses: Option<Vec<Status>>,
    /// Only those with this owner (`Some(None)`: with none).
    pub assignee: Option<Option<AgentId>>,
    /// Only those of such a team.
    pub team: Option<OfTeam>,
    /// Only those of one of these priorities.
    pub priorities: Option<Vec<Priority>>,
    /// Only those with one of these tags.
    pub tags: Option<Vec<TagId>>,
    /// Only those whose last activity is before this place.
    pub before: Option<u64>,
}

/// The team that threads of a list are of.
#[derive(Debug, Clone)]
pub enum OfTeam {
    /// None.
    None,
    /// One of these.
    One(Vec<TeamId>),
}

/// Lists threads, newest activity first.
pub async fn list(
    snapshot: &mut Snapshot,
    inbox: InboxId,
    sight: &Sight,
    filter: Filter,
    limit: u32,
) -> Result<Vec<ThreadView>, StoreError> {
    let (any_owner, owner) = match filter.assignee {
        None => (true, None),
        Some(owner) => (false, owner.map(AgentId::uuid)),
    };
    let uuids = |ids: Vec<TeamId>| ids.into_iter().map(TeamId::uuid).collect::<Vec<_>>();
    let (any_team, of_teams) = match filter.team {
        None => (true, None),
        Some(OfTeam::None) => (false, None),
        Some(OfTeam::One(teams)) => (false, Some(uuids(teams))),
    };
    let (statuses, priorities) = (filter.statuses.map(words), filter.priorities.map(words));
    let tags: Option<Vec<Uuid>> =
        filter.tags.map(|tags| tags.into_iter().map(TagId::uuid).collect());
    let teams: Vec<Uuid> = sight.teams.iter().map(|id| id.uuid()).collect();
    let ids: Vec<Uuid> = sqlx::query_scalar!(
        r#"
        select t.id
        from threads t
        where t.inbox_id = $1
            and ($2 or t.assignee_id = $3 or ($9 and t.team_id = any($11))
                or ($10 and t.assignee_id is null
                    and (t.team_id is null or t.team_id = any($11))))
            and ($4::text[] is null or t.status = any($4))
            and ($5 or t.assignee_id is not distinct from $6)
            and t.last_seq < $7
            and t.merged_into is null
            and ($12::text[] is null or t.priority = any($12))
            and ($13::uuid[] is null or exists (
                select from thread_tags g where g.thread_id = t.id and g.tag_id = any($13)
            ))
            and ($14 or case when $15::uuid[] is null then t.team_id is null
                else t.team_id = any($15) end)
        order by t.last_seq desc
        limit $8
        "#,
        inbox.uuid(),
        sight.all(),
        sight.agent_id.uuid(),
        statuses.as_deref(),
        any_owner,
        owner,
        filter.before.map_or(i64::MAX, signed),
        i64::from(limit),
        sight.scope == Scope::Team,
        sight.scope == Scope::Unassigned,
        &teams,
        priorities.as_deref(),
        tags.as_deref(),
        any_team,
        of_teams.as_deref(),
    )
    .fetch_all(&mut *snapshot.tx)
    .await?;
    let mut views = load(&mut snapshot.tx, &ids, sight).await?;
    Ok(ids.iter().filter_map(|id| views.remove(id)).collect())
}

/// Returns one thread, if it may be seen.
pub async fn one(
    snapshot: &mut Snapshot,
    thread: ThreadId,
    sight: &Sight,
) -> Result<Option<ThreadView>, StoreError> {
    let mut views = load(&mut snapshot.tx, &[thread.uuid()], sight).await?;
    Ok(views.remove(&thread.uuid()).filter(|view| sight.sees(owner(view))))
}

/// Returns threads that came into a reader's sight.
pub async fn whole(
    store: &Store,
    threads: &[ThreadId],
    sight: &Sight,
) -> Result<BTreeMap<ThreadId, ThreadView>, StoreError> {
    let ids: Vec<Uuid> = threads.iter().map(|id| id.uuid()).collect();
    let views = in_time(async {
        let mut connection = store.pool.acquire().await?;
        load(&mut connection, &ids, sight).await
    })
    .await?;
    Ok(views.into_iter().map(|(id, view)| (id.into(), view)).collect())
}

/// Returns who owns a thread.
pub fn owner(view: &ThreadView) -> Assignment {
    Assignment { agent: view.assignee_id, team: view.team_id }
}

#[expect(clippy::too_many_lines, reason = "most of them are one statement")]
async fn load(
    db: &mut PgConnection,
    ids: &[Uuid],
    sight: &Sight,
) -> Result<BTreeMap<Uuid, ThreadView>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select t.id as "id!", t.inbox_id as "inbox_id!", t.contact_id as "contact_id!",
            t.channel_id as "channel_id!", t.status as "status!", t.assignee_id, t.team_id,
            t.reply_no as "reply_no!", t.last_seq as "last_seq!", t.inbound_seq as "inbound_seq!",
            t.until, t.created_at as "created_at!", t.priority as "priority!",
            array(
                select g.tag_id from thread_tags g where g.thread_id = t.id order by g.tag_id
            ) as "tags!",
            coalesce(r.seq, 0) as "read_seq!",
            exists (
                select from thread_mutes u where u.thread_id = t.id and u.agent_id = $2
            ) as "muted!",
            e.kind as "kind?", e.at as "at?", e.actor_kind as "actor_kind?", e.actor_id,
            c.bytes as "bytes?", f.id as "file?", n.bytes as "file_name?",
            l.agent_id as "lock_agent?", l.expires_at as "lock_expires?"
        from threads t
        left join read_marks r on r.thread_id = t.id and r.agent_id = $2
        left join events e on e.stream_id = t.inbox_id and e.seq = t.last_seq
        left join notes w on e.kind = 'note.added'
            and w.id = substr(e.data->>'note_id', 5)::uuid
        left join contents c on c.id = coalesce(w.content_id, e.content_id) and w.deleted_at is null
        left join attachments f on f.id = substr(e.data->'attachments'->0->>'id', 5)::uuid
        left join contents n on n.id = f.name_id
        left join thread_locks l on l.thread_id = t.id and l.expires_at > (select tandem_now())
        -- What is a part of another thread is seen there only.
        where t.id = any($1) and t.merged_into is null
        "#,
        ids,
        sight.agent_id.uuid(),
    )
    .fetch_all(&mut *db)
    .await?;
    let contacts: Vec<Uuid> = rows.iter().map(|row| row.contact_id).collect();
    let contacts = contacts::views(db, &contacts).await?;
    let mut views = BTreeMap::new();
    for row in rows {
        let Some(mut contact) = contacts.get(&row.contact_id).cloned() else { continue };
        if sight.is_masked() {
            masked::contact(&mut contact);
        }
        let preview = match (row.kind, row.at, row.actor_kind) {
            (Some(kind), Some(at), Some(actor)) => Some(PreviewView {
                seq: unsigned(row.last_seq),
                author: Actor::from_parts(&actor, row.actor_id).view(),
                note: kind == "note.added",
                text: shown(row.bytes, row.file.is_some(), row.file_name),
                at,
            }),
            _ => None,
        };
        let view = ThreadView {
            id: row.id.into(),
            inbox_id: row.inbox_id.into(),
            contact,
            channel_id: ChannelId::from(row.channel_id),
            status: read(&row.status, "threads.status")?,
            assignee_id: row.assignee_id.map(AgentId::from),
            team_id: row.team_id.map(TeamId::from),
            priority: read(&row.priority, "threads.priority")?,
            tags: row.tags.into_iter().map(TagId::from).collect(),
            reply_no: u32::try_from(row.reply_no).unwrap_or_default(),
            preview,
            inbound_seq: unsigned(row.inbound_seq),
            read_seq: unsigned(row.read_seq),
            lock: held(row.lock_agent, row.lock_expires),
            muted: row.muted,
            until: row.until,
            created_at: row.created_at,
        };
        views.insert(row.id, view);
    }
    Ok(views)
}

fn held(agent: Option<Uuid>, expires_at: Option<DateTime<Utc>>) -> Option<LockView> {
    Some(LockView { agent_id: agent?.into(), expires_at: expires_at? })
}

/// Returns what a list shows of a message: its first words, or else the name of its first file.
fn shown(text: Option<Vec<u8>>, has_file: bool, file_name: Option<Vec<u8>>) -> String {
    let mut text = content::text(text);
    if text.is_empty() && has_file {
        let name = file_name.map(|name| content::text(Some(name)));
        text = attachment::preview(name.as_deref());
    }
    text.chars().take(PREVIEW_CHARS).collect()
}
