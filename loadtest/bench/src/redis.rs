//! A Redis of the bench's own, for builds that know one.

use std::{
    net::{Ipv4Addr, TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};

use crate::args::Settings;

/// A Redis that keeps nothing, ended with us.
pub(crate) struct Redis {
    child: Child,
    /// Its URL.
    pub(crate) url: String,
}

impl Redis {
    /// Starts one; `None` where Tandem does not know Redis, or there is no Redis to start.
    pub(crate) fn start(settings: &Settings) -> anyhow::Result<Option<Self>> {
        let help = Command::new(&settings.tandem).arg("--help").output()?;
        let known = memchr::memmem::find(&help.stdout, b"REDIS_URL").is_some();
        if !known || Command::new("redis-server").arg("--version").output().is_err() {
            return Ok(None);
        }
        // Free a moment ago; nothing else of this machine asks for ports in these seconds.
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let child = Command::new("redis-server")
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1"])
            .args(["--save", "", "--appendonly", "no"])
            .stdout(Stdio::null())
            .spawn()
            .context("cannot start redis-server")?;
        let redis = Self { child, url: format!("redis://127.0.0.1:{port}") };
        let begun = Instant::now();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            ensure!(begun.elapsed() < Duration::from_secs(5), "redis-server did not start");
            thread::sleep(Duration::from_millis(20));
        }
        Ok(Some(redis))
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _gone = self.child.wait();
    }
}
