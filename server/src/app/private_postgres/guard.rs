//! The process between the server and Postgres: when the server is gone, so is Postgres.
//!
//! It has its own process group, so Ctrl-C in a terminal reaches the server alone, which drains
//! while Postgres still runs.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    process::{ExitCode, Stdio},
    thread,
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt},
    process::{Child, Command},
    signal::unix::{SignalKind, signal},
    sync::oneshot,
    time::timeout,
};

use crate::{
    app::private_postgres::{
        cluster::{clean, postgres_args, stop},
        folder::Owner,
    },
    config::args::GuardArgs,
};

/// Two files of this size are kept: the current one and the one before.
const LOG_BYTES_MAX: u64 = 4 << 20;
/// After the last process has ended, what it said is already in the pipe.
const LAST_WORDS_LIMIT: Duration = Duration::from_millis(500);

/// Runs Postgres until it ends or the server does. Says what goes wrong in Postgres' log: nobody
/// may be left to read stderr.
pub async fn run(args: GuardArgs) -> ExitCode {
    let Ok(mut log) = Log::open(args.log_file.clone()) else { return ExitCode::FAILURE };
    match guard(&args, &mut log).await {
        Ok(code) => code,
        Err(error) => {
            log.write(format!("the guard of Postgres failed: {error}\n").as_bytes());
            ExitCode::FAILURE
        }
    }
}

async fn guard(args: &GuardArgs, log: &mut Log) -> io::Result<ExitCode> {
    let owner = args.uid.zip(args.gid).map(|(uid, gid)| Owner { uid, gid });
    // The signals are taken, and nothing is done: whoever sends them to everything here (a service
    // manager that stops its group) sends them to the server too, which drains first.
    let mut signals = [
        signal(SignalKind::terminate())?,
        signal(SignalKind::interrupt())?,
        signal(SignalKind::hangup())?,
    ];
    let [terminate, interrupt, hangup] = &mut signals;
    let mut server_gone = server_gone()?;
    let (mut child, mut said) = start(args, owner)?;
    let mut pump = std::pin::pin!(pump(&mut said, log));
    let mut pumping = true;
    loop {
        tokio::select! {
            status = child.wait() => {
                let _ = timeout(LAST_WORDS_LIMIT, pump).await;
                return Ok(if status?.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
            }
            _ = &mut server_gone => break,
            () = &mut pump, if pumping => pumping = false,
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            _ = hangup.recv() => {}
        }
    }
    tokio::select! {
        () = end(args, owner, &mut child) => {}
        () = async { if pumping { pump.await; } std::future::pending().await } => {}
    }
    Ok(ExitCode::SUCCESS)
}

fn start(args: &GuardArgs, owner: Option<Owner>) -> io::Result<(Child, impl AsyncRead + Unpin)> {
    let mut command = Command::new(args.bin_dir.join("postgres"));
    command.args(postgres_args(&args.cluster_dir, &args.socket_dir));
    clean(&mut command, owner);
    command.current_dir(&args.cluster_dir).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn()?;
    let said = child.stderr.take().ok_or_else(|| io::Error::other("no pipe to read"))?;
    Ok((child, said))
}

/// Ends Postgres: politely, then by force, which costs a recovery at the next start and no data.
async fn end(args: &GuardArgs, owner: Option<Owner>, child: &mut Child) {
    for mode in ["fast", "immediate"] {
        stop(&args.bin_dir, &args.cluster_dir, owner, mode).await;
        if let Ok(Some(_status)) = child.try_wait() {
            return;
        }
    }
    let _ = child.kill().await;
}

/// Completes when the server's end of the pipe closes.
///
/// A thread of its own: the runtime's would keep the process from ending while it reads.
fn server_gone() -> io::Result<oneshot::Receiver<()>> {
    let (sender, receiver) = oneshot::channel();
    thread::Builder::new().name("server-gone".to_owned()).spawn(move || {
        let mut nothing = [0; 64];
        while matches!(io::stdin().lock().read(&mut nothing), Ok(1..)) {}
        let _ = sender.send(());
    })?;
    Ok(receiver)
}

async fn pump(said: &mut (impl AsyncRead + Unpin), log: &mut Log) {
    let mut buffer = vec![0; 16 << 10];
    while let Ok(count @ 1..) = said.read(&mut buffer).await {
        log.write(buffer.get(..count).unwrap_or_default());
    }
}

/// A log file that cannot fill the disk.
struct Log {
    path: PathBuf,
    file: File,
    bytes: u64,
}

impl Log {
    fn open(path: PathBuf) -> io::Result<Self> {
        let file = fresh(&path)?;
        Ok(Self { path, file, bytes: 0 })
    }

    /// Writes what can be written: a full disk must not take Postgres down.
    fn write(&mut self, text: &[u8]) {
        if self.bytes > LOG_BYTES_MAX
            && let Ok(file) = fresh(&self.path)
        {
            self.file = file;
            self.bytes = 0;
        }
        let _ = self.file.write_all(text);
        self.bytes = self.bytes.saturating_add(u64::try_from(text.len()).unwrap_or(u64::MAX));
    }
}

/// Opens an empty log file and keeps the one that was there as `….log.1`.
fn fresh(path: &Path) -> io::Result<File> {
    let _ = fs::rename(path, path.with_added_extension("1"));
    OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)
}
