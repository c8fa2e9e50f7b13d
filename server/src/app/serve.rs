//! Runs the server until it is told to stop.

use anyhow::Context;
use tokio::signal::unix::{SignalKind, signal};

use crate::{app::private_postgres::handle::PrivatePostgres, config::settings::Config};

/// Starts everything, serves, and drains on Ctrl-C or SIGTERM.
pub async fn serve(config: Config) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate()).context("cannot wait for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot wait for SIGINT")?;
    let mut postgres = None;
    if config.store.database_url.is_none() {
        let started = tokio::select! {
            started = PrivatePostgres::start(&config.store.data_dir) => started?,
            _ = terminate.recv() => return Ok(()),
            _ = interrupt.recv() => return Ok(()),
        };
        tracing::info!("the data is in {}", started.data_dir().display());
        postgres = Some(started);
    }
    let lost = async {
        match &mut postgres {
            Some(postgres) => postgres.exited().await,
            None => std::future::pending().await,
        }
    };
    let lost = tokio::select! {
        () = lost => true,
        _ = terminate.recv() => false,
        _ = interrupt.recv() => false,
    };
    if let Some(postgres) = postgres {
        postgres.stop().await;
    }
    anyhow::ensure!(!lost, "the private Postgres has ended; its log is in the data folder");
    Ok(())
}
