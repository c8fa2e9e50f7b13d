//! A Python and a Node with the providers' official libraries and other peers, for the tests that ask them.
//!
//! They are made under the target folder, once for each content of `scripts/requirements.txt` and of
//! `scripts/peers/package-lock.json`. `TANDEM_TEST_PYTHON` names a Python that has the former installed.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{ExitStatus, Output, Stdio},
    time::Duration,
};

use sha2::{Digest, Sha256};
use tokio::{io::AsyncWriteExt, process::Command, sync::Mutex, time::timeout};

/// Making the environment downloads a few megabytes.
const INSTALL_WAIT: Duration = Duration::from_mins(5);
/// No script of ours takes longer.
const RUN_WAIT: Duration = Duration::from_mins(1);

/// Runs a script of `scripts/` and returns what it printed; panics with its errors if it fails.
pub(crate) async fn run(script: &str, args: &[&str], stdin: &[u8]) -> String {
    if let Some(python) = env::var_os("TANDEM_TEST_PYTHON") {
        return run_in(Path::new(&python), script, args, stdin).await;
    }
    run_with("requirements.txt", script, args, stdin).await
}

/// Likewise, with what another file of `scripts/` lists.
pub(crate) async fn run_with(
    requirements: &str,
    script: &str,
    args: &[&str],
    stdin: &[u8],
) -> String {
    run_in(&python_with(requirements).await, script, args, stdin).await
}

/// Returns a script's command, to run for as long as a test does.
pub(crate) async fn command_with(requirements: &str, script: &str) -> Command {
    let mut command = Command::new(python_with(requirements).await);
    command.arg(root().join("scripts").join(script)).kill_on_drop(true);
    command
}

/// Returns a Python that has what a file of `scripts/` lists.
async fn python_with(requirements: &str) -> PathBuf {
    let requirements = root().join("scripts").join(requirements);
    let wanted = fs::read(&requirements).expect("a list of packages");
    let home = home("python", &wanted);
    made(&home, async |draft: &Path| {
        let mut venv = Command::new("python3");
        venv.args(["-m", "venv"]).arg(draft);
        expect_success(finish(venv, b"", INSTALL_WAIT).await.status, "python3 -m venv");
        let mut pip = Command::new(draft.join("bin/python"));
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"]);
        pip.arg(&requirements);
        expect_success(finish(pip, b"", INSTALL_WAIT).await.status, "pip install");
    })
    .await;
    home.join("bin/python")
}

async fn run_in(python: &Path, script: &str, args: &[&str], stdin: &[u8]) -> String {
    let mut command = Command::new(python);
    command.arg(root().join("scripts").join(script)).args(args);
    printed(command, script, stdin).await
}

/// Runs `scripts/peers/peers.mjs` with the packages that lie beside it.
pub(crate) async fn node(args: &[&str], stdin: &[u8]) -> String {
    printed(node_command("peers.mjs", args).await, "peers.mjs", stdin).await
}

/// Returns the command of a script of `scripts/peers/`.
pub(crate) async fn node_command(script: &str, args: &[&str]) -> Command {
    let peers = root().join("scripts/peers");
    let lock = peers.join("package-lock.json");
    let home = home("node", &fs::read(&lock).expect("package-lock.json"));
    made(&home, async |draft: &Path| {
        fs::create_dir_all(draft).expect("a folder");
        for file in ["package.json", "package-lock.json"] {
            fs::copy(peers.join(file), draft.join(file)).expect(file);
        }
        let mut npm = Command::new("npm");
        npm.args(["ci", "--silent", "--no-audit", "--no-fund"]).current_dir(draft);
        expect_success(finish(npm, b"", INSTALL_WAIT).await.status, "npm ci");
    })
    .await;
    let mut command = Command::new("node");
    command.arg(peers.join(script)).args(args).current_dir(&home).kill_on_drop(true);
    command
}

async fn printed(command: Command, what: &str, stdin: &[u8]) -> String {
    let output = finish(command, stdin, RUN_WAIT).await;
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{what}: {}\n{errors}", output.status);
    String::from_utf8(output.stdout).expect("the script prints UTF-8")
}

/// Returns the folder for these packages.
fn home(kind: &str, wanted: &[u8]) -> PathBuf {
    let name = hex::encode(&Sha256::digest(wanted)[..6]);
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{kind}-{name}"))
}

/// Makes an environment beside its place and renames it there, so that tests that run at the same time,
/// in one process or several, never see half of one.
async fn made(home: &Path, install: impl AsyncFnOnce(&Path)) {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::const_new(());
    let _alone = ONE_AT_A_TIME.lock().await;
    if home.exists() {
        return;
    }
    let draft = home.with_extension(uuid::Uuid::now_v7().simple().to_string());
    install(&draft).await;
    if fs::rename(&draft, home).is_err() {
        // Another process was faster.
        fs::remove_dir_all(&draft).expect("the draft can be removed");
    }
}

async fn finish(mut command: Command, stdin: &[u8], wait: Duration) -> Output {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let run = async {
        let mut child = command.spawn().expect("the program starts");
        let mut pipe = child.stdin.take().expect("a piped stdin");
        let feed = async {
            // A program that ends without reading all of it says why in its errors.
            let _sent = pipe.write_all(stdin).await;
            drop(pipe);
        };
        let ((), output) = tokio::join!(feed, child.wait_with_output());
        output.expect("the program ends")
    };
    timeout(wait, run).await.unwrap_or_else(|_| panic!("not done after {wait:?}"))
}

fn expect_success(status: ExitStatus, what: &str) {
    assert!(status.success(), "{what}: {status}");
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
