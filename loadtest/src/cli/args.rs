//! What can be said on the command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use super::run_args::RunArgs;

/// Loads a Tandem server from outside, measures it, and checks that it keeps its promises.
#[derive(Debug, Parser)]
#[command(
    name = "loadtest",
    version,
    after_help = "Exit codes:\n  \
                  0   all is well\n  \
                  1   it could not be run; `compare`: it got worse\n  \
                  2   the command line makes no sense\n  \
                  97  a promise was broken: something lost, doubled, misordered, answered twice\n  \
                  98  this generator was late, so its figures cannot be trusted\n  \
                  99  a threshold does not hold\n\n\
                  Examples:\n  \
                  loadtest run --logins ~/.local/share/tandem/demo-logins.txt --out out\n  \
                  loadtest run --scenario lock-contention --login ann@demo.example:0123456789ab\n  \
                  loadtest explain reconnect-storm\n  \
                  loadtest compare before/run.json after/run.json --tolerance 20%",
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
    /// Run a scenario, measure, check, and say what came of it
    Run(Box<RunArgs>),
    /// List the scenarios that come along
    List,
    /// Say in plain words what a scenario does and what its thresholds mean
    Explain(ExplainArgs),
    /// Hold a result against an earlier one; exits 1 if it got worse
    Compare(CompareArgs),
    /// Make the page of a result anew
    Report(ReportArgs),
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

/// See [`Command::Explain`].
#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// A name of `loadtest list`, or a file that ends in .toml
    #[arg(value_name = "NAME|FILE")]
    pub(crate) scenario: String,
}

/// See [`Command::Compare`].
#[derive(Debug, Args)]
pub(crate) struct CompareArgs {
    /// The run.json of before
    #[arg(value_name = "BEFORE")]
    pub(crate) before: PathBuf,

    /// The run.json of after
    #[arg(value_name = "AFTER")]
    pub(crate) after: PathBuf,

    /// By how much a p50, p90 or p99 may be longer; a difference under half a millisecond is noise
    #[arg(long, value_name = "PERCENT", default_value = "10%")]
    pub(crate) tolerance: String,
}

/// See [`Command::Report`].
#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    /// The run.json
    #[arg(value_name = "FILE")]
    pub(crate) result: PathBuf,

    /// Where the page goes [default: report.html beside it]
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
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
    #[arg(long, alias = "i-own-this-target")]
    pub(crate) allow_remote: bool,
}
