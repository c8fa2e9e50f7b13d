//! From the command line to what it asks for, and from what came of it to an exit code.

use std::{
    io::{self, IsTerminal as _, Write as _},
    process::ExitCode,
};

use anyhow::Context as _;
use clap::{Parser as _, error::ErrorKind};

use super::{
    args::{Cli, Command, CompareArgs, ExplainArgs, PingArgs, ReportArgs},
    run_args::RunArgs,
};
use crate::{
    ping,
    report::{compare, html, result::RunResult},
    run,
    scenario::{explain, read},
    target,
};

/// The command line makes no sense.
const USAGE: u8 = 2;

/// What a command came to.
type Came = Result<ExitCode, Failed>;

/// Why there is nothing to show.
enum Failed {
    /// The command line makes no sense.
    Usage(anyhow::Error),
    /// It went wrong.
    Run(anyhow::Error),
}

/// Does what the command line asks for.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let came = match cli.command {
        Command::Run(args) => run(&args),
        Command::List => list(),
        Command::Explain(args) => explain(&args),
        Command::Compare(args) => compared(&args),
        Command::Report(args) => report(&args),
        Command::Ping(args) => ping(&args),
    };
    match came {
        Ok(code) => code,
        Err(Failed::Usage(error)) => {
            say(&format!("{error:#}"));
            ExitCode::from(USAGE)
        }
        Err(Failed::Run(error)) => {
            say(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(args: &RunArgs) -> Came {
    let settings = args.settings(io::stderr().is_terminal()).map_err(Failed::Usage)?;
    let result = run::run(&settings).map_err(Failed::Run)?;
    if settings.progress == crate::settings::Progress::Live {
        let _closed = writeln!(io::stderr());
    }
    print(&result.in_words());
    if let Some(folder) = args.out() {
        result.write(folder).map_err(Failed::Run)?;
        print(&format!("written to {0}/run.json and {0}/report.html\n", folder.display()));
    }
    Ok(ExitCode::from(result.exit_code()))
}

fn list() -> Came {
    for (name, text) in crate::scenario::catalogue::ALL {
        let scenario = read::parse(name, text).map_err(Failed::Run)?;
        print(&format!("{name:<18}{}\n", scenario.about));
    }
    print("\n`loadtest explain NAME` says more; `loadtest run --scenario NAME` runs it.\n");
    Ok(ExitCode::SUCCESS)
}

fn explain(args: &ExplainArgs) -> Came {
    let scenario = read::named(&args.scenario).map_err(Failed::Usage)?;
    print(&explain::in_words(&scenario));
    Ok(ExitCode::SUCCESS)
}

fn compared(args: &CompareArgs) -> Came {
    let tolerance = compare::tolerance(&args.tolerance).map_err(Failed::Usage)?;
    let before = RunResult::read(&args.before).map_err(Failed::Run)?;
    let after = RunResult::read(&args.after).map_err(Failed::Run)?;
    let compared = compare::compare(&before, &after, tolerance);
    print(&compared.in_words());
    Ok(if compared.is_worse() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn report(args: &ReportArgs) -> Came {
    let result = RunResult::read(&args.result).map_err(Failed::Run)?;
    let out = args.out.clone().unwrap_or_else(|| args.result.with_file_name("report.html"));
    std::fs::write(&out, html::page(&result))
        .with_context(|| format!("cannot write {}", out.display()))
        .map_err(Failed::Run)?;
    print(&format!("written to {}\n", out.display()));
    Ok(ExitCode::SUCCESS)
}

fn ping(args: &PingArgs) -> Came {
    let target = target::check(&args.url, args.allow_remote).map_err(Failed::Usage)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failed::Run(error.into()))?;
    runtime.block_on(ping::run(&target, args)).map_err(Failed::Run)?;
    Ok(ExitCode::SUCCESS)
}

/// Keeps the first line of what clap says: the others repeat what `--help` has.
fn usage(error: &clap::Error) -> ExitCode {
    let asked = [ErrorKind::DisplayHelp, ErrorKind::DisplayVersion];
    if asked.contains(&error.kind()) {
        let _closed = error.print();
        return ExitCode::SUCCESS;
    }
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        say("say what to do: `loadtest run`, `loadtest list`, or `loadtest --help`");
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

fn print(text: &str) {
    // A closed stdout is no reason to stop.
    let _closed = write!(io::stdout(), "{text}");
}
