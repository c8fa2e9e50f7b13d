//! Setting up accounts at providers. Secrets come here sealed; nothing of them is in an event.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use protocol::{ids::AccountId, permissions::Permission};

use super::{
    admin::{SETTINGS, taken},
    context::{Ctx, OwnCommand},
    error::CommandError,
    road::Road,
    session::of_org,
};
use crate::{
    domain::{fact::Fact, visibility::Visibility},
    store::accounts::{self, Locked},
};

/// A new account. Its id is made before, because its secrets are sealed with it.
pub struct CreateAccount {
    /// The account to be.
    pub id: AccountId,
    /// Its provider.
    pub provider: String,
    /// Its name.
    pub name: String,
    /// What is set, by name.
    pub settings: BTreeMap<String, String>,
    /// Sealed secrets, by name.
    pub secrets: Vec<(String, Vec<u8>)>,
}

/// An account as it shall be, its secrets apart.
pub struct ChangeAccount {
    /// The account.
    pub id: AccountId,
    /// The version that was on screen.
    pub version: u64,
    /// Its name.
    pub name: String,
    /// What is set, by name.
    pub settings: BTreeMap<String, String>,
}

/// A secret that takes the place of the one in use.
pub struct RotateSecret {
    /// The account.
    pub id: AccountId,
    /// The version that was on screen.
    pub version: u64,
    /// Which secret.
    pub name: String,
    /// The new one, sealed.
    pub sealed: Vec<u8>,
    /// For how long the old one still verifies webhooks.
    pub overlap: TimeDelta,
}

impl OwnCommand for CreateAccount {
    type Done = ();

    async fn run(&self, ctx: &mut Ctx<'_>) -> Result<Option<()>, CommandError> {
        let Self { id, provider, name, settings, secrets } = self;
        if !accounts::create(ctx.tx, *id, (provider, name), settings).await? {
            return Err(taken("name"));
        }
        for (name, sealed) in secrets {
            accounts::add_secret(ctx.tx, *id, (name, sealed), TimeDelta::zero()).await?;
        }
        ctx.tx.stage(of_org(ctx.actor, Fact::AccountCreated { account_id: *id }));
        Ok(Some(()))
    }
}

impl OwnCommand for ChangeAccount {
    type Done = ();

    async fn run(&self, ctx: &mut Ctx<'_>) -> Result<Option<()>, CommandError> {
        ctx.tx.alone(SETTINGS).await?;
        lock(ctx, self.id, self.version).await?;
        if accounts::name_taken(ctx.tx, self.id, &self.name).await? {
            return Err(taken("name"));
        }
        accounts::change(ctx.tx, self.id, &self.name, &self.settings).await?;
        ctx.tx.stage(of_org(ctx.actor, Fact::AccountChanged { account_id: self.id }));
        Ok(Some(()))
    }
}

impl OwnCommand for RotateSecret {
    type Done = ();

    async fn run(&self, ctx: &mut Ctx<'_>) -> Result<Option<()>, CommandError> {
        lock(ctx, self.id, self.version).await?;
        let secret = (&*self.name, &*self.sealed);
        let retires_at = accounts::add_secret(ctx.tx, self.id, secret, self.overlap).await?;
        accounts::next_version(ctx.tx, self.id).await?;
        let (account_id, name) = (self.id, self.name.clone());
        let fact = Fact::SecretRotated { account_id, name, retires_at };
        ctx.tx.stage(of_org(ctx.actor, fact));
        Ok(Some(()))
    }
}

/// Locks an account that still is as it was on screen.
async fn lock(ctx: &mut Ctx<'_>, id: AccountId, seen: u64) -> Result<Locked, CommandError> {
    let found = accounts::lock(ctx.tx, id).await?;
    let locked = found.ok_or(CommandError::NotFound { what: "account" })?;
    if locked.version == seen {
        return Ok(locked);
    }
    let message = "somebody has changed the account since; look at it again";
    Err(CommandError::Conflict { field: Some("version"), message })
}

impl Road {
    /// Sets up an account.
    pub async fn create_account(
        &self,
        who: &Visibility,
        it: CreateAccount,
    ) -> Result<(), CommandError> {
        self.run_own(who.needs(Permission::ManageAccounts)?, it).await.map(drop)
    }

    /// Changes an account.
    pub async fn change_account(
        &self,
        who: &Visibility,
        it: ChangeAccount,
    ) -> Result<(), CommandError> {
        self.run_own(who.needs(Permission::ManageAccounts)?, it).await.map(drop)
    }

    /// Gives an account a new secret.
    pub async fn rotate_secret(
        &self,
        who: &Visibility,
        it: RotateSecret,
    ) -> Result<(), CommandError> {
        self.run_own(who.needs(Permission::ManageAccounts)?, it).await.map(drop)
    }
}
