//! The rules for Dockerfile and compose.yaml: no engine runs here, so what they name has to be there.

use std::{fs, path::Path};

use crate::source::{Finding, is_name};

/// What the image is made by, and what it has to agree with.
pub(crate) struct Image {
    pub(crate) dockerfile: String,
    pub(crate) ignored: String,
    pub(crate) compose: String,
    pub(crate) example: String,
    pub(crate) workspace: String,
}

impl Image {
    pub(crate) fn read(root: &Path) -> Self {
        let read = |name: &str| fs::read_to_string(root.join(name)).expect(name);
        Self {
            dockerfile: read("Dockerfile"),
            ignored: read(".dockerignore"),
            compose: read("compose.yaml"),
            example: read(".env.example"),
            workspace: read("Cargo.toml"),
        }
    }

    /// Returns what does not fit together. `exists` says whether the tree has a path.
    pub(crate) fn check(&self, exists: impl Fn(&str) -> bool) -> Vec<Finding> {
        let mut findings = Vec::new();
        let mut add = |path: &str, mend: String| {
            findings.push(Finding { path: path.to_owned(), line: 1, mend });
        };
        let copied = self.copied();
        for path in &copied {
            if !exists(path) {
                add("Dockerfile", format!("it copies {path}, which is not there"));
            }
            let top = path.split('/').next().unwrap_or_default();
            if !self.ignored.lines().any(|line| line == format!("!{top}")) {
                add(".dockerignore", format!("let {top} through: the Dockerfile copies it"));
            }
        }
        for member in between(&self.workspace, "members = [", "]").split('"').skip(1).step_by(2) {
            let has = |path: &str| member == path || member.starts_with(&format!("{path}/"));
            if !copied.iter().any(|path| has(path.trim_end_matches('/'))) {
                add("Dockerfile", format!("copy {member}/: the workspace names it"));
            }
        }
        let rust = version(between(&self.dockerfile, "FROM rust:", "-"));
        if rust < version(between(&self.workspace, "rust-version = \"", "\"")) {
            add("Dockerfile", "take the Rust that Cargo.toml asks for".to_owned());
        }
        if !self.dockerfile.contains("cargo build --release --locked -p server --bin tandem") {
            add("Dockerfile", "build the server as it was locked".to_owned());
        }
        let user = between(&self.dockerfile, "\nUSER ", "\n");
        if user.is_empty() || user.starts_with("root") || user.starts_with('0') {
            add("Dockerfile", "run as a user other than root".to_owned());
        }
        let port = between(&self.dockerfile, "TANDEM_LISTEN=0.0.0.0:", " ");
        for wanted in [format!("\nEXPOSE {port}\n"), format!("/dev/tcp/127.0.0.1/{port} ")] {
            if port.is_empty() || !self.dockerfile.contains(&wanted) {
                add("Dockerfile", format!("one port for all: {}", wanted.trim()));
            }
        }
        for node in ["node-a", "node-b"] {
            if !self.compose.contains(&format!("server {node} {node}:{port}\n")) {
                add("compose.yaml", format!("the proxy looks for {node} at another port"));
            }
        }
        for (file, text) in [("Dockerfile", &self.dockerfile), ("compose.yaml", &self.compose)] {
            if !text.contains("GET /readyz") {
                add(file, "ask /readyz whether it takes work".to_owned());
            }
            for name in variables(text) {
                if !self.example.contains(&format!("#{name}=")) {
                    add(file, format!("{name} is no setting of the server"));
                }
            }
        }
        findings
    }

    /// Returns what is copied from the tree.
    fn copied(&self) -> Vec<&str> {
        let copies = self.dockerfile.lines().filter_map(|line| line.strip_prefix("COPY "));
        let own = copies.filter(|line| !line.starts_with("--from"));
        own.flat_map(|line| line.rsplit_once(' ').map_or("", |(from, _to)| from).split(' '))
            .collect()
    }
}

/// The server's variables that a text sets; `TANDEM_PORT` is compose's own.
fn variables(text: &str) -> Vec<&str> {
    let names = text.split(|letter: char| !is_name(letter));
    let ours = names.filter(|name| {
        (name.starts_with("TANDEM_") || ["DATABASE_URL", "REDIS_URL"].contains(name))
            && *name != "TANDEM_PORT"
    });
    ours.collect()
}

fn between<'a>(text: &'a str, open: &str, close: &str) -> &'a str {
    let rest = text.split_once(open).map_or("", |(_before, rest)| rest);
    rest.split_once(close).map_or(rest, |(inside, _after)| inside)
}

fn version(text: &str) -> Vec<u32> {
    text.split('.').map(|part| part.parse().unwrap_or_default()).collect()
}
