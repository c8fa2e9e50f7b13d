//! Words by which customers refuse messages, or want them again: a whole text and nothing else, as
//! carriers read them. "Stop please" is for people to understand.
//!
//! Sources: Twilio, "Advanced Opt-Out" (default keywords); 47 CFR 64.1200(a)(10); Google, "Receive
//! events" of RCS for Business (the words of other countries).

use protocol::views::MessageForm;

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
/// "Yes" wants messages again where they were refused, and says nothing anywhere else.
const START: [&str; 6] = ["start", "unstop", "yes", "alta", "démarrer", "começar"];
/// What a button cannot mean otherwise: "Cancel" on one is about an order, "Start" about a game.
const STOP_BUTTON: [&str; 7] =
    ["stop", "stopall", "stop all", "unsubscribe", "optout", "opt-out", "opt out"];

/// Longer than any keyword with what may stand around it.
const BYTES_MAX: usize = 40;

/// Reads a message as a keyword. Only what the customer wrote, or tapped, can be one.
pub fn of(form: MessageForm, text: &str) -> Option<Keyword> {
    let (stop, start): (&[&str], &[&str]) = match form {
        MessageForm::Text | MessageForm::Media => (&STOP, &START),
        MessageForm::Choice => (&STOP_BUTTON, &[]),
        _ => return None,
    };
    let word = text.trim();
    if word.len() > BYTES_MAX {
        return None;
    }
    let word = word.trim_end_matches(['.', '!', '?', ',', ' ']).to_lowercase();
    if stop.contains(&word.as_str()) {
        Some(Keyword::Stop)
    } else if start.contains(&word.as_str()) {
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
        let of = |text: &str| of(MessageForm::Text, text);
        for text in ["STOP", " stop ", "Stop.", "StopAll", "OPT-OUT", "Quit!", "baja", "PARAR"] {
            assert_eq!(of(text), Some(Keyword::Stop), "{text}");
        }
        for text in ["START", "unstop", "Yes", "Démarrer", "COMEÇAR"] {
            assert_eq!(of(text), Some(Keyword::Start), "{text}");
        }
        for text in ["Stop please", "the end", "", ".", "cancel my order", "stopp"] {
            assert_eq!(of(text), None, "{text}");
        }
        assert_eq!(of(&"stop".repeat(1_000)), None);
    }

    #[test]
    fn a_button_refuses_only_where_it_cannot_mean_anything_else() {
        let of = |text: &str| of(MessageForm::Choice, text);
        assert_eq!(of("Unsubscribe"), Some(Keyword::Stop));
        assert_eq!(of("STOP"), Some(Keyword::Stop));
        for text in ["Cancel", "End", "Remove", "Start", "Yes"] {
            assert_eq!(of(text), None, "{text}");
        }
    }

    #[test]
    fn nobody_refuses_by_a_place_or_by_somebodys_card() {
        for form in [MessageForm::Location, MessageForm::ContactCard, MessageForm::System] {
            assert_eq!(of(form, "stop"), None);
        }
    }
}
