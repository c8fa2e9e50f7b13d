//! Who works in which inbox.

use protocol::{
    ids::{AgentId, InboxId, RoleId},
    rights::{MemberRole, MemberSettings},
    views::Scope,
};

use super::{
    error::StoreError,
    patience::InTime,
    pool::Store,
    transaction::Transaction,
    words::{read, word},
};

/// Makes an agent a member; `false` if it is one already, or is not there.
pub async fn add(
    tx: &mut Transaction,
    inbox: InboxId,
    agent: AgentId,
    (role, scope): (Option<MemberRole>, Scope),
) -> Result<bool, StoreError> {
    let (built_in, own) = parts(role);
    let added = sqlx::query!(
        r#"
        insert into inbox_members (inbox_id, agent_id, scope, role, role_id)
        select $1, id, $3, $4, $5 from agents where id = $2 and not disabled
        on conflict do nothing
        "#,
        inbox.uuid(),
        agent.uuid(),
        word(scope),
        built_in,
        own.map(RoleId::uuid),
    )
    .execute(tx.db().await?)
    .await?;
    Ok(added.rows_affected() == 1)
}

/// Changes a member; `false` if there is no such one.
pub async fn change(
    tx: &mut Transaction,
    inbox: InboxId,
    agent: AgentId,
    (role, scope): (Option<MemberRole>, Scope),
) -> Result<bool, StoreError> {
    let (built_in, own) = parts(role);
    let changed = sqlx::query!(
        r#"
        update inbox_members set scope = $3, role = $4, role_id = $5
        where inbox_id = $1 and agent_id = $2
        "#,
        inbox.uuid(),
        agent.uuid(),
        word(scope),
        built_in,
        own.map(RoleId::uuid),
    )
    .execute(tx.db().await?)
    .await?;
    Ok(changed.rows_affected() == 1)
}

/// Ends a membership; `false` if there is none.
pub async fn remove(
    tx: &mut Transaction,
    inbox: InboxId,
    agent: AgentId,
) -> Result<bool, StoreError> {
    let removed = sqlx::query!(
        "delete from inbox_members where inbox_id = $1 and agent_id = $2",
        inbox.uuid(),
        agent.uuid(),
    )
    .execute(tx.db().await?)
    .await?;
    Ok(removed.rows_affected() == 1)
}

/// Returns the members of an inbox.
pub async fn of(store: &Store, inbox: InboxId) -> Result<Vec<MemberSettings>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select m.agent_id, a.name, a.disabled, m.role, m.role_id, m.scope
        from inbox_members m
        join agents a on a.id = m.agent_id
        where m.inbox_id = $1
        order by a.name, a.id
        "#,
        inbox.uuid(),
    )
    .fetch_all(&store.pool)
    .in_time()
    .await?;
    rows.into_iter()
        .map(|row| {
            let built_in = row.role.as_deref().map(|word| read(word, "inbox_members.role"));
            let own = row.role_id.map(|id| MemberRole::Own(id.into()));
            Ok(MemberSettings {
                agent_id: row.agent_id.into(),
                name: row.name,
                disabled: row.disabled,
                role: own.or(built_in.transpose()?.map(MemberRole::BuiltIn)),
                scope: read(&row.scope, "inbox_members.scope")?,
            })
        })
        .collect()
}

fn parts(role: Option<MemberRole>) -> (Option<String>, Option<RoleId>) {
    match role {
        None => (None, None),
        Some(MemberRole::BuiltIn(role)) => (Some(word(role)), None),
        Some(MemberRole::Own(id)) => (None, Some(id)),
    }
}
