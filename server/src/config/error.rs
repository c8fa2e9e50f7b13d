//! What is wrong with the settings, in one line that names the setting and says what is allowed.

use std::{
    io::{self, Write},
    process::ExitCode,
};

/// Why there is no [`Config`](super::settings::Config).
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// `--help` or `--version`: not an error, but there is nothing else to do.
    #[error("{0}")]
    Asked(clap::Error),
    /// A flag or a subcommand that does not exist.
    #[error("{0}; `tandem --help` lists what there is")]
    Usage(String),
    /// A value that is not allowed.
    #[error("{variable} (--{flag}) is `{value}`: {allowed}")]
    Value {
        /// The environment variable.
        variable: &'static str,
        /// The flag.
        flag: &'static str,
        /// What it was set to.
        value: String,
        /// What it may be.
        allowed: String,
    },
    /// A value that is not allowed and must not be shown.
    #[error("{variable} (--{flag}): {allowed}")]
    SecretValue {
        /// The environment variable.
        variable: &'static str,
        /// The flag.
        flag: &'static str,
        /// What it may be.
        allowed: String,
    },
    /// Some settings of a group are there and one is not.
    #[error("{variable} (--{flag}) is missing: {allowed}")]
    Missing {
        /// The environment variable.
        variable: &'static str,
        /// The flag.
        flag: &'static str,
        /// What it needs.
        allowed: String,
    },
}

impl ConfigError {
    /// Says it to the person at the terminal, and returns how the process should end.
    pub fn report(&self) -> ExitCode {
        // A closed stderr must not turn a clear refusal into a panic, hence no `eprintln!`.
        if let Self::Asked(asked) = self {
            let _ = asked.print();
            // Shown because something is missing, help is a refusal.
            return u8::try_from(asked.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from);
        }
        let line = self.to_string().replace(['\n', '\r'], " ");
        let _ = writeln!(io::stderr(), "error: {line}");
        ExitCode::from(2)
    }
}
