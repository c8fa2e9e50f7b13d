//! The server's hold on its private Postgres.

use std::{fs, path::Path, process::Stdio, time::Duration};

use tokio::{
    process::{Child, ChildStdin, Command},
    time::{Instant, sleep, timeout},
};

use crate::app::private_postgres::{
    cluster::{Cluster, last_line},
    error::PrivatePostgresError,
    folder::Owner,
};

/// After a crash Postgres first repeats its log.
const READY_LIMIT: Duration = Duration::from_mins(1);
/// Between two tries to connect.
const TRY_EVERY: Duration = Duration::from_millis(50);
/// The guard needs at most two stops of seven seconds, and nearly always a tenth of one.
const STOP_LIMIT: Duration = Duration::from_secs(10);

/// A running private Postgres. Dropped, it stops by itself; [`stop`](Self::stop) also waits for it.
#[derive(Debug)]
pub struct PrivatePostgres {
    cluster: Cluster,
    guard: Child,
    /// Closed, it tells the guard to stop Postgres. Not left in `guard`, whose `wait` closes it.
    pipe: ChildStdin,
}

impl PrivatePostgres {
    /// Starts the Postgres of this folder, made first if need be, and waits until it answers.
    pub async fn start(data_dir: &Path) -> Result<Self, PrivatePostgresError> {
        let cluster = Cluster::open(data_dir)?;
        cluster.clear_after_crash().await?;
        cluster.init().await?;
        let (guard, pipe) = spawn_guard(&cluster)?;
        let mut postgres = Self { cluster, guard, pipe };
        postgres.wait_until_ready().await?;
        Ok(postgres)
    }

    /// Returns the URL of its database, for sqlx.
    pub fn database_url(&self) -> String {
        self.cluster.database_url()
    }

    /// Returns the folder that everything is in.
    pub fn data_dir(&self) -> &Path {
        self.cluster.folder.root()
    }

    /// Completes when Postgres or its guard has ended: the server cannot go on. May be dropped and
    /// called again.
    pub async fn exited(&mut self) {
        // An error means that there is no such process: the same thing.
        let _ = self.guard.wait().await;
    }

    /// Stops it, and waits for at most 10 seconds.
    pub async fn stop(self) {
        let Self { cluster, mut guard, pipe } = self;
        drop(pipe);
        if timeout(STOP_LIMIT, guard.wait()).await.is_err() {
            tracing::warn!("the private Postgres still stops after {STOP_LIMIT:?}; leaving it");
        }
        // Without a guard (killed by hand) nobody else would stop it.
        if cluster.clear_now().await.is_err() {
            tracing::error!("the private Postgres did not stop");
        }
    }

    async fn wait_until_ready(&mut self) -> Result<(), PrivatePostgresError> {
        let deadline = Instant::now() + READY_LIMIT;
        while !self.cluster.reach().await? {
            let ended = !matches!(self.guard.try_wait(), Ok(None));
            if ended || Instant::now() > deadline {
                let log = self.cluster.folder.log_file();
                let reason = last_line(&fs::read_to_string(&log).unwrap_or_default());
                return Err(PrivatePostgresError::NotReady { log, reason });
            }
            sleep(TRY_EVERY).await;
        }
        Ok(())
    }
}

fn spawn_guard(cluster: &Cluster) -> Result<(Child, ChildStdin), PrivatePostgresError> {
    let failed = |program: &Path| {
        let program = program.to_owned();
        |source| PrivatePostgresError::Spawn { program, source }
    };
    let program = std::env::current_exe().map_err(failed(Path::new("tandem")))?;
    let folder = &cluster.folder;
    let mut command = Command::new(&program);
    command.arg("postgres-guard");
    command.arg("--bin-dir").arg(&cluster.binaries.dir);
    command.arg("--cluster-dir").arg(folder.cluster());
    command.arg("--socket-dir").arg(folder.socket_dir());
    command.arg("--log-file").arg(folder.log_file());
    if let Some(Owner { uid, gid }) = folder.owner {
        command.args([format!("--uid={uid}"), format!("--gid={gid}")]);
    }
    // It outlives the server by a moment, so it holds neither its terminal nor its secrets. Its
    // settings are checked like the server's, and the data folder is the one without a default.
    command
        .env_clear()
        .env("TANDEM_DATA_DIR", folder.root())
        .current_dir("/")
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let mut guard = command.spawn().map_err(failed(&program))?;
    let pipe = guard.stdin.take().expect("its stdin is piped, three lines above");
    Ok((guard, pipe))
}
