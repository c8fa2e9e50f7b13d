//! What the environment says about folders and about whose process this is.

use std::{
    ffi::OsString,
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    process::Command,
};

/// Returns the default data folder, or `None` where there is no home either.
pub fn data_dir(is_root: bool, env: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    if is_root {
        return Some(PathBuf::from("/var/lib/tandem"));
    }
    let folder = |name| env(name).map(PathBuf::from).filter(|path| path.is_absolute());
    // The XDG specification has relative paths ignored.
    let base = folder("XDG_DATA_HOME")
        .or_else(|| folder("HOME").map(|home| home.join(".local").join("share")))?;
    Some(base.join("tandem"))
}

/// Returns the folders that programs are looked for in, in order.
pub fn search_path() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).filter(|folder| folder.is_absolute()).collect()
}

/// Says whether this process is root's.
pub fn is_root() -> bool {
    effective_uid() == Some(0)
}

/// Returns the user that this process acts as.
///
/// The standard library has no `geteuid`. Linux shows it as the owner of `/proc/self`; elsewhere
/// `id` says it.
fn effective_uid() -> Option<u32> {
    if let Ok(own) = fs::metadata(Path::new("/proc/self")) {
        return Some(own.uid());
    }
    let id = Command::new("id").arg("-u").output().ok()?;
    String::from_utf8(id.stdout).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_user_has_a_folder() {
        let check = |is_root, env: &[(&str, &str)], expected: Option<&str>| {
            let env = |name: &str| {
                env.iter().find(|(key, _)| *key == name).map(|(_, value)| OsString::from(*value))
            };
            assert_eq!(data_dir(is_root, env), expected.map(PathBuf::from));
        };
        check(true, &[("HOME", "/root")], Some("/var/lib/tandem"));
        check(false, &[("HOME", "/home/ann")], Some("/home/ann/.local/share/tandem"));
        check(false, &[("HOME", "/h"), ("XDG_DATA_HOME", "/x")], Some("/x/tandem"));
        check(false, &[("HOME", "/h"), ("XDG_DATA_HOME", "x")], Some("/h/.local/share/tandem"));
        check(false, &[], None);
    }
}
