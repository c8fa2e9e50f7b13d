//! The data folder: its parts, its owner, and the lock that keeps a second server out.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io::{self, Read, Seek, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, chown},
    path::{Path, PathBuf},
};

use crate::{app::private_postgres::error::PrivatePostgresError, config::paths};

/// `sun_path` of Linux less the closing zero (macOS has 103).
const SOCKET_BYTES_MAX: usize = if cfg!(target_os = "linux") { 107 } else { 103 };

/// The unprivileged user that Postgres runs as when the server is root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owner {
    /// The user.
    pub uid: u32,
    /// Its first group.
    pub gid: u32,
}

/// A data folder that this process alone uses, for as long as the value lives.
#[derive(Debug)]
pub struct Folder {
    root: PathBuf,
    /// Whom Postgres runs as; `None` is this process's own user.
    pub owner: Option<Owner>,
    /// The system unlocks it when the process ends, however it ends.
    _lock: File,
}

impl Folder {
    /// Makes the folder if need be, and locks it.
    pub fn open(data_dir: &Path) -> Result<Self, PrivatePostgresError> {
        let root = data_dir.to_owned();
        check_socket_path(&root)?;
        let is_root = paths::is_root();
        // Root's folder is passed through by Postgres' user, but stays root's: whoever owned it
        // could put links where root writes the log.
        let mode = if is_root { 0o711 } else { 0o700 };
        make_dir(&root, mode)?;
        let lock = lock(&root)?;
        let owner = if is_root { Some(owner_below(&root)?) } else { None };
        let folder = Self { root, owner, _lock: lock };
        folder.make_private(&folder.socket_dir())?;
        Ok(folder)
    }

    /// The cluster.
    pub fn cluster(&self) -> PathBuf {
        self.root.join("postgres")
    }

    /// A cluster that is being made, and is renamed once it is whole.
    pub fn unfinished_cluster(&self) -> PathBuf {
        self.root.join("postgres.new")
    }

    /// Where the socket is.
    pub fn socket_dir(&self) -> PathBuf {
        socket_dir(&self.root)
    }

    /// What Postgres says.
    pub fn log_file(&self) -> PathBuf {
        self.root.join("postgres.log")
    }

    /// The whole folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Makes a folder that Postgres' user alone can enter.
    pub fn make_private(&self, path: &Path) -> Result<(), PrivatePostgresError> {
        make_dir(path, 0o700)?;
        let Some(Owner { uid, gid }) = self.owner else { return Ok(()) };
        chown(path, Some(uid), Some(gid)).map_err(refused(path))
    }
}

/// Turns a refusal of the system into an error that names the path.
pub fn refused(path: &Path) -> impl FnOnce(io::Error) -> PrivatePostgresError {
    let path = path.to_owned();
    move |source| PrivatePostgresError::Folder { path, source }
}

/// Where the socket of a data folder is.
pub fn socket_dir(root: &Path) -> PathBuf {
    root.join("run")
}

fn check_socket_path(root: &Path) -> Result<(), PrivatePostgresError> {
    let path = socket_dir(root).join(".s.PGSQL.5432");
    let bytes = path.as_os_str().len();
    if bytes > SOCKET_BYTES_MAX {
        return Err(PrivatePostgresError::SocketPath { path, bytes, max: SOCKET_BYTES_MAX });
    }
    if path.to_str().is_none() {
        let source = io::Error::new(io::ErrorKind::InvalidInput, "the path is not UTF-8");
        return Err(PrivatePostgresError::Folder { path, source });
    }
    Ok(())
}

/// Makes the folder and those above it. One that exists keeps its rights.
fn make_dir(path: &Path, mode: u32) -> Result<(), PrivatePostgresError> {
    DirBuilder::new().recursive(true).mode(mode).create(path).map_err(refused(path))
}

fn lock(root: &Path) -> Result<File, PrivatePostgresError> {
    let path = root.join("lock");
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(0o600);
    let mut file = options.open(&path).map_err(refused(&path))?;
    match file.try_lock() {
        Ok(()) => {
            // For the next one's message; the lock itself is the system's.
            let write = |file: &mut File| {
                file.set_len(0)?;
                file.rewind()?;
                writeln!(file, "{}", std::process::id())
            };
            write(&mut file).map_err(refused(&path))?;
            Ok(file)
        }
        Err(TryLockError::WouldBlock) => {
            let mut pid = String::new();
            let known = file.read_to_string(&mut pid).is_ok() && !pid.trim().is_empty();
            let holder =
                if known { format!("process {}", pid.trim()) } else { "starting".to_owned() };
            Err(PrivatePostgresError::InUse { folder: root.to_owned(), holder })
        }
        Err(TryLockError::Error(source)) => Err(PrivatePostgresError::Folder { path, source }),
    }
}

/// Returns whom to run Postgres as: the owner of the cluster that is there, else `postgres` or
/// `nobody`, provided that they can get to the folder.
fn owner_below(root: &Path) -> Result<Owner, PrivatePostgresError> {
    let passwd = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let existing = fs::metadata(root.join("postgres"))
        .map(|it| Owner { uid: it.uid(), gid: it.gid() })
        .ok()
        .filter(|owner| owner.uid != 0);
    let (name, owner) = existing
        .map(|owner| (format!("number {}", owner.uid), owner))
        .or_else(|| by_name(&passwd, "postgres"))
        .or_else(|| by_name(&passwd, "nobody"))
        .ok_or(PrivatePostgresError::NoUser)?;
    for path in root.ancestors() {
        let it = fs::metadata(path).map_err(refused(path))?;
        let entering = match (it.uid() == owner.uid, it.gid() == owner.gid) {
            (true, _) => 0o100,
            (false, true) => 0o010,
            (false, false) => 0o001,
        };
        if it.mode() & entering == 0 {
            return Err(PrivatePostgresError::OutOfReach { user: name, path: path.to_owned() });
        }
    }
    Ok(owner)
}

fn by_name(passwd: &str, name: &str) -> Option<(String, Owner)> {
    let line = passwd.lines().find(|line| line.split(':').next() == Some(name))?;
    let mut numbers = line.split(':').skip(2).map(|field| field.parse().ok());
    let owner = Owner { uid: numbers.next()??, gid: numbers.next()?? };
    (owner.uid != 0).then(|| (name.to_owned(), owner))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_looked_up_by_name() {
        let passwd = "root:x:0:0:root:/root:/bin/sh\npostgresql:x:5:6::/:/bin/sh\n\
                      postgres:x:106:114:PostgreSQL:/var/lib/postgresql:/bin/bash\n\
                      nobody:*:-2:-2::/var/empty:/usr/bin/false\n";
        let check = |name, expected: Option<(u32, u32)>| {
            let found = by_name(passwd, name).map(|(_, owner)| (owner.uid, owner.gid));
            assert_eq!(found, expected, "{name}");
        };
        check("postgres", Some((106, 114)));
        check("nobody", None);
        check("root", None);
        check("post", None);
    }

    #[test]
    fn a_long_path_is_refused_by_its_length() {
        let long = PathBuf::from("/").join("x".repeat(100));
        let error = Folder::open(&long).expect_err("too long");
        let said = error.to_string();
        assert!(said.contains("TANDEM_DATA_DIR") && said.contains("119 bytes"), "{said}");
    }
}
