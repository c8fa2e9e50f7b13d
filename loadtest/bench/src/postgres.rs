//! The Postgres that `make bench` has started: a database for each bench, its own programs.

use std::{
    io::Write,
    path::PathBuf,
    process::{Command, Stdio},
};

use anyhow::{Context, ensure};

/// A Postgres, and where its programs are.
#[derive(Debug, Clone)]
pub(crate) struct Postgres {
    /// A superuser's URL of the database `postgres`.
    pub(crate) url: String,
    /// The folder with `psql` and `pgbench`.
    pub(crate) programs: PathBuf,
}

impl Postgres {
    /// Makes a database; returns its URL.
    pub(crate) fn database(&self, name: &str) -> anyhow::Result<String> {
        self.sql(
            &self.url,
            &format!(
                "set client_min_messages = error; drop database if exists {name} with (force);"
            ),
        )?;
        self.sql(&self.url, &format!("create database {name};"))?;
        let url = self.url.replacen("/postgres?", &format!("/{name}?"), 1);
        ensure!(url != self.url, "DATABASE_URL does not name the database `postgres`");
        Ok(url)
    }

    /// Runs statements; returns what they print, a row a line.
    pub(crate) fn sql(&self, url: &str, statements: &str) -> anyhow::Result<String> {
        let mut child = Command::new(self.programs.join("psql"))
            .args(["--no-psqlrc", "-qAt", "-v", "ON_ERROR_STOP=1", url])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start psql")?;
        child.stdin.take().context("piped")?.write_all(statements.as_bytes())?;
        let output = child.wait_with_output()?;
        ensure!(output.status.success(), "psql failed at: {statements}");
        Ok(String::from_utf8(output.stdout)?.trim().to_owned())
    }

    /// Runs a pgbench script over 8 connections; returns transactions a second.
    pub(crate) fn pgbench(
        &self,
        url: &str,
        script: &str,
        inboxes: u32,
        seconds: u32,
    ) -> anyhow::Result<f64> {
        let mut child = Command::new(self.programs.join("pgbench"))
            .args(["-n", "-M", "prepared", "-c", "8", "-j", "2", "-f", "/dev/stdin"])
            .args(["-D", &format!("inboxes={inboxes}"), "-T", &seconds.to_string(), url])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .context("cannot start pgbench")?;
        child.stdin.take().context("piped")?.write_all(script.as_bytes())?;
        let output = child.wait_with_output()?;
        let text = String::from_utf8(output.stdout)?;
        let errors = String::from_utf8_lossy(&output.stderr);
        let rate = text.lines().find_map(|line| line.strip_prefix("tps = "));
        let rate = rate.and_then(|line| line.split(' ').next()?.parse().ok());
        rate.with_context(|| format!("pgbench failed: {text}{errors}"))
    }

    /// Says what makes a commit as dear as it is.
    pub(crate) fn durability(&self) -> anyhow::Result<String> {
        let names = ["server_version", "fsync", "synchronous_commit", "full_page_writes"];
        let each = names.map(|name| format!("'{name} ' || current_setting('{name}')"));
        self.sql(&self.url, &format!("select {};", each.join(" || ', ' || ")))
    }
}
