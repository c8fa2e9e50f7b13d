//! A whole run, from signing in to the verdict. Blocks the calling thread, which drives everything.

use std::rc::Rc;

use anyhow::Context as _;
use tokio::{runtime::Builder, task::LocalSet};

use crate::{
    report::result::RunResult,
    settings::Settings,
    stage::{drive, judge, set_up, settle},
};

/// Runs a scenario. An error means that it could not be run; what was found is in the result.
///
/// ```no_run
/// # fn main() -> anyhow::Result<()> {
/// use loadtest::{run, settings::{Login, Progress, Settings}, scenario::file, target};
///
/// let mut scenario = file::Scenario::named("desk-day")?;
/// scenario.load.agents = 10;
/// let login = Login { email: "ann@demo.example".into(), password: "0123456789ab".into() };
/// let result = run::run(&Settings {
///     scenario,
///     targets: vec![target::check("http://127.0.0.1:8080", false)?],
///     logins: vec![login],
///     seed: 7,
///     twilio: None,
///     progress: Progress::Quiet,
/// })?;
/// assert_eq!(result.exit_code(), 0, "{}", result.in_words());
/// # Ok(())
/// # }
/// ```
pub fn run(settings: &Settings) -> anyhow::Result<RunResult> {
    raise_open_files();
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build()
        .context("the runtime cannot be started")?;
    LocalSet::new().block_on(&runtime, Box::pin(stages(settings)))
}

async fn stages(settings: &Settings) -> anyhow::Result<RunResult> {
    let stage = Rc::new(set_up::set_up(settings).await?);
    let driven = drive::drive(&stage, settings).await;
    let settled = settle::settle(&stage, settings).await;
    let result = judge::judge(&stage, settings, driven, settled).await;
    stage.sign_out().await;
    result
}

/// Thousands of sockets need more open files than a shell gives; as many as allowed.
fn raise_open_files() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    // Where it cannot be raised, connecting says so.
    let _not_raised = setrlimit(Resource::Nofile, limit);
}
