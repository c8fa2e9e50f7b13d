//! What the tests of settings stand on: parsing with another environment than the process's.

use std::ffi::OsString;

use clap::builder::{OsStr, Resettable};

use crate::config::{
    args::{self, Command},
    error::ConfigError,
    settings::Config,
};

/// Parses with this environment instead of the process's.
pub(super) fn parse(
    args: &[&str],
    env: &[(&str, &'static str)],
) -> Result<(Command, Config), ConfigError> {
    let command = args::command().mut_args(|arg| {
        let name = arg.get_env().map(|name| name.to_string_lossy().into_owned());
        let Some(name) = name else { return arg };
        let arg = arg.env(Resettable::<OsStr>::Reset);
        match env.iter().find(|(key, _)| *key == name) {
            Some((_, value)) => arg.default_value(*value),
            None => arg,
        }
    });
    let args = ["tandem"].iter().chain(args).map(OsString::from).collect();
    Config::from_command(command, args)
}

pub(super) fn good(args: &[&str], env: &[(&str, &'static str)]) -> (Command, Config) {
    parse(args, env).expect("these settings are good")
}

#[track_caller]
pub(super) fn refused(args: &[&str], env: &[(&str, &'static str)], expected: &str) {
    let said = parse(args, env).expect_err("these settings are wrong").to_string();
    assert!(said.contains(expected), "`{said}` does not say `{expected}`");
    assert_eq!(said.lines().count(), 1, "{said}");
}
