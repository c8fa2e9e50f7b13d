//! Messages from and to customers.

use chrono::{DateTime, Utc};
use protocol::{
    ids::{AgentId, ChannelId, ContactId, MessageId, ThreadId},
    views::{DeliveryView, Direction, MessageForm, MessageView},
};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    attachments,
    content::{self, Content, Sealed},
    error::StoreError,
    transaction::Transaction,
    words::{read, signed, word},
};
use crate::domain::{actor::Actor, thread::Thread};

/// A new message.
pub struct NewMessage<'a> {
    /// Its thread.
    pub thread: ThreadId,
    /// The channel that it comes or goes by.
    pub channel: ChannelId,
    /// The customer's address.
    pub address: Uuid,
    /// Which way.
    pub direction: Direction,
    /// Its text.
    pub content: Content,
    /// What kind of thing it is.
    pub form: MessageForm,
    /// The message that it answers.
    pub answers: Option<MessageId>,
    /// When it was written, by the provider's clock.
    pub written_at: Option<DateTime<Utc>>,
    /// Replies only.
    pub reply_no: Option<u32>,
    /// The provider's id, where it is known.
    pub provider_id: Option<&'a str>,
}

/// Stores a message, and says whether something that was done to it waits for it; `None` if the channel
/// already has one with this provider id.
pub async fn create(
    tx: &mut Transaction,
    message: NewMessage<'_>,
) -> Result<Option<(MessageId, bool)>, StoreError> {
    let (id, now) = (Uuid::now_v7(), tx.now());
    let made = sqlx::query!(
        r#"
        insert into messages (id, thread_id, channel_id, address_id, direction, content_id,
            form, answers_id, written_at, reply_no, provider_id, created_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        on conflict on constraint messages_provider_id do nothing
        returning exists (
            select from early_items e where e.channel_id = $3 and e.about = $11
        ) as "early!"
        "#,
        id,
        message.thread.uuid(),
        message.channel.uuid(),
        message.address,
        word(message.direction),
        message.content.id,
        word(message.form),
        message.answers.map(MessageId::uuid),
        message.written_at,
        message.reply_no.and_then(|no| i32::try_from(no).ok()),
        message.provider_id,
        now,
    )
    .fetch_optional(tx.db().await?)
    .await?;
    Ok(made.map(|made| (id.into(), made.early)))
}

/// A reply that claims a turn of its thread.
pub struct NewReply {
    id: Uuid,
    thread: ThreadId,
    contact: ContactId,
    channel: ChannelId,
    address: Uuid,
    reply_no: u32,
    sealed: Sealed,
    bytes: Vec<u8>,
}

impl NewReply {
    /// Makes the next reply to a thread, over a channel to an address.
    pub fn next(thread: &Thread, (channel, address): (ChannelId, Uuid), text: &str) -> Self {
        Self {
            id: Uuid::now_v7(),
            thread: thread.id,
            contact: thread.contact_id,
            channel,
            address,
            reply_no: thread.reply_no + 1,
            sealed: content::seal(text),
            bytes: text.as_bytes().to_vec(),
        }
    }

    /// Returns its message's id.
    pub fn message_id(&self) -> MessageId {
        self.id.into()
    }

    /// Returns its number in the thread.
    pub fn reply_no(&self) -> u32 {
        self.reply_no
    }

    /// Returns what its event refers to.
    pub fn content(&self) -> Content {
        Content { id: self.sealed.id, digest: self.sealed.digest }
    }
}

/// Stores replies with their texts and deliveries, and moves their threads' `reply_no` on. The guard
/// is here, too: a reply whose turn is taken by now has no row, and all are run again. Within a
/// thread deliveries go out by `reply_no`: ids are made by nodes, whose clocks differ.
pub(super) async fn store_replies(
    db: &mut PgConnection,
    now: DateTime<Utc>,
    replies: &[NewReply],
) -> Result<(), StoreError> {
    if replies.is_empty() {
        return Ok(());
    }
    let uuids = |of: fn(&NewReply) -> Uuid| replies.iter().map(of).collect::<Vec<_>>();
    let bytes = |of: fn(&NewReply) -> &[u8]| {
        replies.iter().map(|it| of(it).to_vec()).collect::<Vec<Vec<u8>>>()
    };
    let reply_nos: Vec<i32> =
        replies.iter().map(|it| i32::try_from(it.reply_no).unwrap_or(i32::MAX)).collect();
    let stored = sqlx::query_scalar!(
        r#"select store_replies($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) as "stored!""#,
        now,
        &uuids(|it| it.id),
        &uuids(|it| it.thread.uuid()),
        &uuids(|it| it.contact.uuid()),
        &uuids(|it| it.channel.uuid()),
        &uuids(|it| it.address),
        &reply_nos,
        &uuids(|it| it.sealed.id),
        &bytes(|it| &it.sealed.salt),
        &bytes(|it| &it.sealed.digest),
        &bytes(|it| &it.bytes),
    )
    .fetch_one(db)
    .await?;
    if usize::try_from(stored) == Ok(replies.len()) {
        Ok(())
    } else {
        Err(StoreError::TryAgain(sqlx::Error::RowNotFound))
    }
}

/// A message that a provider has named.
#[derive(Debug, Clone, Copy)]
pub struct Known {
    /// The message.
    pub id: MessageId,
    /// Its thread, or what that is a part of.
    pub thread_id: ThreadId,
}

/// Finds a channel's message by the provider's id of it.
pub async fn by_provider_id(
    tx: &mut Transaction,
    channel: ChannelId,
    provider_id: &str,
) -> Result<Option<Known>, StoreError> {
    let row = sqlx::query!(
        r#"
        select m.id, coalesce(t.merged_into, t.id) as "thread_id!"
        from messages m
        join threads t on t.id = m.thread_id
        where m.channel_id = $1 and m.provider_id = $2
        "#,
        channel.uuid(),
        provider_id,
    )
    .fetch_optional(tx.db().await?)
    .await?;
    Ok(row.map(|row| Known { id: row.id.into(), thread_id: row.thread_id.into() }))
}

/// Returns the replies after a `reply_no`, oldest first: what a colliding sender has not seen.
pub async fn replies_after(
    tx: &mut Transaction,
    thread: &Thread,
    seen_reply: u32,
) -> Result<Vec<MessageView>, StoreError> {
    let db = tx.db().await?;
    let rows = sqlx::query!(
        r#"
        select m.id, m.channel_id, m.reply_no, m.created_at, c.bytes as "bytes?",
            d.state, d.error, nullif(d.channel_id, m.channel_id) as rerouted, e.actor_kind, e.actor_id, e.data->>'key' as key
        from messages m
        join contents c on c.id = m.content_id
        join deliveries d on d.message_id = m.id
        join events e on e.thread_id = m.thread_id and e.content_id = m.content_id
        where m.thread_id = $1 and m.reply_no > $2
        order by m.reply_no
        limit 20
        "#,
        thread.id.uuid(),
        i32::try_from(seen_reply).unwrap_or(i32::MAX),
    )
    .fetch_all(&mut *db)
    .await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let mut files = attachments::of_messages(db, &ids).await?;
    rows.into_iter()
        .map(|row| {
            Ok(MessageView {
                id: row.id.into(),
                channel_id: row.channel_id.into(),
                direction: Direction::Out,
                author: Actor::from_parts(&row.actor_kind, row.actor_id).view(),
                text: content::text(row.bytes),
                form: MessageForm::Text,
                attachments: files.remove(&row.id).unwrap_or_default(),
                answers: None,
                edited: false,
                revoked: false,
                reaction: None,
                at: row.created_at,
                reply_no: row.reply_no.and_then(|no| u32::try_from(no).ok()),
                key: row.key,
                delivery: Some(DeliveryView {
                    state: read(&row.state, "deliveries.state")?,
                    error: row.error,
                    channel_id: row.rerouted.map(Into::into),
                }),
            })
        })
        .collect()
}

/// Returns the `reply_no` that an agent's own earlier send in this thread made, by its key.
pub async fn own_reply_no(
    tx: &mut Transaction,
    thread: &Thread,
    agent: AgentId,
    key: &str,
) -> Result<Option<u32>, StoreError> {
    let reply_no = sqlx::query_scalar!(
        r#"
        select m.reply_no
        from events e
        join messages m on m.content_id = e.content_id
        where e.thread_id = $1 and e.kind = 'message.sent' and e.actor_id = $2
            and e.data->>'key' = $3
        "#,
        thread.id.uuid(),
        agent.uuid(),
        key,
    )
    .fetch_optional(tx.db().await?)
    .await?;
    Ok(reply_no.flatten().and_then(|no| u32::try_from(no).ok()))
}

/// Returns the customer's messages after a place in the stream, oldest first.
pub async fn arrived_after(
    tx: &mut Transaction,
    thread: &Thread,
    seen_seq: u64,
) -> Result<Vec<MessageId>, StoreError> {
    let ids = sqlx::query_scalar!(
        r#"
        select m.id
        from events e
        join messages m on m.content_id = e.content_id
        where e.thread_id = $1 and e.seq > $2 and e.kind = 'message.received'
        order by e.seq
        limit 100
        "#,
        thread.id.uuid(),
        signed(seen_seq),
    )
    .fetch_all(tx.db().await?)
    .await?;
    Ok(ids.into_iter().map(MessageId::from).collect())
}
