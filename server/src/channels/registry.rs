//! Which providers this node can talk to: those of the settings by name, those of accounts as they are.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, Utc};
use dashmap::DashMap;
use protocol::ids::AccountId;
use secrecy::SecretString;

use super::{
    maker::{Account, BadAccount, Maker, Secret},
    provider::Provider,
};
use crate::{
    clock::Clock,
    seal::{SealError, Sealer},
    store::{
        accounts::{self, AccountVersion, SealedSecret},
        error::StoreError,
        pool::Store,
    },
};

/// The providers of this node.
#[derive(Clone)]
pub struct Registry {
    store: Store,
    sealer: Sealer,
    clock: Clock,
    /// Those of the settings.
    fixed: BTreeMap<&'static str, Arc<dyn Provider>>,
    makers: BTreeMap<&'static str, Arc<dyn Maker>>,
    /// What was made of accounts. The database says which version is wanted, so nobody has to tell.
    made: Arc<DashMap<AccountId, Made>>,
}

#[derive(Clone)]
struct Made {
    version: u64,
    /// When a secret of it ends.
    until: Option<DateTime<Utc>>,
    provider: Arc<dyn Provider>,
}

/// There is nobody to talk to.
#[derive(Debug, thiserror::Error)]
pub enum NoProvider {
    /// Nothing has this name here.
    #[error("there is no such provider on this server")]
    Unknown,
    /// The secrets stay closed.
    #[error(transparent)]
    Sealed(#[from] SealError),
    /// The account is not one that a provider can be made of.
    #[error("the account cannot be used: {0}")]
    Bad(#[from] BadAccount),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Registry {
    /// Makes one that knows nobody.
    pub fn new(store: Store, sealer: Sealer, clock: Clock) -> Self {
        let (fixed, makers, made) = (BTreeMap::new(), BTreeMap::new(), Arc::default());
        Self { store, sealer, clock, fixed, makers, made }
    }

    /// Adds a provider.
    #[must_use]
    pub fn with(mut self, name: &'static str, provider: Arc<dyn Provider>) -> Self {
        self.fixed.insert(name, provider);
        self
    }

    /// Adds what makes providers.
    #[must_use]
    pub fn with_maker(mut self, maker: Arc<dyn Maker>) -> Self {
        self.makers.insert(maker.form().name, maker);
        self
    }

    /// Returns what makes providers of a name.
    pub fn maker(&self, name: &str) -> Option<&Arc<dyn Maker>> {
        self.makers.get(name)
    }

    /// Returns all that make providers, by name.
    pub fn makers(&self) -> impl Iterator<Item = &Arc<dyn Maker>> {
        self.makers.values()
    }

    /// Says whether there is a provider of this name without an account.
    pub fn has_fixed(&self, name: &str) -> bool {
        self.fixed.contains_key(name)
    }

    /// Returns who carries a channel of this provider and account.
    pub async fn provider(
        &self,
        name: &str,
        account: Option<AccountVersion>,
    ) -> Result<Arc<dyn Provider>, NoProvider> {
        let Some(wanted) = account else {
            return self.fixed.get(name).cloned().ok_or(NoProvider::Unknown);
        };
        let now = self.clock.now();
        let good = |made: &Made| {
            made.version >= wanted.version && made.until.is_none_or(|until| now < until)
        };
        let kept = self.made.get(&wanted.id).map(|made| made.clone());
        if let Some(made) = kept.filter(good) {
            return Ok(made.provider);
        }
        let found = accounts::find(&self.store, wanted.id).await?.ok_or(NoProvider::Unknown)?;
        let made = self.make(&found)?;
        let provider = Arc::clone(&made.provider);
        self.made.insert(wanted.id, made);
        Ok(provider)
    }

    /// Returns the secrets of an account, open.
    pub fn open(&self, account: &accounts::Account) -> Result<Vec<Secret>, SealError> {
        let open = |it: &SealedSecret| {
            let value = self.sealer.open(account.at.id.uuid(), &it.name, &it.sealed)?;
            let (name, retires_at, retired) = (it.name.clone(), it.retires_at, it.retired);
            Ok(Secret { name, value, retires_at, retired })
        };
        account.secrets.iter().map(open).collect()
    }

    /// Seals a secret of an account.
    pub fn seal(
        &self,
        account: AccountId,
        name: &str,
        secret: &SecretString,
    ) -> Result<Vec<u8>, SealError> {
        self.sealer.seal(account.uuid(), name, secret)
    }

    fn make(&self, found: &accounts::Account) -> Result<Made, NoProvider> {
        let maker = self.makers.get(&*found.provider).ok_or(NoProvider::Unknown)?;
        let secrets = self.open(found)?;
        let account = Account { settings: found.settings.clone(), secrets };
        let (version, until) = (found.at.version, account.good_until());
        Ok(Made { version, until, provider: maker.make(&account)? })
    }

    /// Says why no provider can be made of an account, where that is so.
    pub fn trouble(&self, found: &accounts::Account) -> Option<NoProvider> {
        self.make(found).err()
    }
}
