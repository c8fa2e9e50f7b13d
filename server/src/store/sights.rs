//! What others may see: for whoever is mentioned, or told of something.

use std::collections::BTreeMap;

use protocol::{
    ids::{AgentId, InboxId, TeamId},
    views::Role,
};
use uuid::Uuid;

use super::{agents, error::StoreError, transaction::Transaction, words::read};
use crate::domain::{actor::Actor, rights::Permissions, visibility::Visibility};

/// Somebody, and what it may see of one inbox.
pub struct Other {
    /// What it may see there.
    pub visibility: Visibility,
    /// Whether it may not sign in.
    pub disabled: bool,
}

/// Returns these agents and whoever is in these teams; all members of the inbox where neither is named.
pub async fn of(
    tx: &mut Transaction,
    inbox: InboxId,
    agents: &[AgentId],
    teams: &[TeamId],
) -> Result<Vec<Other>, StoreError> {
    let ids: Vec<Uuid> = agents.iter().map(|id| id.uuid()).collect();
    let team_ids: Vec<Uuid> = teams.iter().map(|id| id.uuid()).collect();
    let rows = sqlx::query!(
        r#"
        select a.id, a.role, a.disabled, a.rights_version, m.scope as "scope?",
            m.role as "member_role?", r.permissions as "permissions?",
            array(select t.team_id from team_members t where t.agent_id = a.id) as "teams!"
        from agents a
        left join inbox_members m on m.agent_id = a.id and m.inbox_id = $1
        left join roles r on r.id = m.role_id
        where a.id = any($2)
            or exists (
                select from team_members t where t.agent_id = a.id and t.team_id = any($3)
            )
            or (cardinality($2) = 0 and cardinality($3) = 0 and m.inbox_id is not null)
        order by a.id
        "#,
        inbox.uuid(),
        &ids,
        &team_ids,
    )
    .fetch_all(tx.db().await?)
    .await?;
    let others = rows.into_iter().map(|row| {
        let role: Role = read(&row.role, "agents.role")?;
        let mut inboxes = BTreeMap::new();
        if let Some(scope) = row.scope {
            let own = (row.permissions.as_deref(), row.member_role.as_deref());
            inboxes.insert(inbox, agents::membership(role, own, &scope)?);
        }
        let agent_id = AgentId::from(row.id);
        let visibility = Visibility {
            agent_id,
            actor: Actor::Agent(agent_id),
            role,
            rights_version: row.rights_version,
            permissions: Permissions::of(role),
            inboxes,
            teams: row.teams.into_iter().map(TeamId::from).collect(),
        };
        Ok(Other { visibility, disabled: row.disabled })
    });
    others.collect()
}
