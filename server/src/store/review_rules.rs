//! Which replies of an inbox have to be approved first.

use protocol::{
    drafts::ReviewRule,
    ids::{AgentId, ChannelId, InboxId},
    rights::MemberRole,
    text::Name,
};
use uuid::Uuid;

use super::{
    error::StoreError, patience::InTime, pool::Store, transaction::Transaction, words::read,
};

/// Returns the rule of an inbox; the empty one where there is none, nothing where there is no inbox.
pub async fn of(store: &Store, inbox: InboxId) -> Result<Option<ReviewRule>, StoreError> {
    let row = sqlx::query!(
        r#"
        select r.roles as "roles?", r.channels as "channels?", r.keywords as "keywords?"
        from inboxes i
        left join review_rules r on r.inbox_id = i.id
        where i.id = $1
        "#,
        inbox.uuid(),
    )
    .fetch_optional(&store.pool)
    .in_time()
    .await?;
    row.map(|row| {
        rule(
            &row.roles.unwrap_or_default(),
            row.channels.unwrap_or_default(),
            row.keywords.unwrap_or_default(),
        )
    })
    .transpose()
}

/// Returns the rule of an inbox, and the role that an agent has there.
pub async fn for_member(
    tx: &mut Transaction,
    inbox: InboxId,
    agent: AgentId,
) -> Result<Option<(ReviewRule, MemberRole)>, StoreError> {
    let row = sqlx::query!(
        r#"
        select r.roles, r.channels, r.keywords, coalesce(m.role, a.role) as "role!", m.role_id
        from review_rules r
        join inbox_members m on m.inbox_id = r.inbox_id and m.agent_id = $2
        join agents a on a.id = m.agent_id
        where r.inbox_id = $1
        "#,
        inbox.uuid(),
        agent.uuid(),
    )
    .fetch_optional(tx.db().await?)
    .await?;
    row.map(|row| {
        let role = match row.role_id {
            Some(id) => MemberRole::Own(id.into()),
            None => MemberRole::BuiltIn(read(&row.role, "inbox_members.role")?),
        };
        Ok((rule(&row.roles, row.channels, row.keywords)?, role))
    })
    .transpose()
}

fn rule(
    roles: &[String],
    channels: Vec<Uuid>,
    keywords: Vec<String>,
) -> Result<ReviewRule, StoreError> {
    let unreadable = StoreError::Unreadable { what: "review_rules" };
    let roles = roles.iter().map(|role| role.parse().ok()).collect::<Option<_>>();
    let keywords = keywords.into_iter().map(|it| Name::new(it).ok()).collect::<Option<_>>();
    let (Some(roles), Some(keywords)) = (roles, keywords) else { return Err(unreadable) };
    let channels = channels.into_iter().map(ChannelId::from).collect();
    Ok(ReviewRule { roles, channels, keywords })
}

/// Says whether all that a rule names is of the inbox: its roles, and its channels.
pub async fn is_of(
    tx: &mut Transaction,
    inbox: InboxId,
    rule: &ReviewRule,
) -> Result<(bool, bool), StoreError> {
    let own = rule.roles.iter().filter_map(|role| match role {
        MemberRole::Own(id) => Some(id.uuid()),
        MemberRole::BuiltIn(_) => None,
    });
    let own: Vec<Uuid> = own.collect();
    let channels: Vec<Uuid> = rule.channels.iter().map(|id| id.uuid()).collect();
    let row = sqlx::query!(
        r#"
        select
            not exists (
                select from unnest($2::uuid[]) as w (id)
                where not exists (select from roles r where r.id = w.id and r.inbox_id = $1)
            ) as "roles!",
            not exists (
                select from unnest($3::uuid[]) as w (id)
                where not exists (select from channels c where c.id = w.id and c.inbox_id = $1)
            ) as "channels!"
        "#,
        inbox.uuid(),
        &own,
        &channels,
    )
    .fetch_one(tx.db().await?)
    .await?;
    Ok((row.roles, row.channels))
}

/// Sets the rule of an inbox.
pub async fn set(
    tx: &mut Transaction,
    inbox: InboxId,
    rule: &ReviewRule,
) -> Result<(), StoreError> {
    if *rule == ReviewRule::default() {
        sqlx::query!("delete from review_rules where inbox_id = $1", inbox.uuid())
            .execute(tx.db().await?)
            .await?;
        return Ok(());
    }
    let roles: Vec<String> = rule.roles.iter().map(ToString::to_string).collect();
    let channels: Vec<Uuid> = rule.channels.iter().map(|id| id.uuid()).collect();
    let keywords: Vec<String> = rule.keywords.iter().map(|it| it.as_str().to_owned()).collect();
    sqlx::query!(
        r#"
        insert into review_rules (inbox_id, roles, channels, keywords) values ($1, $2, $3, $4)
        on conflict (inbox_id) do update set roles = $2, channels = $3, keywords = $4
        "#,
        inbox.uuid(),
        &roles,
        &channels,
        &keywords,
    )
    .execute(tx.db().await?)
    .await?;
    Ok(())
}
