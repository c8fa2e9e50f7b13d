//! Looks at everything that has to be right for a deployment, and says so: the settings were read by
//! then; the database, Redis, the files, the public URL, and each channel's account at its provider.

use std::{
    io::{self, Write as _},
    time::Duration,
};

use secrecy::SecretString;
use url::Url;

use super::{borrowed::Borrowed, build, files};
use crate::{
    auth::token::random_hex,
    bus::pubsub::connect::{self, RedisSettings},
    channels::{registry::Registry, webhook::webhook_url},
    clock::Clock,
    config::settings::Config,
    shutdown::Shutdown,
    store::{channel_settings, channels, pool::Store},
    telemetry::metrics::kinds::word,
    web_client,
};

/// How long the public URL may take to answer.
const ANSWER: Duration = Duration::from_secs(10);
/// What proves a deployment is 64 digits.
const ANSWER_BYTES_MAX: usize = 256;

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    Right,
    /// Worth knowing, and no fault.
    Note,
    Wrong,
}

/// Says what was found, and counts what is wrong.
#[derive(Default)]
struct Report {
    wrong: usize,
}

impl Report {
    fn say(&mut self, found: Found, what: &str, text: &str) {
        let word = match found {
            Found::Right => "ok",
            Found::Note => "note",
            Found::Wrong => "WRONG",
        };
        self.wrong += usize::from(found == Found::Wrong);
        // A closed stdout is no reason to stop.
        let _closed = writeln!(io::stdout(), "{word:<6} {what:<10} {text}");
    }
}

/// Looks at everything; fails if something is wrong.
pub async fn doctor(config: Config) -> anyhow::Result<()> {
    // Fails only where it was installed before, which is as good.
    let _installed = rustls::crypto::ring::default_provider().install_default();
    let mut report = Report::default();
    report.say(Found::Right, "settings", "all values can be read");
    redis(&config, &mut report).await;
    files(&config, &mut report).await;
    match Borrowed::new(&config.store).await {
        Ok(database) => {
            with_database(&config, &database.url, &mut report).await;
            database.give_back().await;
        }
        Err(error) => report.say(Found::Wrong, "database", &error.to_string()),
    }
    anyhow::ensure!(report.wrong == 0, "{} of what was looked at is wrong", report.wrong);
    Ok(())
}

async fn redis(config: &Config, report: &mut Report) {
    let Some(redis) = &config.redis else {
        report.say(Found::Note, "redis", "REDIS_URL is not set: this is the only node");
        return;
    };
    let settings = RedisSettings { url: redis.url.clone(), prefix: redis.prefix.clone() };
    match connect::check(&settings).await {
        Ok(()) => report.say(Found::Right, "redis", "it answers"),
        Err(error) => {
            let said = format!("REDIS_URL: it does not answer: {}", error.category());
            report.say(Found::Wrong, "redis", &said);
        }
    }
}

async fn files(config: &Config, report: &mut Report) {
    let Some(bucket) = &config.media.bucket else {
        let said = format!("they are in {}", config.media.blob_dir.display());
        return report.say(Found::Note, "files", &said);
    };
    match files::place(&config.media, &Shutdown::new()).await {
        Ok(_blobs) => {
            let said = format!("{} takes, shows and deletes them", bucket.title());
            report.say(Found::Right, "files", &said);
        }
        Err(error) => report.say(Found::Wrong, "files", &error.to_string()),
    }
}

async fn with_database(config: &Config, url: &SecretString, report: &mut Report) {
    let store = match Store::connect(url, 2).await {
        Ok(store) => store,
        Err(error) => {
            report.say(Found::Wrong, "database", &format!("DATABASE_URL: {error}"));
            return;
        }
    };
    match store.migrations_missing().await {
        Ok(0) => {
            report.say(Found::Right, "database", "it answers, and its schema is up to date");
            let public_url = public_url(config, &store, report).await;
            if let Some(public_url) = public_url {
                accounts(config, &store, &public_url, report).await;
            }
        }
        Ok(missing) => {
            let said = format!("{missing} migrations are missing: the next start makes them");
            report.say(Found::Note, "database", &said);
        }
        Err(error) => report.say(Found::Wrong, "database", &error.to_string()),
    }
    store.close().await;
}

/// Asks the public URL for what only this deployment knows.
async fn public_url(config: &Config, store: &Store, report: &mut Report) -> Option<Url> {
    let text = config.http.public_url(config.http.listen);
    let url: Url = match text.parse() {
        Ok(url) => url,
        Err(error) => {
            report.say(Found::Wrong, "public URL", &format!("TANDEM_PUBLIC_URL: {error}"));
            return None;
        }
    };
    if url.scheme() != "https" {
        let said = format!("{text} has no TLS: providers call https addresses only");
        report.say(Found::Note, "public URL", &said);
    }
    match leads_here(&text, store).await {
        Ok(()) => report.say(Found::Right, "public URL", &format!("{text} leads here")),
        Err(why) => report.say(Found::Wrong, "public URL", &format!("{text}: {why}")),
    }
    Some(url)
}

async fn leads_here(public_url: &str, store: &Store) -> Result<(), String> {
    let word = random_hex::<16>();
    let expected = store.prove(&word).await.map_err(|error| error.to_string())?;
    let http = web_client::build(ANSWER, ANSWER).map_err(|error| error.to_string())?;
    let base = public_url.trim_end_matches('/');
    let asked = http.get(format!("{base}/healthz/deployment/{word}")).send().await;
    let answer = asked.map_err(|error| {
        let what =
            if error.is_connect() { "nothing answers there" } else { "it was asked in vain" };
        format!("{what}; does the server run? ({})", root(&error))
    })?;
    let status = answer.status();
    let body = web_client::read_bounded(answer, ANSWER_BYTES_MAX).await.unwrap_or_default();
    if !status.is_success() {
        return Err(format!("something else answers there, with {status}"));
    }
    if String::from_utf8_lossy(&body).trim() == expected {
        return Ok(());
    }
    Err("another deployment, or something else, answers there".to_owned())
}

/// The innermost cause is what a person can act on.
fn root(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}

async fn accounts(config: &Config, store: &Store, public_url: &Url, report: &mut Report) {
    let registry = match build::registry(config, store, public_url, &Clock::system()) {
        Ok(registry) => registry,
        Err(error) => return report.say(Found::Wrong, "providers", &format!("{error:#}")),
    };
    let all = match channel_settings::all(store).await {
        Ok(all) => all,
        Err(error) => return report.say(Found::Wrong, "channels", &error.to_string()),
    };
    if all.is_empty() {
        report.say(Found::Note, "channels", "there are none yet");
    }
    for it in all {
        let what = format!("{}, {} {}", it.provider, word(it.kind), it.address);
        let (found, said) = match channels::find(store, it.id).await {
            Ok(Some(channel)) => try_out(&registry, &channel).await,
            Ok(None) => continue,
            Err(error) => (Found::Wrong, error.to_string()),
        };
        report.say(found, "channel", &format!("{what}: {said}"));
        if let Some(pause) = &it.paused {
            let code = pause.code.as_deref().map(|code| format!(" ({code})")).unwrap_or_default();
            let said = format!("{what}: paused since {}{code}", pause.since.to_rfc3339());
            report.say(Found::Wrong, "channel", &said);
        }
        let topics = registry.maker(&it.provider).map_or(&[][..], |maker| maker.form().webhooks);
        for (goes, topic) in topics {
            let url = webhook_url(public_url, &it.provider, it.id, topic);
            report.say(Found::Note, "webhook", &format!("{what}: {goes}: {url}"));
        }
        for trouble in &it.troubles {
            let hint = trouble.hint.as_deref().unwrap_or("nothing is known of why");
            let said =
                format!("{what}: {} refused, last at {}: {hint}", trouble.count, trouble.last_at);
            report.say(Found::Note, "webhook", &said);
        }
    }
}

async fn try_out(registry: &Registry, channel: &channels::Channel) -> (Found, String) {
    let provider = match registry.provider(&channel.provider, channel.account).await {
        Ok(provider) => provider,
        Err(error) => return (Found::Wrong, error.to_string()),
    };
    match provider.test(Some(channel)).await {
        Ok(said) => (Found::Right, said),
        Err(error) => (Found::Wrong, error.to_string()),
    }
}
