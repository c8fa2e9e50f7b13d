//! The phones of the sandbox: the far side of the sandbox channel.

use protocol::{
    http::{SandboxMessage, SandboxPlay},
    ids::{ChannelId, MessageId},
    views::ChannelKind,
};

use super::{
    error::StoreError,
    patience::InTime,
    pool::Store,
    words::{self, word},
};

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

/// Gives a phone a message from a business's address, once, and shows it if the phone is on; `false` if there
/// is no such address.
pub async fn take(
    store: &Store,
    (kind, from): (ChannelKind, &str),
    phone: &str,
    (id, text): (&str, &str),
    shown: bool,
) -> Result<bool, StoreError> {
    let found = sqlx::query_scalar!(
        r#"
        with channel as (
            select id from channels where provider = 'sandbox' and kind = $5 and address = $1
        ), shown as (
            insert into sandbox_messages (channel_id, phone, id, mine, text, at, shown)
            select id, $2, $3, false, $4, tandem_now(), $6 from channel
            on conflict (channel_id, phone, id) do update
                set shown = sandbox_messages.shown or excluded.shown
        )
        select exists (select from channel) as "found!"
        "#,
        from,
        phone,
        id,
        text,
        word(kind),
        shown,
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
        where channel_id = $1 and phone = $2 and shown and not mine and not read
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
            where channel_id = $1 and phone = $2 and shown
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

/// Returns what a phone plays towards a business's address.
pub async fn plays(
    store: &Store,
    (kind, from): (ChannelKind, &str),
    phone: &str,
) -> Result<SandboxPlay, StoreError> {
    let plays = sqlx::query_scalar!(
        r#"
        select p.plays
        from sandbox_phones p
        join channels h on h.id = p.channel_id
        where h.provider = 'sandbox' and h.kind = $1 and h.address = $2 and p.phone = $3
        "#,
        word(kind),
        from,
        phone,
    )
    .fetch_optional(&store.pool)
    .in_time()
    .await?;
    plays.map_or(Ok(SandboxPlay::Normal), |plays| words::read(&plays, "sandbox_phones.plays"))
}

/// Returns what a phone plays on a channel.
pub async fn plays_on(
    store: &Store,
    channel: ChannelId,
    phone: &str,
) -> Result<SandboxPlay, StoreError> {
    let plays = sqlx::query_scalar!(
        "select plays from sandbox_phones where channel_id = $1 and phone = $2",
        channel.uuid(),
        phone,
    )
    .fetch_optional(&store.pool)
    .in_time()
    .await?;
    plays.map_or(Ok(SandboxPlay::Normal), |plays| words::read(&plays, "sandbox_phones.plays"))
}

/// Lets a phone play something from now on; returns the messages that it has got by that, because it is on
/// again.
pub async fn play(
    store: &Store,
    channel: ChannelId,
    phone: &str,
    plays: SandboxPlay,
) -> Result<Vec<MessageId>, StoreError> {
    let (channel, on) = (channel.uuid(), plays != SandboxPlay::Off);
    if plays == SandboxPlay::Normal {
        sqlx::query!(
            "delete from sandbox_phones where channel_id = $1 and phone = $2",
            channel,
            phone,
        )
        .execute(&store.pool)
        .in_time()
        .await?;
    } else {
        sqlx::query!(
            r#"
            insert into sandbox_phones (channel_id, phone, plays) values ($1, $2, $3)
            on conflict (channel_id, phone) do update set plays = excluded.plays
            "#,
            channel,
            phone,
            word(plays),
        )
        .execute(&store.pool)
        .in_time()
        .await?;
    }
    let ids = sqlx::query_scalar!(
        r#"
        update sandbox_messages set shown = true
        where channel_id = $1 and phone = $2 and not shown and $3
        returning id
        "#,
        channel,
        phone,
        on,
    )
    .fetch_all(&store.pool)
    .in_time()
    .await?;
    Ok(ids.iter().filter_map(|id| id.parse().ok()).collect())
}

/// Takes a message back that no phone has got.
pub async fn take_back(store: &Store, phone: &str, id: &str) -> Result<(), StoreError> {
    sqlx::query!(
        "delete from sandbox_messages where phone = $1 and id = $2 and not mine and not shown",
        phone,
        id,
    )
    .execute(&store.pool)
    .in_time()
    .await?;
    Ok(())
}
