//! The command line, and what follows from it.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::{postgres::Postgres, tandem::Tandem};

/// Figures of Tandem beside those of its peers, taken in the same run.
#[derive(Debug, Parser)]
#[command(name = "bench", disable_help_subcommand = true)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Measure
    Run(Box<Settings>),
    /// Be one of the peers
    #[command(hide = true)]
    Peer {
        /// Which one.
        #[command(subcommand)]
        which: PeerCommand,
    },
}

/// A peer of the bench's own.
#[derive(Debug, Subcommand)]
pub(crate) enum PeerCommand {
    /// A loop of `send`
    Floor,
    /// A broadcast with bare axum
    Axum {
        /// Bytes of the read buffer.
        #[arg(long)]
        read_buffer: usize,
    },
}

/// How to measure.
#[derive(Debug, Args)]
pub(crate) struct Settings {
    /// Which benches, separated by commas: memory, delivery, fan-out, latency, resume, replies
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "memory,delivery,fan-out,latency,resume,replies"
    )]
    pub(crate) only: Vec<String>,

    /// The executable of Tandem
    #[arg(long, default_value = "target/release/tandem")]
    pub(crate) tandem: PathBuf,

    /// Another build of Tandem, to be measured beside it (memory, delivery)
    #[arg(long)]
    pub(crate) against: Option<PathBuf>,

    /// A superuser's URL of the database `postgres`; databases `bench_…` are made and dropped there
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    pub(crate) database_url: String,

    /// The folder with psql and pgbench
    #[arg(long)]
    pub(crate) postgres_bin: PathBuf,

    /// The folder with the peers on Node
    #[arg(long, default_value = "loadtest/bench/peers")]
    pub(crate) peers: PathBuf,

    /// Where the figures go
    #[arg(long, default_value = "target/bench")]
    pub(crate) out: PathBuf,

    /// The core of the servers
    #[arg(long, default_value = "0")]
    pub(crate) server_core: String,

    /// The core of the client
    #[arg(long, default_value = "1")]
    pub(crate) client_core: String,
}

impl Settings {
    /// Returns the Postgres.
    pub(crate) fn postgres(&self) -> Postgres {
        Postgres { url: self.database_url.clone(), programs: self.postgres_bin.clone() }
    }

    /// Returns a Tandem with a fresh database.
    pub(crate) fn tandem(&self, name: &str) -> anyhow::Result<Tandem> {
        let database_url = self.postgres().database(&format!("bench_{name}"))?;
        Ok(Tandem { binary: self.tandem.clone(), database_url, redis_url: None })
    }

    /// Returns the other build, with a fresh database.
    pub(crate) fn against(&self, name: &str) -> anyhow::Result<Option<Tandem>> {
        let Some(binary) = self.against.clone() else { return Ok(None) };
        let tandem = self.tandem(&format!("{name}_against"))?;
        Ok(Some(Tandem { binary, ..tandem }))
    }

    /// Returns both cores.
    pub(crate) fn both_cores(&self) -> String {
        format!("{},{}", self.server_core, self.client_core)
    }
}
