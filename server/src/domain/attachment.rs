//! Files that come with messages: what they are called, what they are, and which of them a browser
//! may show.

use protocol::{attachments::AttachmentState, ids::AttachmentId};
use serde::{Deserialize, Serialize};

/// What is said of bytes that nobody can name, and of those that a browser would run.
pub const UNKNOWN_TYPE: &str = "application/octet-stream";
/// Most tries to fetch a file: with the waits of deliveries, about an hour and a half.
pub const ATTEMPTS_MAX: u32 = 15;
/// Most files of one message.
pub const FILES_MAX: usize = 32;
/// Most characters of a name.
const NAME_CHARS_MAX: usize = 200;
/// Most characters of a type.
const TYPE_CHARS_MAX: usize = 100;

/// A file as its message's fact names it: what customers sent waits, what agents sent is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attached {
    /// The file.
    pub id: AttachmentId,
    /// What it is; while it waits, as the provider says.
    pub mime_type: String,
    /// Its size, where the provider tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// How far it is.
    #[serde(default = "waiting", skip_serializing_if = "is_waiting")]
    pub state: AttachmentState,
    /// Whether there is a small picture of it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub has_thumbnail: bool,
}

fn waiting() -> AttachmentState {
    AttachmentState::Waiting
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "what serde asks with")]
fn is_waiting(it: &AttachmentState) -> bool {
    *it == AttachmentState::Waiting
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "what serde asks with")]
fn is_false(it: &bool) -> bool {
    !*it
}

/// A file as a fact about itself has it. Its name, which is personal, is the fact's content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// The file.
    pub id: AttachmentId,
    /// What it is.
    pub mime_type: String,
    /// Its size.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// How far it is.
    pub state: AttachmentState,
    /// Why it was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Whether there is a small picture of it.
    pub has_thumbnail: bool,
}

/// Returns the type that a provider declares, without parameters; what is no type is unknown.
pub fn declared_type(declared: &str) -> String {
    let bare = declared.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let token = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b))
    };
    let good = bare.len() <= TYPE_CHARS_MAX
        && bare.split_once('/').is_some_and(|(kind, sub)| token(kind) && token(sub));
    if good { bare } else { UNKNOWN_TYPE.to_owned() }
}

/// Returns what a file is: what its first bytes say goes before what was declared.
pub fn type_of(declared: &str, head: &[u8]) -> String {
    let declared = declared_type(declared);
    let is = match infer::get(head).map(|kind| kind.mime_type()) {
        // Documents of offices are such archives; which, only their inside tells.
        Some("application/zip") if declared.starts_with("application/vnd.") => declared,
        // Its registered name, which providers know.
        Some("audio/m4a") => "audio/mp4".to_owned(),
        Some(sniffed) => sniffed.to_owned(),
        // These have marks that are known. Without them it is something else.
        None if ["image/", "audio/", "video/"].iter().any(|it| declared.starts_with(it)) => {
            return UNKNOWN_TYPE.to_owned();
        }
        None => declared,
    };
    if runs_in_browsers(&is) { UNKNOWN_TYPE.to_owned() } else { is }
}

/// Says whether a browser would take it for a page or a program.
fn runs_in_browsers(mime_type: &str) -> bool {
    ["html", "xml", "svg", "javascript", "ecmascript", "x-shockwave-flash", "multipart/"]
        .iter()
        .any(|word| mime_type.contains(word))
        // Office documents are called so, and no browser opens them by itself.
        && !mime_type.starts_with("application/vnd.openxmlformats-officedocument.")
}

/// Says whether a browser may show it in place. Everything else is for saving.
pub fn shown_inline(mime_type: &str) -> bool {
    matches!(
        mime_type,
        "image/jpeg"
            | "image/png"
            | "image/gif"
            | "image/webp"
            | "audio/aac"
            | "audio/amr"
            | "audio/mp4"
            | "audio/mpeg"
            | "audio/ogg"
            | "audio/x-wav"
            | "video/3gpp"
            | "video/mp4"
            | "video/quicktime"
            | "video/webm"
    )
}

/// Returns the name of a file as it is kept: the last part of a path, nothing that does not print.
pub fn file_name(name: &str) -> Option<String> {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    // Characters that turn the direction would show `exe.jpg` for `gpj.exe`.
    let turns = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let kept: String =
        last.chars().filter(|c| !c.is_control() && !turns(*c)).take(NAME_CHARS_MAX).collect();
    let kept = kept.trim();
    (!kept.is_empty() && kept != "." && kept != "..").then(|| kept.to_owned())
}

/// Returns what a list shows of a message that has files and no words.
pub fn preview(name: Option<&str>) -> String {
    name.map_or_else(|| "Attachment".to_owned(), |name| format!("Attachment: {name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_go_before_what_is_declared() {
        const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
        const JPEG: &[u8] = b"\xff\xd8\xff\xe0\0\x10JFIF";
        let cases: [(&str, &[u8], &str); 16] = [
            ("image/jpeg", JPEG, "image/jpeg"),
            ("image/jpeg", PNG, "image/png"),
            ("text/html", PNG, "image/png"),
            ("image/png", b"<html><script>", UNKNOWN_TYPE),
            ("image/png", b"<!-- a --><html>", UNKNOWN_TYPE),
            ("image/svg+xml", b"<svg xmlns='http://www.w3.org/2000/svg'/>", UNKNOWN_TYPE),
            ("image/svg+xml", b"<?xml version='1.0'?><svg/>", UNKNOWN_TYPE),
            ("text/plain", b"<?xml version='1.0'?><x/>", UNKNOWN_TYPE),
            ("text/HTML; charset=utf-8", b"hello", UNKNOWN_TYPE),
            ("application/xhtml+xml", b"hello", UNKNOWN_TYPE),
            ("text/javascript", b"alert(1)", UNKNOWN_TYPE),
            ("text/plain; charset=utf-8", b"hello", "text/plain"),
            ("application/pdf", b"%PDF-1.7", "application/pdf"),
            ("audio/ogg; codecs=opus", b"OggS\0\x02", "audio/ogg"),
            ("nonsense", b"hello", UNKNOWN_TYPE),
            ("text/plain\r\nX-Evil: 1", b"hello", UNKNOWN_TYPE),
        ];
        for (declared, head, expected) in cases {
            assert_eq!(type_of(declared, head), expected, "{declared}, {head:?}");
        }
        assert!(shown_inline("image/png") && !shown_inline("application/pdf"));
        assert!(!shown_inline("image/svg+xml") && !shown_inline(UNKNOWN_TYPE));
    }

    #[test]
    fn names_are_bare() {
        assert_eq!(file_name("../../etc/passwd").as_deref(), Some("passwd"));
        assert_eq!(file_name("C:\\x\\photo \"1\".jpg").as_deref(), Some("photo \"1\".jpg"));
        assert_eq!(file_name("a\r\nb\u{202e}gpj.exe").as_deref(), Some("abgpj.exe"));
        assert_eq!(file_name("  "), None);
        assert_eq!(file_name(".."), None);
        assert_eq!(file_name(&"ä".repeat(500)).map(|it| it.chars().count()), Some(200));
    }
}
