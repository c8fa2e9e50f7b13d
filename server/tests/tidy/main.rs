//! House rules that no compiler keeps: floors, sizes, who may know what, and words that agree.
//!
//! No database, milliseconds. Every rule is a function from a source to findings; `broken` shows
//! that each can fail.
#![expect(clippy::indexing_slicing, clippy::string_slice, reason = "a test may panic")]

mod broken;
mod image;
mod rules;
mod source;
mod words;

use std::fs;

use crate::{
    image::Image,
    source::{root, sources, sources_below},
};

#[test]
fn the_tree_is_tidy() {
    let root = root();
    let mut findings = Vec::new();
    for source in sources(&root) {
        findings.extend(rules::check(&source));
    }
    findings.extend(words::migrations(&sources_below(&root, "migrations", &["sql"])));
    findings.extend(words::variables_are_in_the_example(&root));
    findings.extend(Image::read(&root).check(|path| root.join(path).exists()));
    if let Ok(text) = fs::read_to_string(root.join("PROTOCOL.md")) {
        findings.extend(words::protocol_is_told(&text));
    }
    let lines: Vec<String> = findings.iter().map(ToString::to_string).collect();
    assert!(lines.is_empty(), "{} findings:\n{}", lines.len(), lines.join("\n"));
}
