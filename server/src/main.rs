//! The executable: settings, log, and the part of the server that was asked for.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use anyhow::Context;
use server::{
    app::{
        doctor::doctor,
        people::{self, Asked},
        private_postgres::guard,
        serve::serve,
        verify::verify,
    },
    config::{
        args::Command,
        settings::{Config, LogConfig, LogFormat},
    },
    telemetry::{init, otlp::Traces},
};
use tokio::runtime::Handle;

fn main() -> ExitCode {
    let (command, config) = match Config::from_args() {
        Ok(asked) => asked,
        Err(error) => return error.report(),
    };
    let mut builder = match command {
        // It only waits.
        Command::PostgresGuard(_) => tokio::runtime::Builder::new_current_thread(),
        Command::Serve
        | Command::Verify
        | Command::Doctor
        | Command::User(_)
        | Command::Token(_)
        | Command::Role(_) => tokio::runtime::Builder::new_multi_thread(),
    };
    let runtime = match builder.enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return refuse(&error.into()),
    };
    let result = match command {
        Command::PostgresGuard(args) => return runtime.block_on(guard::run(args)),
        Command::Serve => {
            let traces = match start_traces(&config.log, runtime.handle()) {
                Ok(traces) => traces,
                Err(error) => return refuse(&error),
            };
            start_log(&config.log, traces.as_ref());
            let served = runtime.block_on(serve(config));
            if let Some(traces) = traces {
                traces.finish();
            }
            served
        }
        Command::Verify => {
            start_log(&config.log, None);
            runtime.block_on(verify(config))
        }
        Command::Doctor => {
            start_log(&config.log, None);
            runtime.block_on(doctor(config))
        }
        Command::User(it) => runtime.block_on(people::run(config, Asked::User(it))),
        Command::Token(it) => runtime.block_on(people::run(config, Asked::Token(it))),
        Command::Role(it) => runtime.block_on(people::run(config, Asked::Role(it))),
    };
    result.map_or_else(|error| refuse(&error), |()| ExitCode::SUCCESS)
}

fn start_traces(log: &LogConfig, runtime: &Handle) -> anyhow::Result<Option<Traces>> {
    let start = |endpoint: &String| Traces::start(endpoint, runtime.clone());
    log.otlp_endpoint.as_ref().map(start).transpose().context("TANDEM_OTLP_ENDPOINT")
}

fn start_log(log: &LogConfig, traces: Option<&Traces>) {
    match log.format {
        LogFormat::Pretty => init::pretty(&log.filter, traces),
        LogFormat::Json => init::json(&log.filter, traces),
    }
}

/// Says in one line what went wrong. A closed stderr is no reason to panic, hence no `eprintln!`.
fn refuse(error: &anyhow::Error) -> ExitCode {
    let line = format!("{error:#}").replace(['\n', '\r'], " ");
    let _ = writeln!(io::stderr(), "error: {line}");
    ExitCode::FAILURE
}
