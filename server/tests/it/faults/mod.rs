//! Real processes on bad lines: what fails and what dies must cost nobody an event, a reply or a
//! connection more than it has to.

mod death;
mod drain;
mod guard;
mod load;
mod oracle;
mod postgres;
mod proxy;
mod random;
mod redis;

use std::time::Duration;

/// Tests that put a load on the machine run one after the other: what they measure is not each other.
async fn alone() -> tokio::sync::MutexGuard<'static, ()> {
    static ONE_AT_A_TIME: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
    ONE_AT_A_TIME.lock().await
}

/// How long `make prove` wants a test of chance or of load to go on; `None` for a short one.
fn proving() -> Option<Duration> {
    let seconds = setting("TANDEM_PROVE_SECONDS")?;
    Some(Duration::from_secs(seconds.parse().expect("TANDEM_PROVE_SECONDS is a number")))
}

#[expect(clippy::disallowed_methods, reason = "tests have no config")]
fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
