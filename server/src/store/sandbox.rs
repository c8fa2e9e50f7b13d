//! The phones of the sandbox: the far side of the sandbox channel.

use protocol::{http::SandboxMessage, ids::ChannelId};

use super::{error::StoreError, patience::InTime, pool::Store};

/// Shows a message on a phone; `false` if the phone already shows one with this id.
pub async fn show(
    store: &Store,
    channel: ChannelId,
    phone: &str,
    id: &str,
    mine: bool,
    text: &str,
) -> Result<bool, StoreError> {
    let shown = sqlx::query!(
        r#"
        insert into sandbox_messages (channel_id, phone, id, mine, text, at)
        values ($1, $2, $3, $4, $5, tandem_now())
        on conflict do nothing
        "#,
        channel.uuid(),
        phone,
        id,
        mine,
        text,
    )
    .execute(&store.pool)
    .in_time()
    .await?;
    Ok(shown.rows_affected() == 1)
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
        .map(|row| SandboxMessage { id: row.id, mine: row.mine, text: row.text, at: row.at })
        .collect())
}
