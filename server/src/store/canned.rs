//! Canned replies: what there is, what each says, how often they were used.

use chrono::{DateTime, Utc};
use protocol::{
    canned::{CannedState, CannedView, WantedCanned},
    canned_text::CannedTexts,
    ids::{AgentId, CannedId, InboxId},
    views::ChannelKind,
};
use uuid::Uuid;

use super::{
    content::{self, Content},
    error::StoreError,
    patience::InTime,
    pool::Store,
    transaction::Transaction,
    words::{read, unsigned, word},
};

/// Whose a canned reply is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// An inbox shares it.
    Inbox(InboxId),
    /// It is one agent's own.
    Agent(AgentId),
}

impl Owner {
    fn columns(self) -> (Option<Uuid>, Option<Uuid>) {
        match self {
            Self::Inbox(inbox) => (Some(inbox.uuid()), None),
            Self::Agent(agent) => (None, Some(agent.uuid())),
        }
    }

    fn read(inbox: Option<Uuid>, agent: Option<Uuid>) -> Result<Self, StoreError> {
        match (inbox, agent) {
            (Some(inbox), _) => Ok(Self::Inbox(inbox.into())),
            (None, Some(agent)) => Ok(Self::Agent(agent.into())),
            (None, None) => Err(StoreError::Unreadable { what: "canned_replies.inbox_id" }),
        }
    }
}

/// What a list is asked for.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Something in the title, the short code, or a text.
    pub text: Option<String>,
    /// A folder; those within it, too.
    pub folder: Option<String>,
    /// A kind of channel.
    pub kind: Option<ChannelKind>,
    /// The most used first; else by folder and title.
    pub by_use: bool,
}

struct Row {
    id: Uuid,
    inbox_id: Option<Uuid>,
    title: String,
    short_code: String,
    folder: String,
    languages: Vec<String>,
    kinds: Vec<String>,
    version: i64,
    usable_version: Option<i64>,
    authors: Vec<Uuid>,
    changed_at: DateTime<Utc>,
    uses: i64,
    last_used_at: Option<DateTime<Utc>>,
}

impl Row {
    fn view(self) -> Result<CannedView, StoreError> {
        let ready = self.usable_version == Some(self.version);
        let kinds = self.kinds.iter().map(|kind| read(kind, "canned_replies.kinds"));
        Ok(CannedView {
            id: self.id.into(),
            inbox_id: self.inbox_id.map(InboxId::from),
            title: self.title,
            short_code: self.short_code,
            folder: self.folder,
            languages: self.languages,
            kinds: kinds.collect::<Result<_, _>>()?,
            version: unsigned(self.version),
            state: if ready { CannedState::Ready } else { CannedState::Pending },
            usable: self.usable_version.map(unsigned),
            authors: self.authors.into_iter().map(AgentId::from).collect(),
            changed_at: self.changed_at,
            uses: unsigned(self.uses),
            last_used_at: self.last_used_at,
        })
    }
}

/// Returns the canned replies of an inbox and of an agent; without an inbox, the agent's alone.
pub async fn list(
    store: &Store,
    inbox: Option<InboxId>,
    agent: AgentId,
    wanted: &Wanted,
) -> Result<Vec<CannedView>, StoreError> {
    let rows = sqlx::query_as!(
        Row,
        r#"
        select r.id, r.inbox_id, r.title, r.short_code, r.folder, r.languages, r.kinds, r.version,
            r.usable_version, r.authors, r.changed_at, r.uses, r.last_used_at
        from canned_replies r
        join contents c on c.id = r.content_id
        where (r.inbox_id = $1 or r.agent_id = $2)
            and ($4::text is null or r.folder = $4 or starts_with(r.folder, $4 || '/'))
            and ($5::text is null or r.kinds = '{}' or $5 = any(r.kinds))
            and ($3::text is null
                or position(lower($3) in lower(r.title)) > 0
                or position(lower($3) in lower(r.short_code)) > 0
                or exists (
                    select from json_each_text(convert_from(c.bytes, 'UTF8')::json) as t
                    where position(lower($3) in lower(t.value)) > 0
                ))
        order by case when $6 then r.uses end desc nulls last,
            case when $6 then r.last_used_at end desc nulls last,
            lower(r.folder), lower(r.title), r.id
        "#,
        inbox.map(InboxId::uuid),
        agent.uuid(),
        wanted.text,
        wanted.folder,
        wanted.kind.map(word),
        wanted.by_use,
    )
    .fetch_all(&store.pool)
    .in_time()
    .await?;
    rows.into_iter().map(Row::view).collect()
}

/// A canned reply with its texts.
pub struct Canned {
    /// Whose it is.
    pub owner: Owner,
    /// As it is shown.
    pub view: CannedView,
    /// The newest version.
    pub texts: CannedTexts,
    /// The newest version that may be used.
    pub usable: Option<CannedTexts>,
}

/// Returns a canned reply.
pub async fn find(store: &Store, id: CannedId) -> Result<Option<Canned>, StoreError> {
    let found = sqlx::query!(
        r#"
        select r.id, r.inbox_id, r.title, r.short_code, r.folder, r.languages, r.kinds, r.version,
            r.usable_version, r.authors, r.changed_at, r.uses, r.last_used_at, r.agent_id,
            c.bytes, u.bytes as "usable?"
        from canned_replies r
        join contents c on c.id = r.content_id
        left join contents u on u.id = r.usable_id
        where r.id = $1
        "#,
        id.uuid(),
    )
    .fetch_optional(&store.pool)
    .in_time()
    .await?;
    let Some(it) = found else { return Ok(None) };
    let owner = Owner::read(it.inbox_id, it.agent_id)?;
    let (texts, usable) = (texts(it.bytes)?, it.usable.map(|it| texts(Some(it))).transpose()?);
    let row = Row {
        id: it.id,
        inbox_id: it.inbox_id,
        title: it.title,
        short_code: it.short_code,
        folder: it.folder,
        languages: it.languages,
        kinds: it.kinds,
        version: it.version,
        usable_version: it.usable_version,
        authors: it.authors,
        changed_at: it.changed_at,
        uses: it.uses,
        last_used_at: it.last_used_at,
    };
    Ok(Some(Canned { owner, view: row.view()?, texts, usable }))
}

fn texts(bytes: Option<Vec<u8>>) -> Result<CannedTexts, StoreError> {
    let unreadable = |_error| StoreError::Unreadable { what: "canned_replies.content_id" };
    serde_json::from_slice(&bytes.unwrap_or_default()).map_err(unreadable)
}

/// A canned reply as commands see it, under its row's lock.
pub struct Held {
    /// Whose it is.
    pub owner: Owner,
    /// Its version.
    pub version: u64,
    /// Whether that one may be used.
    pub ready: bool,
    /// Who has written it since one could be used.
    pub authors: Vec<AgentId>,
}

/// Returns a canned reply, which then stays as it is for as long as the transaction lasts.
pub async fn hold(tx: &mut Transaction, id: CannedId) -> Result<Option<Held>, StoreError> {
    let found = sqlx::query!(
        r#"
        select inbox_id, agent_id, version, usable_version, authors
        from canned_replies where id = $1 for update
        "#,
        id.uuid(),
    )
    .fetch_optional(tx.db().await?)
    .await?;
    found
        .map(|it| {
            Ok(Held {
                owner: Owner::read(it.inbox_id, it.agent_id)?,
                version: unsigned(it.version),
                ready: it.usable_version == Some(it.version),
                authors: it.authors.into_iter().map(AgentId::from).collect(),
            })
        })
        .transpose()
}

/// Says how many canned replies an owner has, and whether another one has this short code.
pub async fn taken(
    tx: &mut Transaction,
    owner: Owner,
    but: Option<CannedId>,
    code: &str,
) -> Result<(i64, bool), StoreError> {
    let (inbox, agent) = owner.columns();
    let row = sqlx::query!(
        r#"
        select count(*) as "count!", coalesce(bool_or(
            lower(short_code) = lower($4) and id is distinct from $3::uuid
        ), false) as "taken!"
        from canned_replies where inbox_id = $1 or agent_id = $2
        "#,
        inbox,
        agent,
        but.map(CannedId::uuid),
        code,
    )
    .fetch_one(tx.db().await?)
    .await?;
    Ok((row.count, row.taken))
}

/// Stores texts.
pub async fn put_texts(tx: &mut Transaction, texts: &CannedTexts) -> Result<Content, StoreError> {
    let json = serde_json::to_string(texts).expect("texts are JSON");
    content::put_ours(tx, &json).await
}

/// A version of a canned reply on its way to its row.
pub struct Version<'a> {
    /// As it was wished for.
    pub wanted: &'a WantedCanned,
    /// Its texts.
    pub content: Content,
    /// Its number.
    pub version: u64,
    /// Whether it may be used at once.
    pub ready: bool,
    /// Who has written it.
    pub authors: &'a [AgentId],
}

/// Makes a canned reply, or gives it a new version.
pub async fn keep(
    tx: &mut Transaction,
    id: CannedId,
    owner: Owner,
    it: &Version<'_>,
) -> Result<(), StoreError> {
    let (inbox, agent) = owner.columns();
    let authors: Vec<Uuid> = it.authors.iter().map(|id| id.uuid()).collect();
    let languages: Vec<String> =
        it.wanted.texts.languages().map(|tag| tag.as_str().to_owned()).collect();
    let mut kinds: Vec<String> = it.wanted.kinds.iter().map(|kind| word(*kind)).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let now = tx.now();
    sqlx::query!(
        r#"
        insert into canned_replies as r (id, inbox_id, agent_id, title, short_code, folder, languages,
            kinds, version, content_id, usable_version, usable_id, authors, created_at, changed_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, case when $11 then $9::bigint end,
            case when $11 then $10::uuid end, $12, $13, $13)
        on conflict (id) do update set
            title = $4, short_code = $5, folder = $6, languages = $7, kinds = $8, version = $9,
            content_id = $10, usable_version = coalesce(excluded.usable_version, r.usable_version),
            usable_id = coalesce(excluded.usable_id, r.usable_id), authors = $12, changed_at = $13
        "#,
        id.uuid(),
        inbox,
        agent,
        it.wanted.title.as_str().trim(),
        it.wanted.short_code.as_str(),
        it.wanted.folder.as_str(),
        &languages,
        &kinds,
        i64::try_from(it.version).unwrap_or(i64::MAX),
        it.content.id,
        it.ready,
        &authors,
        now,
    )
    .execute(tx.db().await?)
    .await?;
    Ok(())
}

/// Lets the newest version be used.
pub async fn approve(tx: &mut Transaction, id: CannedId) -> Result<(), StoreError> {
    sqlx::query!(
        "update canned_replies set usable_version = version, usable_id = content_id where id = $1",
        id.uuid(),
    )
    .execute(tx.db().await?)
    .await?;
    Ok(())
}

/// Deletes a canned reply. What it said stays on record.
pub async fn remove(tx: &mut Transaction, id: CannedId) -> Result<(), StoreError> {
    sqlx::query!("delete from canned_replies where id = $1", id.uuid())
        .execute(tx.db().await?)
        .await?;
    Ok(())
}
