//! Agents as a provider of OpenID Connect knows them.

use protocol::ids::AgentId;

use super::{error::StoreError, patience::InTime, pool::Store, transaction::Transaction};

/// Returns who this is, and whether it may not sign in.
pub async fn find(
    store: &Store,
    issuer: &str,
    subject: &str,
) -> Result<Option<(AgentId, bool)>, StoreError> {
    let row = sqlx::query!(
        r#"
        select a.id, a.disabled
        from identities i join agents a on a.id = i.agent_id
        where i.issuer = $1 and i.subject = $2
        "#,
        issuer,
        subject,
    )
    .fetch_optional(&store.pool)
    .in_time()
    .await?;
    Ok(row.map(|row| (row.id.into(), row.disabled)))
}

/// Notes who this is; `false` if that is known.
pub async fn link(
    tx: &mut Transaction,
    issuer: &str,
    subject: &str,
    agent: AgentId,
) -> Result<bool, StoreError> {
    let now = tx.now();
    let linked = sqlx::query!(
        r#"
        insert into identities (issuer, subject, agent_id, created_at) values ($1, $2, $3, $4)
        on conflict do nothing
        "#,
        issuer,
        subject,
        agent.uuid(),
        now,
    )
    .execute(tx.db().await?)
    .await?;
    Ok(linked.rows_affected() == 1)
}
