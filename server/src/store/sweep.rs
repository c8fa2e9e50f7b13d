//! What is done now and then by one node for all, and which blobs are known.

use chrono::TimeDelta;

use super::{error::StoreError, patience::InTime, pool::Store};

/// Says whether something is due that was not done for so long; then it is this node's to do.
pub async fn is_due(store: &Store, name: &str, every: TimeDelta) -> Result<bool, StoreError> {
    let taken = sqlx::query!(
        r#"
        insert into chores as c (name, done_at) values ($1, tandem_now())
        on conflict (name) do update set done_at = excluded.done_at
            where c.done_at <= excluded.done_at - make_interval(secs => $2::bigint / 1000.0)
        "#,
        name,
        every.num_milliseconds(),
    )
    .execute(&store.pool)
    .in_time()
    .await?;
    Ok(taken.rows_affected() == 1)
}

/// Returns those keys of blobs that no row has.
pub async fn unknown(store: &Store, keys: &[String]) -> Result<Vec<String>, StoreError> {
    let unknown = sqlx::query_scalar!(
        r#"
        select k as "k!"
        from unnest($1::text[]) as keys (k)
        where not exists (select from attachments where blob = k)
            and not exists (select from attachments where thumbnail = k)
            and not exists (select from uploads where blob = k or thumbnail = k)
        "#,
        keys,
    )
    .fetch_all(&store.pool)
    .in_time()
    .await?;
    Ok(unknown)
}
