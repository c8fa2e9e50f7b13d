//! Timers: what is due at an instant. One of a kind for each subject.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::{
    error::StoreError,
    patience::InTime,
    pool::Store,
    transaction::Transaction,
    words::{read, word},
};
use crate::domain::timer::{Timer, TimerKind};

/// Sets a timer; one of the same kind for the same subject is moved.
pub async fn set(
    tx: &mut Transaction,
    kind: TimerKind,
    subject: Uuid,
    due_at: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        insert into timers (kind, subject_id, due_at)
        values ($1, $2, $3)
        on conflict (kind, subject_id) do update
            set due_at = excluded.due_at, attempts = 0, claimed_until = null
        "#,
        word(kind),
        subject,
        due_at,
    )
    .execute(tx.db().await?)
    .await?;
    Ok(())
}

/// Calls a timer off, if there is one.
pub async fn cancel(
    tx: &mut Transaction,
    kind: TimerKind,
    subject: Uuid,
) -> Result<(), StoreError> {
    sqlx::query!("delete from timers where kind = $1 and subject_id = $2", word(kind), subject)
        .execute(tx.db().await?)
        .await?;
    Ok(())
}

/// Takes a timer away as the part of firing it that happens once: `false` if it was moved, called
/// off or fired since it was claimed.
pub async fn take(tx: &mut Transaction, timer: &Timer) -> Result<bool, StoreError> {
    let taken = sqlx::query!(
        "delete from timers where kind = $1 and subject_id = $2 and due_at = $3",
        word(timer.kind),
        timer.subject,
        timer.due_at,
    )
    .execute(tx.db().await?)
    .await?;
    Ok(taken.rows_affected() == 1)
}

/// Claims timers that are due, the oldest first.
pub async fn claim(store: &Store, limit: i64, hold: TimeDelta) -> Result<Vec<Timer>, StoreError> {
    let hold_ms = hold.num_milliseconds();
    let rows = sqlx::query!(
        r#"
        with clock as materialized (select tandem_now() as now),
        due as (
            select t.kind, t.subject_id
            from timers t, clock
            where t.due_at <= clock.now
                and (t.claimed_until is null or t.claimed_until <= clock.now)
            order by t.due_at
            limit $1
            for update of t skip locked
        )
        update timers t
        set claimed_until = clock.now + make_interval(secs => $2::bigint / 1000.0),
            attempts = attempts + 1
        from due, clock
        where t.kind = due.kind and t.subject_id = due.subject_id
        returning t.kind, t.subject_id, t.due_at, clock.now as "now!"
        "#,
        limit,
        hold_ms,
    )
    .fetch_all(&store.pool)
    .in_time()
    .await?;
    rows.into_iter()
        .map(|row| {
            let kind = read(&row.kind, "timers.kind")?;
            Ok(Timer { kind, subject: row.subject_id, due_at: row.due_at, claimed_at: row.now })
        })
        .collect()
}

/// Puts a timer that could not be fired back for a while.
pub async fn put_off(store: &Store, timer: &Timer, by: TimeDelta) -> Result<(), StoreError> {
    let by_ms = by.num_milliseconds();
    sqlx::query!(
        r#"
        update timers
        set claimed_until = tandem_now() + make_interval(secs => $3::bigint / 1000.0)
        where kind = $1 and subject_id = $2
        "#,
        word(timer.kind),
        timer.subject,
        by_ms,
    )
    .execute(&store.pool)
    .in_time()
    .await?;
    Ok(())
}

/// Returns how long it is until the next timer is due; `None` where there is none.
pub async fn next_in(store: &Store) -> Result<Option<TimeDelta>, StoreError> {
    let ms = sqlx::query_scalar!(
        r#"
        select (extract(epoch from min(greatest(due_at, claimed_until)) - tandem_now()) * 1000)::bigint
        from (select due_at, claimed_until from timers order by due_at limit 100) as soon
        "#
    )
    .fetch_one(&store.pool)
    .in_time()
    .await?;
    Ok(ms.map(TimeDelta::milliseconds))
}
