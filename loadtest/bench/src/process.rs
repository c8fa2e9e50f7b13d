//! A server under measurement: pinned to a core, its CPU and memory read from /proc, ended with us.

use std::{
    env, fs,
    io::{BufRead, BufReader},
    net::{Ipv4Addr, SocketAddr},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};

/// Linux counts CPU time for user space in hundredths of a second, on every machine.
const TICK: Duration = Duration::from_millis(10);
const START_TIMEOUT: Duration = Duration::from_secs(30);

/// A running server.
pub(crate) struct Process {
    child: Child,
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// What it printed until it listened.
    pub(crate) greeting: String,
}

impl Process {
    /// Starts it on these cores and waits for a line with `said` before its port.
    pub(crate) fn start(cores: &str, command: &[&str], said: &str) -> anyhow::Result<Self> {
        Self::start_with(cores, command, said, &[])
    }

    /// The same, with more environment.
    pub(crate) fn start_with(
        cores: &str,
        command: &[&str],
        said: &str,
        environment: &[(&str, String)],
    ) -> anyhow::Result<Self> {
        let name = command.first().copied().unwrap_or_default();
        let mut child = Command::new("taskset")
            .args(["-c", cores])
            .args(command)
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {name}"))?;
        let out = child.stdout.take().context("its output is piped")?;
        let mut process =
            Self { child, address: (Ipv4Addr::LOCALHOST, 0).into(), greeting: String::new() };
        let mut out = BufReader::new(out);
        let begun = Instant::now();
        let mut port = None;
        // What belongs to the greeting comes in one piece; the port is in its first line.
        while port.is_none() || !out.buffer().is_empty() {
            let mut line = String::new();
            let count = out.read_line(&mut line).context("its output cannot be read")?;
            ensure!(count > 0 && begun.elapsed() < START_TIMEOUT, "{name} did not start");
            if let Some((_before, after)) = line.split_once(said) {
                let digits = after.trim().rsplit(':').next().unwrap_or_default();
                port = digits.parse().ok();
            }
            process.greeting.push_str(&line);
        }
        process.address = (Ipv4Addr::LOCALHOST, port.unwrap_or_default()).into();
        Ok(process)
    }

    fn proc(&self, file: &str) -> anyhow::Result<String> {
        let path = format!("/proc/{}/{file}", self.child.id());
        fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))
    }

    /// Returns the CPU time that it has used, in user space and in the kernel.
    pub(crate) fn cpu(&self) -> anyhow::Result<Duration> {
        let stat = self.proc("stat")?;
        // The name is in brackets and can have blanks in it.
        let (_name, rest) = stat.rsplit_once(')').context("no stat")?;
        let ticks: u32 = rest
            .split_whitespace()
            .skip(11)
            .take(2)
            .map(|it| it.parse::<u32>().unwrap_or_default())
            .sum();
        Ok(TICK * ticks)
    }

    /// Returns its resident memory in bytes.
    pub(crate) fn resident(&self) -> anyhow::Result<u64> {
        let status = self.proc("status")?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no RSS")?;
        let kib: u64 = line.trim().trim_end_matches("kB").trim().parse()?;
        Ok(kib * 1024)
    }
}

/// Returns the path of this executable, which is some of the peers, too.
pub(crate) fn own_path() -> anyhow::Result<String> {
    let path = env::current_exe().context("this executable cannot be found")?;
    Ok(path.to_str().context("a path that is text")?.to_owned())
}

impl Drop for Process {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _gone = self.child.wait();
    }
}
