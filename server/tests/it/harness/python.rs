//! A Python with the providers' official libraries, for the tests that ask them.
//!
//! `TANDEM_TEST_PYTHON` names one that has `scripts/requirements.txt` installed; without it, one
//! is made under the target folder, once for each content of that file.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{ExitStatus, Output, Stdio},
    time::Duration,
};

use sha2::{Digest, Sha256};
use tokio::{
    io::AsyncWriteExt,
    process::Command,
    time::{Instant, timeout},
};

/// Making the environment downloads a few megabytes.
const INSTALL_WAIT: Duration = Duration::from_mins(5);
/// No script of ours takes longer.
const RUN_WAIT: Duration = Duration::from_mins(1);

/// Runs a script of `scripts/` and returns what it printed; panics with its errors if it fails.
pub(crate) async fn run(script: &str, args: &[&str], stdin: &[u8]) -> String {
    let path = root().join("scripts").join(script);
    let mut command = Command::new(python().await);
    command.arg(path).args(args);
    let output = finish(command, stdin, RUN_WAIT).await;
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{script} {args:?}: {}\n{errors}", output.status);
    String::from_utf8(output.stdout).expect("the script prints UTF-8")
}

async fn python() -> PathBuf {
    if let Some(python) = env::var_os("TANDEM_TEST_PYTHON") {
        return PathBuf::from(python);
    }
    let requirements = root().join("scripts/requirements.txt");
    let wanted = fs::read(&requirements).expect("scripts/requirements.txt");
    let name = hex::encode(&Sha256::digest(wanted)[..6]);
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("python-{name}"));
    let python = home.join("bin/python");
    let started = Instant::now();
    while !python.exists() {
        assert!(started.elapsed() < INSTALL_WAIT, "no Python environment in {}", home.display());
        install(&home, &requirements).await;
    }
    python
}

/// Makes the environment beside its place and renames it there, so that tests that run at the
/// same time, in one process or several, never see half of one.
async fn install(home: &Path, requirements: &Path) {
    let unique = uuid::Uuid::now_v7().simple().to_string();
    let draft = home.with_extension(unique);
    let mut venv = Command::new("python3");
    venv.args(["-m", "venv"]).arg(&draft);
    expect_success(finish(venv, b"", INSTALL_WAIT).await.status, "python3 -m venv");
    let mut pip = Command::new(draft.join("bin/python"));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"]);
    pip.arg(requirements);
    expect_success(finish(pip, b"", INSTALL_WAIT).await.status, "pip install");
    if fs::rename(&draft, home).is_err() {
        // Another test was faster.
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
