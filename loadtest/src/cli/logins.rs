//! Who signs in: from the command line, or from a file such as the demo's.

use std::{fs, path::Path};

use anyhow::{Context as _, bail, ensure};

use crate::settings::Login;

/// Reads `email:password`.
pub(crate) fn one(text: &str) -> anyhow::Result<Login> {
    match text.split_once(':') {
        Some((email, password)) if email.contains('@') && !password.is_empty() => {
            Ok(Login { email: email.to_owned(), password: password.to_owned() })
        }
        // The value may be a password, so it is not shown.
        _ => bail!("--login must be email:password, such as ann@demo.example:0123456789ab"),
    }
}

/// Reads a file with an e-mail address and a password in each line, apart by blanks or a colon.
pub(crate) fn file(path: &Path) -> anyhow::Result<Vec<Login>> {
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let logins = lines(&text);
    ensure!(
        !logins.is_empty(),
        "{} has no login: every line has to be an e-mail address and a password",
        path.display()
    );
    Ok(logins)
}

fn lines(text: &str) -> Vec<Login> {
    let read = |line: &str| {
        let line = line.replacen(':', " ", 1);
        let mut words = line.split_whitespace();
        let (email, password) = (words.next()?, words.next()?);
        let email = email.contains('@').then(|| email.to_owned())?;
        Some(Login { email, password: password.to_owned() })
    };
    text.lines().filter_map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demos_file_and_plain_pairs_are_read() {
        let demo =
            "  ann@demo.example       0123456789ab\n  sam@demo.example       ba98  (supervisor)\n";
        let read = lines(demo);
        let read: Vec<_> = read.iter().map(|it| (&*it.email, &*it.password)).collect();
        assert_eq!(read, [("ann@demo.example", "0123456789ab"), ("sam@demo.example", "ba98")]);
        assert_eq!(lines("# people\na@b.example:c d\n\n")[0].password, "c");
        assert_eq!(one("a@b.example:c:d").unwrap().password, "c:d");
        assert!(one("nobody").is_err());
    }
}
