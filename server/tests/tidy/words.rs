//! The rules between files: protocol and PROTOCOL.md, settings and `.env.example`, tables and comments.

use std::{fs, path::Path};

use protocol::{close::CloseCode, errors::ErrorCode, events::EVENT_KINDS, kinds::COMMAND_KINDS};

use crate::source::{Finding, Source, is_name, sources_below};

/// (5) The protocol's words are explained.
pub(crate) fn protocol_is_told(text: &str) -> Vec<Finding> {
    let mut words: Vec<String> = Vec::new();
    words.extend(COMMAND_KINDS.iter().chain(&EVENT_KINDS).map(ToString::to_string));
    for code in ErrorCode::ALL {
        let name = serde_json::to_value(code).expect("a code is JSON");
        words.push(name.as_str().expect("a code is a text").to_owned());
    }
    for code in CloseCode::ALL {
        words.extend([code.name().to_owned(), code.number().to_string()]);
    }
    for golden in [
        include_str!("../../../protocol/golden/v1/client_frames.json"),
        include_str!("../../../protocol/golden/v1/server_frames.json"),
    ] {
        let frames: Vec<serde_json::Value> = serde_json::from_str(golden).expect("a list");
        words.extend(frames.iter().filter_map(|frame| Some(frame["type"].as_str()?.to_owned())));
    }
    words.sort();
    words.dedup();
    let told = |word: &String| {
        let number = word.chars().all(|it| it.is_ascii_digit());
        text.contains(&format!("`{word}`")) || (number && text.contains(word.as_str()))
    };
    let untold = words.into_iter().filter(|word| !told(word));
    let finding = |word| Finding {
        path: "PROTOCOL.md".to_owned(),
        line: 1,
        mend: format!("explain `{word}`, in backticks"),
    };
    untold.map(finding).collect()
}

/// (5) Every variable is in the example; that `--help` agrees is tested in `config::parse`.
pub(crate) fn variables_are_in_the_example(root: &Path) -> Vec<Finding> {
    let example = fs::read_to_string(root.join(".env.example")).unwrap_or_default();
    let mut findings = Vec::new();
    for source in sources_below(root, "server/src/config", &["rs"]) {
        for (index, line) in source.text.lines().enumerate() {
            let variable = line.trim().strip_prefix("env = \"").and_then(|it| it.split('"').next());
            if let Some(name) = variable
                && !example.contains(&format!("#{name}="))
            {
                findings.push(source.finding(index + 1, format!("add {name} to .env.example")));
            }
        }
    }
    findings
}

/// (6) Migrations are numbered, and every table says what it is for.
pub(crate) fn migrations(sources: &[Source]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let all: String = sources.iter().map(|source| source.text.to_lowercase() + "\n").collect();
    for (index, source) in sources.iter().enumerate() {
        let name = source.path.rsplit('/').next().unwrap_or_default();
        let stem = name.trim_end_matches(".sql");
        let plain = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'_';
        let rest = stem.strip_prefix(&format!("{:04}_", index + 1)).unwrap_or_default();
        if rest.is_empty() || !rest.bytes().all(plain) {
            let mend = format!("name it {:04}_what_it_does.sql, in lower case", index + 1);
            findings.push(source.finding(1, mend));
        }
        for (line, text) in source.text.to_lowercase().lines().enumerate() {
            let Some(rest) = text.trim_start().strip_prefix("create table ") else { continue };
            let rest = rest.trim_start_matches("if not exists ");
            let table = rest.split(|it| !is_name(it)).next().unwrap_or_default();
            let told = all.lines().any(|line| {
                line.trim_start()
                    .strip_prefix(&format!("comment on table {table}"))
                    .is_some_and(|rest| !rest.starts_with(is_name))
            });
            if !told {
                let mend = format!("add `comment on table {table} is '…'`");
                findings.push(source.finding(line + 1, mend));
            }
        }
    }
    findings
}
