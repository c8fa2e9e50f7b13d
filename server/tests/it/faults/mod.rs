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

/// How long `make prove` wants a test of chance or of load to go on; `None` for a short one.
fn proving() -> Option<Duration> {
    let seconds = setting("TANDEM_PROVE_SECONDS")?;
    Some(Duration::from_secs(seconds.parse().expect("TANDEM_PROVE_SECONDS is a number")))
}

#[expect(clippy::disallowed_methods, reason = "tests have no config")]
fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
