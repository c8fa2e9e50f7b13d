//! The command line.

use clap::{Args, Parser, Subcommand};

/// Measures a Tandem server from outside.
#[derive(Debug, Parser)]
#[command(
    name = "loadtest",
    version,
    after_help = "Exit codes: 0 measured, 1 it went wrong, 2 the command line makes no sense.",
    disable_help_subcommand = true,
    max_term_width = 100
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Measure round trips on one connection
    #[command(
        long_about = "Measures round trips on one connection: `ping` to `pong`, one at a time. With \
                      --sandbox also full trips: from a text that a customer's phone posts to its \
                      `message.received` on the socket. Prints count, p50, p90, p99 and max in \
                      milliseconds.",
        after_help = "Examples:\n  \
                      loadtest ping --email ann@demo.example --password 0123456789ab\n  \
                      TANDEM_PASSWORD=0123456789ab loadtest ping --email ann@demo.example --sandbox"
    )]
    Ping(PingArgs),
}

/// See [`Command::Ping`].
#[derive(Debug, Args)]
pub(crate) struct PingArgs {
    /// Where the server is
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8080")]
    pub(crate) url: String,

    /// Who to sign in as
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) email: String,

    /// The password; the environment keeps it out of the list of processes
    #[arg(long, value_name = "TEXT", env = "TANDEM_PASSWORD", hide_env_values = true)]
    pub(crate) password: String,

    /// How many round trips, of each kind
    #[arg(long, value_name = "COUNT", default_value = "200",
        value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) count: u32,

    /// Time from one start to the next, in milliseconds; the server takes 100 frames a second, and
    /// 200 in a burst
    #[arg(long, value_name = "MS", default_value = "10",
        value_parser = clap::value_parser!(u32).range(0..=10_000))]
    pub(crate) interval_ms: u32,

    /// How long one round trip may take, in milliseconds
    #[arg(long, value_name = "MS", default_value = "10000",
        value_parser = clap::value_parser!(u32).range(1..=60_000))]
    pub(crate) timeout_ms: u32,

    /// Also measure full trips; writes texts into the agent's first inbox with a sandbox channel
    #[arg(long)]
    pub(crate) sandbox: bool,

    /// Allow a target that is not on this machine
    #[arg(long)]
    pub(crate) i_own_this_target: bool,
}
