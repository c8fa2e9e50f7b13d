//! Checks the activity log's hash chain.

use std::io::{self, Write as _};

use secrecy::SecretString;

use super::borrowed::Borrowed;
use crate::{
    config::settings::Config,
    store::{
        audit::{self, Verdict},
        pool::Store,
    },
};

/// Recomputes the chain of every stream; fails if one does not hold.
pub async fn verify(config: Config) -> anyhow::Result<()> {
    let database = Borrowed::new(&config.store).await?;
    let result = verify_at(&database.url).await;
    database.give_back().await;
    result
}

async fn verify_at(url: &SecretString) -> anyhow::Result<()> {
    let store = Store::connect(url, 2).await?;
    let verdicts = audit::verify_all(&store).await?;
    store.close().await;
    let mut out = io::stdout();
    for Verdict { stream, verified, fault } in &verdicts {
        match fault {
            None => writeln!(out, "{stream}  {verified} events, all right")?,
            Some(fault) => writeln!(out, "{stream}  {verified} events, then: {fault}")?,
        }
    }
    let broken = verdicts.iter().filter(|verdict| verdict.fault.is_some()).count();
    anyhow::ensure!(broken == 0, "the log does not hold in {broken} of {} streams", verdicts.len());
    Ok(())
}
