//! `make bench`: figures of Tandem beside those of its peers, taken in the same run.

mod args;
mod benches;
mod figures;
mod fleet;
mod load;
mod mark;
mod peers;
mod postgres;
mod process;
mod redis;
mod tandem;
mod wire;

use std::{
    io::{self, Write},
    process::ExitCode,
};

use anyhow::{Context, bail, ensure};
use clap::Parser;

use crate::{
    args::{Cli, Command, PeerCommand, Settings},
    benches::{delivery, fan_out, latency, memory, replies, resume},
    figures::{Report, say},
};

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Run(settings) => run(&settings),
        Command::Peer { which: PeerCommand::Floor } => peers::floor::serve(),
        Command::Peer { which: PeerCommand::Axum { read_buffer } } => {
            peers::axum::serve(read_buffer)
        }
    };
    let Err(error) = done else { return ExitCode::SUCCESS };
    let _closed = writeln!(io::stderr(), "error: {error:#}");
    ExitCode::FAILURE
}

fn run(settings: &Settings) -> anyhow::Result<()> {
    pin(&settings.client_core)?;
    let mut report = Report::default();
    report.note(format!(
        "Servers on core {}, the client on core {}, unless said otherwise. CPU is what the server's \
         process used in user space and in the kernel, which on loopback is a part of the receiving, too. \
         Other work on the machine moves all figures; ratios are of the same round.",
        settings.server_core, settings.client_core
    ));
    for name in &settings.only {
        let bench = match name.as_str() {
            "memory" => memory::run,
            "delivery" => delivery::run,
            "fan-out" => fan_out::run,
            "latency" => latency::run,
            "resume" => resume::run,
            "replies" => replies::run,
            "profile" => delivery::profile,
            other => bail!("there is no bench `{other}`"),
        };
        say(&format!("\n{name}"));
        bench(settings, &mut report).with_context(|| format!("bench `{name}`"))?;
    }
    report.finish(&settings.out)
}

/// Keeps this process, the client, on a core of its own.
fn pin(core: &str) -> anyhow::Result<()> {
    let id = std::process::id().to_string();
    let pinned = std::process::Command::new("taskset").args(["-cp", core, &id]).output();
    let pinned = pinned.context("taskset is missing (package util-linux)")?;
    ensure!(pinned.status.success(), "there is no core {core}");
    Ok(())
}
