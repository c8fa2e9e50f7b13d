//! Drives Tandem's protocol from outside and measures it. Stands on the `protocol` crate alone, so
//! that it sees what any client sees.

mod api;
mod args;
mod histogram;
mod ping;
mod socket;
mod target;

use std::{
    io::{self, Write},
    process::ExitCode,
};

use clap::{Parser, error::ErrorKind};

use crate::args::{Cli, Command};

/// The command line makes no sense.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let Command::Ping(args) = cli.command;
    let target = match target::check(&args.url, args.i_own_this_target) {
        Ok(target) => target,
        Err(error) => {
            say(&error.to_string());
            return ExitCode::from(USAGE);
        }
    };
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            say(&error.to_string());
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(ping::run(&target, &args)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// Keeps the first line of what clap says: the others repeat what `--help` has.
fn usage(error: &clap::Error) -> ExitCode {
    let asked = [ErrorKind::DisplayHelp, ErrorKind::DisplayVersion];
    if asked.contains(&error.kind()) {
        let _closed = error.print();
        return ExitCode::SUCCESS;
    }
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        say("say what to do: `loadtest ping`, or `loadtest --help`");
        return ExitCode::from(USAGE);
    }
    let text = error.to_string();
    let mut lines = text.lines().map(str::trim);
    let first = lines.next().unwrap_or_default();
    // "the following required arguments were not provided:" lists them below.
    let listed: Vec<&str> = lines.take_while(|line| !line.is_empty()).collect();
    say(format!("{} {}", first.trim_start_matches("error: "), listed.join(", ")).trim_end());
    ExitCode::from(USAGE)
}

/// Says in one line what is wrong. A closed stderr is no reason to panic, hence no `eprintln!`.
fn say(text: &str) {
    let line = text.replace(['\n', '\r'], " ");
    let _closed = writeln!(io::stderr(), "error: {line}");
}
