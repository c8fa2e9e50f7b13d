//! What customers are told of us.

use protocol::ids::{MessageId, ThreadId};

use super::{
    channels::{Channel, Row},
    error::StoreError,
    patience::InTime,
    pool::Store,
    words::read,
};
use crate::domain::address::Address;

/// The customer's newest message in a thread, of a channel whose customers are told.
pub struct Newest {
    /// The message.
    pub message_id: MessageId,
    /// The provider's id of it.
    pub provider_id: String,
    /// Its channel.
    pub channel: Channel,
    /// Who wrote it.
    pub from: Address,
    /// Whether its customer was told that it is read.
    pub told: bool,
}

/// Finds the customer's newest message in a thread and its parts.
pub async fn newest(store: &Store, thread: ThreadId) -> Result<Option<Newest>, StoreError> {
    let row = sqlx::query!(
        r#"
        select m.id as message_id, m.provider_id as "provider_id!", h.id, h.inbox_id,
            h.kind as channel_kind, h.provider, h.address, h.external_id, a.kind as from_kind,
            a.scope, a.value, coalesce(r.message_id = m.id, false) as "told!"
        from threads t
        join messages m on m.thread_id = t.id
        join channels h on h.id = m.channel_id
        join contact_addresses a on a.id = m.address_id
        left join read_receipts r on r.thread_id = $1
        where (t.id = $1 or t.merged_into = $1) and m.direction = 'in' and m.provider_id is not null and h.receipts
        order by m.id desc
        limit 1
        "#,
        thread.uuid(),
    )
    .fetch_optional(&store.pool)
    .in_time()
    .await?;
    row.map(|row| {
        let kind = read(&row.from_kind, "contact_addresses.kind")?;
        let channel = Row {
            id: row.id,
            inbox_id: row.inbox_id,
            kind: row.channel_kind,
            provider: row.provider,
            address: row.address,
            external_id: row.external_id,
        };
        Ok(Newest {
            message_id: row.message_id.into(),
            provider_id: row.provider_id,
            channel: channel.channel()?,
            from: Address { kind, scope: row.scope, value: row.value },
            told: row.told,
        })
    })
    .transpose()
}

/// Keeps that the customer is told; `false` if another node has kept it just before.
pub async fn tell(store: &Store, thread: ThreadId, message: MessageId) -> Result<bool, StoreError> {
    let kept = sqlx::query!(
        r#"
        insert into read_receipts as r (thread_id, message_id) values ($1, $2)
        on conflict (thread_id) do update set message_id = excluded.message_id
            where r.message_id <> excluded.message_id
        "#,
        thread.uuid(),
        message.uuid(),
    )
    .execute(&store.pool)
    .in_time()
    .await?;
    Ok(kept.rows_affected() == 1)
}
