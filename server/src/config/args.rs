//! What can be said on the command line and in the environment. `--help` is made of this file.
//!
//! Values are plain texts here, so that every wrong one gets the same kind of message, by
//! [`crate::config::parse`]; clap's own span several lines.

use std::path::PathBuf;

use clap::{Args, CommandFactory, Parser, Subcommand};
use secrecy::SecretString;

use crate::config::{
    auth::AuthArgs,
    mail::MailArgs,
    people::{self, RoleCommand, TokenCommand, UserCommand},
    rbm::RbmArgs,
    s3::S3Args,
    twilio::TwilioArgs,
    whatsapp::WhatsappSettings,
};

/// A loopback address: who wants to be reached from outside says so.
pub const LISTEN: &str = "127.0.0.1:8080";
/// Enough for one node: transactions are short.
pub const DATABASE_CONNECTIONS_MAX: &str = "20";
/// About 1 GiB with the buffers of quiet connections.
pub const CONNECTIONS_MAX: &str = "10000";
/// A longer absence is told to reload: a fresh snapshot is cheaper then.
pub const RESUME_EVENTS_MAX: &str = "100000";
/// The newest events of one stream that a node keeps in memory.
pub const RING_EVENTS_MAX: &str = "2048";
/// One MiB a stream.
pub const RING_BYTES_MAX: &str = "1048576";
/// Two cores take about three times as many.
pub const HANDSHAKES_PER_SECOND: &str = "500";
/// What the names of our channels begin with.
pub const REDIS_PREFIX: &str = "tandem";
/// What a client may send when nothing is set.
pub const FRAMES_PER_SECOND: &str = "100";
/// 100 MiB: the largest document that WhatsApp takes.
pub const MEDIA_MAX_BYTES: &str = "104857600";
/// Nobody but a test has files on its own machine.
pub const MEDIA_ALLOW_LOOPBACK: &str = "off";
/// On without a `DATABASE_URL`.
pub const DEMO: &str = "auto";
/// For people.
pub const LOG_FORMAT: &str = "pretty";
/// What an operator wants to know, at a few lines a minute.
pub const LOG_FILTER: &str = "info";

const NETWORK: &str = "Network";
const DATA: &str = "Data";
const LIMITS: &str = "Limits";
const LOG: &str = "Log";

/// Returns the command line's definition: flags stand before or after the subcommand, and no value
/// of the environment is shown, because some are secret.
pub fn command() -> clap::Command {
    people::briefly(Cli::command().mut_args(|arg| arg.global(true).hide_env_values(true)))
}

/// The whole command line.
#[derive(Debug, Parser)]
#[command(
    name = "tandem",
    version,
    about = "Tandem: a real-time shared inbox server.",
    long_about = "Tandem: a real-time shared inbox server. One business number, many agents, and no \
                  two of them answer the same message.\n\nWith no settings at all it keeps its data \
                  in a Postgres of its own and starts with demo data.",
    after_help = "Every setting is a flag or an environment variable; the flag wins, and an empty \
                  variable counts as not set.\nExamples:\n  \
                  tandem\n  \
                  tandem --listen 0.0.0.0:8080 --public-url https://inbox.example.com\n  \
                  DATABASE_URL=postgres://tandem@db.internal/tandem tandem serve",
    disable_help_subcommand = true,
    max_term_width = 100
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// How.
    #[command(flatten)]
    pub settings: Settings,
}

/// What the executable is asked to do.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// Run the server (this is the default)
    Serve,
    /// Check that the activity log was not altered: recompute its hash chain
    Verify,
    /// Check the settings, the database, Redis, the files, the public URL and each channel's account
    Doctor,
    /// List, add and change people, and give them new passwords
    #[command(subcommand)]
    User(UserCommand),
    /// List, make and revoke API tokens
    #[command(subcommand)]
    Token(TokenCommand),
    /// List roles, and give them to people in inboxes
    #[command(subcommand)]
    Role(RoleCommand),
    /// Keep the private Postgres running for as long as the server lives (started by the server)
    #[command(hide = true)]
    PostgresGuard(GuardArgs),
}

/// See [`Command::PostgresGuard`].
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct GuardArgs {
    /// The folder with `postgres` and `pg_ctl`.
    #[arg(long)]
    pub bin_dir: PathBuf,
    /// The cluster.
    #[arg(long)]
    pub cluster_dir: PathBuf,
    /// Where the socket goes.
    #[arg(long)]
    pub socket_dir: PathBuf,
    /// Where the log goes.
    #[arg(long)]
    pub log_file: PathBuf,
    /// The unprivileged user to run as, when started by root.
    #[arg(long, requires = "gid")]
    pub uid: Option<u32>,
    /// That user's group.
    #[arg(long, requires = "uid")]
    pub gid: Option<u32>,
}

/// All settings, as texts. The help texts are read in a terminal, so they are no doc comments.
#[derive(Debug, Args)]
pub struct Settings {
    #[arg(
        long,
        env = "TANDEM_LISTEN",
        value_name = "ADDRESS:PORT",
        help_heading = NETWORK,
        default_value = LISTEN,
        help = "Address and port to listen on"
    )]
    pub listen: String,

    #[arg(
        long,
        env = "TANDEM_PUBLIC_URL",
        value_name = "URL",
        help_heading = NETWORK,
        help = "URL that browsers and providers reach this server at; webhook signatures are \
                checked against it [default: http:// and the listen address]"
    )]
    pub public_url: Option<String>,

    #[arg(
        long,
        env = "TANDEM_ALLOWED_ORIGINS",
        value_name = "ORIGINS",
        help_heading = NETWORK,
        help = "Origins whose pages may connect, separated by commas [default: the public \
                URL's; without one, localhost and 127.0.0.1]"
    )]
    pub allowed_origins: Option<String>,

    #[arg(
        long,
        env = "TANDEM_METRICS_TOKEN",
        value_name = "TOKEN",
        help_heading = NETWORK,
        help = "What /metrics asks for as a bearer token [default: it asks for none]"
    )]
    pub metrics_token: Option<SecretString>,

    #[arg(
        long,
        env = "DATABASE_URL",
        value_name = "URL",
        help_heading = DATA,
        help = "Postgres to keep everything in, as postgres://user:password@host/database \
                [default: a private Postgres, started and stopped by this server]"
    )]
    pub database_url: Option<SecretString>,

    #[arg(
        long,
        env = "TANDEM_DATABASE_CONNECTIONS_MAX",
        value_name = "COUNT",
        help_heading = DATA,
        default_value = DATABASE_CONNECTIONS_MAX,
        help = "Connections to Postgres, at most"
    )]
    pub database_connections_max: String,

    #[arg(
        long,
        env = "REDIS_URL",
        value_name = "URL",
        help_heading = DATA,
        help = "Redis or Valkey that carries news between nodes, as redis://user:password@host or, \
                with TLS, rediss://… [default: none, and this is the only node]"
    )]
    pub redis_url: Option<SecretString>,

    #[arg(
        long,
        env = "TANDEM_REDIS_PREFIX",
        value_name = "PREFIX",
        help_heading = DATA,
        default_value = REDIS_PREFIX,
        help = "What the names of the channels in Redis begin with"
    )]
    pub redis_prefix: String,

    #[arg(
        long,
        env = "TANDEM_DATA_DIR",
        value_name = "FOLDER",
        help_heading = DATA,
        help = "Folder of the private Postgres [default: /var/lib/tandem for root, else \
                $XDG_DATA_HOME/tandem or ~/.local/share/tandem]"
    )]
    pub data_dir: Option<PathBuf>,

    #[arg(
        long,
        env = "TANDEM_SEAL_KEY",
        value_name = "KEYS",
        help_heading = DATA,
        help = "Key that seals the secrets of accounts: 32 bytes in base64, the same for all nodes. \
                While it is replaced, the new and the old one, separated by a comma [default: a \
                file in the data folder; needed with REDIS_URL]"
    )]
    pub seal_key: Option<SecretString>,

    #[arg(
        long,
        env = "TANDEM_BLOB_DIR",
        value_name = "FOLDER",
        help_heading = DATA,
        help = "Folder of the files of messages; the same one for all nodes, and no other server \
                [default: blobs in the data folder; not used with a bucket]"
    )]
    pub blob_dir: Option<PathBuf>,

    #[command(flatten)]
    pub auth: AuthArgs,

    #[command(flatten)]
    pub s3: S3Args,

    #[command(flatten)]
    pub mail: MailArgs,

    #[arg(
        long,
        env = "TANDEM_DEMO",
        value_name = "WHEN",
        help_heading = DATA,
        default_value = DEMO,
        help = "Demo agents, a demo inbox and a sandbox channel to play the customer: on, off, \
                or auto (on when DATABASE_URL is not set)"
    )]
    pub demo: String,

    #[command(flatten)]
    pub twilio: TwilioArgs,
    #[command(flatten)]
    pub whatsapp: WhatsappSettings,
    #[command(flatten)]
    pub rbm: RbmArgs,

    #[arg(
        long,
        env = "TANDEM_CONNECTIONS_MAX",
        value_name = "COUNT",
        help_heading = LIMITS,
        default_value = CONNECTIONS_MAX,
        help = "Open sockets, at most"
    )]
    pub connections_max: String,

    #[arg(
        long,
        env = "TANDEM_RESUME_EVENTS_MAX",
        value_name = "COUNT",
        help_heading = LIMITS,
        default_value = RESUME_EVENTS_MAX,
        help = "Missed events that a client catches up on; with more it is told to reload"
    )]
    pub resume_events_max: String,

    #[arg(
        long,
        env = "TANDEM_RING_EVENTS_MAX",
        value_name = "COUNT",
        help_heading = LIMITS,
        default_value = RING_EVENTS_MAX,
        help = "Newest events of each stream that are kept in memory"
    )]
    pub ring_events_max: String,

    #[arg(
        long,
        env = "TANDEM_RING_BYTES_MAX",
        value_name = "BYTES",
        help_heading = LIMITS,
        default_value = RING_BYTES_MAX,
        help = "Bytes that these may take, for each stream"
    )]
    pub ring_bytes_max: String,

    #[arg(
        long,
        env = "TANDEM_HANDSHAKES_PER_SECOND",
        value_name = "COUNT",
        help_heading = LIMITS,
        default_value = HANDSHAKES_PER_SECOND,
        help = "WebSocket handshakes a second that are taken; others are told when to come back"
    )]
    pub handshakes_per_second: String,

    #[arg(
        long,
        env = "TANDEM_FRAMES_PER_SECOND",
        value_name = "COUNT",
        help_heading = LIMITS,
        default_value = FRAMES_PER_SECOND,
        help = "Frames a second that one socket may send; twice as many in a burst"
    )]
    pub frames_per_second: String,

    #[arg(
        long,
        env = "TANDEM_CHANNEL_RATE",
        value_name = "COUNT",
        help_heading = LIMITS,
        help = "Messages a second that each channel may send, for all nodes together [default: what \
                its provider takes, such as 1 for SMS and 80 for WhatsApp]"
    )]
    pub channel_rate: Option<String>,

    #[arg(
        long,
        env = "TANDEM_MEDIA_MAX_BYTES",
        value_name = "BYTES",
        help_heading = LIMITS,
        default_value = MEDIA_MAX_BYTES,
        help = "Largest file that is fetched from a provider or uploaded by an agent"
    )]
    pub media_max_bytes: String,

    #[arg(
        long,
        env = "TANDEM_MEDIA_ALLOW_LOOPBACK",
        value_name = "WHETHER",
        help_heading = LIMITS,
        default_value = MEDIA_ALLOW_LOOPBACK,
        help = "Whether files may be fetched from this machine, and then without TLS: on or off; \
                on is for tests"
    )]
    pub media_allow_loopback: String,

    #[arg(
        long,
        env = "TANDEM_LOG_FORMAT",
        value_name = "FORMAT",
        help_heading = LOG,
        default_value = LOG_FORMAT,
        help = "Format of the log on stderr: pretty or json"
    )]
    pub log_format: String,

    #[arg(
        long,
        env = "TANDEM_LOG_FILTER",
        value_name = "FILTER",
        help_heading = LOG,
        default_value = LOG_FILTER,
        help = "What to log: error, warn, info, debug, trace or off, or levels by module, such \
                as info,server::ws=debug"
    )]
    pub log_filter: String,

    #[arg(
        long,
        env = "TANDEM_OTLP_ENDPOINT",
        value_name = "URL",
        help_heading = LOG,
        help = "OpenTelemetry collector to send traces to, over HTTP, such as \
                http://localhost:4318 [default: none are made]"
    )]
    pub otlp_endpoint: Option<String>,
}
