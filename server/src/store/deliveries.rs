//! Deliveries: the queue of what goes out, and how far each one is.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use protocol::{
    attachments::AttachmentView,
    ids::{AgentId, ChannelId, InboxId, MessageId, ThreadId},
    views::{ChannelKind, DeliveryState},
};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    attachments, content,
    error::StoreError,
    patience::{InTime, in_time},
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
    /// The template that says it.
    pub template: Option<FromTemplate>,
    /// The files that go with it.
    pub files: Vec<AttachmentView>,
    /// Which attempt this is, from 1.
    pub attempt: u32,
    /// When the first attempt was.
    pub first_attempt_at: DateTime<Utc>,
    /// Whether the customer wants nothing over this channel any more.
    pub refused: bool,
    /// Whether an earlier attempt may have gone out.
    pub in_doubt: bool,
}

/// A template of the provider's, filled.
#[derive(Clone)]
pub struct FromTemplate {
    /// Its name.
    pub name: String,
    /// Its language.
    pub language: String,
    /// The provider's id of it.
    pub provider_id: Option<String>,
    /// Names and values of its gaps.
    pub values: Vec<(String, String)>,
}

/// Claims deliveries that are due: the oldest open one of each thread, so that order holds within a
/// thread. The state stays what clients were told. A claim that ran out was of a node that died on
/// it: that attempt may have gone out, which is why attempts are counted.
pub async fn claim(store: &Store, limit: i64, hold: TimeDelta) -> Result<Vec<Claimed>, StoreError> {
    in_time(async {
        // Rolled back where the second statement fails: nothing was tried then.
        let mut db = store.pool.begin().await?;
        let claims = sqlx::query_as!(
            Claim,
            r#"
            select message_id as "message_id!", attempts as "attempts!",
                first_attempt_at as "first_attempt_at!", in_doubt as "in_doubt!"
            from claim_deliveries($1, make_interval(secs => $2::bigint / 1000.0))
            "#,
            limit,
            hold.num_milliseconds(),
        )
        .fetch_all(&mut *db)
        .await?;
        if claims.is_empty() {
            return Ok(Vec::new());
        }
        let claimed = outgoing(&mut db, claims).await?;
        db.commit().await?;
        Ok(claimed)
    })
    .await
}

struct Claim {
    message_id: Uuid,
    attempts: i32,
    first_attempt_at: DateTime<Utc>,
    in_doubt: bool,
}

/// Reads what providers need to know of what was claimed, in the order of the claims.
async fn outgoing(db: &mut PgConnection, claims: Vec<Claim>) -> Result<Vec<Claimed>, StoreError> {
    let ids: Vec<Uuid> = claims.iter().map(|claim| claim.message_id).collect();
    let rows = sqlx::query!(
        r#"
        select d.message_id, d.thread_id, d.channel_id, h.inbox_id, h.kind as channel_kind,
            h.provider, h.external_id, h.address as "from", a.kind as to_kind, a.scope as to_scope,
            a.value as "to", c.bytes, exists (
                select from opt_outs o
                where o.channel_id = d.channel_id and o.address_id = m.address_id and case o.about
                    when 'marketing' then coalesce(e.marketing, false)
                    when 'all_but_essential' then not coalesce(e.essential, false)
                    else true
                end
            ) as "refused!",
            exists (select from attachments f where f.message_id = m.id) as "has_files!",
            e.template_name as "template_name?",
            e.template_language as "template_language?", e.template_id, v.bytes as "values?"
        from deliveries d
        join messages m on m.id = d.message_id
        left join reply_terms e on e.message_id = d.message_id
        left join contents v on v.id = e.values_id
        join contents c on c.id = m.content_id
        join channels h on h.id = d.channel_id
        join contact_addresses a on a.id = m.address_id
        where d.message_id = any($1)
        "#,
        &ids,
    )
    .fetch_all(&mut *db)
    .await?;
    let with_files = rows.iter().filter(|row| row.has_files).map(|row| row.message_id);
    let mut files = attachments::of_messages(db, &with_files.collect::<Vec<_>>()).await?;
    let mut rows: HashMap<_, _> = rows.into_iter().map(|row| (row.message_id, row)).collect();
    let found =
        claims.into_iter().filter_map(|claim| Some((rows.remove(&claim.message_id)?, claim)));
    found
        .map(|(row, claim)| {
            let kind = read(&row.to_kind, "contact_addresses.kind")?;
            let template = match (row.template_name, row.template_language) {
                (Some(name), Some(language)) => {
                    let values = content::text(row.values);
                    let values =
                        serde_json::from_str(&values).map_err(|_other: serde_json::Error| {
                            StoreError::Unreadable { what: "reply_terms.values_id" }
                        })?;
                    Some(FromTemplate { name, language, provider_id: row.template_id, values })
                }
                _ => None,
            };
            Ok(Claimed {
                message_id: row.message_id.into(),
                thread_id: row.thread_id.into(),
                inbox_id: row.inbox_id.into(),
                channel_id: row.channel_id.into(),
                channel_kind: read(&row.channel_kind, "channels.kind")?,
                provider: row.provider,
                external_id: row.external_id,
                from: row.from,
                to: Address { kind, scope: row.to_scope, value: row.to },
                text: content::text(row.bytes),
                template,
                files: files.remove(&row.message_id).unwrap_or_default(),
                attempt: u32::try_from(claim.attempts).unwrap_or(u32::MAX),
                first_attempt_at: claim.first_attempt_at,
                refused: row.refused,
                in_doubt: claim.in_doubt,
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
    .in_time()
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
            assignee_id, state as "state!"
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
            assignee_id: row.assignee_id.map(AgentId::from),
            state: read(&row.state, "deliveries.state")?,
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

/// Gives a claim back, to be tried again after a wait. One that ran out and was taken by another
/// node is no longer ours to give.
pub async fn put_back(
    store: &Store,
    claimed: &Claimed,
    wait: TimeDelta,
    in_doubt: bool,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update deliveries
        set claimed_until = null,
            next_at = tandem_now() + make_interval(secs => $2::bigint / 1000.0),
            in_doubt = $4
        where message_id = $1 and state in ('queued', 'sending', 'unknown') and attempts = $3
        "#,
        claimed.message_id.uuid(),
        wait.num_milliseconds(),
        i32::try_from(claimed.attempt).unwrap_or(i32::MAX),
        in_doubt,
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
    .execute(tx.db().await?)
    .await?;
    Ok(())
}
