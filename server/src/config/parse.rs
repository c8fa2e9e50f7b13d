//! From texts to [`Config`]: every value is checked before anything starts.

use std::{
    ffi::OsString,
    num::NonZeroU32,
    path::{Path, PathBuf},
};

use clap::{FromArgMatches, error::ErrorKind};
use secrecy::{ExposeSecret, SecretString};

use crate::config::{
    args::{self, Cli, Command, Settings},
    auth,
    error::ConfigError,
    mail, media, paths, rbm,
    settings::{Config, HttpConfig, LogConfig, RealtimeConfig, RedisConfig, StoreConfig},
    twilio, value, whatsapp,
};

/// More than one socket can carry anyway.
const CHANNEL_RATE_MAX: NonZeroU32 = NonZeroU32::new(10_000).expect("not zero");
const FRAMES_PER_SECOND_MAX: NonZeroU32 = NonZeroU32::new(100_000).expect("not zero");

/// The private Postgres has 50 connections, and keeps a few for itself and for `verify`.
const PRIVATE_CONNECTIONS_MAX: u32 = 40;

impl Config {
    /// Reads this process's arguments and environment.
    pub fn from_args() -> Result<(Command, Self), ConfigError> {
        Self::from_command(args::command(), std::env::args_os().collect())
    }

    /// Reads these arguments.
    pub(super) fn from_command(
        command: clap::Command,
        args: Vec<OsString>,
    ) -> Result<(Command, Self), ConfigError> {
        let cli = command
            .try_get_matches_from(args)
            .and_then(|matches| Cli::from_arg_matches(&matches))
            .map_err(usage)?;
        let config = resolve(cli.settings)?;
        Ok((cli.command.unwrap_or(Command::Serve), config))
    }
}

/// Keeps the first line of what clap says: the others repeat what `--help` has.
fn usage(error: clap::Error) -> ConfigError {
    let asked = matches!(
        error.kind(),
        ErrorKind::DisplayHelp
            | ErrorKind::DisplayVersion
            | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
    );
    if asked {
        return ConfigError::Asked(error);
    }
    let text = error.to_string();
    let line = text.lines().next().unwrap_or_default();
    ConfigError::Usage(line.trim_start_matches("error: ").to_owned())
}

/// One setting on its way from text to value.
#[derive(Clone, Copy)]
pub(super) struct Setting<'a> {
    variable: &'static str,
    flag: &'static str,
    pub(super) text: &'a str,
}

impl<'a> Setting<'a> {
    /// Checks it.
    pub(super) fn read<T>(
        self,
        check: impl FnOnce(&'a str) -> Result<T, String>,
    ) -> Result<T, ConfigError> {
        let Self { variable, flag, text } = self;
        check(text).map_err(|allowed| {
            let value = text.to_owned();
            ConfigError::Value { variable, flag, value, allowed }
        })
    }

    /// Checks a secret.
    pub(super) fn read_secret(self) -> Result<SecretString, ConfigError> {
        secret(self.variable, self.flag, &SecretString::from(self.text))
    }

    /// Checks secrets that are separated by commas.
    pub(super) fn read_secrets(self) -> Result<Vec<SecretString>, ConfigError> {
        let Self { variable, flag, text } = self;
        text.split(',').map(|one| secret(variable, flag, &SecretString::from(one))).collect()
    }
}

/// A setting that may be there or not, as the parts of a group are.
pub(super) struct Asked<'a> {
    variable: &'static str,
    flag: &'static str,
    text: Option<&'a str>,
}

impl<'a> Asked<'a> {
    /// A plain one.
    pub(super) fn text(
        variable: &'static str,
        flag: &'static str,
        text: Option<&'a String>,
    ) -> Self {
        Self { variable, flag, text: text.and_then(|text| filled(text)) }
    }

    /// A secret one.
    pub(super) fn secret(
        variable: &'static str,
        flag: &'static str,
        secret: Option<&'a SecretString>,
    ) -> Self {
        let text = secret.map(ExposeSecret::expose_secret);
        Self { variable, flag, text: text.and_then(filled) }
    }
}

/// Returns the settings of a group if all are there, and nothing if none is. `more` says that something
/// else of the group was set, which makes no sense alone.
pub(super) fn all_or_none<'a, const N: usize>(
    asked: [Asked<'a>; N],
    more: bool,
    allowed: &str,
) -> Result<Option<[Setting<'a>; N]>, ConfigError> {
    if !more && asked.iter().all(|it| it.text.is_none()) {
        return Ok(None);
    }
    let missing = asked.iter().find(|it| it.text.is_none());
    if let Some(&Asked { variable, flag, .. }) = missing {
        return Err(ConfigError::Missing { variable, flag, allowed: allowed.to_owned() });
    }
    Ok(Some(asked.map(|Asked { variable, flag, text }| Setting {
        variable,
        flag,
        text: text.unwrap_or_default(),
    })))
}

/// Names a setting and picks its default when it is blank.
pub(super) fn setting<'a>(
    variable: &'static str,
    flag: &'static str,
    text: &'a str,
    default: &'a str,
) -> Setting<'a> {
    Setting { variable, flag, text: filled(text).unwrap_or(default) }
}

/// Names a setting that may be absent.
pub(super) fn optional<'a>(
    variable: &'static str,
    flag: &'static str,
    text: Option<&'a String>,
) -> Option<Setting<'a>> {
    let text = filled(text?)?;
    Some(Setting { variable, flag, text })
}

/// Returns the text without blanks around it, unless nothing is left.
pub(super) fn filled(text: &str) -> Option<&str> {
    Some(text.trim()).filter(|text| !text.is_empty())
}

fn resolve(raw: Settings) -> Result<Config, ConfigError> {
    let http = http(&raw)?;
    let auth = auth::read(&raw.auth)?;
    let realtime = realtime(&raw)?;
    let log = log(&raw)?;
    let twilio = twilio::read(&raw.twilio)?;
    let whatsapp = whatsapp::read(&raw.whatsapp)?;
    let rbm = rbm::read(&raw.rbm)?;
    let redis = redis(&raw)?;
    let channel_rate = channel_rate(&raw)?;
    let mail = mail::read(&raw.mail)?;
    let demo = setting("TANDEM_DEMO", "demo", &raw.demo, args::DEMO).read(value::demo)?;
    let data_dir = data_dir(raw.data_dir.clone())?;
    let media = media::read(&raw, &data_dir)?;
    let store = store(raw, data_dir)?;
    if auth.oidc.is_some() && redis.is_some() && store.seal_keys.is_empty() {
        let (variable, flag) = ("TANDEM_SEAL_KEY", "seal-key");
        let allowed = "OpenID Connect on several nodes needs the same key on each".to_owned();
        return Err(ConfigError::Missing { variable, flag, allowed });
    }
    let demo = demo.unwrap_or(store.database_url.is_none());
    Ok(Config {
        http,
        auth,
        store,
        media,
        redis,
        demo,
        realtime,
        channel_rate,
        mail,
        twilio,
        whatsapp,
        rbm,
        log,
    })
}

fn http(raw: &Settings) -> Result<HttpConfig, ConfigError> {
    let public_url = optional("TANDEM_PUBLIC_URL", "public-url", raw.public_url.as_ref());
    let origins =
        optional("TANDEM_ALLOWED_ORIGINS", "allowed-origins", raw.allowed_origins.as_ref());
    Ok(HttpConfig {
        listen: setting("TANDEM_LISTEN", "listen", &raw.listen, args::LISTEN)
            .read(value::address)?,
        public_url_set: public_url.map(|it| it.read(value::public_url)).transpose()?,
        allowed_origins_set: origins.map(|it| it.read(value::origins)).transpose()?,
        metrics_token: raw
            .metrics_token
            .as_ref()
            .filter(|it| filled(it.expose_secret()).is_some())
            .map(|it| secret("TANDEM_METRICS_TOKEN", "metrics-token", it))
            .transpose()?,
    })
}

fn store(raw: Settings, data_dir: PathBuf) -> Result<StoreConfig, ConfigError> {
    let database_url = raw.database_url.filter(|url| filled(url.expose_secret()).is_some());
    if let Some(url) = &database_url {
        value::database_url(url.expose_secret()).map_err(|allowed| ConfigError::SecretValue {
            variable: "DATABASE_URL",
            flag: "database-url",
            allowed,
        })?;
    }
    let most = if database_url.is_some() { 1_000 } else { PRIVATE_CONNECTIONS_MAX };
    let connections_max = setting(
        "TANDEM_DATABASE_CONNECTIONS_MAX",
        "database-connections-max",
        &raw.database_connections_max,
        args::DATABASE_CONNECTIONS_MAX,
    )
    .read(|text| value::number(text, &(2..=most)))?;
    let seal_keys = seal_keys(raw.seal_key.as_ref())?;
    Ok(StoreConfig { database_url, connections_max, data_dir, seal_keys })
}

/// Reads the keys that seal secrets; none where nothing is set.
fn seal_keys(set: Option<&SecretString>) -> Result<Vec<SecretString>, ConfigError> {
    let Some(text) = set.and_then(|it| filled(it.expose_secret())) else { return Ok(Vec::new()) };
    let keys: Vec<&str> = text.split(',').map(str::trim).collect();
    if keys.iter().all(|key| value::is_key(key)) {
        return Ok(keys.into_iter().map(SecretString::from).collect());
    }
    Err(ConfigError::SecretValue {
        variable: "TANDEM_SEAL_KEY",
        flag: "seal-key",
        allowed:
            "must be 32 bytes in base64 (as `openssl rand -base64 32` makes them), or several \
                  separated by commas"
                .to_owned(),
    })
}

fn redis(raw: &Settings) -> Result<Option<RedisConfig>, ConfigError> {
    let prefix =
        setting("TANDEM_REDIS_PREFIX", "redis-prefix", &raw.redis_prefix, args::REDIS_PREFIX)
            .read(value::redis_prefix)?;
    let url = raw.redis_url.clone().filter(|url| filled(url.expose_secret()).is_some());
    let Some(url) = url else { return Ok(None) };
    value::redis_url(url.expose_secret()).map_err(|allowed| ConfigError::SecretValue {
        variable: "REDIS_URL",
        flag: "redis-url",
        allowed,
    })?;
    Ok(Some(RedisConfig { url, prefix }))
}

fn data_dir(set: Option<PathBuf>) -> Result<PathBuf, ConfigError> {
    let (variable, flag) = ("TANDEM_DATA_DIR", "data-dir");
    let set = set.filter(|path| !path.as_os_str().is_empty());
    let path = match set {
        Some(path) => path,
        None => {
            paths::data_dir(paths::is_root(), |name| std::env::var_os(name)).ok_or_else(|| {
                let allowed = "without HOME there is no default; name a folder".to_owned();
                ConfigError::Missing { variable, flag, allowed }
            })?
        }
    };
    absolute(variable, flag, &path)
}

/// Makes a folder's path an absolute one.
pub(super) fn absolute(
    variable: &'static str,
    flag: &'static str,
    path: &Path,
) -> Result<PathBuf, ConfigError> {
    std::path::absolute(path).map_err(|error| ConfigError::Value {
        variable,
        flag,
        value: path.display().to_string(),
        allowed: format!("must be a folder: {error}"),
    })
}

fn realtime(raw: &Settings) -> Result<RealtimeConfig, ConfigError> {
    Ok(RealtimeConfig {
        connections_max: setting(
            "TANDEM_CONNECTIONS_MAX",
            "connections-max",
            &raw.connections_max,
            args::CONNECTIONS_MAX,
        )
        .read(|text| value::number(text, &(1..=1_000_000)))?,
        resume_events_max: setting(
            "TANDEM_RESUME_EVENTS_MAX",
            "resume-events-max",
            &raw.resume_events_max,
            args::RESUME_EVENTS_MAX,
        )
        .read(|text| value::number(text, &(1..=1_000_000)))?,
        ring_events_max: setting(
            "TANDEM_RING_EVENTS_MAX",
            "ring-events-max",
            &raw.ring_events_max,
            args::RING_EVENTS_MAX,
        )
        .read(|text| value::number(text, &(1..=65_536)))?,
        // At least one event of the largest size has to fit.
        ring_bytes_max: setting(
            "TANDEM_RING_BYTES_MAX",
            "ring-bytes-max",
            &raw.ring_bytes_max,
            args::RING_BYTES_MAX,
        )
        .read(|text| value::number(text, &(65_536..=67_108_864)))?,
        handshakes_per_second: setting(
            "TANDEM_HANDSHAKES_PER_SECOND",
            "handshakes-per-second",
            &raw.handshakes_per_second,
            args::HANDSHAKES_PER_SECOND,
        )
        .read(|text| value::number(text, &(NonZeroU32::MIN..=FRAMES_PER_SECOND_MAX)))?,
        frames_per_second: setting(
            "TANDEM_FRAMES_PER_SECOND",
            "frames-per-second",
            &raw.frames_per_second,
            args::FRAMES_PER_SECOND,
        )
        .read(|text| value::number(text, &(NonZeroU32::MIN..=FRAMES_PER_SECOND_MAX)))?,
    })
}

fn channel_rate(raw: &Settings) -> Result<Option<NonZeroU32>, ConfigError> {
    let rate = optional("TANDEM_CHANNEL_RATE", "channel-rate", raw.channel_rate.as_ref());
    rate.map(|it| it.read(|text| value::number(text, &(NonZeroU32::MIN..=CHANNEL_RATE_MAX))))
        .transpose()
}

fn log(raw: &Settings) -> Result<LogConfig, ConfigError> {
    Ok(LogConfig {
        format: setting("TANDEM_LOG_FORMAT", "log-format", &raw.log_format, args::LOG_FORMAT)
            .read(value::log_format)?,
        filter: setting("TANDEM_LOG_FILTER", "log-filter", &raw.log_filter, args::LOG_FILTER)
            .read(value::log_filter)?,
        otlp_endpoint: optional(
            "TANDEM_OTLP_ENDPOINT",
            "otlp-endpoint",
            raw.otlp_endpoint.as_ref(),
        )
        .map(|it| it.read(value::collector))
        .transpose()?,
    })
}

/// Checks a secret.
pub(super) fn secret(
    variable: &'static str,
    flag: &'static str,
    token: &SecretString,
) -> Result<SecretString, ConfigError> {
    let token = token.expose_secret().trim();
    value::token(token).map_err(|allowed| ConfigError::SecretValue { variable, flag, allowed })?;
    Ok(SecretString::from(token.to_owned()))
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, SocketAddr};

    use super::*;
    use crate::config::harness::{good, parse, refused};

    const KEY: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
    const SID: &str = "AC0123456789abcdef0123456789abcdef";

    #[test]
    fn nothing_set_gives_the_defaults() {
        let (command, config) = good(&[], &[]);
        assert_eq!(command, Command::Serve);
        assert_eq!(config.http.listen.to_string(), "127.0.0.1:8080");
        assert!(config.store.database_url.is_none() && config.demo && config.twilio.is_none());
        assert_eq!(config.store.connections_max, 20);
        assert!(config.store.data_dir.is_absolute());
        assert_eq!(config.realtime.connections_max, 10_000);
        assert_eq!(config.realtime.resume_events_max, 100_000);
        assert_eq!(config.realtime.ring_events_max, 2_048);
        assert_eq!(config.realtime.ring_bytes_max, 1 << 20);
        assert_eq!(config.log.filter, "info");
        assert_eq!(config.media.blob_dir, config.store.data_dir.join("blobs"));
        assert_eq!(config.media.bytes_max, 100 << 20);
        assert!(!config.media.allow_loopback);
        assert!(good(&[], &[("TANDEM_MEDIA_ALLOW_LOOPBACK", "on")]).1.media.allow_loopback);
        let elsewhere = good(&["--blob-dir=/srv/files"], &[]).1.media.blob_dir;
        assert_eq!(elsewhere.to_str(), Some("/srv/files"));
    }

    #[test]
    fn a_flag_wins_over_a_variable_and_a_blank_one_is_not_set() {
        let listen = |args: &[&str], env: &[(&str, &'static str)]| good(args, env).1.http.listen;
        let env = [("TANDEM_LISTEN", "[::1]:80")];
        assert_eq!(listen(&[], &env).to_string(), "[::1]:80");
        assert_eq!(listen(&["--listen", "0.0.0.0:1"], &env).to_string(), "0.0.0.0:1");
        assert_eq!(listen(&["serve", "--listen=0.0.0.0:1"], &env).to_string(), "0.0.0.0:1");
        assert_eq!(listen(&[], &[("TANDEM_LISTEN", " ")]).to_string(), "127.0.0.1:8080");
        let blank = [("DATABASE_URL", ""), ("TANDEM_TWILIO_NUMBER", ""), ("TANDEM_PUBLIC_URL", "")];
        let config = good(&["verify"], &blank);
        assert_eq!(config.0, Command::Verify);
        assert!(config.1.store.database_url.is_none() && config.1.twilio.is_none());
    }

    #[test]
    fn demo_data_depends_on_the_database() {
        let demo = |env: &[(&str, &'static str)]| good(&[], env).1.demo;
        let url = ("DATABASE_URL", "postgres:///tandem?host=/run/postgresql");
        assert!(!demo(&[url]));
        assert!(demo(&[url, ("TANDEM_DEMO", "on")]));
        assert!(!demo(&[("TANDEM_DEMO", "off")]));
    }

    #[test]
    fn urls_and_origins_follow_from_what_is_set() {
        let bound = SocketAddr::from((Ipv4Addr::LOCALHOST, 4321));
        let open = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 80));
        let http = good(&[], &[]).1.http;
        assert_eq!(http.public_url(bound), "http://127.0.0.1:4321");
        assert_eq!(http.public_url(open), "http://localhost:80");
        let local = ["http://localhost:4321", "http://127.0.0.1:4321"];
        assert_eq!(http.allowed_origins(bound), local);
        let http = good(&["--public-url", "https://Inbox.example.com:443/"], &[]).1.http;
        assert_eq!(http.public_url(bound), "https://inbox.example.com");
        assert_eq!(http.allowed_origins(bound), ["https://inbox.example.com"]);
        let http = good(&["--allowed-origins", "http://a:1, https://b,"], &[]).1.http;
        assert_eq!(http.allowed_origins(bound), ["http://a:1", "https://b"]);
    }

    #[test]
    fn a_wrong_value_is_one_line_that_names_it_and_says_what_is_allowed() {
        refused(
            &[],
            &[("TANDEM_LISTEN", "8080")],
            "TANDEM_LISTEN (--listen) is `8080`: must be an",
        );
        refused(&["--listen", "localhost:99999"], &[], "such as 127.0.0.1:8080");
        refused(&[], &[("TANDEM_PUBLIC_URL", "inbox.example.com")], "must be an http or https URL");
        refused(&["--public-url=https://u:p@x.com"], &[], "TANDEM_PUBLIC_URL");
        refused(&["--allowed-origins", "https://a.com/path"], &[], "TANDEM_ALLOWED_ORIGINS");
        refused(&["--allowed-origins", "*"], &[], "TANDEM_ALLOWED_ORIGINS");
        refused(&[], &[("TANDEM_DEMO", "yes")], "must be on, off or auto");
        refused(&[], &[("TANDEM_LOG_FORMAT", "xml")], "must be pretty or json");
        refused(&[], &[("TANDEM_LOG_FILTER", "a=b=c")], "TANDEM_LOG_FILTER");
        refused(
            &[],
            &[("TANDEM_OTLP_ENDPOINT", "localhost:4318")],
            "such as http://localhost:4318",
        );
        refused(&["--metrics-token", "two words"], &[], "must be printable ASCII");
        refused(&[], &[("TANDEM_CONNECTIONS_MAX", "0")], "a whole number from 1 to 1000000");
        refused(&[], &[("TANDEM_DATABASE_CONNECTIONS_MAX", "41")], "from 2 to 40");
        refused(&[], &[("TANDEM_RING_BYTES_MAX", "1MB")], "from 65536 to 67108864");
        refused(&[], &[("TANDEM_MEDIA_MAX_BYTES", "0")], "a whole number from 1 to");
        refused(&[], &[("TANDEM_MEDIA_ALLOW_LOOPBACK", "yes")], "must be on or off");
        refused(&["--lisen", "x"], &[], "unexpected argument '--lisen'");
        refused(&["server"], &[], "`tandem --help` lists what there is");
    }

    #[test]
    fn secrets_are_never_shown() {
        let token = "sup3rs3cret0token";
        let url = "mysql://tandem:sup3rs3cret@db/tandem";
        let wrong_url = parse(&[], &[("DATABASE_URL", url)]).expect_err("not Postgres");
        let said = format!("{wrong_url} {wrong_url:?}");
        assert!(said.contains("DATABASE_URL") && !said.contains("sup3rs3cret"), "{said}");
        let env = [
            ("DATABASE_URL", "postgres://tandem:sup3rs3cret@db/tandem"),
            ("TANDEM_TWILIO_ACCOUNT_SID", SID),
            ("TANDEM_TWILIO_AUTH_TOKEN", token),
            ("TANDEM_TWILIO_NUMBER", "+12025550123"),
            ("TANDEM_METRICS_TOKEN", token),
            ("TANDEM_SEAL_KEY", KEY),
        ];
        let shown = format!("{:?}", good(&[], &env));
        assert!(!shown.contains("sup3rs3cret") && !shown.contains(KEY), "{shown}");
        let spaced =
            parse(&["--twilio-auth-token", "sup3rs3cret here"], &env).expect_err("a blank");
        let said = format!("{spaced} {spaced:?}");
        assert!(said.contains("TANDEM_TWILIO_AUTH_TOKEN") && !said.contains("sup3rs"), "{said}");
        for arg in args::command().get_arguments().filter(|arg| arg.get_env().is_some()) {
            assert!(arg.is_hide_env_values_set(), "{} shows its value", arg.get_id());
        }
    }

    #[test]
    fn keys_that_seal_are_32_bytes_each() {
        let keys = |text: &'static str| {
            let keys = good(&[], &[("TANDEM_SEAL_KEY", text)]).1.store.seal_keys;
            keys.iter().map(|it| it.expose_secret().to_owned()).collect::<Vec<_>>()
        };
        assert!(keys(" ").is_empty());
        assert_eq!(keys(KEY), [KEY]);
        let two = concat!(
            " AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE= ,",
            "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI="
        );
        assert_eq!(keys(two).len(), 2);
        for odd in [
            "c2hvcnQ=",
            "AQEB",
            "not base64!",
            concat!("AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=", ","),
        ] {
            let error = parse(&["--seal-key", odd], &[]).expect_err(odd);
            let said = format!("{error} {error:?}");
            assert!(said.contains("TANDEM_SEAL_KEY") && !said.contains(odd), "{said}");
        }
    }

    /// `.env.example` names every variable, and nothing else, with the default that `--help` has.
    #[test]
    fn the_example_file_and_the_help_agree() {
        let example = include_str!("../../../.env.example");
        let mut left: Vec<&str> = example
            .lines()
            .filter_map(|line| line.strip_prefix('#'))
            .filter(|line| !line.starts_with(' ') && line.contains('='))
            .collect();
        let help = args::command().render_long_help().to_string();
        for arg in args::command().get_arguments() {
            let Some(name) = arg.get_env().and_then(|name| name.to_str()) else { continue };
            assert!(help.contains(&format!("[env: {name}]")), "--help lacks {name}");
            let default = arg.get_default_values().first().and_then(|it| it.to_str());
            let line = left.iter().position(|line| {
                line.split_once('=').is_some_and(|(key, value)| {
                    key == name && default.is_none_or(|default| default == value)
                })
            });
            let line = line.unwrap_or_else(|| {
                panic!(".env.example lacks #{name}={}", default.unwrap_or_default())
            });
            left.remove(line);
        }
        assert!(left.is_empty(), ".env.example has more than --help: {left:?}");
    }
}
