//! What can be said on the command line about people, their API tokens and their roles.

use clap::{Arg, Args, Command, Subcommand};

const SETTINGS: &str =
    "The database is the server's: all settings of `tandem --help` count here, too.";

/// Leaves the settings out of the help of these commands: they would bury what is their own.
pub(super) fn briefly(command: Command) -> Command {
    let settings: Vec<Arg> = command.get_arguments().map(|arg| arg.clone().hide(true)).collect();
    ["user", "token", "role"].into_iter().fold(command, |command, name| {
        command.mut_subcommand(name, |it| it.args(settings.clone()).after_help(SETTINGS))
    })
}

/// See [`Command::User`](super::args::Command::User).
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum UserCommand {
    /// List all people: e-mail address, name, role, and whether they may sign in
    List,
    /// Add somebody, and print a password that was made up
    Add(AddUser),
    /// Change somebody's name or role, or say whether they may sign in
    Change(ChangeUser),
    /// Give somebody a new password, print it, and end their sessions
    Password(Who),
}

/// Who is meant.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct Who {
    /// The e-mail address that they sign in with
    pub email: String,
}

/// See [`UserCommand::Add`].
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct AddUser {
    /// The e-mail address that they sign in with
    pub email: String,
    /// The name that colleagues see
    #[arg(long = "name", id = "user_name", value_name = "NAME")]
    pub name: String,
    /// agent, supervisor, admin or reviewer
    #[arg(long, default_value = "agent")]
    pub role: String,
}

/// See [`UserCommand::Change`].
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct ChangeUser {
    /// The e-mail address that they sign in with
    pub email: String,
    /// The name that colleagues see
    #[arg(long = "name", id = "user_name", value_name = "NAME")]
    pub name: Option<String>,
    /// agent, supervisor, admin or reviewer
    #[arg(long)]
    pub role: Option<String>,
    /// They may not sign in any more; their sessions end and their tokens are revoked
    #[arg(long, conflicts_with = "enable")]
    pub disable: bool,
    /// They may sign in again
    #[arg(long)]
    pub enable: bool,
}

/// See [`Command::Token`](super::args::Command::Token).
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum TokenCommand {
    /// List all API tokens that are not over: id, whose, name, scopes, when they end
    List,
    /// Make a token for somebody and print it; it is not shown again
    Create(CreateToken),
    /// Revoke a token by its id
    Revoke {
        /// The token's id, as `list` shows it
        id: String,
    },
}

/// See [`TokenCommand::Create`].
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct CreateToken {
    /// Whose it is: it sees what they see
    pub email: String,
    /// What it is for
    #[arg(long = "name", id = "token_name", value_name = "NAME")]
    pub name: String,
    /// What it may do, such as threads.read; say it again for more
    #[arg(long = "scope", required = true, value_name = "PERMISSION")]
    pub scopes: Vec<String>,
    /// After how many days it ends: 1 to 366 [default: 90]
    #[arg(long)]
    pub days: Option<u32>,
}

/// See [`Command::Role`](super::args::Command::Role).
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum RoleCommand {
    /// List the built-in roles and those of the inboxes, with what they allow
    List,
    /// Give somebody a role in an inbox
    Give(GiveRole),
    /// Take somebody out of an inbox
    Take {
        /// The e-mail address that they sign in with
        email: String,
        /// The inbox: its name or its id
        inbox: String,
    },
}

/// See [`RoleCommand::Give`].
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct GiveRole {
    /// The e-mail address that they sign in with
    pub email: String,
    /// The inbox: its name or its id
    pub inbox: String,
    /// agent, supervisor, admin, reviewer, or the name or id of a role of the inbox
    pub role: String,
    /// Which threads they see: all, team, unassigned or assigned
    #[arg(long, default_value = "all")]
    pub scope: String,
}
