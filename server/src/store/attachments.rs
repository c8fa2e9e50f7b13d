//! Files that came with messages: where each one is, and how far.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use protocol::{
    attachments::{AttachmentState, AttachmentView},
    ids::{AgentId, AttachmentId, ContactId, InboxId, MessageId, ThreadId},
    owners::Assignment,
};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    accounts::AccountVersion,
    content::{self, Content},
    error::StoreError,
    patience::{InTime, in_time},
    pool::Store,
    transaction::Transaction,
    words::{read, signed, unsigned, word},
};
use crate::domain::{
    attachment::{self, Attached, Standing},
    inbound::{Media, MediaSource},
};

/// Stores the files of a new message: they wait to be fetched.
pub async fn add(
    tx: &mut Transaction,
    message: MessageId,
    contact: ContactId,
    media: &[Media],
) -> Result<Vec<Attached>, StoreError> {
    let mut added = Vec::with_capacity(media.len());
    for (position, file) in (0_i32..).zip(media.iter().take(attachment::FILES_MAX)) {
        let (id, now) = (Uuid::now_v7(), tx.now());
        let name = match file.name.as_deref().and_then(attachment::file_name) {
            Some(name) => Some(content::put(tx, contact, &name).await?.id),
            None => None,
        };
        let (kind, source) = match &file.source {
            MediaSource::Url(url) => ("url", url),
            MediaSource::Id(id) => ("id", id),
        };
        // Postgres has no such character, and no address has it either.
        let source = source.replace('\0', "");
        let mime_type = attachment::declared_type(&file.mime_type);
        sqlx::query!(
            r#"
            insert into attachments (id, message_id, position, mime_type, name_id, bytes, state,
                source_kind, source, next_at, created_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)
            "#,
            id,
            message.uuid(),
            position,
            mime_type,
            name,
            file.bytes.map(signed),
            word(AttachmentState::Waiting),
            kind,
            source,
            now,
        )
        .execute(tx.db().await?)
        .await?;
        added.push(Attached {
            id: id.into(),
            mime_type,
            bytes: file.bytes,
            state: AttachmentState::Waiting,
            has_thumbnail: false,
        });
    }
    Ok(added)
}

/// A file that this node has claimed to fetch it.
pub struct Claimed {
    /// The file.
    pub id: AttachmentId,
    /// The message that it came with.
    pub message_id: MessageId,
    /// The message's thread.
    pub thread_id: ThreadId,
    /// The thread's inbox.
    pub inbox_id: InboxId,
    /// The provider that has it.
    pub provider: String,
    /// The account there.
    pub account: Option<AccountVersion>,
    /// Where it is there.
    pub source: MediaSource,
    /// What the provider says that it is.
    pub mime_type: String,
    /// Which attempt this is, from 1.
    pub attempt: u32,
}

/// Claims files that are due. A claim that ran out was of a node that died on it.
pub async fn claim(store: &Store, limit: i64, hold: TimeDelta) -> Result<Vec<Claimed>, StoreError> {
    let hold_ms = hold.num_milliseconds();
    let rows = sqlx::query!(
        r#"
        with clock as materialized (select tandem_now() as now),
        due as (
            select a.id
            from attachments a, clock
            where a.state = 'waiting' and a.next_at <= clock.now
                and (a.claimed_until is null or a.claimed_until <= clock.now)
            order by a.next_at
            limit $1
            for update of a skip locked
        ),
        taken as (
            update attachments a
            set claimed_until = clock.now + make_interval(secs => $2::bigint / 1000.0),
                attempts = a.attempts + 1
            from due, clock
            where a.id = due.id
            returning a.id, a.message_id, a.source_kind, a.source, a.mime_type, a.attempts
        )
        select a.id, a.message_id, a.source_kind as "source_kind!", a.source as "source!",
            a.mime_type, a.attempts, coalesce(t.merged_into, t.id) as "thread_id!", t.inbox_id,
            h.provider, h.account_id, n.version as "version?"
        from taken a
        join messages m on m.id = a.message_id
        join threads t on t.id = m.thread_id
        join channels h on h.id = m.channel_id
        left join accounts n on n.id = h.account_id
        "#,
        limit,
        hold_ms,
    )
    .fetch_all(&store.pool)
    .in_time()
    .await?;
    let claimed = rows.into_iter().map(|row| Claimed {
        id: row.id.into(),
        message_id: row.message_id.into(),
        thread_id: row.thread_id.into(),
        inbox_id: row.inbox_id.into(),
        provider: row.provider,
        account: AccountVersion::of(row.account_id, row.version),
        source: match row.source_kind.as_str() {
            "id" => MediaSource::Id(row.source),
            _ => MediaSource::Url(row.source),
        },
        mime_type: row.mime_type,
        attempt: u32::try_from(row.attempts).unwrap_or(u32::MAX),
    });
    Ok(claimed.collect())
}

/// Lets go of a claim, so that the file is tried again after a while.
pub async fn put_back(store: &Store, it: &Claimed, wait: TimeDelta) -> Result<(), StoreError> {
    let wait_ms = wait.num_milliseconds();
    sqlx::query!(
        r#"
        update attachments
        set claimed_until = null,
            next_at = tandem_now() + make_interval(secs => $3::bigint / 1000.0)
        where id = $1 and attempts = $2 and state = 'waiting'
        "#,
        it.id.uuid(),
        i32::try_from(it.attempt).unwrap_or(i32::MAX),
        wait_ms,
    )
    .execute(&store.pool)
    .in_time()
    .await?;
    Ok(())
}

/// Where the bytes of a stored file are.
#[derive(Debug, Clone)]
pub struct Blob {
    /// The file.
    pub key: String,
    /// The small picture of it.
    pub thumbnail: Option<String>,
}

/// Ends the waiting of a file and forgets where it was at the provider; `None` if it does not wait
/// any more. Returns its name's content, where it has one.
pub async fn settle(
    tx: &mut Transaction,
    it: &Standing,
    blob: Option<&Blob>,
) -> Result<Option<Option<Content>>, StoreError> {
    let row = sqlx::query!(
        r#"
        with settled as (
            update attachments
            set state = $2, mime_type = $3, bytes = $4, error = $5, blob = $6, thumbnail = $7,
                source = null, source_kind = null, claimed_until = null
            where id = $1 and state = 'waiting'
            returning name_id
        )
        select c.id as "id?", c.digest as "digest?"
        from settled s
        left join contents c on c.id = s.name_id
        "#,
        it.id.uuid(),
        word(it.state),
        it.mime_type,
        it.bytes.map(signed),
        it.error,
        blob.map(|blob| blob.key.as_str()),
        blob.and_then(|blob| blob.thumbnail.as_deref()),
    )
    .fetch_optional(tx.db().await?)
    .await?;
    Ok(row.map(|row| {
        let digest = row.digest.and_then(|digest| digest.try_into().ok());
        row.id.zip(digest).map(|(id, digest)| Content { id, digest })
    }))
}

/// Returns the files of messages as they are now, in order.
pub async fn of(
    store: &Store,
    messages: &[Uuid],
) -> Result<BTreeMap<Uuid, Vec<AttachmentView>>, StoreError> {
    in_time(async { of_messages(&mut *store.pool.acquire().await?, messages).await }).await
}

/// Does the same on a connection.
pub(super) async fn of_messages(
    db: &mut PgConnection,
    messages: &[Uuid],
) -> Result<BTreeMap<Uuid, Vec<AttachmentView>>, StoreError> {
    if messages.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows = sqlx::query!(
        r#"
        select a.id, a.message_id, a.mime_type, a.bytes, a.state, a.error,
            a.thumbnail is not null as "has_thumbnail!", c.bytes as "name?"
        from attachments a
        left join contents c on c.id = a.name_id
        where a.message_id = any($1)
        order by a.message_id, a.position
        "#,
        messages,
    )
    .fetch_all(db)
    .await?;
    let mut found: BTreeMap<Uuid, Vec<AttachmentView>> = BTreeMap::new();
    for row in rows {
        let view = AttachmentView {
            id: row.id.into(),
            mime_type: row.mime_type,
            name: row.name.map(|bytes| content::text(Some(bytes))),
            bytes: row.bytes.map(unsigned),
            state: read(&row.state, "attachments.state")?,
            error: row.error,
            has_thumbnail: row.has_thumbnail,
        };
        found.entry(row.message_id).or_default().push(view);
    }
    Ok(found)
}

/// Returns the names of files that have one.
pub(super) async fn names(
    db: &mut PgConnection,
    ids: &[Uuid],
) -> Result<BTreeMap<Uuid, String>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select a.id, c.bytes
        from attachments a
        join contents c on c.id = a.name_id
        where a.id = any($1) and c.bytes is not null
        "#,
        ids,
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, content::text(row.bytes))).collect())
}

/// A stored file, and whose it is.
#[derive(Debug)]
pub struct Found {
    /// The inbox.
    pub inbox_id: InboxId,
    /// Who owns the thread.
    pub owner: Assignment,
    /// Whether we sent it, and not the customer.
    pub sent: bool,
    /// What it is.
    pub mime_type: String,
    /// Its name.
    pub name: Option<String>,
    /// Its size.
    pub bytes: u64,
    /// Where it is.
    pub blob: Blob,
}

/// Finds a stored file.
pub async fn find(store: &Store, id: AttachmentId) -> Result<Option<Found>, StoreError> {
    let row = sqlx::query!(
        r#"
        select t.inbox_id, r.assignee_id, r.team_id, m.direction = 'out' as "sent!", a.mime_type,
            a.bytes as "bytes!", a.blob as "blob!", a.thumbnail, c.bytes as "name?"
        from attachments a
        join messages m on m.id = a.message_id
        join threads t on t.id = m.thread_id
        join threads r on r.id = coalesce(t.merged_into, t.id)
        left join contents c on c.id = a.name_id
        where a.id = $1 and a.state = 'stored'
        "#,
        id.uuid(),
    )
    .fetch_optional(&store.pool)
    .in_time()
    .await?;
    Ok(row.map(|row| Found {
        inbox_id: row.inbox_id.into(),
        owner: Assignment::from_parts(row.assignee_id, row.team_id),
        sent: row.sent,
        mime_type: row.mime_type,
        name: row.name.map(|bytes| content::text(Some(bytes))),
        bytes: unsigned(row.bytes),
        blob: Blob { key: row.blob, thumbnail: row.thumbnail },
    }))
}

/// Notes that an agent reads a file; `false` if that is on record for this hour.
pub async fn note_read(
    tx: &mut Transaction,
    id: AttachmentId,
    agent: AgentId,
) -> Result<bool, StoreError> {
    let now = tx.now();
    let noted = sqlx::query!(
        r#"
        insert into attachment_reads as r (attachment_id, agent_id, at)
        values ($1, $2, $3)
        on conflict (attachment_id, agent_id) do update set at = excluded.at
            where r.at <= excluded.at - interval '1 hour'
        "#,
        id.uuid(),
        agent.uuid(),
        now,
    )
    .execute(tx.db().await?)
    .await?;
    Ok(noted.rows_affected() == 1)
}
