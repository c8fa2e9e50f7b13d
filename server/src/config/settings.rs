//! The settings once they are checked: plain values for the rest of the server.

use std::{
    net::{IpAddr, SocketAddr},
    num::NonZeroU32,
    path::PathBuf,
    time::Duration,
};

use chrono::TimeDelta;
use lettre::message::Mailbox;
use secrecy::SecretString;
use url::Url;

/// All settings.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where the server is reached.
    pub http: HttpConfig,
    /// How people sign in.
    pub auth: AuthConfig,
    /// Where the data is.
    pub store: StoreConfig,
    /// Files that customers send.
    pub media: MediaConfig,
    /// Where the other nodes are heard; without it this is the only one.
    pub redis: Option<RedisConfig>,
    /// Demo data and a sandbox channel.
    pub demo: bool,
    /// Bounds of sockets and feeds.
    pub realtime: RealtimeConfig,
    /// Messages a second over each channel, in place of what its provider takes.
    pub channel_rate: Option<NonZeroU32>,
    /// How mail to agents is sent, if it is.
    pub mail: Option<MailConfig>,
    /// The Twilio account, if there is one.
    pub twilio: Option<TwilioConfig>,
    /// The WhatsApp Cloud API, if it is used.
    pub whatsapp: Option<WhatsappConfig>,
    /// The RCS agent, if there is one.
    pub rbm: Option<RbmConfig>,
    /// What is logged, and how.
    pub log: LogConfig,
}

/// Where the server is reached.
#[derive(Debug, Clone)]
pub struct HttpConfig {
    /// Where to listen. Port 0 lets the system choose.
    pub listen: SocketAddr,
    /// What was set; [`HttpConfig::public_url`] has the default.
    pub public_url_set: Option<Url>,
    /// What was set; [`HttpConfig::allowed_origins`] has the default.
    pub allowed_origins_set: Option<Vec<String>>,
    /// The bearer token that `/metrics` asks for, if it asks for one.
    pub metrics_token: Option<SecretString>,
}

impl HttpConfig {
    /// Returns the URL that browsers and providers use, given the address that was bound. No slash
    /// at its end.
    pub fn public_url(&self, bound: SocketAddr) -> String {
        match &self.public_url_set {
            Some(url) => url.as_str().trim_end_matches('/').to_owned(),
            // Nobody can open 0.0.0.0.
            None if bound.ip().is_unspecified() => format!("http://localhost:{}", bound.port()),
            None => format!("http://{bound}"),
        }
    }

    /// Returns the origins whose pages may connect, as browsers write them.
    pub fn allowed_origins(&self, bound: SocketAddr) -> Vec<String> {
        if let Some(origins) = &self.allowed_origins_set {
            return origins.clone();
        }
        if let Some(url) = &self.public_url_set {
            return vec![url.origin().ascii_serialization()];
        }
        let port = bound.port();
        let mut origins =
            vec![format!("http://localhost:{port}"), format!("http://127.0.0.1:{port}")];
        let own = match bound.ip() {
            IpAddr::V4(ip) => format!("http://{ip}:{port}"),
            IpAddr::V6(ip) => format!("http://[{ip}]:{port}"),
        };
        if !bound.ip().is_unspecified() && !origins.contains(&own) {
            origins.push(own);
        }
        origins
    }
}

/// How people sign in.
#[derive(Debug, Clone, Default)]
pub struct AuthConfig {
    /// After how long a session that is not used is over.
    pub idle: Option<TimeDelta>,
    /// Who else says who somebody is.
    pub oidc: Option<OidcConfig>,
}

/// A provider of OpenID Connect.
#[derive(Debug, Clone)]
pub struct OidcConfig {
    /// As it names itself.
    pub issuer: String,
    /// What it calls us.
    pub client_id: String,
    /// What we prove that with.
    pub client_secret: SecretString,
    /// What people are shown.
    pub name: String,
}

/// How mail to agents is sent.
#[derive(Debug, Clone)]
pub struct MailConfig {
    /// `smtp://` or `smtps://`.
    pub url: SecretString,
    /// From whom.
    pub from: Mailbox,
}

/// Where the data is.
#[derive(Debug, Clone)]
pub struct StoreConfig {
    /// The Postgres to use; without one the server starts its own.
    pub database_url: Option<SecretString>,
    /// Connections in the pool, at most.
    pub connections_max: u32,
    /// The folder of the server's own Postgres. An absolute path.
    pub data_dir: PathBuf,
    /// What secrets are sealed with: the first one seals, each one opens.
    pub seal_keys: Vec<SecretString>,
}

/// Files that customers send.
#[derive(Debug, Clone)]
pub struct MediaConfig {
    /// The folder that they are in, unless there is a bucket. An absolute path.
    pub blob_dir: PathBuf,
    /// The bucket that they are in.
    pub bucket: Option<BucketConfig>,
    /// The largest one.
    pub bytes_max: u64,
    /// Whether they may be on this machine.
    pub allow_loopback: bool,
}

/// A bucket of S3, or of something that speaks like it.
#[derive(Debug, Clone)]
pub struct BucketConfig {
    /// What it is called.
    pub name: String,
    /// Where it is.
    pub region: String,
    /// Who has it, if not AWS. No slash at its end.
    pub endpoint: Option<String>,
    /// What keys begin with, before a slash.
    pub prefix: Option<String>,
    /// The key's id.
    pub access_key_id: SecretString,
    /// The key.
    pub secret_access_key: SecretString,
    /// How long it may say nothing until it is taken for dead.
    pub patience: Duration,
}

impl BucketConfig {
    /// Names it to people.
    pub fn title(&self) -> String {
        let at = self.endpoint.as_ref().map_or(self.region.as_str(), |endpoint| endpoint);
        format!("bucket {} at {at}", self.name)
    }
}

/// The bus between nodes.
#[derive(Debug, Clone)]
pub struct RedisConfig {
    /// `redis://` or `rediss://`.
    pub url: SecretString,
    /// What channels' names begin with.
    pub prefix: String,
}

/// Bounds of sockets and feeds.
#[derive(Debug, Clone, Copy)]
pub struct RealtimeConfig {
    /// Open sockets.
    pub connections_max: usize,
    /// Events that a resume sends before it says `reset` instead.
    pub resume_events_max: u64,
    /// Events in one stream's ring.
    pub ring_events_max: usize,
    /// Bytes in one stream's ring.
    pub ring_bytes_max: usize,
    /// Handshakes a second that are taken.
    pub handshakes_per_second: NonZeroU32,
    /// Frames a second that one socket may send.
    pub frames_per_second: NonZeroU32,
}

/// A Twilio account and its number.
#[derive(Debug, Clone)]
pub struct TwilioConfig {
    /// The account.
    pub account_sid: String,
    /// The account's secret; webhooks are signed with it.
    pub auth_token: SecretString,
    /// The business's number in E.164.
    pub number: String,
    /// The API's base, without a slash at its end.
    pub api_url: String,
}

/// An app at Meta and the business's number on WhatsApp.
#[derive(Debug, Clone)]
pub struct WhatsappConfig {
    /// What Meta calls the number.
    pub phone_number_id: String,
    /// The number in E.164.
    pub number: String,
    /// Secrets of the app, each of which webhooks may be signed with.
    pub app_secrets: Vec<SecretString>,
    /// What Meta shows when it asks whether the webhook's address is ours.
    pub verify_token: SecretString,
    /// What messages are sent with.
    pub access_token: SecretString,
    /// The business account, which has the templates.
    pub business_account_id: Option<String>,
    /// The API's base, without a slash at its end.
    pub api_url: String,
}

/// An agent of Google RCS for Business.
#[derive(Debug, Clone)]
pub struct RbmConfig {
    /// The agent.
    pub agent_id: String,
    /// What its webhooks are signed with; several while one is replaced.
    pub client_tokens: Vec<SecretString>,
    /// The file with the service account's key.
    pub service_account: PathBuf,
    /// The API's base, without a slash at its end.
    pub api_url: String,
}

/// What is logged, and how.
#[derive(Debug, Clone)]
pub struct LogConfig {
    /// For people or for machines.
    pub format: LogFormat,
    /// A filter that `EnvFilter` reads.
    pub filter: String,
    /// The collector that traces go to, without a slash at its end.
    pub otlp_endpoint: Option<String>,
}

/// How a log line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Pretty,
    /// One JSON object a line.
    Json,
}
