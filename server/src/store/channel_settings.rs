//! Channels, as administrators see them.

use protocol::{
    admin::ChannelSettings,
    ids::{AccountId, ChannelId},
};

use super::{
    channels::pause_view,
    error::StoreError,
    patience::InTime,
    pool::Store,
    webhooks,
    words::{read, unsigned},
};

/// Returns all channels, oldest first. Their webhooks' addresses are for who knows where we are.
pub async fn all(store: &Store) -> Result<Vec<ChannelSettings>, StoreError> {
    read_all(store, None).await
}

/// Finds one.
pub async fn find(store: &Store, id: ChannelId) -> Result<Option<ChannelSettings>, StoreError> {
    Ok(read_all(store, Some(id)).await?.pop())
}

async fn read_all(
    store: &Store,
    only: Option<ChannelId>,
) -> Result<Vec<ChannelSettings>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select h.id, h.inbox_id, h.kind, h.provider, h.account_id, h.address, h.external_id,
            h.paused_at, h.pause_reason, h.pause_code,
            (
                select count(*) from deliveries d
                where d.channel_id = h.id and d.state in ('queued', 'sending', 'unknown')
            ) as "waiting!"
        from channels h
        where $1::uuid is null or h.id = $1
        order by h.created_at, h.id
        "#,
        only.map(ChannelId::uuid),
    )
    .fetch_all(&store.pool)
    .in_time()
    .await?;
    let mut health = webhooks::health(store).await?;
    rows.into_iter()
        .map(|row| {
            let health = health.remove(&row.id).unwrap_or_default();
            Ok(ChannelSettings {
                id: row.id.into(),
                inbox_id: row.inbox_id.into(),
                kind: read(&row.kind, "channels.kind")?,
                provider: row.provider,
                account_id: row.account_id.map(AccountId::from),
                address: row.address,
                external_id: row.external_id,
                paused: pause_view(row.paused_at, row.pause_reason.as_deref(), row.pause_code)?,
                waiting: unsigned(row.waiting),
                webhooks: Vec::new(),
                webhook_taken_at: health.taken_at,
                troubles: health.troubles,
            })
        })
        .collect()
}
