//! What customers do not want to get from us.

use protocol::{contacts::ConsentAbout, ids::ChannelId};
use uuid::Uuid;

use super::{error::StoreError, transaction::Transaction, words::word};

/// Records what the customer at an address wants to get over a channel; says whether that is news.
/// Who wants everything again wants each part of it.
pub async fn set(
    tx: &mut Transaction,
    channel: ChannelId,
    address: Uuid,
    about: ConsentAbout,
    wanted: bool,
) -> Result<bool, StoreError> {
    let now = tx.now();
    let changed = if wanted {
        sqlx::query!(
            r#"
            delete from opt_outs
            where channel_id = $1 and address_id = $2
                and (about = $3 or ($3 <> 'marketing' and about <> 'marketing'))
            "#,
            channel.uuid(),
            address,
            word(about),
        )
        .execute(tx.db().await?)
        .await?
    } else {
        sqlx::query!(
            r#"
            insert into opt_outs (channel_id, address_id, about, since)
            values ($1, $2, $3, $4)
            on conflict do nothing
            "#,
            channel.uuid(),
            address,
            word(about),
            now,
        )
        .execute(tx.db().await?)
        .await?
    };
    Ok(changed.rows_affected() > 0)
}
