//! What came of commands, by actor and key. Only successes are recorded.

use protocol::commands::Outcome;
use uuid::Uuid;

use super::{error::StoreError, transaction::Transaction};

/// What is known of a key.
pub enum Known {
    /// Nothing: this command is the first, or another one with its key is under way.
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

/// Says of keys, in their order, what is known. No key may be there twice.
pub async fn known(tx: &mut Transaction, keys: &[Keyed]) -> Result<Vec<Known>, StoreError> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let actors: Vec<Uuid> = keys.iter().map(|keyed| keyed.actor).collect();
    let names: Vec<String> = keys.iter().map(|keyed| keyed.key.clone()).collect();
    let rows = sqlx::query!(
        r#"
        select w.n as "n!", i.digest, i.outcome::text as "outcome!"
        from unnest($1::uuid[], $2::text[]) with ordinality as w (actor_id, key, n)
        join idempotency i on i.actor_id = w.actor_id and i.key = w.key
        "#,
        &actors,
        &names,
    )
    .fetch_all(tx.db().await?)
    .await?;
    let mut known: Vec<Known> = keys.iter().map(|_key| Known::New).collect();
    for row in rows {
        let index = usize::try_from(row.n - 1).unwrap_or_default();
        let (Some(known), Some(keyed)) = (known.get_mut(index), keys.get(index)) else { continue };
        *known = if row.digest == keyed.digest {
            serde_json::from_str(&row.outcome)
                .map(Known::Done)
                .map_err(|_bad| StoreError::Unreadable { what: "idempotency.outcome" })?
        } else {
            Known::Reused
        };
    }
    Ok(known)
}

/// Records what came of commands, under their keys. Where another transaction has recorded one since
/// [`known`], all are run again, and find it.
pub async fn record(tx: &mut Transaction, done: &[(Keyed, Outcome)]) -> Result<(), StoreError> {
    if done.is_empty() {
        return Ok(());
    }
    let now = tx.now();
    let json = |outcome| serde_json::to_string(outcome).expect("an outcome is JSON");
    let actors: Vec<Uuid> = done.iter().map(|(keyed, _outcome)| keyed.actor).collect();
    let names: Vec<String> = done.iter().map(|(keyed, _outcome)| keyed.key.clone()).collect();
    let digests: Vec<Vec<u8>> = done.iter().map(|(keyed, _)| keyed.digest.to_vec()).collect();
    let outcomes: Vec<String> = done.iter().map(|(_keyed, outcome)| json(outcome)).collect();
    // In one order for all transactions, so that two never wait for each other.
    let recorded = sqlx::query!(
        r#"
        insert into idempotency (actor_id, key, digest, outcome, created_at)
        select actor_id, key, digest, outcome::json, $5
        from unnest($1::uuid[], $2::text[], $3::bytea[], $4::text[])
            as done (actor_id, key, digest, outcome)
        order by actor_id, key
        on conflict do nothing
        "#,
        &actors,
        &names,
        &digests,
        &outcomes,
        now,
    )
    .execute(tx.db().await?)
    .await?;
    if recorded.rows_affected() == u64::try_from(done.len()).unwrap_or(u64::MAX) {
        Ok(())
    } else {
        Err(StoreError::TryAgain(sqlx::Error::RowNotFound))
    }
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
    .execute(tx.db().await?)
    .await?;
    Ok(gone.rows_affected())
}
