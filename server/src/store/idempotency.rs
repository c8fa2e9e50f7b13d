//! What came of commands, by actor and key. Only successes stay; a refusal rolls its row back.

use protocol::commands::Outcome;
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

/// A key as a command brings it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keyed {
    /// Whose key it is.
    pub actor: Uuid,
    /// The client's name for its wish.
    pub key: String,
    /// What it was said of: the same key for something else is refused.
    pub digest: [u8; 32],
}

/// Takes keys, first thing in a transaction; says of each, in their order, what is known. Waits for
/// another transaction that holds one of them. No key may be there twice.
pub async fn take(tx: &mut Transaction, keys: &[Keyed]) -> Result<Vec<Known>, StoreError> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let now = tx.now();
    let (actors, names) = columns(keys);
    let digests: Vec<Vec<u8>> = keys.iter().map(|keyed| keyed.digest.to_vec()).collect();
    // In one order for all transactions, so that two never wait for each other.
    let taken = sqlx::query!(
        r#"
        insert into idempotency (actor_id, key, digest, created_at)
        select actor_id, key, digest, $4
        from unnest($1::uuid[], $2::text[], $3::bytea[]) as wanted (actor_id, key, digest)
        order by actor_id, key
        on conflict do nothing
        "#,
        &actors,
        &names,
        &digests,
        now,
    )
    .execute(tx.db())
    .await?;
    if taken.rows_affected() == u64::try_from(keys.len()).unwrap_or(u64::MAX) {
        return Ok(keys.iter().map(|_key| Known::New).collect());
    }
    let rows = sqlx::query!(
        r#"
        select w.n as "n!", i.digest, i.outcome::text as outcome
        from unnest($1::uuid[], $2::text[]) with ordinality as w (actor_id, key, n)
        join idempotency i on i.actor_id = w.actor_id and i.key = w.key
        order by w.n
        "#,
        &actors,
        &names,
    )
    .fetch_all(tx.db())
    .await?;
    let mut known = Vec::with_capacity(keys.len());
    for (row, keyed) in rows.iter().zip(keys) {
        known.push(match &row.outcome {
            // Without an outcome it is the row of just now: a committed one always has its own.
            None => Known::New,
            Some(_) if row.digest != keyed.digest => Known::Reused,
            Some(json) => serde_json::from_str(json)
                .map(Known::Done)
                .map_err(|_bad| StoreError::Unreadable { what: "idempotency.outcome" })?,
        });
    }
    Ok(known)
}

/// Records what came of the commands that hold these keys.
pub async fn record(tx: &mut Transaction, done: &[(Keyed, Outcome)]) -> Result<(), StoreError> {
    if done.is_empty() {
        return Ok(());
    }
    let (actors, names): (Vec<Uuid>, Vec<String>) =
        done.iter().map(|(keyed, _outcome)| (keyed.actor, keyed.key.clone())).unzip();
    let json = |outcome| serde_json::to_string(outcome).expect("an outcome is JSON");
    let outcomes: Vec<String> = done.iter().map(|(_keyed, outcome)| json(outcome)).collect();
    sqlx::query!(
        r#"
        update idempotency i
        set outcome = done.outcome::json
        from unnest($1::uuid[], $2::text[], $3::text[]) as done (actor_id, key, outcome)
        where i.actor_id = done.actor_id and i.key = done.key
        "#,
        &actors,
        &names,
        &outcomes,
    )
    .execute(tx.db())
    .await?;
    Ok(())
}

/// Frees the keys of commands that were refused.
pub async fn give_back(tx: &mut Transaction, refused: &[Keyed]) -> Result<(), StoreError> {
    if refused.is_empty() {
        return Ok(());
    }
    let (actors, names) = columns(refused);
    sqlx::query!(
        r#"
        delete from idempotency i
        using unnest($1::uuid[], $2::text[]) as refused (actor_id, key)
        where i.actor_id = refused.actor_id and i.key = refused.key
        "#,
        &actors,
        &names,
    )
    .execute(tx.db())
    .await?;
    Ok(())
}

fn columns(keys: &[Keyed]) -> (Vec<Uuid>, Vec<String>) {
    keys.iter().map(|keyed| (keyed.actor, keyed.key.clone())).unzip()
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
