//! Turns the log on. Once, at start; before it, only [`crate::config`] speaks.

use std::{io, panic};

use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt, util::SubscriberInitExt};

use crate::config::settings::{LogConfig, LogFormat};

/// Sends the log to stderr and panics to the log. A second call changes nothing.
pub fn init(config: &LogConfig) {
    // The filter was checked with the other settings.
    let filter = EnvFilter::try_new(&config.filter).unwrap_or_else(|_wrong| EnvFilter::new("info"));
    let registry = tracing_subscriber::registry().with(filter);
    let set = match config.format {
        LogFormat::Pretty => {
            let colours = io::IsTerminal::is_terminal(&io::stderr());
            registry.with(fmt::layer().with_writer(io::stderr).with_ansi(colours)).try_init()
        }
        LogFormat::Json => {
            let layer = fmt::layer().json().flatten_event(true).with_current_span(false);
            registry.with(layer.with_writer(io::stderr)).try_init()
        }
    };
    if set.is_ok() {
        panic::set_hook(Box::new(log_panic));
    }
}

/// Logs where a panic happened and what it says, so that it reaches the log's reader in its format.
fn log_panic(info: &panic::PanicHookInfo<'_>) {
    let message = info.payload_as_str().unwrap_or("no message");
    let location = info.location().map(ToString::to_string).unwrap_or_default();
    tracing::error!(panic.location = location, "panic: {message}");
}
