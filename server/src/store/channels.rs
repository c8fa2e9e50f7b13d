//! Channels: where customers write to.

use std::collections::BTreeMap;

use protocol::{
    http::SandboxChannel,
    ids::{ChannelId, InboxId},
    views::{ChannelKind, ChannelView},
};
use uuid::Uuid;

use super::{
    error::StoreError,
    patience::InTime,
    pool::Store,
    transaction::Transaction,
    words::{read, word},
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
    /// Which provider carries it: `sandbox` or `twilio`.
    pub provider: String,
    /// The business's address.
    pub address: String,
}

/// Adds a channel; `None` if there is one with this provider, kind and address.
pub async fn create(
    tx: &mut Transaction,
    inbox: InboxId,
    kind: ChannelKind,
    provider: &str,
    address: &str,
) -> Result<Option<ChannelId>, StoreError> {
    let (id, now) = (Uuid::now_v7(), tx.now());
    let made = sqlx::query!(
        r#"
        insert into channels (id, inbox_id, kind, provider, address, created_at)
        values ($1, $2, $3, $4, $5, $6)
        on conflict on constraint channels_address do nothing
        "#,
        id,
        inbox.uuid(),
        word(kind),
        provider,
        address,
        now,
    )
    .execute(tx.db().await?)
    .await?;
    Ok((made.rows_affected() == 1).then(|| id.into()))
}

/// Finds a channel.
pub async fn find(store: &Store, id: ChannelId) -> Result<Option<Channel>, StoreError> {
    let row = sqlx::query!(
        "select inbox_id, kind, provider, address from channels where id = $1",
        id.uuid(),
    )
    .fetch_optional(&store.pool)
    .in_time()
    .await?;
    row.map(|row| {
        Ok(Channel {
            id,
            inbox_id: row.inbox_id.into(),
            kind: read(&row.kind, "channels.kind")?,
            provider: row.provider,
            address: row.address,
        })
    })
    .transpose()
}

/// Returns the sandbox channels, oldest first.
pub async fn sandboxes(store: &Store) -> Result<Vec<SandboxChannel>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select c.id, c.address, i.name
        from channels c
        join inboxes i on i.id = c.inbox_id
        where c.provider = 'sandbox'
        order by c.created_at, c.id
        "#,
    )
    .fetch_all(&store.pool)
    .in_time()
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| SandboxChannel { id: row.id.into(), address: row.address, inbox_name: row.name })
        .collect())
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
        let view = ChannelView { id: row.id.into(), kind, address: row.address };
        views.entry(row.inbox_id).or_default().push(view);
    }
    Ok(views)
}
