//! Runs the server until it is told to stop.

use std::{
    fmt::Write as _,
    io::{self, Write as _},
    path::Path,
    time::{Duration, Instant},
};

use anyhow::Context;
use protocol::views::Role;
use secrecy::SecretString;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::{
    build::{self, Running},
    demo::Login,
    private_postgres::handle::PrivatePostgres,
};
use crate::{clock::Clock, config::settings::Config, shutdown::Shutdown};

/// How long after its window a drain may last, and how often it is looked whether it is over.
const DRAIN_EXTRA: Duration = Duration::from_secs(2);
const DRAIN_LOOK: Duration = Duration::from_millis(20);
/// How long connections and deliveries get to end.
const DRAIN: Duration = Duration::from_secs(10);
/// The demo's logins are kept beside the data, for the owner of the folder only.
const LOGINS_FILE: &str = "demo-logins.txt";

/// Starts everything, serves, and drains on Ctrl-C or SIGTERM.
pub async fn serve(config: Config) -> anyhow::Result<()> {
    let mut stop = Stop::new()?;
    let mut postgres = None;
    let database_url = if let Some(url) = &config.store.database_url {
        url.clone()
    } else {
        let started = tokio::select! {
            started = PrivatePostgres::start(&config.store.data_dir) => started?,
            () = stop.wait() => return Ok(()),
        };
        let url = SecretString::from(started.database_url());
        postgres = Some(started);
        url
    };
    let result = run(&config, &database_url, &mut stop, postgres.as_mut()).await;
    if let Some(postgres) = postgres {
        postgres.stop().await;
    }
    result
}

async fn run(
    config: &Config,
    database_url: &SecretString,
    stop: &mut Stop,
    postgres: Option<&mut PrivatePostgres>,
) -> anyhow::Result<()> {
    let shutdown = Shutdown::new();
    let data_dir = postgres.as_ref().map(|it| it.data_dir().to_owned());
    let running = tokio::select! {
        running = build::start(config, database_url, Clock::system(), &shutdown) => running?,
        () = stop.wait() => return Ok(()),
    };
    greet(&running, data_dir.as_deref())?;
    let lost = async {
        match postgres {
            Some(postgres) => postgres.exited().await,
            None => std::future::pending().await,
        }
    };
    let lost = tokio::select! {
        () = lost => true,
        () = stop.wait() => false,
    };
    running.ready.set(false);
    drain(&running, &shutdown).await;
    shutdown.begin();
    shutdown.wait(DRAIN).await;
    running.store.close().await;
    anyhow::ensure!(!lost, "the private Postgres has ended; its log is in the data folder");
    Ok(())
}

/// Sends the clients to other nodes, one after the other, while everything goes on.
async fn drain(running: &Running, shutdown: &Shutdown) {
    let connections = &running.hub.connections;
    let window = connections.drain_window();
    tracing::info!(clients = connections.count(), ?window, "draining");
    shutdown.drain();
    let deadline = Instant::now() + window + DRAIN_EXTRA;
    while connections.count() > 0 && Instant::now() < deadline {
        tokio::time::sleep(DRAIN_LOOK).await;
    }
    running.hub.presence.goodbye();
    tracing::info!(clients = connections.count(), "stopping");
}

/// Says where everything is. To stdout, because it is for the person who started it.
fn greet(running: &Running, data_dir: Option<&Path>) -> anyhow::Result<()> {
    let url = running.public_url.as_str().trim_end_matches('/');
    let mut text = format!("Tandem is at {url}");
    let _infallible = write!(text, "\n  desk     {url}/\n  phone    {url}/sandbox");
    if let Some(data_dir) = data_dir {
        let _infallible = write!(text, "\n  data     {}", data_dir.display());
        let kept = data_dir.join(LOGINS_FILE);
        if running.logins.is_empty() {
            if kept.exists() {
                let _infallible = write!(text, "\n  logins   in {}", kept.display());
            }
        } else {
            keep(&kept, &logins(&running.logins)).context("cannot keep the demo's logins")?;
        }
    }
    if !running.logins.is_empty() {
        text.push_str("\n\nDemo logins, made just now:\n");
        text.push_str(&logins(&running.logins));
    }
    // A closed stdout is no reason to stop.
    let _closed = writeln!(io::stdout(), "{text}");
    tracing::info!(address = %running.address, "serving");
    Ok(())
}

fn logins(logins: &[Login]) -> String {
    let mut text = String::new();
    for login in logins {
        let role = match login.role {
            Role::Agent => "",
            Role::Supervisor => "  (supervisor)",
            Role::Admin => "  (administrator)",
            Role::Reviewer => "  (reviewer)",
        };
        let _infallible = writeln!(text, "  {:<22} {}{role}", login.email, login.password);
    }
    text
}

fn keep(path: &Path, text: &str) -> io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    options.open(path)?.write_all(text.as_bytes())
}

/// The signals that end the server.
struct Stop {
    terminate: Signal,
    interrupt: Signal,
}

impl Stop {
    fn new() -> anyhow::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate()).context("cannot wait for SIGTERM")?,
            interrupt: signal(SignalKind::interrupt()).context("cannot wait for SIGINT")?,
        })
    }

    async fn wait(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
