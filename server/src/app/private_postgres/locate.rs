//! Finds the machine's PostgreSQL.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{app::private_postgres::error::PrivatePostgresError, config::paths};

/// Older ones lack what the migrations use.
const MAJOR_MIN: u32 = 15;

/// Where distributions keep each version apart: the parent, and the name up to the version.
const DISTRIBUTIONS: [(&str, &str); 6] = [
    ("/usr/lib/postgresql", ""),
    ("/usr", "pgsql-"),
    ("/usr/libexec", "postgresql"),
    ("/opt/homebrew/opt", "postgresql@"),
    ("/usr/local/opt", "postgresql@"),
    ("/usr/local", "pgsql"),
];

/// A folder that has `postgres`, `initdb` and `pg_ctl` of one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binaries {
    /// The folder.
    pub dir: PathBuf,
    /// The version's first number.
    pub major: u32,
}

/// Returns the first fitting installation: `PATH` first, then the distributions' folders, newest
/// first. A cluster that exists needs its own version.
pub fn locate(
    cluster: &Path,
    cluster_major: Option<u32>,
) -> Result<Binaries, PrivatePostgresError> {
    let fits = |binaries: &Binaries| match cluster_major {
        Some(major) => binaries.major == major,
        None => binaries.major >= MAJOR_MIN,
    };
    let found = paths::search_path()
        .into_iter()
        .chain(distribution_dirs())
        .filter_map(|dir| inspect(&dir))
        .find(fits);
    found.ok_or_else(|| match cluster_major {
        Some(major) => PrivatePostgresError::OtherVersion { cluster: cluster.to_owned(), major },
        None => PrivatePostgresError::NotInstalled,
    })
}

fn distribution_dirs() -> Vec<PathBuf> {
    let mut dirs = Vec::new();
    for (parent, prefix) in DISTRIBUTIONS {
        let Ok(entries) = fs::read_dir(parent) else { continue };
        for entry in entries.filter_map(Result::ok) {
            let name = entry.file_name();
            let Some(version) = name.to_str().and_then(|name| name.strip_prefix(prefix)) else {
                continue;
            };
            let major: Option<u32> = version.parse().ok();
            if version.is_empty() || major.is_some() {
                dirs.push((major, entry.path().join("bin")));
                // Alpine has no `bin` below.
                dirs.push((major, entry.path()));
            }
        }
    }
    dirs.sort_by_key(|(major, _)| std::cmp::Reverse(*major));
    dirs.into_iter().map(|(_, dir)| dir).collect()
}

/// Looks at one folder. Links are followed, because what is beside the real file belongs to it.
fn inspect(dir: &Path) -> Option<Binaries> {
    let postgres = dir.join("postgres").canonicalize().ok()?;
    let dir = postgres.parent()?.to_owned();
    let complete = ["initdb", "pg_ctl"].iter().all(|name| dir.join(name).is_file());
    let said = complete.then(|| Command::new(&postgres).arg("--version").output())?.ok()?;
    let major = major(&String::from_utf8(said.stdout).ok()?)?;
    Some(Binaries { dir, major })
}

/// Reads the version's first number out of `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`.
fn major(said: &str) -> Option<u32> {
    let (_, version) = said.split_once("(PostgreSQL) ")?;
    let digits = version.split(|letter: char| !letter.is_ascii_digit()).next()?;
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_read() {
        let check = |said, expected| assert_eq!(major(said), expected, "{said}");
        check("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n", Some(15));
        check("postgres (PostgreSQL) 9.6.24", Some(9));
        check("postgres (PostgreSQL) 18beta2", Some(18));
        check("postgres (EnterpriseDB) 15", None);
        check("", None);
    }
}
