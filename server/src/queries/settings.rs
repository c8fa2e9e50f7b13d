//! People, inboxes, accounts and channels, for administrators.

use protocol::{
    admin::{ChannelSettings, Inboxes},
    drafts::ReviewRule,
    ids::{AccountId, ChannelId, InboxId},
    permissions::Permission,
    rights::{Agents, BuiltInRole, Members, Teams},
    views::Role,
};

use super::error::QueryError;
use crate::{
    domain::{rights::Permissions, visibility::Visibility},
    store::{
        accounts::{self, Account},
        agents, channel_settings, inboxes, members,
        pool::Store,
        review_rules, roles, teams,
    },
};

const INBOXES: &[Permission] =
    &[Permission::ManageInboxes, Permission::CreateInboxes, Permission::ManageMembers];
const ACCOUNTS: &[Permission] = &[Permission::ManageAccounts, Permission::ManageChannels];
const CHANNELS: &[Permission] = &[Permission::ManageChannels, Permission::PauseChannels];

/// Returns all inboxes, and who could be a member.
pub async fn inboxes(store: &Store, who: &Visibility) -> Result<Inboxes, QueryError> {
    who.needs_any(INBOXES)?;
    Ok(Inboxes { inboxes: inboxes::settings(store).await?, agents: agents::all(store).await? })
}

/// Returns all accounts, by name.
pub async fn accounts(store: &Store, who: &Visibility) -> Result<Vec<Account>, QueryError> {
    who.needs_any(ACCOUNTS)?;
    Ok(accounts::all(store).await?)
}

/// Returns an account.
pub async fn account(
    store: &Store,
    who: &Visibility,
    id: AccountId,
) -> Result<Account, QueryError> {
    who.needs_any(ACCOUNTS)?;
    accounts::find(store, id).await?.ok_or(QueryError::NotFound { what: "account" })
}

/// Returns all channels, oldest first.
pub async fn channels(store: &Store, who: &Visibility) -> Result<Vec<ChannelSettings>, QueryError> {
    who.needs_any(CHANNELS)?;
    Ok(channel_settings::all(store).await?)
}

/// Returns a channel.
pub async fn channel(
    store: &Store,
    who: &Visibility,
    id: ChannelId,
) -> Result<ChannelSettings, QueryError> {
    who.needs_any(CHANNELS)?;
    channel_settings::find(store, id).await?.ok_or(QueryError::NotFound { what: "channel" })
}

/// Returns all agents.
pub async fn agents(store: &Store, who: &Visibility) -> Result<Agents, QueryError> {
    who.needs_any(&[Permission::ManageAgents, Permission::ResetPasswords])?;
    Ok(Agents { agents: agents::settings(store).await? })
}

/// Returns who works in an inbox, and which roles there are.
pub async fn members(
    store: &Store,
    who: &Visibility,
    inbox: InboxId,
) -> Result<Members, QueryError> {
    who.needs_any(&[Permission::ManageMembers, Permission::ManageRoles])?;
    let members = members::of(store, inbox).await?;
    let built_in = [Role::Agent, Role::Supervisor, Role::Admin, Role::Reviewer]
        .map(|role| BuiltInRole { role, permissions: Permissions::of(role).list(false) });
    Ok(Members { members, roles: roles::of(store, inbox).await?, built_in: built_in.into() })
}

/// Returns all teams.
pub async fn teams(store: &Store, who: &Visibility) -> Result<Teams, QueryError> {
    who.needs_any(&[Permission::ManageTeams, Permission::ManageMembers])?;
    Ok(Teams { teams: teams::all(store).await? })
}

/// Returns which replies of an inbox have to be approved first.
pub async fn review_rule(
    store: &Store,
    who: &Visibility,
    inbox: InboxId,
) -> Result<ReviewRule, QueryError> {
    who.needs_any(&[Permission::ManageInboxes])?;
    review_rules::of(store, inbox).await?.ok_or(QueryError::NotFound { what: "inbox" })
}
