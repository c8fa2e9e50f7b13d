//! The phones of the sandbox: the far side of the sandbox channel.

use protocol::{
    http::SandboxMessage,
    ids::{ChannelId, MessageId},
    views::ChannelKind,
};

use super::{error::StoreError, patience::InTime, pool::Store, words::word};

/// Shows on a phone what its owner has typed; `false` if it already shows one with this id.
pub async fn type_in(
    store: &Store,
    channel: ChannelId,
    phone: &str,
    id: &str,
    text: &str,
) -> Result<bool, StoreError> {
    let shown = sqlx::query!(
        r#"
        insert into sandbox_messages (channel_id, phone, id, mine, text, at)
        values ($1, $2, $3, true, $4, tandem_now())
        on conflict do nothing
        "#,
        channel.uuid(),
        phone,
        id,
        text,
    )
    .execute(&store.pool)
    .in_time()
    .await?;
    Ok(shown.rows_affected() == 1)
}

/// Shows a message from a business's address on a phone, once; `false` if there is no such address.
pub async fn take(
    store: &Store,
    (kind, from): (ChannelKind, &str),
    phone: &str,
    id: &str,
    text: &str,
) -> Result<bool, StoreError> {
    let found = sqlx::query_scalar!(
        r#"
        with channel as (
            select id from channels where provider = 'sandbox' and kind = $5 and address = $1
        ), shown as (
            insert into sandbox_messages (channel_id, phone, id, mine, text, at)
            select id, $2, $3, false, $4, tandem_now() from channel
            on conflict do nothing
        )
        select exists (select from channel) as "found!"
        "#,
        from,
        phone,
        id,
        text,
        word(kind),
    )
    .fetch_one(&store.pool)
    .in_time()
    .await?;
    Ok(found)
}

/// Marks what the business said as read; returns those messages that were not yet.
pub async fn read(
    store: &Store,
    channel: ChannelId,
    phone: &str,
) -> Result<Vec<MessageId>, StoreError> {
    let ids = sqlx::query_scalar!(
        r#"
        update sandbox_messages
        set read = true
        where channel_id = $1 and phone = $2 and not mine and not read
        returning id
        "#,
        channel.uuid(),
        phone,
    )
    .fetch_all(&store.pool)
    .in_time()
    .await?;
    Ok(ids.iter().filter_map(|id| id.parse().ok()).collect())
}

/// Returns what a phone shows: the last 200 messages, oldest first.
pub async fn messages(
    store: &Store,
    channel: ChannelId,
    phone: &str,
) -> Result<Vec<SandboxMessage>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select id, mine, text, at
        from (
            select id, mine, text, at, n
            from sandbox_messages
            where channel_id = $1 and phone = $2
            order by n desc
            limit 200
        ) as newest
        order by n
        "#,
        channel.uuid(),
        phone,
    )
    .fetch_all(&store.pool)
    .in_time()
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| SandboxMessage {
            id: row.id,
            mine: row.mine,
            text: row.text,
            files: Vec::new(),
            at: row.at,
        })
        .collect())
}
