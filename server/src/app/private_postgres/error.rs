//! Why there is no private Postgres, and what to do about it. One line each.

use std::{error::Error, io, path::PathBuf};

/// See the module.
#[derive(Debug, thiserror::Error)]
pub enum PrivatePostgresError {
    /// Nothing to run.
    #[error(
        "no PostgreSQL 15 or newer on this machine: install it (Debian, Ubuntu: `apt-get install \
         postgresql`; Fedora: `dnf install postgresql-server`; macOS: `brew install postgresql`), \
         or set DATABASE_URL"
    )]
    NotInstalled,
    /// A cluster can only be run by the major version that made it.
    #[error(
        "the data in {} was made by PostgreSQL {major}, which is not on this machine: install it, \
         or set TANDEM_DATA_DIR to another folder", cluster.display()
    )]
    OtherVersion {
        /// The cluster.
        cluster: PathBuf,
        /// What made it.
        major: u32,
    },
    /// Another server has the folder.
    #[error(
        "another Tandem ({holder}) uses the data folder {}: stop it, or set TANDEM_DATA_DIR to \
         another folder", folder.display()
    )]
    InUse {
        /// The data folder.
        folder: PathBuf,
        /// Its process, in words.
        holder: String,
    },
    /// The system refuses something.
    #[error("cannot use {}: check its owner and rights, or set TANDEM_DATA_DIR", path.display())]
    Folder {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The system's limit on the names of sockets.
    #[error(
        "the socket's path {} has {bytes} bytes, and the system allows {max}: set TANDEM_DATA_DIR \
         to a folder with a shorter path", path.display()
    )]
    SocketPath {
        /// The socket.
        path: PathBuf,
        /// How long it is.
        bytes: usize,
        /// How long it may be.
        max: usize,
    },
    /// Postgres refuses to be root, and root's folders are closed to others.
    #[error(
        "Postgres runs as the user `{user}`, who cannot enter {}: set TANDEM_DATA_DIR to a folder \
         that this user can reach", path.display()
    )]
    OutOfReach {
        /// Who.
        user: String,
        /// The folder that is closed.
        path: PathBuf,
    },
    /// Postgres refuses to be root, and there is nobody else.
    #[error(
        "this is root, Postgres must not be, and there is no user `postgres` or `nobody` to run \
         it: run Tandem as another user, or set DATABASE_URL"
    )]
    NoUser,
    /// The cluster could not be made.
    #[error("`initdb` could not make a cluster in {}: {reason}", cluster.display())]
    Init {
        /// Where.
        cluster: PathBuf,
        /// The last line it said.
        reason: String,
    },
    /// An earlier Postgres of this folder does not go.
    #[error(
        "an earlier Postgres still runs in {} and does not stop: end it with `pg_ctl stop -D` and \
         that folder", cluster.display()
    )]
    StillRunning {
        /// Where.
        cluster: PathBuf,
    },
    /// A program could not be started.
    #[error("cannot start {}: reinstall PostgreSQL or Tandem", program.display())]
    Spawn {
        /// Which.
        program: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It ended, or does not answer.
    #[error("the private Postgres did not start; {} ends with: {reason}", log.display())]
    NotReady {
        /// Its log.
        log: PathBuf,
        /// The log's last line.
        reason: String,
    },
    /// It answers, but the database cannot be made.
    #[error("the private Postgres cannot make its database")]
    Database(#[source] Box<dyn Error + Send + Sync>),
}
