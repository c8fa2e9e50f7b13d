//! The rules for one file.

use crate::source::{Finding, Source, ending, is_name};

const LINES_MAX: usize = 400;

/// The floors, highest first. Imports go down, or stay inside a module.
const FLOORS: [&[&str]; 10] = [
    &["main"],
    &["app"],
    &["ws", "http"],
    &["channels", "routing", "automation"],
    &["commands", "queries"],
    &["realtime", "auth", "reporting"],
    &["store", "blobs", "seal"],
    &["domain", "bus"],
    &["config", "telemetry", "clock", "shutdown", "jitter", "web_client"],
    &["lib"],
];

/// A crate or a name, and the only places under `server/src` that may know it.
const ONLY_IN: [(&str, &[&str]); 4] = [
    ("sqlx", &["store/", "app/private_postgres/cluster.rs"]),
    ("axum", &["http/", "ws/", "app/"]),
    ("redis", &["bus/"]),
    ("object_store", &["blobs.rs"]),
];

/// How a provider is named in code, and where it may be. WhatsApp is also a kind of channel, which anybody
/// may know; its adapter is not.
const PROVIDERS: [(&str, &str); 4] = [
    ("twilio", "channels/twilio"),
    ("rbm", "channels/rbm"),
    ("whatsapp::", "channels/whatsapp"),
    ("whatsapp;", "channels/whatsapp"),
];

/// Returns what is wrong with a file.
pub(crate) fn check(source: &Source) -> Vec<Finding> {
    let mut findings = clean_text(source);
    findings.extend(length(source));
    if source.is_rust() {
        findings.extend(opens_with_a_sentence(source));
        findings.extend(no_reexports(source));
        findings.extend(only_modules(source));
    }
    if source.is_rust() && source.in_server().is_some() {
        findings.extend(floors(source));
        findings.extend(only_in(source));
    }
    findings
}

/// (1) Imports go down.
fn floors(source: &Source) -> Vec<Finding> {
    let module = module_of(source.in_server().unwrap_or_default());
    let Some(own) = floor_of(module) else {
        return vec![source.finding(1, format!("give `{module}` a floor in server/tests/tidy.rs"))];
    };
    let mut findings = Vec::new();
    for (offset, target) in crate_paths(&source.code) {
        let allowed = target == module || floor_of(&target).is_none_or(|floor| floor > own);
        if !allowed {
            let mend = format!(
                "`{module}` may not know `{target}`, which is beside or above it: move what both \
                 need to a lower floor, or turn the call around"
            );
            findings.push(source.finding(source.line_of(offset), mend));
        }
    }
    findings
}

fn module_of(path: &str) -> &str {
    path.split('/').next().unwrap_or_default().trim_end_matches(".rs")
}

fn floor_of(module: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| floor.contains(&module))
}

/// Returns the first name of every `crate::name` and `crate::{name, …}`, with its offset.
fn crate_paths(code: &str) -> Vec<(usize, String)> {
    let mut paths = Vec::new();
    for (start, _) in code.match_indices("crate::") {
        let before = code[..start].chars().next_back();
        if before.is_some_and(|it| is_name(it) || it == '$') {
            continue;
        }
        let from = start + "crate::".len();
        let (mut depth, mut expecting) = (0, true);
        for (index, letter) in code[from..].char_indices() {
            match letter {
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 1 => expecting = true,
                _ if is_name(letter) && expecting && depth <= 1 => {
                    let rest = &code[from + index..];
                    let end = rest.find(|it| !is_name(it)).unwrap_or(rest.len());
                    paths.push((from + index, rest[..end].to_owned()));
                    expecting = false;
                }
                _ => {}
            }
            if depth == 0 && !expecting {
                break;
            }
        }
    }
    paths
}

/// (1) `mod.rs` and `lib.rs` hold nothing but docs, attributes and modules.
fn only_modules(source: &Source) -> Vec<Finding> {
    let name = source.path.rsplit('/').next().unwrap_or_default();
    if !matches!(name, "mod.rs" | "lib.rs") || !source.path.contains("/src/") {
        return Vec::new();
    }
    let fits = |line: &str| {
        let module = line.trim_start_matches("pub ").trim_start_matches("pub(crate) ");
        line.is_empty()
            || line.starts_with('#')
            || (module.starts_with("mod ") && module.ends_with(';'))
    };
    let items = source.lines().filter(|(_, line)| !fits(line.trim()));
    let mend = "only docs, attributes and `mod` lines stand here: move this to a file of its own";
    items.map(|(line, _)| source.finding(line, mend)).collect()
}

/// (2) A file has one subject, and an end.
fn length(source: &Source) -> Vec<Finding> {
    let lines = source.lines().count();
    let limited = ["rs", "ts", "tsx", "mjs"].contains(&ending(&source.path));
    if !limited || lines <= LINES_MAX {
        return Vec::new();
    }
    vec![source.finding(LINES_MAX, format!("{lines} lines, {LINES_MAX} are allowed: split it"))]
}

/// (3) A file says what it is.
fn opens_with_a_sentence(source: &Source) -> Vec<Finding> {
    if source.text.starts_with("//! ") {
        return Vec::new();
    }
    vec![source.finding(1, "open with `//!` and a sentence about what lives here")]
}

/// (4) Some things are known in one place only.
fn only_in(source: &Source) -> Vec<Finding> {
    let path = source.in_server().unwrap_or_default();
    let allowed = |places: &[&str]| places.iter().any(|place| path.starts_with(place));
    let mut findings = Vec::new();
    for (line, code) in source.lines() {
        for (name, places) in ONLY_IN {
            if uses_crate(code, name) && !allowed(places) {
                let mend = format!("`{name}` is known in {} only", places.join(", "));
                findings.push(source.finding(line, mend));
            }
        }
        if code.contains("env::var") && !allowed(&["config/"]) {
            findings.push(source.finding(line, "read the environment in config/ only"));
        }
        for (name, home) in PROVIDERS {
            let named = code.to_lowercase().contains(name);
            let declares = path == "channels/mod.rs" && code.trim().starts_with("pub mod ");
            if named && !declares && !allowed(&[home, "config/", "app/"]) {
                let mend = format!("a provider's name stands in {home}, config/ and app/ only");
                findings.push(source.finding(line, mend));
            }
        }
    }
    findings
}

fn uses_crate(code: &str, name: &str) -> bool {
    code.match_indices(name).any(|(start, _)| {
        let before = code[..start].chars().next_back();
        let after = &code[start + name.len()..];
        !before.is_some_and(|it| is_name(it) || it == ':' || it == '.')
            && (after.starts_with("::")
                || (code.trim_start().starts_with("use ") && after.starts_with(';')))
    })
}

/// (7) No promises, no tabs, no blanks at the end.
fn clean_text(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, line) in source.text.lines().enumerate() {
        let mut add = |mend: &str| findings.push(source.finding(index + 1, mend));
        // Written apart, so that this file keeps its own rule.
        if [concat!("TO", "DO"), concat!("FIX", "ME")].iter().any(|word| line.contains(word)) {
            add("do it now, or open an issue and take the note away");
        }
        if source.is_rust() && line.contains('\t') {
            add("use blanks, not tabs");
        }
        if line.ends_with([' ', '\t']) {
            add("take the blanks at the end away");
        }
    }
    findings
}

/// (8) A thing is imported from where it is defined, and by name.
fn no_reexports(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (line, code) in source.lines() {
        let code = code.trim_start();
        if code.starts_with("pub use ") || (code.starts_with("pub(") && code.contains(") use ")) {
            let mend = "no `pub use`: let others import it from the file that defines it";
            findings.push(source.finding(line, mend));
        }
        let in_tests = source.path.contains("/tests/");
        if !in_tests && ["::*;", "::*,", "::*}"].iter().any(|glob| code.contains(glob)) {
            findings.push(source.finding(line, "no `*`: import by name"));
        }
    }
    findings
}
