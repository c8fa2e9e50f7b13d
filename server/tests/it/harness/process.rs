//! A server in its own process, for what only a process can do: die.

use std::{
    fs::File,
    path::{Path, PathBuf},
    process::Stdio,
};

use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, ChildStdout, Command},
};

use super::{api::Api, database::Database, outside, wait::PATIENCE};

/// Sends a signal to a process that is ours.
pub(crate) fn signal(name: &str, process: u32) {
    let status =
        std::process::Command::new("kill").args([format!("-{name}"), process.to_string()]).status();
    assert!(status.expect("`kill` runs").success(), "no process {process}");
}

/// A server process.
pub(crate) struct ServerProcess {
    child: Child,
    _stdout: BufReader<ChildStdout>,
    /// The HTTP address.
    pub(crate) url: String,
}

impl ServerProcess {
    /// Starts the executable on a database and waits until it serves.
    pub(crate) async fn start(database: &Database, env: &[(&str, &str)]) -> Self {
        Self::start_at(database, "127.0.0.1:0", env).await
    }

    /// Starts it on an address.
    pub(crate) async fn start_at(database: &Database, listen: &str, env: &[(&str, &str)]) -> Self {
        Self::spawn(database.plain_url(), listen, env, Stdio::inherit()).await
    }

    /// Starts it with settings that name the database, and adds its log to a file.
    pub(crate) async fn start_through(env: &[(&str, &str)], log: &Path) -> Self {
        let log = File::options().create(true).append(true).open(log).expect("a file for the log");
        Self::spawn("", "127.0.0.1:0", env, log.into()).await
    }

    /// Starts it with its log in a file.
    pub(crate) async fn start_logged(
        database: &Database,
        env: &[(&str, &str)],
        log: &Path,
    ) -> Self {
        let log = File::create(log).expect("a file for the log");
        Self::spawn(database.plain_url(), "127.0.0.1:0", env, log.into()).await
    }

    async fn spawn(database_url: &str, listen: &str, env: &[(&str, &str)], stderr: Stdio) -> Self {
        let settings = env.iter().map(|(_name, value)| *value).chain([database_url]);
        outside::learn(&settings.collect::<Vec<_>>());
        let mut child = Command::new(PathBuf::from(env!("CARGO_BIN_EXE_tandem")))
            .env("DATABASE_URL", database_url)
            .env("TANDEM_LISTEN", listen)
            .env("TANDEM_DEMO", "on")
            .env("TANDEM_BLOB_DIR", std::env::temp_dir().join("tandem-test-files"))
            // Tests are faster than people, and than what providers take.
            .env("TANDEM_CHANNEL_RATE", "1000")
            .env("TANDEM_FRAMES_PER_SECOND", "10000")
            .env("TANDEM_LOG_FILTER", "warn")
            .envs(env.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(stderr)
            .kill_on_drop(true)
            .spawn()
            .expect("the server starts");
        let mut lines = BufReader::new(child.stdout.take().expect("stdout")).lines();
        let url = tokio::time::timeout(PATIENCE, async {
            while let Some(line) = lines.next_line().await.expect("a line") {
                if let Some(url) = line.strip_prefix("Tandem is at ") {
                    return url.to_owned();
                }
            }
            panic!("the server ended before it served")
        })
        .await
        .expect("the server says where it is");
        // What else it says is for people; the pipe stays open, so that it can be said.
        Self { child, url, _stdout: lines.into_inner() }
    }

    /// Kills it as `kill -9` does, and waits until it is gone.
    pub(crate) async fn kill(mut self) {
        self.child.kill().await.expect("the server dies");
    }

    /// Returns its process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id().expect("it runs")
    }

    /// Ends it as an operator does, and waits until it has; returns how it ended.
    pub(crate) async fn terminate(mut self) -> std::process::ExitStatus {
        signal("TERM", self.id());
        let ended = tokio::time::timeout(PATIENCE, self.child.wait()).await;
        ended.expect("the server ends").expect("it is ours")
    }

    /// Signs in.
    pub(crate) async fn api(&self, name: &str) -> Api {
        Api::sign_in(&self.url, name).await
    }

    /// Returns its resident memory in KiB, as Linux counts it.
    pub(crate) fn rss_kib(&self) -> u64 {
        let status =
            std::fs::read_to_string(format!("/proc/{}/status", self.id())).expect("its status");
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("VmRSS");
        line.split_whitespace().nth(1).and_then(|kib| kib.parse().ok()).expect("a number")
    }

    /// Returns the address without its scheme.
    pub(crate) fn address(&self) -> &str {
        self.url.strip_prefix("http://").unwrap()
    }
}
