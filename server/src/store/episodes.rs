//! Episodes: each opening-to-closing of a thread. Events keep them, by a trigger.

use chrono::{DateTime, Utc};
use protocol::{
    ids::ThreadId,
    statuses::{EpisodeView, Moment},
};

use super::{error::StoreError, pool::Snapshot, words::unsigned};

/// How many a thread is shown with.
const SHOWN: i64 = 20;

/// Returns the newest episodes of a thread, oldest first.
pub async fn of(snapshot: &mut Snapshot, thread: ThreadId) -> Result<Vec<EpisodeView>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select number, opened_seq, opened_at, first_reply_seq, first_reply_at, closed_seq, closed_at
        from episodes
        where thread_id = $1
        order by number desc
        limit $2
        "#,
        thread.uuid(),
        SHOWN,
    )
    .fetch_all(&mut *snapshot.tx)
    .await?;
    let views = rows.into_iter().rev().map(|row| EpisodeView {
        number: u32::try_from(row.number).unwrap_or_default(),
        opened: Moment { seq: unsigned(row.opened_seq), at: row.opened_at },
        first_reply: moment(row.first_reply_seq, row.first_reply_at),
        closed: moment(row.closed_seq, row.closed_at),
    });
    Ok(views.collect())
}

fn moment(seq: Option<i64>, at: Option<DateTime<Utc>>) -> Option<Moment> {
    Some(Moment { seq: unsigned(seq?), at: at? })
}
