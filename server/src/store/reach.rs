//! How a customer can be answered, channel by channel: at which address, and what forbids it.

use chrono::{DateTime, Utc};
use protocol::{
    contacts::{AddressKind, AddressView, ConsentAbout, ReachView},
    ids::{ChannelId, MessageId, ThreadId},
    views::ChannelKind,
};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{content, error::StoreError, pool::Snapshot, transaction::Transaction, words::read};
use crate::domain::{address, channel};

/// One way to a customer.
#[derive(Debug, Clone)]
pub struct Reach {
    /// The channel.
    pub channel_id: ChannelId,
    /// Its kind.
    pub kind: ChannelKind,
    /// The address.
    pub address_id: Uuid,
    /// When the channel takes no more free text.
    pub window_until: Option<DateTime<Utc>>,
    /// What the customer does not want to get over it.
    pub refused: Vec<ConsentAbout>,
    address: AddressView,
}

/// Returns the ways to the customer of a thread, as clients are shown them.
pub async fn views(
    snapshot: &mut Snapshot,
    thread: ThreadId,
) -> Result<Vec<ReachView>, StoreError> {
    let ways = ways(&mut snapshot.tx, thread, None).await?;
    Ok(ways
        .into_iter()
        .map(|way| ReachView {
            channel_id: way.channel_id,
            address: way.address,
            refused: way.refused,
            window_until: way.window_until,
        })
        .collect())
}

/// Finds the way over one channel.
pub async fn over(
    tx: &mut Transaction,
    thread: ThreadId,
    channel: ChannelId,
) -> Result<Option<Reach>, StoreError> {
    Ok(ways(tx.db().await?, thread, Some(channel)).await?.pop())
}

/// Finds the ways, one for each channel: at the address that the customer used there last, or else at
/// its newest one.
async fn ways(
    db: &mut PgConnection,
    thread: ThreadId,
    only: Option<ChannelId>,
) -> Result<Vec<Reach>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select h.id as channel_id, h.kind as channel_kind, h.provider = 'sandbox' as "sandbox!",
            a.id, a.kind, a.scope, a.value,
            (
                select max(least(m.written_at, m.created_at))
                from messages m
                where m.channel_id = h.id and m.address_id = a.id and m.direction = 'in'
            ) as written_at,
            array(
                select o.about
                from opt_outs o
                where o.channel_id = h.id and o.address_id = a.id
                order by o.about
            ) as "refused!"
        from threads t
        join channels h on h.inbox_id = t.inbox_id
        cross join lateral same_customer(t.contact_id) as c
        join contact_addresses a on a.contact_id = c.id
        where t.id = $1 and ($2::uuid is null or h.id = $2)
        order by h.created_at, h.id, written_at desc nulls last, a.created_at desc, a.id
        "#,
        thread.uuid(),
        only.map(ChannelId::uuid),
    )
    .fetch_all(db)
    .await?;
    let mut ways: Vec<Reach> = Vec::new();
    for row in rows {
        let channel_id = row.channel_id.into();
        let kind: ChannelKind = read(&row.channel_kind, "channels.kind")?;
        let found: AddressKind = read(&row.kind, "contact_addresses.kind")?;
        let same_world = (row.scope == address::SANDBOX) == row.sandbox;
        let taken = ways.last().is_some_and(|way| way.channel_id == channel_id);
        if taken || !same_world || !address::reaches(kind, found) {
            continue;
        }
        let refused = row.refused.iter().map(|word| read(word, "opt_outs.about"));
        let window = channel::window(kind);
        ways.push(Reach {
            channel_id,
            kind,
            address_id: row.id,
            // Who has never written has no window at all.
            window_until: window
                .map(|length| row.written_at.map_or(DateTime::UNIX_EPOCH, |at| at + length)),
            refused: refused.collect::<Result<_, _>>()?,
            address: AddressView { kind: found, value: row.value },
        });
    }
    Ok(ways)
}

/// Finds the channel by which a message reaches its customer where its own does not: an SMS channel of the
/// inbox, where the customer refuses it over neither, and the text fits.
pub async fn instead(
    tx: &mut Transaction,
    message: MessageId,
) -> Result<Option<ChannelId>, StoreError> {
    let row = sqlx::query!(
        r#"
        select h.id, c.bytes
        from deliveries d
        join messages m on m.id = d.message_id
        join contents c on c.id = m.content_id
        join contact_addresses a on a.id = m.address_id
        join threads t on t.id = m.thread_id
        join channels own on own.id = d.channel_id
        join channels h on h.inbox_id = t.inbox_id and h.kind = 'sms'
            and (h.provider = 'sandbox') = (own.provider = 'sandbox')
        left join reply_terms e on e.message_id = m.id
        where d.message_id = $1 and a.kind = 'phone' and m.form = 'text' and e.template_name is null
            and not exists (
                select from opt_outs o
                where o.channel_id in (h.id, own.id) and o.address_id = a.id and case o.about
                    when 'marketing' then coalesce(e.marketing, false)
                    when 'all_but_essential' then not coalesce(e.essential, false)
                    else true
                end
            )
        order by h.paused_at is not null, h.created_at, h.id
        limit 1
        "#,
        message.uuid(),
    )
    .fetch_optional(tx.db().await?)
    .await?;
    let fits =
        |bytes| content::text(bytes).encode_utf16().count() <= channel::text_max(ChannelKind::Sms);
    Ok(row.filter(|row| fits(row.bytes.clone())).map(|row| row.id.into()))
}
