//! A Redis of a test's own, which it may stop, kill and flush.

use std::{net::SocketAddr, process::Stdio, time::Duration};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    process::{Child, Command},
};

use super::{process::signal, wait::eventually};

/// How often a free port is looked for: another process may take it before Redis does.
const PORTS_TRIED: u32 = 5;

/// A Redis process that keeps nothing.
pub(crate) struct Redis {
    child: Child,
    address: SocketAddr,
}

impl Redis {
    /// Starts one on a free port.
    pub(crate) async fn start() -> Self {
        for _try in 0..PORTS_TRIED {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a loopback port");
            let address = listener.local_addr().expect("a bound address");
            drop(listener);
            if let Some(child) = launch(address).await {
                return Self { child, address };
            }
        }
        panic!("Redis does not start: is redis-server (or valkey-server) installed?");
    }

    /// Returns where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Kills it as `kill -9` does, if it lives.
    pub(crate) async fn kill(&mut self) {
        if self.lives() {
            self.child.kill().await.expect("Redis dies");
        }
    }

    /// Starts it again, empty, where it was.
    pub(crate) async fn restart(&mut self) {
        self.kill().await;
        let address = self.address;
        // The port may be taken for a moment by a connection that was tried meanwhile.
        let start = async || launch(address).await;
        self.child = eventually("Redis is back", start).await;
    }

    /// Starts it again if it was killed.
    pub(crate) async fn restart_if_dead(&mut self) {
        if !self.lives() {
            self.restart().await;
        }
    }

    /// Says whether it runs.
    pub(crate) fn lives(&self) -> bool {
        self.child.id().is_some()
    }

    /// Stops the process without ending it; connections stay open and nobody answers.
    pub(crate) fn pause(&self) {
        signal("STOP", self.child.id().expect("it runs"));
    }

    /// Lets it go on.
    pub(crate) fn go_on(&self) {
        signal("CONT", self.child.id().expect("it runs"));
    }

    /// Runs a command and returns the first line of the answer.
    pub(crate) async fn command(&self, words: &str) -> String {
        ask(self.address, words).await.expect("Redis answers")
    }
}

async fn launch(address: SocketAddr) -> Option<Child> {
    #[expect(clippy::disallowed_methods, reason = "tests have no config")]
    let found = std::env::var("TANDEM_TEST_REDIS_SERVER").ok();
    let known = ["redis-server", "valkey-server"].map(str::to_owned);
    for program in found.into_iter().chain(known) {
        let started = Command::new(program)
            .args(["--bind", "127.0.0.1", "--port", &address.port().to_string()])
            .args(["--save", "", "--appendonly", "no", "--dir", "/tmp", "--loglevel", "warning"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn();
        let Ok(mut child) = started else { continue };
        loop {
            // Another Redis may have taken the port.
            if process_at(address).await.is_some_and(|id| Some(id) == child.id()) {
                return Some(child);
            }
            if child.try_wait().expect("it is ours").is_some() {
                return None;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
    None
}

/// Returns the process that answers there.
async fn process_at(address: SocketAddr) -> Option<u32> {
    let mut stream = BufReader::new(TcpStream::connect(address).await.ok()?);
    stream.write_all(b"INFO server\r\n").await.ok()?;
    let mut line = String::new();
    while stream.read_line(&mut line).await.ok()? > 0 {
        if let Some(id) = line.strip_prefix("process_id:") {
            return id.trim_end().parse().ok();
        }
        line.clear();
    }
    None
}

async fn ask(address: SocketAddr, words: &str) -> Option<String> {
    let mut stream = BufReader::new(TcpStream::connect(address).await.ok()?);
    stream.write_all(format!("{words}\r\n").as_bytes()).await.ok()?;
    let mut line = String::new();
    stream.read_line(&mut line).await.ok()?;
    Some(line.trim_end().to_owned())
}
