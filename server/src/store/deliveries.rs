//! Deliveries: the queue of what goes out, and how far each one is.

use chrono::{DateTime, TimeDelta, Utc};
use protocol::{
    ids::{AgentId, ChannelId, InboxId, MessageId, ThreadId},
    views::{ChannelKind, DeliveryState},
};

use super::{
    content,
    error::StoreError,
    patience::InTime,
    pool::Store,
    transaction::Transaction,
    words::{read, word},
};
use crate::domain::{address::Address, thread::Thread};

/// A delivery that this node has claimed, with all that its provider needs.
pub struct Claimed {
    /// The message.
    pub message_id: MessageId,
    /// Its thread.
    pub thread_id: ThreadId,
    /// Its inbox.
    pub inbox_id: InboxId,
    /// Its channel.
    pub channel_id: ChannelId,
    /// The channel's kind.
    pub channel_kind: ChannelKind,
    /// The channel's provider.
    pub provider: String,
    /// What the provider calls the channel.
    pub external_id: Option<String>,
    /// The business's address.
    pub from: String,
    /// The customer's address.
    pub to: Address,
    /// What to say.
    pub text: String,
    /// Which attempt this is, from 1.
    pub attempt: u32,
    /// When the first attempt was.
    pub first_attempt_at: DateTime<Utc>,
}

/// Claims deliveries that are due: the oldest open one of each thread, so that order holds within a
/// thread. The state stays what clients were told. A claim that ran out was of a node that died on
/// it: that attempt may have gone out, which is why attempts are counted.
pub async fn claim(store: &Store, limit: i64, hold: TimeDelta) -> Result<Vec<Claimed>, StoreError> {
    let hold_ms = hold.num_milliseconds();
    let rows = sqlx::query!(
        r#"
        with clock as materialized (select tandem_now() as now),
        due as (
            select d.message_id
            from deliveries d, clock
            where d.state in ('queued', 'sending', 'unknown')
                and d.next_at <= clock.now
                and (d.claimed_until is null or d.claimed_until <= clock.now)
                and not exists (
                    select from deliveries o
                    where o.thread_id = d.thread_id and o.reply_no < d.reply_no
                        and o.state in ('queued', 'sending', 'unknown')
                )
            order by d.next_at
            limit $1
            for update of d skip locked
        )
        update deliveries d
        set claimed_until = clock.now + make_interval(secs => $2::bigint / 1000.0),
            attempts = attempts + 1,
            first_attempt_at = coalesce(first_attempt_at, clock.now)
        from due, clock, messages m, contents c, channels h, contact_addresses a
        where d.message_id = due.message_id and m.id = d.message_id and c.id = m.content_id
            and h.id = d.channel_id and a.id = m.address_id
        returning d.message_id, d.thread_id, d.channel_id, h.inbox_id, h.provider, h.address as "from!",
            h.kind as channel_kind, h.external_id, a.kind as to_kind, a.scope, a.value as "to!",
            c.bytes as "bytes?", d.attempts,
            d.first_attempt_at as "first_attempt_at!"
        "#,
        limit,
        hold_ms,
    )
    .fetch_all(&store.pool)
    .in_time()
    .await?;
    rows.into_iter()
        .map(|row| {
            let kind = read(&row.to_kind, "contact_addresses.kind")?;
            Ok(Claimed {
                message_id: row.message_id.into(),
                thread_id: row.thread_id.into(),
                inbox_id: row.inbox_id.into(),
                channel_id: row.channel_id.into(),
                channel_kind: read(&row.channel_kind, "channels.kind")?,
                provider: row.provider,
                external_id: row.external_id,
                from: row.from,
                to: Address { kind, scope: row.scope, value: row.to },
                text: content::text(row.bytes),
                attempt: u32::try_from(row.attempts).unwrap_or(u32::MAX),
                first_attempt_at: row.first_attempt_at,
            })
        })
        .collect()
}

/// What has not been handed over, whatever the reason.
#[derive(Debug, Clone, Copy)]
pub struct Waiting {
    /// How many there are.
    pub count: i64,
    /// How long the first one has been there.
    pub oldest_seconds: f64,
}

/// Measures the queue.
pub async fn waiting(store: &Store) -> Result<Waiting, StoreError> {
    let row = sqlx::query!(
        r#"
        select count(*) as "count!",
            coalesce(extract(epoch from tandem_now() - min(created_at)), 0)::float8 as "oldest!"
        from deliveries
        where state in ('queued', 'sending', 'unknown')
        "#,
    )
    .fetch_one(&store.pool)
    .await?;
    Ok(Waiting { count: row.count, oldest_seconds: row.oldest })
}

/// A delivery under its lock.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The message.
    pub message_id: MessageId,
    /// Its thread.
    pub thread_id: ThreadId,
    /// The thread's inbox.
    pub inbox_id: InboxId,
    /// Who owns the thread.
    pub assignee_id: Option<AgentId>,
    /// How far it is.
    pub state: DeliveryState,
}

/// How a report names its message.
#[derive(Debug, Clone)]
pub enum Which {
    /// By our own id.
    Message(MessageId),
    /// By the provider's id within a channel.
    Provider(ChannelId, String),
}

/// Locks the delivery that a report is about.
pub async fn lock(tx: &mut Transaction, which: &Which) -> Result<Option<Delivery>, StoreError> {
    let (message, channel, provider) = match which {
        Which::Message(id) => (Some(id.uuid()), None, None),
        Which::Provider(channel, id) => (None, Some(channel.uuid()), Some(id.as_str())),
    };
    let row = sqlx::query!(
        r#"
        select d.message_id, d.thread_id, t.inbox_id, t.assignee_id, d.state
        from deliveries d
        join messages m on m.id = d.message_id
        join threads t on t.id = d.thread_id
        where m.id = $1 or (m.channel_id = $2 and m.provider_id = $3)
        for update of t, d
        "#,
        message,
        channel,
        provider,
    )
    .fetch_optional(tx.db())
    .await?;
    row.map(|row| {
        Ok(Delivery {
            message_id: row.message_id.into(),
            thread_id: row.thread_id.into(),
            inbox_id: row.inbox_id.into(),
            assignee_id: row.assignee_id.map(AgentId::from),
            state: read(&row.state, "deliveries.state")?,
        })
    })
    .transpose()
}

/// Moves a delivery to a state. A claim on it stays until it is put back.
pub async fn set_state(
    tx: &mut Transaction,
    message: MessageId,
    state: DeliveryState,
    error: Option<&str>,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update deliveries
        set state = $2, error = $3
        where message_id = $1
        "#,
        message.uuid(),
        word(state),
        error,
    )
    .execute(tx.db())
    .await?;
    Ok(())
}

/// Records the provider's id of a message, the first time that it is known.
pub async fn set_provider_id(
    tx: &mut Transaction,
    message: MessageId,
    provider_id: &str,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update messages set provider_id = $2 where id = $1 and provider_id is null",
        message.uuid(),
        provider_id,
    )
    .execute(tx.db())
    .await?;
    Ok(())
}

/// Gives a claim back, to be tried again after a wait. One that ran out and was taken by another
/// node is no longer ours to give.
pub async fn put_back(store: &Store, claimed: &Claimed, wait: TimeDelta) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update deliveries
        set claimed_until = null,
            next_at = tandem_now() + make_interval(secs => $2::bigint / 1000.0)
        where message_id = $1 and state in ('queued', 'sending', 'unknown') and attempts = $3
        "#,
        claimed.message_id.uuid(),
        wait.num_milliseconds(),
        i32::try_from(claimed.attempt).unwrap_or(i32::MAX),
    )
    .execute(&store.pool)
    .in_time()
    .await?;
    Ok(())
}

/// Returns the provider ids that other messages to this address already have, newest first: a
/// look-up must not take one of them for its own.
pub async fn known_provider_ids(
    store: &Store,
    message: MessageId,
) -> Result<Vec<String>, StoreError> {
    let ids: Vec<Option<String>> = sqlx::query_scalar!(
        r#"
        select o.provider_id
        from messages m
        join messages o on o.thread_id = m.thread_id and o.direction = 'out'
        where m.id = $1 and o.provider_id is not null
        order by o.id desc
        limit 200
        "#,
        message.uuid(),
    )
    .fetch_all(&store.pool)
    .in_time()
    .await?;
    Ok(ids.into_iter().flatten().collect())
}

/// Stores the delivery of a message that went out past us.
pub async fn create_done(
    tx: &mut Transaction,
    thread: &Thread,
    (message, channel, reply_no): (MessageId, ChannelId, u32),
    state: DeliveryState,
) -> Result<(), StoreError> {
    let now = tx.now();
    sqlx::query!(
        r#"
        insert into deliveries
            (message_id, thread_id, reply_no, channel_id, state, next_at, created_at)
        values ($1, $2, $3, $4, $5, $6, $6)
        "#,
        message.uuid(),
        thread.id.uuid(),
        i32::try_from(reply_no).unwrap_or(i32::MAX),
        channel.uuid(),
        word(state),
        now,
    )
    .execute(tx.db())
    .await?;
    Ok(())
}
