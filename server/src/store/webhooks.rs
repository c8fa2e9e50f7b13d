//! How webhooks of channels fare: bookkeeping for administrators, without events.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use protocol::{
    admin::{TroubleKind, WebhookTrouble},
    ids::ChannelId,
};
use uuid::Uuid;

use super::{
    error::StoreError,
    patience::InTime,
    pool::Store,
    words::{read, signed, unsigned, word},
};

/// What was wrong with webhooks of a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// Why they were refused.
    pub kind: TroubleKind,
    /// How many there were.
    pub count: u64,
    /// Our address that the last one's signature was checked for.
    pub url: Option<String>,
    /// The keys that were tried.
    pub keys: Vec<protocol::admin::KeyTried>,
    /// What is probably wrong.
    pub hint: Option<String>,
}

/// Notes that a webhook was taken just now.
pub async fn taken(store: &Store, channel: ChannelId) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        insert into channel_webhooks (channel_id, taken_at) values ($1, tandem_now())
        on conflict (channel_id) do update set taken_at = excluded.taken_at
        "#,
        channel.uuid(),
    )
    .execute(&store.pool)
    .in_time()
    .await?;
    Ok(())
}

/// Counts webhooks that were refused.
pub async fn refused(store: &Store, channel: ChannelId, it: &Trouble) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        insert into webhook_troubles
            (channel_id, kind, count, first_at, last_at, url, keys, hint)
        select $1, $2, $3, now, now, $4, $5::text::json, $6
        from tandem_now() as now
        on conflict (channel_id, kind) do update
            set count = webhook_troubles.count + excluded.count, last_at = excluded.last_at,
                url = excluded.url, keys = excluded.keys, hint = excluded.hint
        "#,
        channel.uuid(),
        word(it.kind),
        signed(it.count),
        it.url,
        serde_json::to_string(&it.keys).expect("names are JSON"),
        it.hint,
    )
    .execute(&store.pool)
    .in_time()
    .await?;
    Ok(())
}

/// How the webhooks of one channel fare.
#[derive(Default)]
pub struct Health {
    /// When one was taken last.
    pub taken_at: Option<DateTime<Utc>>,
    /// What was wrong with others.
    pub troubles: Vec<WebhookTrouble>,
}

/// Returns how the webhooks of all channels fare.
pub async fn health(store: &Store) -> Result<BTreeMap<Uuid, Health>, StoreError> {
    let mut health: BTreeMap<Uuid, Health> = BTreeMap::new();
    let taken = sqlx::query!("select channel_id, taken_at from channel_webhooks")
        .fetch_all(&store.pool)
        .in_time()
        .await?;
    for row in taken {
        health.entry(row.channel_id).or_default().taken_at = Some(row.taken_at);
    }
    let troubles = sqlx::query!(
        r#"
        select channel_id, kind, count, first_at, last_at, url, keys::text as "keys!", hint
        from webhook_troubles
        order by last_at desc
        "#,
    )
    .fetch_all(&store.pool)
    .in_time()
    .await?;
    for row in troubles {
        let keys = serde_json::from_str(&row.keys)
            .map_err(|_bad| StoreError::Unreadable { what: "webhook_troubles.keys" })?;
        health.entry(row.channel_id).or_default().troubles.push(WebhookTrouble {
            kind: read(&row.kind, "webhook_troubles.kind")?,
            count: unsigned(row.count),
            first_at: row.first_at,
            last_at: row.last_at,
            url: row.url,
            keys,
            hint: row.hint,
        });
    }
    Ok(health)
}
