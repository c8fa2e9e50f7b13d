//! Drafts: their rows, and the changes of their documents.

use chrono::{DateTime, Utc};
use protocol::{
    drafts::{DraftReview, DraftView, ReviewState},
    ids::{AgentId, InboxId, ThreadId},
    owners::Assignment,
};
use uuid::Uuid;

use super::{
    content::{self, Content},
    error::StoreError,
    patience::InTime,
    pool::Store,
    transaction::Transaction,
    words::{read, signed, unsigned, word},
};

/// A draft's row. It only changes under its thread's row lock.
#[derive(Debug, Clone)]
pub struct Draft {
    /// Names the document.
    pub epoch: u32,
    /// How many changes that has had.
    pub n: u64,
    /// How often something has happened to the draft.
    pub version: u64,
    /// What its digests are made with.
    pub salt: Vec<u8>,
    /// Names exactly what it says; nothing where it says nothing.
    pub digest: Option<Vec<u8>>,
    /// Who has written it.
    pub authors: Vec<AgentId>,
    /// How far its review is.
    pub review: ReviewState,
    /// Who moved that last.
    pub reviewed_by: Option<AgentId>,
}

impl Draft {
    /// Returns what clients call what it says.
    pub fn name(&self) -> String {
        self.digest.as_ref().map(hex::encode).unwrap_or_default()
    }
}

/// A change of a document.
#[derive(Debug, Clone)]
pub struct Update {
    /// The client that wrote it; nothing for a whole document.
    pub client: Option<u32>,
    /// The change.
    pub bytes: Vec<u8>,
}

/// Returns the draft of a thread that is locked, and begins it if there was none yet.
pub async fn hold(tx: &mut Transaction, thread: ThreadId) -> Result<Draft, StoreError> {
    if let Some(draft) = find(tx, thread).await? {
        return Ok(draft);
    }
    sqlx::query!(
        r#"
        insert into drafts (thread_id, epoch, n, version, salt, authors, review)
        values ($1, 1, 0, 0, $2, '{}', 'writing')
        "#,
        thread.uuid(),
        &salt(),
    )
    .execute(tx.db().await?)
    .await?;
    find(tx, thread).await?.ok_or(StoreError::Unreadable { what: "drafts" })
}

fn salt() -> [u8; 16] {
    let mut salt = [0; 16];
    getrandom::fill(&mut salt).expect("the system gives random bytes");
    salt
}

async fn find(tx: &mut Transaction, thread: ThreadId) -> Result<Option<Draft>, StoreError> {
    let row = sqlx::query!(
        r#"
        select epoch, n, version, salt, digest, authors, review, reviewed_by
        from drafts where thread_id = $1
        "#,
        thread.uuid(),
    )
    .fetch_optional(tx.db().await?)
    .await?;
    row.map(|row| {
        Ok(Draft {
            epoch: u32::try_from(row.epoch).unwrap_or_default(),
            n: unsigned(row.n),
            version: unsigned(row.version),
            salt: row.salt,
            digest: row.digest,
            authors: row.authors.into_iter().map(AgentId::from).collect(),
            review: read(&row.review, "drafts.review")?,
            reviewed_by: row.reviewed_by.map(AgentId::from),
        })
    })
    .transpose()
}

/// Returns the document of a draft.
pub async fn document(
    tx: &mut Transaction,
    thread: ThreadId,
    epoch: u32,
) -> Result<Vec<Vec<u8>>, StoreError> {
    Ok(sqlx::query_scalar!(
        "select bytes from draft_updates where thread_id = $1 and epoch = $2 order by n",
        thread.uuid(),
        i32::try_from(epoch).unwrap_or(i32::MAX),
    )
    .fetch_all(tx.db().await?)
    .await?)
}

/// Gives a client id of a draft to whoever asks first; says whether it is this agent's.
pub async fn claim_client(
    tx: &mut Transaction,
    thread: ThreadId,
    client: u32,
    agent: AgentId,
) -> Result<bool, StoreError> {
    let owner = sqlx::query_scalar!(
        r#"
        insert into draft_clients as c (thread_id, client, agent_id) values ($1, $2, $3)
        on conflict (thread_id, client) do update set agent_id = c.agent_id
        returning agent_id
        "#,
        thread.uuid(),
        i64::from(client),
        agent.uuid(),
    )
    .fetch_one(tx.db().await?)
    .await?;
    Ok(owner == agent.uuid())
}

/// Keeps a draft's row as it is now.
pub async fn keep(tx: &mut Transaction, thread: ThreadId, it: &Draft) -> Result<(), StoreError> {
    let authors: Vec<Uuid> = it.authors.iter().map(|agent| agent.uuid()).collect();
    sqlx::query!(
        r#"
        update drafts
        set epoch = $2, n = $3, version = version + 1, digest = $4, authors = $5, review = $6,
            comment_id = case when $6 = 'changes_requested' then comment_id end,
            reviewed_by = case when $6 <> 'writing' then reviewed_by end,
            reviewed_at = case when $6 <> 'writing' then reviewed_at end
        where thread_id = $1
        "#,
        thread.uuid(),
        i32::try_from(it.epoch).unwrap_or(i32::MAX),
        signed(it.n),
        it.digest,
        &authors,
        word(it.review),
    )
    .execute(tx.db().await?)
    .await?;
    Ok(())
}

/// Adds a change to a document. A whole document takes the place of all changes before it.
pub async fn add_update(
    tx: &mut Transaction,
    thread: ThreadId,
    it: &Draft,
    update: &Update,
) -> Result<(), StoreError> {
    if update.client.is_none() {
        sqlx::query!("delete from draft_updates where thread_id = $1", thread.uuid())
            .execute(tx.db().await?)
            .await?;
    }
    sqlx::query!(
        r#"
        insert into draft_updates (thread_id, epoch, n, client, bytes) values ($1, $2, $3, $4, $5)
        "#,
        thread.uuid(),
        i32::try_from(it.epoch).unwrap_or(i32::MAX),
        signed(it.n),
        update.client.map(i64::from),
        update.bytes,
    )
    .execute(tx.db().await?)
    .await?;
    Ok(())
}

/// Moves the review of a draft.
pub async fn set_review(
    tx: &mut Transaction,
    thread: ThreadId,
    (state, agent): (ReviewState, AgentId),
    comment: Option<Content>,
) -> Result<(), StoreError> {
    let now = tx.now();
    sqlx::query!(
        r#"
        update drafts
        set version = version + 1, review = $2, reviewed_by = $3, reviewed_at = $4, comment_id = $5
        where thread_id = $1
        "#,
        thread.uuid(),
        word(state),
        agent.uuid(),
        now,
        comment.map(|comment| comment.id),
    )
    .execute(tx.db().await?)
    .await?;
    Ok(())
}

/// Empties a draft: nothing of what it said is left, and no digest fits any more.
pub async fn empty(tx: &mut Transaction, thread: ThreadId) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        with updates as (
            delete from draft_updates where thread_id = $1
        ), clients as (
            delete from draft_clients where thread_id = $1
        )
        update drafts
        set epoch = epoch + 1, n = 0, version = version + 1, salt = $2, digest = null,
            authors = '{}', review = 'writing', reviewed_by = null, reviewed_at = null,
            comment_id = null
        where thread_id = $1
        "#,
        thread.uuid(),
        &salt(),
    )
    .execute(tx.db().await?)
    .await?;
    Ok(())
}

/// Where a draft belongs, for the visibility rule, and its version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The inbox.
    pub inbox_id: InboxId,
    /// Who owns the thread.
    pub owner: Assignment,
    /// Whether the thread is a part of another one.
    pub merged: bool,
    /// How often something has happened to the draft.
    pub version: u64,
}

/// Returns where drafts are now.
pub async fn places(
    store: &Store,
    threads: &[ThreadId],
) -> Result<Vec<(ThreadId, Place)>, StoreError> {
    let wanted: Vec<Uuid> = threads.iter().map(|thread| thread.uuid()).collect();
    let rows = sqlx::query!(
        r#"
        select t.id as "id!", t.inbox_id as "inbox_id!", t.assignee_id, t.team_id,
            t.merged_into is not null as "merged!", coalesce(d.version, 0) as "version!"
        from threads t
        left join drafts d on d.thread_id = t.id
        where t.id = any ($1)
        "#,
        &wanted,
    )
    .fetch_all(&store.pool)
    .in_time()
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let place = Place {
                inbox_id: row.inbox_id.into(),
                owner: Assignment::from_parts(row.assignee_id, row.team_id),
                merged: row.merged,
                version: unsigned(row.version),
            };
            (row.id.into(), place)
        })
        .collect())
}

/// A draft as a client is told of it.
#[derive(Debug, Clone)]
pub struct Read {
    /// Where it is.
    pub place: Place,
    /// The draft.
    pub view: DraftView,
    /// The changes that the client has not.
    pub updates: Vec<Update>,
}

/// Reads a draft, and of its document what comes after what is known (of that document).
pub async fn after(
    store: &Store,
    thread: ThreadId,
    (epoch, n): (u32, u64),
) -> Result<Option<Read>, StoreError> {
    // One statement sees one instant.
    let row = sqlx::query!(
        r#"
        select t.inbox_id, t.assignee_id, t.team_id, t.merged_into is not null as "merged!",
            d.epoch as "epoch?", d.n as "n?", d.version as "version?", d.digest as "digest?",
            d.authors as "authors?", d.review as "review?", d.reviewed_by, d.reviewed_at,
            c.bytes as "comment?",
            array(
                select u.bytes from draft_updates u
                where u.thread_id = d.thread_id and u.epoch = d.epoch
                    and (d.epoch <> $2 or u.n > $3)
                order by u.n
            ) as "updates!: Vec<Vec<u8>>",
            array(
                select coalesce(u.client, -1) from draft_updates u
                where u.thread_id = d.thread_id and u.epoch = d.epoch
                    and (d.epoch <> $2 or u.n > $3)
                order by u.n
            ) as "clients!: Vec<i64>"
        from threads t
        left join drafts d on d.thread_id = t.id
        left join contents c on c.id = d.comment_id
        where t.id = $1
        "#,
        thread.uuid(),
        i32::try_from(epoch).unwrap_or(i32::MAX),
        signed(n),
    )
    .fetch_optional(&store.pool)
    .in_time()
    .await?;
    let Some(row) = row else { return Ok(None) };
    let place = Place {
        inbox_id: row.inbox_id.into(),
        owner: Assignment::from_parts(row.assignee_id, row.team_id),
        merged: row.merged,
        version: row.version.map(unsigned).unwrap_or_default(),
    };
    let review = DraftReview {
        state: row
            .review
            .as_deref()
            .map_or(Ok(ReviewState::Writing), |it| read(it, "drafts.review"))?,
        agent_id: row.reviewed_by.map(AgentId::from),
        at: row.reviewed_at.map(|at: DateTime<Utc>| at),
        comment: row.comment.map(|bytes| content::text(Some(bytes))),
    };
    let view = DraftView {
        thread_id: thread,
        epoch: row.epoch.and_then(|epoch| epoch.try_into().ok()).unwrap_or(1),
        n: row.n.map(unsigned).unwrap_or_default(),
        digest: row.digest.map(hex::encode).unwrap_or_default(),
        authors: row.authors.unwrap_or_default().into_iter().map(AgentId::from).collect(),
        review,
    };
    let updates = row.updates.into_iter().zip(row.clients);
    let updates = updates.map(|(bytes, client)| Update { client: client.try_into().ok(), bytes });
    Ok(Some(Read { place, view, updates: updates.collect() }))
}
