//! Channels: where customers write to.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use protocol::{
    http::SandboxChannel,
    ids::{AccountId, ChannelId, InboxId},
    pauses::{Pause, PauseReason},
    views::{ChannelKind, ChannelView},
};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{
    accounts::AccountVersion,
    error::StoreError,
    patience::InTime,
    pool::Store,
    transaction::Transaction,
    words::{read, word},
};
use crate::domain::{channel, inbound::Unknown};

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
    /// Its account; without one the provider comes from the settings.
    pub account: Option<AccountVersion>,
    /// Whether it was noted long ago, or never, that a webhook of it was taken.
    pub webhook_unnoted: bool,
}

/// A channel to be.
pub struct NewChannel<'a> {
    /// Its inbox.
    pub inbox: InboxId,
    /// Its kind.
    pub kind: ChannelKind,
    /// Which provider carries it.
    pub provider: &'a str,
    /// The business's address.
    pub address: &'a str,
    /// What the provider calls it, where that is not the address.
    pub external_id: Option<&'a str>,
    /// Its account.
    pub account: Option<AccountId>,
}

/// Adds a channel; `None` if there is one with this provider and kind, and this address or this id.
pub async fn create(
    tx: &mut Transaction,
    it: NewChannel<'_>,
) -> Result<Option<ChannelId>, StoreError> {
    let (id, now) = (Uuid::now_v7(), tx.now());
    let made = sqlx::query!(
        r#"
        insert into channels
            (id, inbox_id, kind, provider, address, external_id, account_id, created_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        on conflict do nothing
        "#,
        id,
        it.inbox.uuid(),
        word(it.kind),
        it.provider,
        it.address,
        it.external_id,
        it.account.map(AccountId::uuid),
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
        r#"
        select h.id, h.inbox_id, h.kind, h.provider, h.address, h.external_id, h.account_id,
            a.version as "version?",
            coalesce(w.taken_at < tandem_now() - interval '10 seconds', true) as "unnoted!"
        from channels h
        left join accounts a on a.id = h.account_id
        left join channel_webhooks w on w.channel_id = h.id
        where h.id = $1
        "#,
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
    beside_it(store, beside, Some(external_id), None).await
}

/// Finds the channel of the same kind and account as another one that has this address.
pub async fn by_address(
    store: &Store,
    beside: &Channel,
    address: &str,
) -> Result<Option<Channel>, StoreError> {
    beside_it(store, beside, None, Some(address)).await
}

/// What one account has signed says nothing of another one's channels.
async fn beside_it(
    store: &Store,
    beside: &Channel,
    external_id: Option<&str>,
    address: Option<&str>,
) -> Result<Option<Channel>, StoreError> {
    let row = sqlx::query_as!(
        Row,
        r#"
        select h.id, h.inbox_id, h.kind, h.provider, h.address, h.external_id, h.account_id,
            a.version as "version?",
            coalesce(w.taken_at < tandem_now() - interval '10 seconds', true) as "unnoted!"
        from channels h
        left join accounts a on a.id = h.account_id
        left join channel_webhooks w on w.channel_id = h.id
        where h.provider = $1 and h.account_id is not distinct from $2
            and (h.external_id = $3 or (h.kind = $4 and h.address = $5))
        "#,
        beside.provider,
        beside.account.map(|it| it.id.uuid()),
        external_id,
        word(beside.kind),
        address,
    )
    .fetch_optional(&store.pool)
    .in_time()
    .await?;
    row.map(Row::channel).transpose()
}

/// A channel's row.
pub(super) struct Row {
    pub(super) id: Uuid,
    pub(super) inbox_id: Uuid,
    pub(super) kind: String,
    pub(super) provider: String,
    pub(super) address: String,
    pub(super) external_id: Option<String>,
    pub(super) account_id: Option<Uuid>,
    pub(super) version: Option<i64>,
    pub(super) unnoted: bool,
}

impl Row {
    pub(super) fn channel(self) -> Result<Channel, StoreError> {
        Ok(Channel {
            id: self.id.into(),
            inbox_id: self.inbox_id.into(),
            kind: read(&self.kind, "channels.kind")?,
            provider: self.provider,
            address: self.address,
            external_id: self.external_id,
            account: AccountVersion::of(self.account_id, self.version),
            webhook_unnoted: self.unnoted,
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

/// Returns the channels of inboxes, oldest first, by inbox.
pub(super) async fn views(
    store: &Store,
    inboxes: &[Uuid],
) -> Result<BTreeMap<Uuid, Vec<ChannelView>>, StoreError> {
    let mut views: BTreeMap<Uuid, Vec<ChannelView>> = BTreeMap::new();
    for (inbox, view) in read_views(store, inboxes, &[]).await? {
        views.entry(inbox).or_default().push(view);
    }
    Ok(views)
}

/// Returns channels, by id.
pub(super) async fn these(
    store: &Store,
    ids: &[Uuid],
) -> Result<BTreeMap<Uuid, ChannelView>, StoreError> {
    let views = read_views(store, &[], ids).await?;
    Ok(views.into_iter().map(|(_inbox, view)| (view.id.uuid(), view)).collect())
}

async fn read_views(
    store: &Store,
    inboxes: &[Uuid],
    ids: &[Uuid],
) -> Result<Vec<(Uuid, ChannelView)>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select id, inbox_id, kind, address, paused_at, pause_reason, pause_code
        from channels
        where inbox_id = any($1) or id = any($2)
        order by created_at, id
        "#,
        inboxes,
        ids,
    )
    .fetch_all(&store.pool)
    .in_time()
    .await?;
    rows.into_iter()
        .map(|row| {
            let kind = read(&row.kind, "channels.kind")?;
            let paused = pause_view(row.paused_at, row.pause_reason.as_deref(), row.pause_code)?;
            let view = ChannelView {
                id: row.id.into(),
                kind,
                address: row.address,
                text_max: u32::try_from(channel::text_max(kind)).unwrap_or(u32::MAX),
                window_hours: channel::window(kind)
                    .and_then(|it| u32::try_from(it.num_hours()).ok()),
                paused,
            };
            Ok((row.inbox_id, view))
        })
        .collect()
}

pub(super) fn pause_view(
    since: Option<DateTime<Utc>>,
    reason: Option<&str>,
    code: Option<String>,
) -> Result<Option<Pause>, StoreError> {
    let (Some(since), Some(reason)) = (since, reason) else { return Ok(None) };
    Ok(Some(Pause { since, reason: read(reason, "channels.pause_reason")?, code }))
}

/// Lets nothing go out over a channel; `None` if that is so already, else its inbox.
pub async fn pause(
    tx: &mut Transaction,
    id: ChannelId,
    reason: PauseReason,
    code: Option<&str>,
) -> Result<Option<InboxId>, StoreError> {
    let now = tx.now();
    let inbox = sqlx::query_scalar!(
        r#"
        update channels
        set paused_at = $2::timestamptz, pause_reason = $3, pause_code = $4, free_at = $2::timestamptz + interval '1 minute'
        where id = $1 and paused_at is null
        returning inbox_id
        "#,
        id.uuid(),
        now,
        word(reason),
        code,
    )
    .fetch_optional(tx.db().await?)
    .await?;
    Ok(inbox.map(InboxId::from))
}

/// Lets it go out again; `None` if it does, else its inbox.
pub async fn resume(tx: &mut Transaction, id: ChannelId) -> Result<Option<InboxId>, StoreError> {
    let inbox = sqlx::query_scalar!(
        r#"
        update channels
        set paused_at = null, pause_reason = null, pause_code = null, free_at = null
        where id = $1 and paused_at is not null
        returning inbox_id
        "#,
        id.uuid(),
    )
    .fetch_optional(tx.db().await?)
    .await?;
    Ok(inbox.map(InboxId::from))
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
