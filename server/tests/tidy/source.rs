//! The files to check: which they are, and what of them is code.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
};

/// One broken rule: where, what, and the mend.
#[derive(Debug)]
pub(crate) struct Finding {
    pub(crate) path: String,
    pub(crate) line: usize,
    pub(crate) mend: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.mend)
    }
}

/// One file, with its code apart from comments and texts.
pub(crate) struct Source {
    /// From the repository's root.
    pub(crate) path: String,
    pub(crate) text: String,
    /// The same length and lines as `text`; comments and the contents of texts are blanks.
    pub(crate) code: String,
}

impl Source {
    pub(crate) fn new(path: &str, text: &str) -> Self {
        let code = if ending(path) == "rs" { code_only(text) } else { text.to_owned() };
        Self { path: path.to_owned(), text: text.to_owned(), code }
    }

    pub(crate) fn is_rust(&self) -> bool {
        ending(&self.path) == "rs"
    }

    /// Returns the path below `server/src`, if it is there.
    pub(crate) fn in_server(&self) -> Option<&str> {
        self.path.strip_prefix("server/src/")
    }

    /// Returns the lines of code before the file's test module, with their numbers.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines: Vec<&str> = self.code.lines().collect();
        let is_test = |pair: &[&str]| {
            pair[0].trim() == "#[cfg(test)]" && pair[1].trim_start().starts_with("mod ")
        };
        let tests = if self.is_rust() { lines.windows(2).position(is_test) } else { None };
        let end = tests.unwrap_or(lines.len());
        lines.into_iter().take(end).enumerate().map(|(index, line)| (index + 1, line))
    }

    pub(crate) fn finding(&self, line: usize, mend: impl Into<String>) -> Finding {
        Finding { path: self.path.clone(), line, mend: mend.into() }
    }

    pub(crate) fn line_of(&self, offset: usize) -> usize {
        self.code[..offset].matches('\n').count() + 1
    }
}

/// Returns what follows a name's last dot.
pub(crate) fn ending(name: &str) -> &str {
    name.rsplit_once('.').map_or("", |(_, ending)| ending)
}

pub(crate) fn root() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    root.canonicalize().expect("the repository is there")
}

pub(crate) fn sources(root: &Path) -> Vec<Source> {
    let mut sources = Vec::new();
    for folder in ["protocol", "server", "loadtest"] {
        sources.extend(sources_below(root, folder, &["rs", "toml"]));
    }
    sources.extend(sources_below(root, "client-js", &["ts", "tsx", "mjs", "css", "html"]));
    sources.extend(sources_below(root, "migrations", &["sql"]));
    sources
}

/// Returns the files with these endings, in order of name; nothing generated or fetched.
pub(crate) fn sources_below(root: &Path, folder: &str, endings: &[&str]) -> Vec<Source> {
    let skipped = ["node_modules", "dist", "target", ".sqlx", "protocol.ts"];
    let mut found = Vec::new();
    let mut folders = vec![root.join(folder)];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for path in entries.filter_map(Result::ok).map(|entry| entry.path()) {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if skipped.contains(&name) {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if endings.contains(&ending(name)) {
                let text = fs::read_to_string(&path).expect("a source is text");
                let below = path.strip_prefix(root).expect("it is below the root");
                found.push(Source::new(&below.to_string_lossy(), &text));
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// Blanks out comments, texts and letters, and keeps lines and offsets.
fn code_only(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let before = code.chars().next_back();
        let length = comment(rest)
            .or_else(|| if before.is_some_and(is_name) { None } else { raw_text(rest) })
            .or_else(|| quoted(rest));
        let Some(length) = length else {
            code.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        };
        let (gone, left) = rest.split_at(length);
        // One blank for each byte, so that offsets stay.
        code.extend(gone.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }));
        rest = left;
    }
    code
}

fn comment(rest: &str) -> Option<usize> {
    let (open, close) = if rest.starts_with("/*") { ("/*", "*/") } else { ("//", "\n") };
    let inside = rest.strip_prefix(open)?;
    let kept = usize::from(close == "\n");
    Some(inside.find(close).map_or(rest.len(), |end| open.len() + end + close.len() - kept))
}

fn raw_text(rest: &str) -> Option<usize> {
    let after = rest.strip_prefix("br").or_else(|| rest.strip_prefix('r'))?;
    let inside = after.trim_start_matches('#').strip_prefix('"')?;
    let hashes = after.len() - inside.len() - 1;
    let close = format!("\"{}", "#".repeat(hashes));
    let start = rest.len() - inside.len();
    Some(inside.find(&close).map_or(rest.len(), |end| start + end + close.len()))
}

fn quoted(rest: &str) -> Option<usize> {
    let quote = rest.chars().next().filter(|it| matches!(it, '"' | '\''))?;
    if quote == '\'' {
        // A lifetime has no second quote where a letter has.
        let mut letters = rest.char_indices().skip(1);
        let (_, first) = letters.next()?;
        let (_, second) = letters.next()?;
        if first != '\\' && second != '\'' {
            return None;
        }
    }
    let mut escaped = false;
    for (index, letter) in rest.char_indices().skip(1) {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if letter == quote => return Some(index + 1),
            _ => {}
        }
    }
    Some(rest.len())
}

/// Says whether a letter may stand in a name.
pub(crate) fn is_name(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}
