//! Claims of deliveries: what a node takes into its hands to send or to call back, and gives back.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use protocol::{
    attachments::AttachmentView,
    ids::{ChannelId, InboxId, MessageId, ThreadId},
    views::ChannelKind,
};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    accounts::AccountVersion,
    attachments, content,
    error::StoreError,
    patience::{InTime, in_time},
    pool::Store,
    words::read,
};
use crate::domain::{address::Address, pace::Pace};

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
    /// The channel's account.
    pub account: Option<AccountVersion>,
    /// What the provider calls the channel.
    pub external_id: Option<String>,
    /// The business's address.
    pub from: String,
    /// The customer's address.
    pub to: Address,
    /// What to say.
    pub text: String,
    /// What it is sent under.
    pub under: Under,
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
    /// Whether its channel is paused, and it is let through to see whether that still has to be.
    pub probes: bool,
}

/// What a message is sent under.
#[derive(Clone)]
pub struct Under {
    /// The customer wants nothing but what is essential, and this is.
    pub essential: bool,
    /// The template that says it.
    pub template: Option<FromTemplate>,
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

/// A channel over which something is to go out now.
pub struct Due {
    /// The channel.
    pub channel_id: ChannelId,
    /// Its kind.
    pub kind: ChannelKind,
    /// Its provider.
    pub provider: String,
    /// Its account.
    pub account: Option<AccountVersion>,
    /// The business's address.
    pub address: String,
    /// Messages a second, where that was set for it.
    pub rate: Option<f64>,
    /// How long it is until the next one may go.
    pub free_in: TimeDelta,
}

/// Finds the channels that have something to send. One that paused itself is among them where the next
/// message may be let through.
pub async fn due(store: &Store) -> Result<Vec<Due>, StoreError> {
    let rows = sqlx::query!(
        r#"
        with clock as materialized (select tandem_now() as now)
        select h.id, h.kind, h.provider, h.account_id, n.version as "version?", h.address, h.rate,
            ceil(greatest(0, extract(epoch from h.free_at - clock.now)) * 1000)::bigint as free_in_ms
        from channels h
        cross join clock
        left join accounts n on n.id = h.account_id
        where (h.paused_at is null or h.pause_reason = 'credentials' and h.free_at <= clock.now)
            and exists (
                select from deliveries d
                where d.channel_id = h.id and d.state in ('queued', 'sending', 'unknown')
                    and d.next_at <= clock.now
                    and (d.claimed_until is null or d.claimed_until <= clock.now)
                    and not exists (
                        select from deliveries o
                        where o.thread_id = d.thread_id and o.reply_no < d.reply_no
                            and o.state in ('queued', 'sending', 'unknown')
                    )
            )
        order by h.id
        "#,
    )
    .fetch_all(&store.pool)
    .in_time()
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Due {
                channel_id: row.id.into(),
                kind: read(&row.kind, "channels.kind")?,
                provider: row.provider,
                account: AccountVersion::of(row.account_id, row.version),
                address: row.address,
                rate: row.rate,
                free_in: TimeDelta::milliseconds(row.free_in_ms.unwrap_or_default()),
            })
        })
        .collect()
}

/// What may be claimed of a channel.
pub struct Room {
    /// The channel.
    pub channel_id: ChannelId,
    /// How many this node can hand over.
    pub count: usize,
    /// How fast they may go altogether.
    pub pace: Option<Pace>,
    /// How fast they may go to one customer.
    pub pair: Option<Pace>,
}

/// Claims deliveries that are due and may go now: the oldest open one of each thread, so that order
/// holds within a thread. The state stays what clients were told. A claim that ran out was of a node
/// that died on it: that attempt may have gone out, which is why attempts are counted.
#[expect(clippy::as_conversions, reason = "how a checked statement is told a parameter's type")]
pub async fn claim(
    store: &Store,
    rooms: &[Room],
    hold: TimeDelta,
) -> Result<Vec<Claimed>, StoreError> {
    let channels: Vec<Uuid> = rooms.iter().map(|room| room.channel_id.uuid()).collect();
    let counts: Vec<i32> =
        rooms.iter().map(|room| i32::try_from(room.count).unwrap_or(i32::MAX)).collect();
    let (every, burst) = columns(rooms.iter().map(|room| room.pace));
    let (pair_every, pair_burst) = columns(rooms.iter().map(|room| room.pair));
    in_time(async {
        // Rolled back where the second statement fails: nothing was tried then.
        let mut db = store.pool.begin().await?;
        let claims = sqlx::query_as!(
            Claim,
            r#"
            select message_id as "message_id!", attempts as "attempts!",
                first_attempt_at as "first_attempt_at!", in_doubt as "in_doubt!"
            from claim_deliveries($1, $2, $3, $4, $5, $6,
                make_interval(secs => $7::bigint / 1000.0))
            "#,
            &channels,
            &counts,
            every.as_slice() as &[Option<i64>],
            burst.as_slice() as &[Option<i32>],
            pair_every.as_slice() as &[Option<i64>],
            pair_burst.as_slice() as &[Option<i32>],
            hold.num_milliseconds(),
        )
        .fetch_all(&mut *db)
        .await?;
        let claimed = outgoing(&mut db, claims).await?;
        db.commit().await?;
        Ok(claimed)
    })
    .await
}

fn columns(paces: impl Iterator<Item = Option<Pace>>) -> (Vec<Option<i64>>, Vec<Option<i32>>) {
    let column = |pace: Option<Pace>| {
        let every = pace.and_then(|pace| pace.every.num_microseconds());
        (every, pace.map(|pace| i32::try_from(pace.burst).unwrap_or(i32::MAX)))
    };
    paces.map(column).unzip()
}

/// Claims messages that are to be called back.
pub async fn claim_recalls(
    store: &Store,
    limit: i64,
    hold: TimeDelta,
) -> Result<Vec<Claimed>, StoreError> {
    in_time(async {
        let mut db = store.pool.begin().await?;
        let claims = sqlx::query_as!(
            Claim,
            r#"
            with clock as materialized (select tandem_now() as now),
            due as (
                select d.message_id
                from deliveries d
                join clock on true
                join channels h on h.id = d.channel_id
                where d.recall and d.state = 'sent' and d.error is null and d.next_at <= clock.now
                    and (d.claimed_until is null or d.claimed_until <= clock.now)
                    and h.paused_at is null
                order by d.next_at
                limit $1
                for update of d skip locked
            )
            update deliveries d
            set claimed_until = clock.now + make_interval(secs => $2::bigint / 1000.0)
            from due, clock
            where d.message_id = due.message_id
            returning d.message_id, d.attempts,
                coalesce(d.first_attempt_at, d.created_at) as "first_attempt_at!", d.in_doubt
            "#,
            limit,
            hold.num_milliseconds(),
        )
        .fetch_all(&mut *db)
        .await?;
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
    if claims.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = claims.iter().map(|claim| claim.message_id).collect();
    let rows = sqlx::query!(
        r#"
        select d.message_id, d.thread_id, d.channel_id, h.inbox_id, h.kind as channel_kind,
            h.provider, h.external_id, h.account_id, n.version as "version?", h.address as "from",
            a.kind as to_kind, a.scope as to_scope, a.value as "to", c.bytes, exists (
                select from opt_outs o
                where o.channel_id = d.channel_id and o.address_id = m.address_id and case o.about
                    when 'marketing' then coalesce(e.marketing, false)
                    when 'all_but_essential' then not coalesce(e.essential, false)
                    else true
                end
            ) as "refused!", coalesce(e.essential, false) as "essential!", e.template_name as "template_name?",
            e.template_language as "template_language?", e.template_id, v.bytes as "values?",
            h.paused_at is not null as "probes!",
            exists (select from attachments f where f.message_id = m.id) as "has_files!"
        from deliveries d
        join messages m on m.id = d.message_id
        join contents c on c.id = m.content_id
        join channels h on h.id = d.channel_id
        left join accounts n on n.id = h.account_id
        join contact_addresses a on a.id = m.address_id
        left join reply_terms e on e.message_id = d.message_id
        left join contents v on v.id = e.values_id
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
            let named = row.template_name.zip(row.template_language);
            let template =
                named.map(|named| filled(named, row.template_id, row.values)).transpose()?;
            Ok(Claimed {
                message_id: row.message_id.into(),
                thread_id: row.thread_id.into(),
                inbox_id: row.inbox_id.into(),
                channel_id: row.channel_id.into(),
                channel_kind: read(&row.channel_kind, "channels.kind")?,
                provider: row.provider,
                account: AccountVersion::of(row.account_id, row.version),
                external_id: row.external_id,
                from: row.from,
                to: Address { kind, scope: row.to_scope, value: row.to },
                text: content::text(row.bytes),
                under: Under { essential: row.essential, template },
                files: files.remove(&row.message_id).unwrap_or_default(),
                attempt: u32::try_from(claim.attempts).unwrap_or(u32::MAX),
                first_attempt_at: claim.first_attempt_at,
                refused: row.refused,
                in_doubt: claim.in_doubt,
                probes: row.probes,
            })
        })
        .collect()
}

fn filled(
    (name, language): (String, String),
    provider_id: Option<String>,
    values: Option<Vec<u8>>,
) -> Result<FromTemplate, StoreError> {
    let values =
        serde_json::from_str(&content::text(values)).map_err(|_other: serde_json::Error| {
            StoreError::Unreadable { what: "reply_terms.values_id" }
        })?;
    Ok(FromTemplate { name, language, provider_id, values })
}

/// How a message is given back.
#[derive(Debug, Clone, Copy)]
pub struct Back {
    /// How long it waits.
    pub wait: TimeDelta,
    /// Whether it may have gone out.
    pub in_doubt: bool,
    /// Whether this was an attempt at it: not where its channel was refused, whatever it says.
    pub counts: bool,
}

/// Gives a claim back, to be tried again after a wait. One that ran out and was taken by another
/// node is no longer ours to give.
pub async fn put_back(store: &Store, claimed: &Claimed, back: Back) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update deliveries
        set claimed_until = null,
            next_at = tandem_now() + make_interval(secs => $2::bigint / 1000.0),
            in_doubt = $4,
            attempts = case when $5 then attempts else attempts - 1 end
        where message_id = $1 and (state in ('queued', 'sending', 'unknown') or recall)
            and attempts = $3
        "#,
        claimed.message_id.uuid(),
        back.wait.num_milliseconds(),
        i32::try_from(claimed.attempt).unwrap_or(i32::MAX),
        back.in_doubt,
        back.counts,
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
        join messages o on o.address_id = m.address_id and o.channel_id = m.channel_id
            and o.direction = 'out'
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
