//! How inboxes take canned replies.

use protocol::{canned::CannedRule, ids::InboxId, language::LanguageTag};

use super::{error::StoreError, patience::InTime, pool::Store, transaction::Transaction};

/// Returns how an inbox takes canned replies.
pub async fn of(store: &Store, inbox: InboxId) -> Result<CannedRule, StoreError> {
    let row = sqlx::query!(
        "select approval, language from canned_rules where inbox_id = $1",
        inbox.uuid(),
    )
    .fetch_optional(&store.pool)
    .in_time()
    .await?;
    let Some(row) = row else { return Ok(CannedRule::default()) };
    let unreadable = |_bad| StoreError::Unreadable { what: "canned_rules.language" };
    let language = row.language.as_deref().map(LanguageTag::new).transpose().map_err(unreadable)?;
    Ok(CannedRule { approval: row.approval, language })
}

/// Says whether an inbox wants shared ones approved.
pub async fn wants_approval(tx: &mut Transaction, inbox: InboxId) -> Result<bool, StoreError> {
    let found =
        sqlx::query_scalar!("select approval from canned_rules where inbox_id = $1", inbox.uuid())
            .fetch_optional(tx.db().await?)
            .await?;
    Ok(found.unwrap_or_default())
}

/// Sets how an inbox takes canned replies.
pub async fn set(
    tx: &mut Transaction,
    inbox: InboxId,
    rule: &CannedRule,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        insert into canned_rules (inbox_id, approval, language) values ($1, $2, $3)
        on conflict (inbox_id) do update set approval = $2, language = $3
        "#,
        inbox.uuid(),
        rule.approval,
        rule.language.as_ref().map(LanguageTag::as_str),
    )
    .execute(tx.db().await?)
    .await?;
    Ok(())
}
