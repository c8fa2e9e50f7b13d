//! Inboxes, accounts and channels, for administrators.

use protocol::{
    admin::{ChannelSettings, Inboxes},
    ids::{AccountId, ChannelId},
    views::Role,
};

use super::error::QueryError;
use crate::{
    domain::visibility::Visibility,
    store::{
        accounts::{self, Account},
        agents, channel_settings, inboxes,
        pool::Store,
    },
};

fn admin(who: &Visibility) -> Result<(), QueryError> {
    if who.role == Role::Admin { Ok(()) } else { Err(QueryError::AdminsOnly) }
}

/// Returns all inboxes, and who could be a member.
pub async fn inboxes(store: &Store, who: &Visibility) -> Result<Inboxes, QueryError> {
    admin(who)?;
    Ok(Inboxes { inboxes: inboxes::settings(store).await?, agents: agents::all(store).await? })
}

/// Returns all accounts, by name.
pub async fn accounts(store: &Store, who: &Visibility) -> Result<Vec<Account>, QueryError> {
    admin(who)?;
    Ok(accounts::all(store).await?)
}

/// Returns an account.
pub async fn account(
    store: &Store,
    who: &Visibility,
    id: AccountId,
) -> Result<Account, QueryError> {
    admin(who)?;
    accounts::find(store, id).await?.ok_or(QueryError::NotFound { what: "account" })
}

/// Returns all channels, oldest first.
pub async fn channels(store: &Store, who: &Visibility) -> Result<Vec<ChannelSettings>, QueryError> {
    admin(who)?;
    Ok(channel_settings::all(store).await?)
}

/// Returns a channel.
pub async fn channel(
    store: &Store,
    who: &Visibility,
    id: ChannelId,
) -> Result<ChannelSettings, QueryError> {
    admin(who)?;
    channel_settings::find(store, id).await?.ok_or(QueryError::NotFound { what: "channel" })
}
