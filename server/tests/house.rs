//! The executable from outside: its settings, and the Postgres that it runs for itself.
#![expect(clippy::panic, reason = "a test may panic")]

use std::{
    fs::{self, DirBuilder},
    io::Read,
    os::unix::{fs::DirBuilderExt, process::ExitStatusExt},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Output, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};

use sqlx::{Connection, PgConnection};

const LIMIT: Duration = Duration::from_secs(30);

#[tokio::test]
async fn a_first_start_makes_a_postgres_that_answers_on_its_socket_alone() {
    let folder = Folder::new();
    let server = Server::start(&folder);
    let mut postgres = folder.connect().await;
    assert_eq!(one(&mut postgres, "show server_encoding").await, "UTF8");
    let addresses = one(&mut postgres, "show listen_addresses").await;
    assert_eq!(addresses, "", "it must not be reached over the network");
    let (status, said) = server.terminate();
    assert_eq!(status.code(), Some(0), "{said}");
}

#[tokio::test]
async fn a_second_server_on_the_folder_is_refused_in_one_line() {
    let folder = Folder::new();
    let server = Server::start(&folder);
    folder.connect().await;
    let second = folder.tandem().output().expect("it runs");
    assert_eq!(second.status.code(), Some(1));
    let refusal = format!("error: another Tandem (process {}) uses the data folder", server.id());
    let said = text(&second);
    let errors: Vec<&str> = said.lines().filter(|line| line.starts_with("error: ")).collect();
    assert_eq!(errors.len(), 1, "{said}");
    assert!(errors[0].starts_with(&refusal), "{said}");
    // The first one is none the worse for it.
    folder.connect().await;
}

#[tokio::test]
async fn a_killed_server_leaves_no_postgres_behind_and_loses_nothing() {
    let folder = Folder::new();
    let server = Server::start(&folder);
    let mut postgres = folder.connect().await;
    run(&mut postgres, "create table kept (word text not null)").await;
    run(&mut postgres, "insert into kept values ('still here')").await;
    server.kill();
    eventually(Duration::from_secs(10), "no process is left", || folder.processes().is_empty());

    let server = Server::start(&folder);
    let word = one(&mut folder.connect().await, "select word from kept").await;
    assert_eq!(word, "still here");
    // At once this time: the next server meets the last one's Postgres.
    server.kill();
    let server = Server::start(&folder);
    eventually(LIMIT, "the new server has a guard", || folder.guard_of(server.id()).is_some());
    let word = one(&mut folder.connect().await, "select word from kept").await;
    assert_eq!(word, "still here");
}

#[tokio::test]
async fn sigterm_stops_server_and_postgres_cleanly() {
    let folder = Folder::new();
    let server = Server::start(&folder);
    folder.connect().await;
    let (status, said) = server.terminate();
    assert_eq!(status.code(), Some(0), "{said}");
    assert_eq!(folder.processes(), Vec::<u32>::new(), "it waits for its Postgres");
    let log = fs::read_to_string(folder.0.join("postgres.log")).expect("there is a log");
    assert!(log.contains("database system is shut down"), "{log}");
}

#[tokio::test]
async fn a_server_that_loses_its_postgres_ends_and_says_so() {
    for lost in ["guard", "postgres"] {
        let folder = Folder::new();
        let server = Server::start(&folder);
        folder.connect().await;
        let guard = folder.guard_of(server.id()).expect("it has a guard");
        let postgres = folder.processes().into_iter().find(|id| parent(*id) == Some(guard));
        let postgres = postgres.expect("the guard has a Postgres");
        signal("KILL", if lost == "guard" { guard } else { postgres });
        let (status, said) = server.wait();
        assert_eq!(status.code(), Some(1), "without {lost}: {said}");
        assert!(said.contains("error: "), "without {lost}: {said}");
        eventually(LIMIT, "no process is left", || folder.processes().is_empty());
    }
}

#[test]
fn a_wrong_setting_is_one_line_and_exit_code_2() {
    let check = |variable: &str, value: &str, expected: &str| {
        let folder = Folder::new();
        let output = folder.tandem().env(variable, value).output().expect("it runs");
        let said = text(&output);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(said.contains(variable) && said.contains(expected), "{said}");
    };
    check("TANDEM_LISTEN", "everywhere", "must be an IP address and a port");
    check("TANDEM_PUBLIC_URL", "ftp://example.com", "must be an http or https URL");
    check("TANDEM_DEMO", "maybe", "must be on, off or auto");
    check("TANDEM_TWILIO_NUMBER", "+12025550123", "TANDEM_TWILIO_ACCOUNT_SID");
    check("DATABASE_URL", "localhost", "must be a URL such as postgres://");
}

#[test]
fn help_shows_no_secret() {
    let folder = Folder::new();
    let mut command = folder.tandem();
    command.env("TANDEM_TWILIO_AUTH_TOKEN", "sup3rs3cret").arg("--help");
    let output = command.env("DATABASE_URL", "postgres://u:sup3rs3cret@h/d").output();
    let output = output.expect("it runs");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("TANDEM_TWILIO_AUTH_TOKEN"), "{said}");
    assert!(!said.contains("sup3rs3cret") && !said.contains("postgres-guard"), "{said}");
}

#[test]
fn a_folder_that_cannot_be_used_is_one_line() {
    let folder = Folder::new();
    let long = folder.0.join("x".repeat(100));
    let output = folder.tandem().env("TANDEM_DATA_DIR", &long).output().expect("it runs");
    let said = text(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("set TANDEM_DATA_DIR to a folder with a shorter path"), "{said}");
    assert!(!long.exists(), "nothing is made before it is checked");
}

/// A data folder that goes with the test. Postgres' user can reach it.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = PathBuf::from(format!("/tmp/tandem-house-{}-{number}", std::process::id()));
        DirBuilder::new().mode(0o755).create(&path).expect("a new folder");
        Self(path)
    }

    /// Returns the executable with nothing set but this folder and a free port.
    fn tandem(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tandem"));
        let ours = |name: &str| name.starts_with("TANDEM_") || name.ends_with("_URL");
        for (name, _) in std::env::vars_os().filter(|(name, _)| ours(&name.to_string_lossy())) {
            command.env_remove(name);
        }
        command.env("TANDEM_DATA_DIR", &self.0).env("TANDEM_LISTEN", "127.0.0.1:0");
        command.stdin(Stdio::null());
        command
    }

    /// Connects as soon as there is something to connect to.
    async fn connect(&self) -> PgConnection {
        let folder = self.0.display();
        let url = format!("postgres:///tandem?host={folder}/run&user=tandem&port=5432");
        let deadline = Instant::now() + LIMIT;
        loop {
            match PgConnection::connect(&url).await {
                Ok(connection) => return connection,
                Err(error) if Instant::now() > deadline => panic!("Postgres is not there: {error}"),
                Err(_not_yet) => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
    }

    /// Returns the guards, and Postgres with all its processes.
    fn processes(&self) -> Vec<u32> {
        let ours = |path: &Path| {
            let command = fs::read(path.join("cmdline")).unwrap_or_default();
            String::from_utf8_lossy(&command).contains(&*self.0.to_string_lossy())
                || fs::read_link(path.join("cwd")).is_ok_and(|cwd| cwd.starts_with(&self.0))
        };
        let all = fs::read_dir("/proc").expect("/proc").filter_map(Result::ok);
        all.filter(|entry| ours(&entry.path()))
            .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
            .collect()
    }

    fn guard_of(&self, server: u32) -> Option<u32> {
        let is_guard = |id: &u32| {
            let command = fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
            parent(*id) == Some(server)
                && String::from_utf8_lossy(&command).contains("postgres-guard")
        };
        self.processes().into_iter().find(is_guard)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let deadline = Instant::now() + LIMIT;
        while !self.processes().is_empty() && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A running server; killed when a test ends early.
struct Server(Child);

impl Server {
    fn start(folder: &Folder) -> Self {
        Self(folder.tandem().stderr(Stdio::piped()).spawn().expect("it starts"))
    }

    fn id(&self) -> u32 {
        self.0.id()
    }

    fn kill(mut self) {
        self.0.kill().expect("it runs");
        let status = self.0.wait().expect("it has ended");
        assert_eq!(status.signal(), Some(9));
    }

    fn terminate(self) -> (ExitStatus, String) {
        signal("TERM", self.id());
        self.wait()
    }

    fn wait(mut self) -> (ExitStatus, String) {
        let mut status = None;
        eventually(LIMIT, "the server ends", || {
            status = self.0.try_wait().expect("it is ours");
            status.is_some()
        });
        let mut said = String::new();
        let stderr = self.0.stderr.as_mut().expect("it is piped");
        stderr.read_to_string(&mut said).expect("it is text");
        (status.expect("it has ended"), said)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[track_caller]
fn eventually(limit: Duration, what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + limit;
    while !condition() {
        assert!(Instant::now() < deadline, "not within {limit:?}: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn signal(name: &str, id: u32) {
    let status = Command::new("kill").args([format!("-{name}"), id.to_string()]).status();
    assert!(status.expect("`kill` runs").success(), "no process {id}");
}

fn parent(id: u32) -> Option<u32> {
    let status = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix("PPid:"))?.trim().parse().ok()
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

async fn run(connection: &mut PgConnection, sql: &'static str) {
    sqlx::raw_sql(sql).execute(connection).await.expect("the statement is good");
}

async fn one(connection: &mut PgConnection, sql: &'static str) -> String {
    sqlx::query_scalar(sql).fetch_one(connection).await.expect("there is a row")
}
