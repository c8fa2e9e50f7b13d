//! Channels: where customers write to.

use std::collections::BTreeMap;

use protocol::{
    http::SandboxChannel,
    ids::{ChannelId, InboxId},
    views::{ChannelKind, ChannelView},
};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{
    error::StoreError,
    patience::InTime,
    pool::Store,
    transaction::Transaction,
    words::{read, word},
};
use crate::domain::{
    channel,
    inbound::{Template, Unknown},
};

/// A channel.
#[derive(Debug, Clone)]
pub struct Channel {
    /// The channel.
    pub id: ChannelId,
    /// Its inbox.
    pub inbox_id: InboxId,
    /// Its kind.
    pub kind: ChannelKind,
    /// Which provider carries it.
    pub provider: String,
    /// The business's address.
    pub address: String,
    /// What the provider calls it in webhooks, where that is not the address.
    pub external_id: Option<String>,
}

/// Adds a channel; `None` if there is one with this provider, kind and address.
pub async fn create(
    tx: &mut Transaction,
    inbox: InboxId,
    kind: ChannelKind,
    provider: &str,
    address: &str,
    external_id: Option<&str>,
) -> Result<Option<ChannelId>, StoreError> {
    let (id, now) = (Uuid::now_v7(), tx.now());
    let made = sqlx::query!(
        r#"
        insert into channels (id, inbox_id, kind, provider, address, external_id, created_at)
        values ($1, $2, $3, $4, $5, $6, $7)
        on conflict on constraint channels_address do nothing
        "#,
        id,
        inbox.uuid(),
        word(kind),
        provider,
        address,
        external_id,
        now,
    )
    .execute(tx.db().await?)
    .await?;
    Ok((made.rows_affected() == 1).then(|| id.into()))
}

/// Finds a channel.
pub async fn find(store: &Store, id: ChannelId) -> Result<Option<Channel>, StoreError> {
    let row = sqlx::query_as!(
        Row,
        "select id, inbox_id, kind, provider, address, external_id from channels where id = $1",
        id.uuid(),
    )
    .fetch_optional(&store.pool)
    .in_time()
    .await?;
    row.map(Row::channel).transpose()
}

/// Finds the channel that a provider knows by this id, of the same account as another one.
pub async fn by_external_id(
    store: &Store,
    beside: &Channel,
    external_id: &str,
) -> Result<Option<Channel>, StoreError> {
    let row = sqlx::query_as!(
        Row,
        r#"
        select id, inbox_id, kind, provider, address, external_id
        from channels
        where provider = $1 and external_id = $2
        "#,
        beside.provider,
        external_id,
    )
    .fetch_optional(&store.pool)
    .in_time()
    .await?;
    row.map(Row::channel).transpose()
}

struct Row {
    id: Uuid,
    inbox_id: Uuid,
    kind: String,
    provider: String,
    address: String,
    external_id: Option<String>,
}

impl Row {
    fn channel(self) -> Result<Channel, StoreError> {
        Ok(Channel {
            id: self.id.into(),
            inbox_id: self.inbox_id.into(),
            kind: read(&self.kind, "channels.kind")?,
            provider: self.provider,
            address: self.address,
            external_id: self.external_id,
        })
    }
}

/// Returns the sandbox channels, oldest first.
pub async fn sandboxes(store: &Store) -> Result<Vec<SandboxChannel>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select c.id, c.kind, c.address, i.name
        from channels c
        join inboxes i on i.id = c.inbox_id
        where c.provider = 'sandbox'
        order by c.created_at, c.id
        "#,
    )
    .fetch_all(&store.pool)
    .in_time()
    .await?;
    rows.into_iter()
        .map(|row| {
            let kind = read(&row.kind, "channels.kind")?;
            let (id, address, inbox_name) = (row.id.into(), row.address, row.name);
            Ok(SandboxChannel { id, kind, address, inbox_name })
        })
        .collect()
}

pub(super) async fn views(
    store: &Store,
    inboxes: &[Uuid],
) -> Result<BTreeMap<Uuid, Vec<ChannelView>>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select id, inbox_id, kind, address
        from channels
        where inbox_id = any($1)
        order by created_at, id
        "#,
        inboxes,
    )
    .fetch_all(&store.pool)
    .in_time()
    .await?;
    let mut views: BTreeMap<Uuid, Vec<ChannelView>> = BTreeMap::new();
    for row in rows {
        let kind = read(&row.kind, "channels.kind")?;
        let view = ChannelView {
            id: row.id.into(),
            kind,
            address: row.address,
            text_max: u32::try_from(channel::text_max(kind)).unwrap_or(u32::MAX),
            window_hours: channel::window(kind).and_then(|it| u32::try_from(it.num_hours()).ok()),
        };
        views.entry(row.inbox_id).or_default().push(view);
    }
    Ok(views)
}

/// Says whether this is the first time that a provider tells a thing with an id.
pub async fn first_time(
    tx: &mut Transaction,
    channel: ChannelId,
    provider_id: &str,
) -> Result<bool, StoreError> {
    let now = tx.now();
    let kept = sqlx::query!(
        r#"
        insert into provider_items (channel_id, provider_id, at)
        values ($1, $2, $3)
        on conflict do nothing
        "#,
        channel.uuid(),
        provider_id,
        now,
    )
    .execute(tx.db().await?)
    .await?;
    Ok(kept.rows_affected() == 1)
}

/// Keeps what nobody has words for; once, however often it is told: it has no id, so its bytes are it.
pub async fn keep_unknown(
    tx: &mut Transaction,
    channel: ChannelId,
    it: &Unknown,
) -> Result<bool, StoreError> {
    let digest = Sha256::new().chain_update(&it.what).chain_update([0]).chain_update(&it.raw);
    let name = format!("unknown:{}", hex::encode(digest.finalize()));
    if !first_time(tx, channel, &name).await? {
        return Ok(false);
    }
    let (id, now) = (Uuid::now_v7(), tx.now());
    sqlx::query!(
        "insert into unknown_items (id, channel_id, what, raw, at) values ($1, $2, $3, $4, $5)",
        id,
        channel.uuid(),
        it.what,
        it.raw,
        now,
    )
    .execute(tx.db().await?)
    .await?;
    Ok(true)
}

/// Keeps how a template stands.
pub async fn set_template(
    tx: &mut Transaction,
    channel: ChannelId,
    it: &Template,
) -> Result<bool, StoreError> {
    let now = tx.now();
    sqlx::query!(
        r#"
        insert into templates (channel_id, name, language, state, reason, at)
        values ($1, $2, $3, $4, $5, $6)
        on conflict (channel_id, name, language) do update
            set state = excluded.state, reason = excluded.reason, at = excluded.at
        "#,
        channel.uuid(),
        it.name,
        it.language,
        it.state,
        it.reason,
        now,
    )
    .execute(tx.db().await?)
    .await?;
    Ok(true)
}
