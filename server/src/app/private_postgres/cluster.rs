//! Makes the cluster, and knows how it is run, reached and stopped.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use sqlx::{Connection, PgConnection};
use tokio::{
    process::Command,
    time::{Instant, sleep},
};

use crate::app::private_postgres::{
    error::PrivatePostgresError,
    folder::{Folder, Owner, refused, socket_dir},
    locate::{self, Binaries},
};

/// The cluster's only role, and its database.
const NAME: &str = "tandem";
/// How long a Postgres whose server was killed may take to go by itself: its guard is stopping it.
const PREDECESSOR_LIMIT: Duration = Duration::from_secs(10);
/// Between two looks at something that has no event to wait for.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// `3D000 invalid_catalog_name`: there is no such database.
const NO_SUCH_DATABASE: &str = "3D000";

/// A folder together with the programs that run it.
#[derive(Debug)]
pub struct Cluster {
    /// The data folder, locked.
    pub folder: Folder,
    /// The programs.
    pub binaries: Binaries,
}

impl Cluster {
    /// Takes the folder, and finds the programs for it.
    pub fn open(data_dir: &Path) -> Result<Self, PrivatePostgresError> {
        let folder = Folder::open(data_dir)?;
        let path = folder.cluster();
        let major = match fs::read_to_string(path.join("PG_VERSION")) {
            Ok(text) => text.trim().parse().ok(),
            Err(_absent) => None,
        };
        let binaries = locate::locate(&path, major)?;
        Ok(Self { folder, binaries })
    }

    /// Waits until no Postgres of an earlier server runs here, and stops one that stays.
    pub async fn clear_after_crash(&self) -> Result<(), PrivatePostgresError> {
        self.clear(PREDECESSOR_LIMIT).await
    }

    /// Stops a Postgres that runs here without a guard.
    pub async fn clear_now(&self) -> Result<(), PrivatePostgresError> {
        self.clear(Duration::ZERO).await
    }

    async fn clear(&self, patience: Duration) -> Result<(), PrivatePostgresError> {
        let deadline = Instant::now() + patience;
        while self.is_running().await && Instant::now() < deadline {
            sleep(LOOK_EVERY).await;
        }
        if self.is_running().await {
            tracing::warn!("a Postgres runs here without its guard; stopping it");
            stop(&self.binaries.dir, &self.folder.cluster(), self.folder.owner, "fast").await;
        }
        let deadline = Instant::now() + LOOK_EVERY * 20;
        while self.is_running().await {
            if Instant::now() > deadline {
                return Err(PrivatePostgresError::StillRunning { cluster: self.folder.cluster() });
            }
            sleep(LOOK_EVERY).await;
        }
        // Nothing runs here and the lock is ours, so this file is left from a crash. Its process
        // number may belong to something else by now, which Postgres would take for a rival.
        let stale = self.folder.cluster().join("postmaster.pid");
        match fs::remove_file(&stale) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(refused(&stale)(error))
            }
            _gone => Ok(()),
        }
    }

    /// Makes the cluster unless it is there.
    pub async fn init(&self) -> Result<(), PrivatePostgresError> {
        let cluster = self.folder.cluster();
        if cluster.exists() {
            return Ok(());
        }
        // Made beside and renamed, so that a half-made one is never taken for a whole one.
        let unfinished = self.folder.unfinished_cluster();
        if unfinished.exists() {
            fs::remove_dir_all(&unfinished).map_err(refused(&unfinished))?;
        }
        self.folder.make_private(&unfinished)?;
        let program = self.binaries.dir.join("initdb");
        let locale = if cfg!(target_os = "linux") { "C.UTF-8" } else { "en_US.UTF-8" };
        let mut command = Command::new(&program);
        command
            .args(["--auth=trust", "--encoding=UTF8", "--data-checksums"])
            .args([format!("--username={NAME}"), format!("--locale={locale}")])
            .arg("--pgdata")
            .arg(&unfinished)
            .current_dir(&unfinished)
            .kill_on_drop(true);
        clean(&mut command, self.folder.owner);
        let output = command
            .output()
            .await
            .map_err(|source| PrivatePostgresError::Spawn { program, source })?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            let reason = last_line(&said);
            return Err(PrivatePostgresError::Init { cluster: unfinished, reason });
        }
        fs::rename(&unfinished, &cluster).map_err(refused(&cluster))
    }

    /// Returns where the database is, as sqlx reads it.
    pub fn database_url(&self) -> String {
        self.url(NAME)
    }

    fn url(&self, database: &str) -> String {
        url(&self.folder.socket_dir(), database)
    }

    /// Tries to reach the database, and makes it if Postgres says that it is not there.
    ///
    /// `Ok(false)`: not yet.
    pub async fn reach(&self) -> Result<bool, PrivatePostgresError> {
        let failed = |error: sqlx::Error| PrivatePostgresError::Database(Box::new(error));
        match PgConnection::connect(&self.database_url()).await {
            Ok(connection) => {
                connection.close().await.map_err(failed)?;
                return Ok(true);
            }
            Err(sqlx::Error::Database(error))
                if error.code().as_deref() == Some(NO_SUCH_DATABASE) => {}
            Err(_not_yet) => return Ok(false),
        }
        let mut connection = PgConnection::connect(&self.url("postgres")).await.map_err(failed)?;
        // The one statement outside `store`: before it there is no database that a store could
        // open, and no migration can hold it.
        sqlx::raw_sql("create database tandem").execute(&mut connection).await.map_err(failed)?;
        connection.close().await.map_err(failed)?;
        Ok(true)
    }

    /// Says whether a process of this cluster is there.
    async fn is_running(&self) -> bool {
        if Path::new("/proc/self/cwd").exists() {
            // Every process of a cluster works in its folder. The process number in
            // `postmaster.pid` would be wrong after a restart of the machine or the container.
            return works_in(&[self.folder.cluster(), self.folder.unfinished_cluster()]);
        }
        let mut command = Command::new(self.binaries.dir.join("pg_ctl"));
        command.arg("status").arg("-D").arg(self.folder.cluster());
        clean(&mut command, self.folder.owner);
        command.output().await.is_ok_and(|it| it.status.success())
    }
}

/// Returns where the database of this data folder is, for who finds it running.
pub fn url_of(data_dir: &Path) -> String {
    url(&socket_dir(data_dir), NAME)
}

fn url(socket_dir: &Path, database: &str) -> String {
    // Everything is said, because sqlx takes what is not from `PG*` variables.
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("host", &socket_dir.to_string_lossy())
        .append_pair("port", "5432")
        .append_pair("user", NAME)
        .append_pair("sslmode", "disable")
        .finish();
    format!("postgres:///{database}?{query}")
}

/// Returns the arguments that Postgres is run with. What is not said here is its own default.
pub fn postgres_args(cluster: &Path, socket_dir: &Path) -> Vec<OsString> {
    // A list in Postgres' eyes, so the one path is quoted.
    let socket_dir = socket_dir.to_string_lossy().replace('"', "\"\"");
    let settings = [
        "listen_addresses=".to_owned(),
        format!("unix_socket_directories=\"{socket_dir}\""),
        // Who may enter its folder may use the socket; there are no passwords.
        "unix_socket_permissions=0700".to_owned(),
        "port=5432".to_owned(),
        "shared_buffers=128MB".to_owned(),
        "max_connections=50".to_owned(),
        "fsync=on".to_owned(),
        "timezone=UTC".to_owned(),
        "log_timezone=UTC".to_owned(),
    ];
    let mut args = vec![OsString::from("-D"), cluster.into()];
    for setting in settings {
        args.extend([OsString::from("-c"), setting.into()]);
    }
    args
}

/// Asks the Postgres of a cluster to stop, and waits; `mode` is `fast` or `immediate`.
pub async fn stop(bin_dir: &Path, cluster: &Path, owner: Option<Owner>, mode: &str) {
    let mut command = Command::new(bin_dir.join("pg_ctl"));
    command.args(["stop", "--wait", "--timeout=7", "--mode", mode]).arg("-D").arg(cluster);
    clean(&mut command, owner);
    // Whether it worked is seen by what runs afterwards, not by what `pg_ctl` says.
    let _ = command.output().await;
}

/// Gives a program of Postgres its user, and none of the server's environment: it has secrets, and
/// `PG*` variables that would move things.
pub fn clean(command: &mut Command, owner: Option<Owner>) {
    command
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("LC_ALL", "C")
        .stdin(Stdio::null());
    if let Some(Owner { uid, gid }) = owner {
        command.uid(uid).gid(gid);
    }
}

/// Returns the last line that says something.
pub fn last_line(text: &str) -> String {
    let line = text.lines().rev().find(|line| !line.trim().is_empty());
    line.unwrap_or("nothing").trim().to_owned()
}

fn works_in(folders: &[PathBuf]) -> bool {
    let folders: Vec<_> = folders.iter().filter_map(|path| path.canonicalize().ok()).collect();
    let Ok(processes) = fs::read_dir("/proc") else { return false };
    processes.filter_map(Result::ok).any(|process| {
        let here =
            fs::read_link(process.path().join("cwd")).is_ok_and(|cwd| folders.contains(&cwd));
        // A person's shell may stand there too.
        here && fs::read_to_string(process.path().join("comm")).is_ok_and(|name| {
            ["postgres", "postmaster", "initdb"].iter().any(|known| name.starts_with(known))
        })
    })
}
