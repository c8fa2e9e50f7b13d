//! A Postgres of a test's own, which it may restart: `scripts/with-postgres` once more.

use std::{
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    process::Stdio,
};

use server::store::pool::Store;
use sqlx::{Connection, Executor, PgConnection};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

use super::{database::Database, wait::PATIENCE};

/// A cluster that goes away with this.
pub(crate) struct OwnPostgres {
    /// Lives until its input ends.
    _script: Child,
    folder: PathBuf,
    pg_ctl: PathBuf,
    pub(crate) database: Database,
}

impl OwnPostgres {
    /// Starts one, with an empty database that has the schema.
    pub(crate) async fn start() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let need = Command::new(root.join("scripts/need")).arg("--postgres-bin").output();
        let bin = String::from_utf8(need.await.expect("scripts/need runs").stdout).expect("a path");
        let mut script = Command::new(root.join("scripts/with-postgres"))
            .args(["sh", "-c", "echo \"$DATABASE_URL\"; exec cat"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("scripts/with-postgres runs");
        let mut said = BufReader::new(script.stdout.take().expect("it is piped")).lines();
        let line = tokio::time::timeout(PATIENCE, said.next_line()).await.expect("it starts");
        let url = line.expect("its output").expect("an address");
        let mut admin = PgConnection::connect(&url).await.expect("Postgres answers");
        admin.execute("create database own").await.expect("a database");
        // The script's clusters need not survive anything; this one keeps what it has said.
        admin
            .execute("alter database own set synchronous_commit = on")
            .await
            .expect("it can be set");
        let database = Database::of(url.replacen("///postgres?", "///own?", 1));
        let store = Store::connect(&database.url(), 1).await.expect("the database");
        store.migrate().await.expect("the migrations");
        store.close().await;
        let (socket, _name) = database.socket_and_name();
        let folder = socket.parent().expect("a folder").to_owned();
        let pg_ctl = Path::new(bin.trim()).join("pg_ctl");
        Self { _script: script, folder, pg_ctl, database }
    }

    /// Restarts it as after a crash: every connection is torn off, nothing is tidied up.
    pub(crate) async fn restart(&self) {
        let owner = std::fs::metadata(self.folder.join("data")).expect("the cluster");
        let mut command = Command::new(&self.pg_ctl);
        command.arg("-D").arg(self.folder.join("data")).arg("-l").arg(self.folder.join("log"));
        command.args(["-m", "immediate", "-w", "-t", "60", "restart"]).current_dir("/");
        // As root, pg_ctl refuses to work.
        let me = std::fs::metadata("/proc/self").expect("this process").uid();
        if owner.uid() != me {
            command.uid(owner.uid()).gid(owner.gid());
        }
        let done = command.stdin(Stdio::null()).stdout(Stdio::null()).status().await;
        assert!(done.expect("pg_ctl runs").success(), "Postgres does not come back");
    }
}
