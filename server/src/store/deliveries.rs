//! Deliveries: the queue of what goes out, and how far each one is.

use std::collections::HashMap;

use protocol::{
    ids::{ChannelId, InboxId, MessageId, ThreadId},
    owners::Assignment,
    views::DeliveryState,
};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    error::StoreError,
    patience::InTime,
    pool::Store,
    transaction::Transaction,
    words::{read, word},
};
use crate::domain::thread::Thread;

/// What has not been handed over, whatever the reason.
#[derive(Debug, Clone, Copy)]
pub struct Waiting {
    /// How many there are.
    pub count: i64,
    /// How long the first one has been there.
    pub oldest_seconds: f64,
    /// How many channels are paused.
    pub paused_channels: i64,
}

/// Measures the queue.
pub async fn waiting(store: &Store) -> Result<Waiting, StoreError> {
    let row = sqlx::query!(
        r#"
        select count(*) as "count!",
            coalesce(extract(epoch from tandem_now() - min(created_at)), 0)::float8 as "oldest!",
            (select count(*) from channels where paused_at is not null) as "paused!"
        from deliveries
        where state in ('queued', 'sending', 'unknown')
        "#,
    )
    .fetch_one(&store.pool)
    .in_time()
    .await?;
    Ok(Waiting { count: row.count, oldest_seconds: row.oldest, paused_channels: row.paused })
}

/// A delivery under its lock.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The message.
    pub message_id: MessageId,
    /// Its thread, or what that is a part of.
    pub thread_id: ThreadId,
    /// The thread's inbox.
    pub inbox_id: InboxId,
    /// Who owns the thread.
    pub owner: Assignment,
    /// How far it is.
    pub state: DeliveryState,
    /// Why it failed, or what else is to be said of it.
    pub error: Option<String>,
    /// The channel that it goes by.
    pub channel_id: ChannelId,
    /// The channel that it was written for.
    pub written_for: ChannelId,
}

impl Delivery {
    /// Returns the channel that it goes by, where it is another one than it was written for.
    pub fn rerouted(&self) -> Option<ChannelId> {
        (self.channel_id != self.written_for).then_some(self.channel_id)
    }
}

/// Locks deliveries and their threads, in one order for all transactions.
pub async fn hold(
    tx: &mut Transaction,
    messages: &[Uuid],
) -> Result<HashMap<MessageId, Delivery>, StoreError> {
    if messages.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = sqlx::query!(
        r#"
        select message_id as "message_id!", thread_id as "thread_id!", inbox_id as "inbox_id!",
            assignee_id, team_id, state as "state!", error, channel_id as "channel_id!",
            written_for as "written_for!"
        from hold_deliveries($1)
        "#,
        messages,
    )
    .fetch_all(tx.db().await?)
    .await?;
    let held = rows.into_iter().map(|row| {
        let delivery = Delivery {
            message_id: row.message_id.into(),
            thread_id: row.thread_id.into(),
            inbox_id: row.inbox_id.into(),
            owner: Assignment::from_parts(row.assignee_id, row.team_id),
            state: read(&row.state, "deliveries.state")?,
            error: row.error,
            channel_id: row.channel_id.into(),
            written_for: row.written_for.into(),
        };
        Ok((delivery.message_id, delivery))
    });
    held.collect()
}

/// Finds the message that a provider calls so.
pub async fn message_of(
    store: &Store,
    channel: ChannelId,
    provider_id: &str,
) -> Result<Option<MessageId>, StoreError> {
    let id = sqlx::query_scalar!(
        "select id from messages where channel_id = $1 and provider_id = $2",
        channel.uuid(),
        provider_id,
    )
    .fetch_optional(&store.pool)
    .in_time()
    .await?;
    Ok(id.map(MessageId::from))
}

/// How far a delivery is, on its way into the statement that stores all of a transaction. A claim on it
/// stays until it is put back.
pub struct NewState {
    /// The message.
    pub message_id: MessageId,
    /// How far it is; `None` where that stays.
    pub state: Option<(DeliveryState, Option<String>)>,
    /// The provider's id, kept if this is the first one.
    pub provider_id: Option<String>,
}

/// Stores states, each of another delivery.
#[expect(clippy::as_conversions, reason = "how a checked statement is told a parameter's type")]
pub(super) async fn store_states(
    db: &mut PgConnection,
    states: &[NewState],
) -> Result<(), StoreError> {
    if states.is_empty() {
        return Ok(());
    }
    let (mut messages, mut words) = (Vec::new(), Vec::new());
    let (mut errors, mut provider_ids) = (Vec::new(), Vec::new());
    for it in states {
        messages.push(it.message_id.uuid());
        words.push(it.state.as_ref().map(|(state, _error)| word(*state)));
        errors.push(it.state.as_ref().and_then(|(_state, error)| error.clone()));
        provider_ids.push(it.provider_id.clone());
    }
    sqlx::query!(
        "select store_states($1, $2, $3, $4)",
        &messages,
        words.as_slice() as &[Option<String>],
        errors.as_slice() as &[Option<String>],
        provider_ids.as_slice() as &[Option<String>],
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Stores the delivery of a message that no agent has sent from here.
pub async fn create(
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
    .execute(tx.db().await?)
    .await?;
    Ok(())
}

/// Marks a message as to be called back.
pub async fn recall(tx: &mut Transaction, message: MessageId) -> Result<(), StoreError> {
    let now = tx.now();
    sqlx::query!(
        "update deliveries set recall = true, next_at = $2, claimed_until = null where message_id = $1",
        message.uuid(),
        now,
    )
    .execute(tx.db().await?)
    .await?;
    Ok(())
}

/// Sends a message another way, from the beginning. Its id at the provider was of the first way.
pub async fn reroute(
    tx: &mut Transaction,
    message: MessageId,
    channel: ChannelId,
    error: Option<&str>,
) -> Result<(), StoreError> {
    let now = tx.now();
    sqlx::query!(
        r#"
        update deliveries
        set channel_id = $2, state = 'queued', error = $3, attempts = 0, first_attempt_at = null,
            next_at = $4, claimed_until = null, in_doubt = false, recall = false
        where message_id = $1
        "#,
        message.uuid(),
        channel.uuid(),
        error,
        now,
    )
    .execute(tx.db().await?)
    .await?;
    sqlx::query!("update messages set provider_id = null where id = $1", message.uuid())
        .execute(tx.db().await?)
        .await?;
    Ok(())
}
