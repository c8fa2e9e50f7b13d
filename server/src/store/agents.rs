//! Agents and what they may see.

use std::collections::BTreeMap;

use protocol::{
    ids::{AgentId, InboxId, TeamId},
    rights::AgentSettings,
    signals::Availability,
    views::{AgentView, Role},
};
use uuid::Uuid;

use super::{
    error::StoreError,
    patience::InTime,
    pool::Store,
    roles,
    transaction::Transaction,
    words::{read, word},
};
use crate::domain::{
    actor::Actor,
    rights::Permissions,
    visibility::{Membership, Visibility},
};

/// A new agent.
pub struct NewAgent<'a> {
    /// In lower case.
    pub email: &'a str,
    /// The name that colleagues see.
    pub name: &'a str,
    /// The role.
    pub role: Role,
    /// As argon2 writes it (PHC string format).
    pub password_hash: &'a str,
}

/// An agent as it shall be.
pub struct Change<'a> {
    /// The name that colleagues see.
    pub name: &'a str,
    /// In lower case; `None` leaves it as it is.
    pub email: Option<&'a str>,
    /// The role.
    pub role: Role,
    /// Whether it may not sign in.
    pub disabled: bool,
}

/// What a sign-in is checked against.
pub struct Credentials {
    /// The agent.
    pub agent: AgentView,
    /// As argon2 writes it.
    pub password_hash: String,
    /// Whether the agent may not sign in.
    pub disabled: bool,
}

/// Adds an agent.
pub async fn create(tx: &mut Transaction, agent: NewAgent<'_>) -> Result<AgentId, StoreError> {
    let (id, now) = (Uuid::now_v7(), tx.now());
    sqlx::query!(
        r#"
        insert into agents (id, email, name, role, password_hash, created_at)
        values ($1, $2, $3, $4, $5, $6)
        "#,
        id,
        agent.email,
        agent.name,
        word(agent.role),
        agent.password_hash,
        now,
    )
    .execute(tx.db().await?)
    .await?;
    Ok(id.into())
}

/// Says whether somebody else signs in with this address.
pub async fn email_taken(
    tx: &mut Transaction,
    but: Option<AgentId>,
    email: &str,
) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"
        select exists (
            select from agents where email = $1 and ($2::uuid is null or id <> $2)
        ) as "taken!"
        "#,
        email,
        but.map(AgentId::uuid),
    )
    .fetch_one(tx.db().await?)
    .await?)
}

/// Changes an agent; `false` if there is no such one.
pub async fn change(tx: &mut Transaction, id: AgentId, it: Change<'_>) -> Result<bool, StoreError> {
    let changed = sqlx::query!(
        r#"
        update agents set name = $2, role = $3, disabled = $4, email = coalesce($5, email)
        where id = $1
        "#,
        id.uuid(),
        it.name,
        word(it.role),
        it.disabled,
        it.email,
    )
    .execute(tx.db().await?)
    .await?;
    Ok(changed.rows_affected() == 1)
}

/// Gives an agent another password; `false` if there is no such one.
pub async fn set_password(
    tx: &mut Transaction,
    id: AgentId,
    hash: &str,
) -> Result<bool, StoreError> {
    let changed =
        sqlx::query!("update agents set password_hash = $2 where id = $1", id.uuid(), hash)
            .execute(tx.db().await?)
            .await?;
    Ok(changed.rows_affected() == 1)
}

/// Says whether an agent is an administrator, and nobody else is.
pub async fn is_last_admin(tx: &mut Transaction, id: AgentId) -> Result<bool, StoreError> {
    let admins = sqlx::query_scalar!("select id from agents where role = 'admin' and not disabled")
        .fetch_all(tx.db().await?)
        .await?;
    Ok(admins == [id.uuid()])
}

/// Returns all agents, by name, for administrators.
pub async fn settings(store: &Store) -> Result<Vec<AgentSettings>, StoreError> {
    let rows = sqlx::query!("select id, name, email, role, disabled from agents order by name, id")
        .fetch_all(&store.pool)
        .in_time()
        .await?;
    rows.into_iter()
        .map(|row| {
            Ok(AgentSettings {
                id: row.id.into(),
                name: row.name,
                email: row.email,
                role: read(&row.role, "agents.role")?,
                disabled: row.disabled,
            })
        })
        .collect()
}

/// Says whether there is any agent.
pub async fn any(tx: &mut Transaction) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar!(r#"select exists (select from agents) as "any!""#)
        .fetch_one(tx.db().await?)
        .await?)
}

/// Finds the agent who signs in with this address.
pub async fn by_email(store: &Store, email: &str) -> Result<Option<Credentials>, StoreError> {
    // Postgres has no text with a NUL, and so nobody with such an address.
    if email.contains('\0') {
        return Ok(None);
    }
    let row = sqlx::query!(
        "select id, name, role, password_hash, disabled from agents where email = lower($1)",
        email,
    )
    .fetch_optional(&store.pool)
    .in_time()
    .await?;
    row.map(|row| {
        let agent =
            AgentView { id: row.id.into(), name: row.name, role: read(&row.role, "agents.role")? };
        Ok(Credentials { agent, password_hash: row.password_hash, disabled: row.disabled })
    })
    .transpose()
}

/// Returns an agent and what it may see and do; `None` if it does not exist or is disabled.
pub async fn visibility(
    store: &Store,
    agent: AgentId,
) -> Result<Option<(AgentView, Visibility)>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select a.name, a.role, a.rights_version,
            m.inbox_id as "inbox_id?", m.scope as "scope?", m.role as "member_role?",
            r.permissions as "permissions?",
            array(select t.team_id from team_members t where t.agent_id = a.id) as "teams!"
        from agents a
        left join inbox_members m on m.agent_id = a.id
        left join roles r on r.id = m.role_id
        where a.id = $1 and not a.disabled
        "#,
        agent.uuid(),
    )
    .fetch_all(&store.pool)
    .in_time()
    .await?;
    let Some(first) = rows.first() else { return Ok(None) };
    let role = read(&first.role, "agents.role")?;
    let view = AgentView { id: agent, name: first.name.clone(), role };
    let rights_version = first.rights_version;
    let teams = first.teams.iter().copied().map(TeamId::from).collect();
    let mut inboxes = BTreeMap::new();
    for row in rows {
        let (Some(inbox), Some(scope)) = (row.inbox_id, row.scope) else { continue };
        let own = (row.permissions.as_deref(), row.member_role.as_deref());
        inboxes.insert(InboxId::from(inbox), membership(role, own, &scope)?);
    }
    let visibility = Visibility {
        agent_id: agent,
        actor: Actor::Agent(agent),
        role,
        rights_version,
        permissions: Permissions::of(role),
        inboxes,
        teams,
    };
    Ok(Some((view, visibility)))
}

/// Reads what a member may see and do, from its role's permissions or its role in the inbox.
pub(super) fn membership(
    role: Role,
    own: (Option<&[String]>, Option<&str>),
    scope: &str,
) -> Result<Membership, StoreError> {
    let permissions = match own {
        (Some(own), _) => roles::permissions(own),
        (None, Some(other)) => Permissions::of(read(other, "inbox_members.role")?),
        (None, None) => Permissions::of(role),
    };
    Ok(Membership { scope: read(scope, "inbox_members.scope")?, permissions })
}

/// Notes that what these agents may see or do has changed; returns the versions of their rights.
pub async fn touch_rights(
    tx: &mut Transaction,
    agents: &[AgentId],
) -> Result<Vec<(AgentId, i64)>, StoreError> {
    let ids: Vec<Uuid> = agents.iter().map(|id| id.uuid()).collect();
    let touched = sqlx::query!(
        r#"
        with touched as (select id from agents where id = any($1) order by id for update)
        update agents a set rights_version = a.rights_version + 1
        from touched t where a.id = t.id
        returning a.id, a.rights_version
        "#,
        &ids,
    )
    .fetch_all(tx.db().await?)
    .await?;
    Ok(touched.into_iter().map(|row| (row.id.into(), row.rights_version)).collect())
}

/// Says whether an agent can be given threads of an inbox: a member who is not disabled.
pub async fn is_member(
    tx: &mut Transaction,
    agent: AgentId,
    inbox: InboxId,
) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"
        select exists (
            select from inbox_members m
            join agents a on a.id = m.agent_id
            where m.agent_id = $1 and m.inbox_id = $2 and not a.disabled
        ) as "member!"
        "#,
        agent.uuid(),
        inbox.uuid(),
    )
    .fetch_one(tx.db().await?)
    .await?)
}

/// Returns all agents who are not disabled, by name.
pub async fn all(store: &Store) -> Result<Vec<AgentView>, StoreError> {
    let rows =
        sqlx::query!("select id, name, role from agents where not disabled order by name, id")
            .fetch_all(&store.pool)
            .in_time()
            .await?;
    rows.into_iter()
        .map(|row| {
            let role = read(&row.role, "agents.role")?;
            Ok(AgentView { id: row.id.into(), name: row.name, role })
        })
        .collect()
}

/// Notes what an agent has chosen; says whether that is something new.
pub async fn choose_availability(
    tx: &mut Transaction,
    agent: AgentId,
    availability: Option<Availability>,
) -> Result<bool, StoreError> {
    let changed = sqlx::query!(
        "update agents set availability = $2 where id = $1 and availability is distinct from $2",
        agent.uuid(),
        availability.map(word),
    )
    .execute(tx.db().await?)
    .await?;
    Ok(changed.rows_affected() == 1)
}

/// An agent, as far as presence has to know it.
pub struct Colleague {
    /// The agent.
    pub id: AgentId,
    /// What it has chosen.
    pub availability: Option<Availability>,
    /// The inboxes that it is a member of: who shares one is a colleague.
    pub inboxes: Vec<InboxId>,
}

/// Returns all agents who are not disabled.
pub async fn colleagues(store: &Store) -> Result<Vec<Colleague>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select a.id, a.availability,
            array(select m.inbox_id from inbox_members m where m.agent_id = a.id) as "inboxes!"
        from agents a
        where not a.disabled
        "#
    )
    .fetch_all(&store.pool)
    .in_time()
    .await?;
    rows.into_iter()
        .map(|row| {
            let chosen = row.availability.as_deref();
            Ok(Colleague {
                id: row.id.into(),
                availability: chosen.map(|word| read(word, "agents.availability")).transpose()?,
                inboxes: row.inboxes.into_iter().map(InboxId::from).collect(),
            })
        })
        .collect()
}
