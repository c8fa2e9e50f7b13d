//! The database for a command that is not the server: the one that is set, the private one, or, while a server
//! runs on that, the server's.

use secrecy::SecretString;

use super::private_postgres::{cluster, error::PrivatePostgresError, handle::PrivatePostgres};
use crate::config::settings::StoreConfig;

/// A database, for as long as a command takes.
pub(super) struct Borrowed {
    /// Where it is.
    pub(super) url: SecretString,
    own: Option<PrivatePostgres>,
}

impl Borrowed {
    /// Starts the private Postgres where that is what is used, and nobody else has.
    pub(super) async fn new(config: &StoreConfig) -> Result<Self, PrivatePostgresError> {
        if let Some(url) = &config.database_url {
            return Ok(Self { url: url.clone(), own: None });
        }
        match PrivatePostgres::start(&config.data_dir).await {
            Ok(own) => Ok(Self { url: own.database_url().into(), own: Some(own) }),
            // A server runs on it; so does its Postgres.
            Err(PrivatePostgresError::InUse { folder, .. }) => {
                Ok(Self { url: cluster::url_of(&folder).into(), own: None })
            }
            Err(error) => Err(error),
        }
    }

    /// Stops what was started.
    pub(super) async fn give_back(self) {
        if let Some(own) = self.own {
            own.stop().await;
        }
    }
}
