//! Canned replies: their variables, checked when they are saved and filled when they are used, and
//! which language is taken.

use std::fmt;

use protocol::{canned_text::CannedTexts, language::LanguageTag};

macro_rules! variables {
    ($($(#[$doc:meta])* $name:ident $word:literal,)*) => {
        /// What a text may have between `{{` and `}}`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Variable {
            $($(#[$doc])* $name,)*
        }

        impl Variable {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// Returns the name in texts.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }
        }
    };
}

variables! {
    /// The customer's name.
    ContactName "contact.name",
    /// Its first word.
    ContactFirstName "contact.first_name",
    /// The address that the customer used last; masked for those who may not see it.
    ContactAddress "contact.address",
    /// The name of the agent who writes.
    AgentName "agent.name",
    /// Its first word.
    AgentFirstName "agent.first_name",
    /// The inbox's name.
    InboxName "inbox.name",
    /// The business's address that the customer used last.
    ThreadChannel "thread.channel",
    /// The name of the agent who owns the thread.
    ThreadAssignee "thread.assignee",
    /// The day on which the customer wrote for the first time, as in 2026-01-31.
    ThreadSince "thread.since",
}

/// What variables stand for in a thread. What is not known is `None`.
pub trait Values {
    /// Returns a variable's value.
    fn value(&self, variable: Variable) -> Option<String>;
}

/// What is wrong with a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What.
    pub wrong: Wrong,
    /// Where, in bytes.
    pub at: usize,
}

/// See [`Fault`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wrong {
    /// `{{` without `}}`.
    Unclosed,
    /// `}}` without `{{`.
    Unopened,
    /// No such variable.
    Unknown(String),
    /// A fallback has braces of its own.
    Fallback,
}

/// How much of an unknown name comes back in a refusal.
const SHOWN_CHARS_MAX: usize = 40;

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unclosed => f.write_str("`{{` is not closed: `}}` must follow"),
            Self::Unopened => f.write_str("`}}` closes nothing: `{{` must come before"),
            Self::Fallback => f.write_str("a fallback must have no braces"),
            Self::Unknown(name) => {
                let names: Vec<&str> = Variable::ALL.iter().map(|it| it.name()).collect();
                write!(f, "no variable is named `{name}`; allowed are {}", names.join(", "))
            }
        }
    }
}

/// A piece of a text.
#[derive(Debug, PartialEq, Eq)]
enum Piece<'a> {
    Text(&'a str),
    Value { variable: Variable, fallback: Option<&'a str>, source: &'a str },
    Faulty { fault: Fault, source: &'a str },
}

/// Takes a text apart. It never fails: what is wrong is a piece, too.
fn pieces(text: &str) -> Vec<Piece<'_>> {
    let (mut pieces, mut at) = (Vec::new(), 0);
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let plain = rest.find("{{").into_iter().chain(rest.find("}}")).min();
        let plain = plain.unwrap_or(rest.len());
        if let Some(said) = rest.get(..plain).filter(|said| !said.is_empty()) {
            pieces.push(Piece::Text(said));
        }
        at += plain;
        let Some(rest) = rest.get(plain..).filter(|rest| !rest.is_empty()) else { break };
        let piece = braced(rest, at);
        at += piece.source().len();
        pieces.push(piece);
    }
    pieces
}

/// Reads what begins with two braces.
fn braced(text: &str, at: usize) -> Piece<'_> {
    let faulty = |wrong, source| Piece::Faulty { fault: Fault { wrong, at }, source };
    let Some(inside) = text.strip_prefix("{{") else {
        return faulty(Wrong::Unopened, text.get(..2).unwrap_or(text));
    };
    // Another `{{` before the end says that this one was forgotten.
    let unclosed = |end: &usize| inside.find("{{").is_none_or(|next| next > *end);
    let Some(end) = inside.find("}}").filter(unclosed) else {
        return faulty(Wrong::Unclosed, text.get(..2).unwrap_or(text));
    };
    let source = text.get(..end + 4).unwrap_or(text);
    let inside = inside.get(..end).unwrap_or_default();
    let (name, fallback) = match inside.split_once('|') {
        Some((name, fallback)) => (name, Some(fallback.trim())),
        None => (inside, None),
    };
    let name = name.trim();
    if fallback.is_some_and(|it| it.contains(['{', '}'])) {
        return faulty(Wrong::Fallback, source);
    }
    if let Some(variable) = Variable::ALL.iter().find(|it| it.name() == name) {
        return Piece::Value { variable: *variable, fallback, source };
    }
    let shown = name.chars().filter(|c| !c.is_control()).take(SHOWN_CHARS_MAX);
    faulty(Wrong::Unknown(shown.collect()), source)
}

impl Piece<'_> {
    fn source(&self) -> &str {
        match self {
            Self::Text(source) | Self::Value { source, .. } | Self::Faulty { source, .. } => source,
        }
    }
}

/// Returns all that is wrong with a text.
pub fn faults(text: &str) -> Vec<Fault> {
    let faulty = |piece| match piece {
        Piece::Faulty { fault, .. } => Some(fault),
        Piece::Text(_) | Piece::Value { .. } => None,
    };
    pieces(text).into_iter().filter_map(faulty).collect()
}

/// A text with what its variables stand for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filled {
    /// The text.
    pub text: String,
    /// The variables without a value and a fallback, which stay in it as they are.
    pub missing: Vec<Variable>,
}

/// Fills a text. What values say is not read again: a customer whose name looks like a variable is none.
pub fn fill(text: &str, values: &impl Values) -> Filled {
    let mut filled = Filled { text: String::with_capacity(text.len()), missing: Vec::new() };
    for piece in pieces(text) {
        let Piece::Value { variable, fallback, .. } = piece else {
            filled.text.push_str(piece.source());
            continue;
        };
        let value = values.value(variable).filter(|value| !value.trim().is_empty());
        if let Some(value) = value {
            filled.text.push_str(value.trim());
        } else if let Some(fallback) = fallback {
            filled.text.push_str(fallback);
        } else {
            filled.text.extend(["{{", variable.name(), "}}"]);
            filled.missing.push(variable);
        }
    }
    filled
}

/// Returns the first word of a name.
pub fn first_name(name: &str) -> Option<String> {
    name.split_whitespace().next().map(str::to_owned)
}

/// Chooses a text: the first of the wished-for languages that there is, or one close to it; else the
/// first text.
pub fn choose<'a>(
    texts: &'a CannedTexts,
    wished: &[Option<&LanguageTag>],
) -> Option<&'a (LanguageTag, String)> {
    let all = texts.as_slice();
    let named = |tag: &str| all.iter().find(|(it, _text)| it.as_str() == tag);
    // `de` is answered with `de-AT`, where that is all there is.
    let wider = |tag: &str| {
        let (language, _rest) = tag.split_once('-').unwrap_or((tag, ""));
        all.iter().find(|(it, _text)| it.lookup().any(|part| part == language))
    };
    let close = |tag: &LanguageTag| tag.lookup().find_map(named).or_else(|| wider(tag.as_str()));
    wished.iter().flatten().find_map(|tag| close(tag)).or(all.first())
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Known(&'static [(Variable, &'static str)]);

    impl Values for Known {
        fn value(&self, variable: Variable) -> Option<String> {
            let found = self.0.iter().find(|(it, _value)| *it == variable);
            found.map(|(_variable, value)| (*value).to_owned())
        }
    }

    const ADA: Known = Known(&[
        (Variable::ContactName, "Ada {{agent.name}} }}"),
        (Variable::AgentName, "Ann"),
        (Variable::InboxName, " "),
    ]);

    #[test]
    fn a_text_is_filled() {
        for (text, filled, missing) in [
            ("Hi {{contact.name}}!", "Hi Ada {{agent.name}} }}!", vec![]),
            ("{{ agent.name | x }}{{agent.name}}", "AnnAnn", vec![]),
            ("Hi {{thread.assignee| you there }}.", "Hi you there.", vec![]),
            ("{{inbox.name|us}}, {{thread.assignee|}}.", "us, .", vec![]),
            (
                "{{ inbox.name }}, {{thread.since}}",
                "{{inbox.name}}, {{thread.since}}",
                vec![Variable::InboxName, Variable::ThreadSince],
            ),
            ("{ } {a} 😀 | ", "{ } {a} 😀 | ", vec![]),
        ] {
            assert_eq!(faults(text), [], "{text}");
            let want = Filled { text: filled.to_owned(), missing };
            assert_eq!(fill(text, &ADA), want, "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        let unknown = |name: &str| Wrong::Unknown(name.to_owned());
        for (text, at, wrong) in [
            ("Hi {{contact.name", 3, Wrong::Unclosed),
            ("{{contact.name {{agent.name}}", 0, Wrong::Unclosed),
            ("ä }} b", 3, Wrong::Unopened),
            ("{{}}", 0, unknown("")),
            ("{{contact.nam}}", 0, unknown("contact.nam")),
            ("{{Contact.Name}}", 0, unknown("Contact.Name")),
            ("{{{contact.name}}", 0, unknown("{contact.name")),
            ("{{contact.name|{x}}}", 0, Wrong::Fallback),
        ] {
            let found = faults(text);
            assert_eq!(found.first(), Some(&Fault { wrong, at }), "{text}");
        }
        let long = format!("{{{{{}\n}}}}", "x".repeat(1_000));
        assert_eq!(faults(&long)[0].wrong, unknown(&"x".repeat(40)));
        assert!(unknown("a").to_string().contains("allowed are contact.name, contact.first_name"));
        assert_eq!(faults("{{a}} {{b}} {{").len(), 3, "all of them");
    }

    /// A small generator: the same every time.
    struct Dice(u64);

    impl Dice {
        fn roll(&mut self, sides: usize) -> usize {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            usize::try_from(self.0 >> 33).unwrap_or_default() % sides
        }
    }

    #[test]
    fn whatever_is_written_nothing_panics_and_no_text_is_lost() {
        let parts = [
            "{",
            "}",
            "{{",
            "}}",
            "|",
            "contact.name",
            "agent.name",
            "thread.since",
            " ",
            "ä",
            "😀",
            "\u{202e}",
            "\n",
            "x",
            "{{contact.name|",
            "{{inbox.name}}",
        ];
        let mut dice = Dice(5);
        for _ in 0..50_000 {
            let count = dice.roll(12);
            let text: String = (0..count).map(|_| parts[dice.roll(parts.len())]).collect();
            let sources: String = pieces(&text).iter().map(|it| it.source().to_owned()).collect();
            assert_eq!(sources, text, "the pieces are the text");
            for fault in faults(&text) {
                assert!(text.is_char_boundary(fault.at), "{text}");
            }
            let filled = fill(&text, &ADA);
            if !text.contains("{{") && !text.contains("}}") {
                assert_eq!((faults(&text), &filled.text), (vec![], &text), "nothing to fill");
            }
            let braces = |text: &str| text.matches("{{").count();
            if faults(&text).is_empty() && !text.contains("contact.name") {
                assert_eq!(braces(&filled.text), filled.missing.len(), "{text}");
            }
        }
    }

    #[test]
    fn a_language_is_chosen_by_who_asks_first() {
        let tag = |tag: &str| LanguageTag::new(tag).expect("a tag");
        let texts = ["en", "de-AT", "zh-Hant"].map(|it| (tag(it), it.to_owned()));
        let texts = CannedTexts::new(texts.to_vec()).expect("texts");
        let check = |wished: &[Option<&str>], chosen: &str| {
            let wished: Vec<_> = wished.iter().map(|it| it.map(tag)).collect();
            let wished: Vec<_> = wished.iter().map(Option::as_ref).collect();
            let found = choose(&texts, &wished).map(|(_tag, text)| text.as_str());
            assert_eq!(found, Some(chosen), "{wished:?}");
        };
        check(&[], "en");
        check(&[None, Some("de-AT")], "de-AT");
        check(&[Some("zh-Hant-TW"), Some("de-AT")], "zh-Hant");
        check(&[Some("de")], "de-AT");
        check(&[Some("de-DE")], "de-AT");
        check(&[Some("fr"), Some("de-AT")], "de-AT");
        check(&[Some("fr")], "en");
    }
}
