//! What customers do to messages that are not there yet.

use protocol::ids::ChannelId;

use super::{error::StoreError, transaction::Transaction};
use crate::domain::inbound::{Done, Early};

/// Keeps a thing until its message comes; says whether it was not kept before.
pub async fn keep(
    tx: &mut Transaction,
    channel: ChannelId,
    it: &Early,
) -> Result<bool, StoreError> {
    let now = tx.now();
    let (kind, text) = match &it.done {
        Done::Reacted(emoji) => ("reacted", emoji.as_deref()),
        Done::Edited(text) => ("edited", Some(text.as_str())),
        Done::Revoked => ("revoked", None),
    };
    let kept = sqlx::query!(
        r#"
        insert into early_items (channel_id, about, provider_id, kind, text, at)
        values ($1, $2, $3, $4, $5, $6)
        on conflict do nothing
        "#,
        channel.uuid(),
        it.of,
        it.provider_id,
        kind,
        text,
        now,
    )
    .execute(tx.db().await?)
    .await?;
    Ok(kept.rows_affected() == 1)
}

/// Takes what waits for a message, in the order that it came in.
pub async fn take(
    tx: &mut Transaction,
    channel: ChannelId,
    of: &str,
) -> Result<Vec<Early>, StoreError> {
    let mut rows = sqlx::query!(
        r#"
        delete from early_items
        where channel_id = $1 and about = $2
        returning provider_id, kind, text, at
        "#,
        channel.uuid(),
        of,
    )
    .fetch_all(tx.db().await?)
    .await?;
    rows.sort_by_key(|row| row.at);
    let early = |row: &str, text: Option<String>| match (row, text) {
        ("reacted", emoji) => Done::Reacted(emoji),
        ("edited", text) => Done::Edited(text.unwrap_or_default()),
        _ => Done::Revoked,
    };
    Ok(rows
        .into_iter()
        .map(|row| Early {
            provider_id: row.provider_id,
            of: of.to_owned(),
            done: early(&row.kind, row.text),
        })
        .collect())
}
