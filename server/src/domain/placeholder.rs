//! What is shown in the place of a message that cannot be shown.

/// A kind that is longer than this is none that a provider has.
const KIND_CHARS_MAX: usize = 40;

/// Says that there is a message, and of what kind, as the provider calls it. The words are a stranger's, so
/// letters and digits are all that is taken of them.
pub fn of(kind: &str) -> String {
    let word: String = kind
        .chars()
        .filter(|it| it.is_ascii_alphanumeric() || matches!(it, '_' | '-'))
        .take(KIND_CHARS_MAX)
        .collect();
    let word = word.replace('_', " ");
    match word.as_str() {
        "" | "unsupported" | "unknown" => "[a message that cannot be shown here]".to_owned(),
        word => format!("[a message that cannot be shown here: {word}]"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_what_it_is_in_plain_letters() {
        let none = "[a message that cannot be shown here]";
        for kind in ["", "unknown", "unsupported", "\u{202e}<>"] {
            assert_eq!(of(kind), none, "{kind}");
        }
        let check = |kind: &str, word: &str| {
            assert_eq!(of(kind), format!("[a message that cannot be shown here: {word}]"));
        };
        check("poll", "poll");
        check("request_welcome", "request welcome");
        check("<b>\u{202e}x\n", "bx");
        check(&"x".repeat(1_000), &"x".repeat(40));
    }
}
