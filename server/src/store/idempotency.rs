//! What came of commands, by actor and key. Only successes stay; a refusal rolls its row back.

use protocol::{commands::Outcome, text::Key};
use uuid::Uuid;

use super::{error::StoreError, transaction::Transaction};

/// What is known of a key.
pub enum Known {
    /// Nothing: this command is the first, and holds the key until it commits.
    New,
    /// The same command was done; this came of it.
    Done(Outcome),
    /// The key belongs to another request.
    Reused,
}

/// Takes a key, first thing in a command. Waits for another transaction that holds the same one.
pub async fn take(
    tx: &mut Transaction,
    actor: Uuid,
    key: &Key,
    digest: &[u8; 32],
) -> Result<Known, StoreError> {
    let now = tx.now();
    let taken = sqlx::query!(
        r#"
        insert into idempotency (actor_id, key, digest, created_at)
        values ($1, $2, $3, $4)
        on conflict do nothing
        "#,
        actor,
        key.as_str(),
        digest.as_slice(),
        now,
    )
    .execute(tx.db())
    .await?;
    if taken.rows_affected() == 1 {
        return Ok(Known::New);
    }
    let row = sqlx::query!(
        r#"
        select digest, outcome::text as outcome
        from idempotency
        where actor_id = $1 and key = $2
        "#,
        actor,
        key.as_str(),
    )
    .fetch_one(tx.db())
    .await?;
    if row.digest != digest {
        return Ok(Known::Reused);
    }
    let outcome = row.outcome.and_then(|json| serde_json::from_str(&json).ok());
    outcome.map(Known::Done).ok_or(StoreError::Unreadable { what: "idempotency.outcome" })
}

/// Records what came of the command that holds the key.
pub async fn record(
    tx: &mut Transaction,
    actor: Uuid,
    key: &Key,
    outcome: &Outcome,
) -> Result<(), StoreError> {
    let json = serde_json::to_string(outcome).expect("an outcome is JSON");
    sqlx::query!(
        "update idempotency set outcome = $3::text::json where actor_id = $1 and key = $2",
        actor,
        key.as_str(),
        json,
    )
    .execute(tx.db())
    .await?;
    Ok(())
}

/// Forgets keys older than 24 hours, some at a time; returns how many went.
pub async fn forget_old(tx: &mut Transaction) -> Result<u64, StoreError> {
    let now = tx.now();
    let gone = sqlx::query!(
        r#"
        delete from idempotency
        where (actor_id, key) in (
            select actor_id, key from idempotency
            where created_at < $1::timestamptz - interval '24 hours'
            order by created_at
            limit 1000
        )
        "#,
        now,
    )
    .execute(tx.db())
    .await?;
    Ok(gone.rows_affected())
}
