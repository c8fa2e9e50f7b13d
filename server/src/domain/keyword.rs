//! Words by which customers refuse messages, or want them again: a whole text and nothing else, as
//! carriers read them. "Stop please" is for people to understand.
//!
//! Sources: Twilio, "Advanced Opt-Out" (default keywords); 47 CFR 64.1200(a)(10); Google, "Receive
//! events" of RCS for Business (the words of other countries).

/// What a keyword asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keyword {
    /// No more messages.
    Stop,
    /// Messages again.
    Start,
}

const STOP: [&str; 16] = [
    "stop",
    "stopall",
    "stop all",
    "unsubscribe",
    "cancel",
    "end",
    "quit",
    "revoke",
    "optout",
    "opt-out",
    "opt out",
    "remove",
    "arret",
    "td",
    "baja",
    "parar",
];
const START: [&str; 5] = ["start", "unstop", "alta", "démarrer", "começar"];

/// Longer than any keyword with what may stand around it.
const BYTES_MAX: usize = 40;

/// Reads a text as a keyword.
pub fn of(text: &str) -> Option<Keyword> {
    let word = text.trim();
    if word.len() > BYTES_MAX {
        return None;
    }
    let word = word.trim_end_matches(['.', '!', '?', ',', ' ']).to_lowercase();
    let in_list = |list: &[&str]| list.contains(&word.as_str());
    if in_list(&STOP) {
        Some(Keyword::Stop)
    } else if in_list(&START) {
        Some(Keyword::Start)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_keyword_is_the_whole_text() {
        for text in ["STOP", " stop ", "Stop.", "StopAll", "OPT-OUT", "Quit!", "baja", "PARAR"] {
            assert_eq!(of(text), Some(Keyword::Stop), "{text}");
        }
        for text in ["START", "unstop", "Démarrer", "COMEÇAR"] {
            assert_eq!(of(text), Some(Keyword::Start), "{text}");
        }
        for text in ["Stop please", "the end", "", ".", "cancel my order", "yes", "stopp"] {
            assert_eq!(of(text), None, "{text}");
        }
        assert_eq!(of(&"stop".repeat(1_000)), None);
    }
}
