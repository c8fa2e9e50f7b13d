//! Turns the log on. Once, at start; before it, only `config` speaks.

use std::{io, panic};

use tracing_subscriber::{
    EnvFilter, Layer, Registry, fmt, layer::SubscriberExt, util::SubscriberInitExt,
};

use super::otlp::Traces;

/// Sends a log for people to stderr, and panics to the log. A second call changes nothing.
pub fn pretty(filter: &str, traces: Option<&Traces>) {
    let colours = io::IsTerminal::is_terminal(&io::stderr());
    let layer = fmt::layer().with_writer(io::stderr).with_ansi(colours);
    start(layer.with_filter(read(filter)).boxed(), traces);
}

/// The same for machines: one JSON object a line.
pub fn json(filter: &str, traces: Option<&Traces>) {
    let layer = fmt::layer().json().flatten_event(true).with_writer(io::stderr);
    start(layer.with_filter(read(filter)).boxed(), traces);
}

fn start(log: Box<dyn Layer<Registry> + Send + Sync>, traces: Option<&Traces>) {
    let mut layers = vec![log];
    layers.extend(traces.map(|traces| traces.layer().boxed()));
    if tracing_subscriber::registry().with(layers).try_init().is_ok() {
        panic::set_hook(Box::new(log_panic));
    }
}

fn read(filter: &str) -> EnvFilter {
    // It was checked with the other settings.
    EnvFilter::try_new(filter).unwrap_or_else(|_wrong| EnvFilter::new("info"))
}

/// Logs where a panic happened and what it says, so that it reaches the log's reader in its format.
fn log_panic(info: &panic::PanicHookInfo<'_>) {
    let message = info.payload_as_str().unwrap_or("no message");
    let location = info.location().map(ToString::to_string).unwrap_or_default();
    tracing::error!(panic.location = location, "panic: {message}");
}
