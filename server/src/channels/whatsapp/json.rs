//! Values out of bodies that may hold anything: what is not there, or not what it should be, is `None`.

use chrono::{DateTime, Utc};
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::domain::inbound::{Item, Unknown};

/// Longer than any id or address that is documented; what is longer cannot be indexed.
const ID_BYTES_MAX: usize = 512;
/// Twice what a customer may write ("Text messages": 4096), so that lists of cards and of products have
/// room too, and an event still fits into a frame.
const TEXT_CHARS_MAX: usize = 8_192;
/// The last second that RFC 3339 can write.
const SECONDS_MAX: i64 = 253_402_300_799;

/// Reads a body.
///
/// Half a surrogate pair, as cutting a name by UTF-16 units leaves it, is no reason to lose all that is
/// beside it.
pub(super) fn parse(text: &str) -> Option<Value> {
    serde_json::from_str(text).or_else(|_odd| serde_json::from_str(&mended(text))).ok()
}

/// Says whether a body is JSON, even if of a kind that no value holds: too deep, a number too large.
pub(super) fn is_json(text: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(text).is_ok()
}

/// Replaces escaped halves of surrogate pairs.
fn mended(text: &str) -> String {
    let mut mended = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, escape)) = rest.split_once('\\') {
        mended.push_str(before);
        let unit = |at: usize| {
            let digits = escape.get(at..)?.strip_prefix('u')?.get(..4)?;
            u16::from_str_radix(digits, 16).ok()
        };
        let low = || escape.get(5..6).filter(|it| *it == "\\").and_then(|_| unit(6));
        let taken = match unit(0) {
            Some(0xD800..=0xDBFF) if matches!(low(), Some(0xDC00..=0xDFFF)) => 11,
            Some(0xD800..=0xDFFF) => {
                mended.push_str("\\ufffd");
                rest = escape.get(5..).unwrap_or_default();
                continue;
            }
            // An escaped backslash begins no escape.
            _ => escape.chars().next().map_or(0, char::len_utf8),
        };
        let (kept, after) = escape.split_at_checked(taken).unwrap_or((escape, ""));
        mended.push('\\');
        mended.push_str(kept);
        rest = after;
    }
    mended.push_str(rest);
    mended
}

/// Returns a text as it was written, fit to be stored. May be empty.
pub(super) fn text(it: &Value, key: &str) -> Option<String> {
    it.get(key)?.as_str().map(storable)
}

/// Returns a text that says something.
pub(super) fn filled(it: &Value, key: &str) -> Option<String> {
    text(it, key).filter(|text| !text.trim().is_empty())
}

/// Returns an id or an address: short, printable, without blanks.
pub(super) fn id<'a>(it: &'a Value, key: &str) -> Option<&'a str> {
    let good = |id: &&str| {
        (1..=ID_BYTES_MAX).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic())
    };
    it.get(key)?.as_str().filter(good)
}

/// Returns a number as it was written, in quotation marks or not.
pub(super) fn number(it: &Value, key: &str) -> Option<String> {
    match it.get(key)? {
        Value::Number(number) => Some(number.to_string()),
        Value::String(_) => id(it, key).map(str::to_owned),
        _ => None,
    }
}

/// Returns a time in seconds.
pub(super) fn at(it: &Value, key: &str) -> Option<DateTime<Utc>> {
    let seconds = number(it, key)?.parse().ok()?;
    let plausible = (1..=SECONDS_MAX).contains(&seconds);
    DateTime::from_timestamp(seconds, 0).filter(|_| plausible)
}

/// Returns what a list has; nothing where there is none.
pub(super) fn list<'a>(it: &'a Value, key: &str) -> &'a [Value] {
    it.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Returns a text that Postgres and a frame can hold.
pub(super) fn storable(text: &str) -> String {
    let mut kept: String = text.chars().take(TEXT_CHARS_MAX).collect();
    if kept.len() < text.len() {
        kept.push('…');
    }
    // Postgres text cannot hold NUL, and a customer's message must not be lost to one.
    kept.replace('\0', "\u{FFFD}")
}

/// Keeps a thing as it came.
pub(super) fn unknown(what: &str, it: &Value) -> Item {
    unread(what, &it.to_string())
}

/// Keeps a text as it came.
pub(super) fn unread(what: &str, raw: &str) -> Item {
    Item::Unknown(Unknown { what: storable(what), raw: raw.replace('\0', "\u{FFFD}") })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn half_a_pair_is_replaced_and_a_whole_one_is_kept() {
        let read = |text: &str| parse(&format!("{{\"a\":\"{text}\"}}")).map(|it| it["a"].clone());
        for (text, expected) in [
            (r"Jo\ud83d", "Jo\u{FFFD}"),
            (r"\ud83dJo", "\u{FFFD}Jo"),
            (r"\udc4b\ud83d", "\u{FFFD}\u{FFFD}"),
            (r"\ud83d\ud83d\udc4b", "\u{FFFD}👋"),
            (r"\ud83d\udc4b \ud83d\n", "👋 \u{FFFD}\n"),
            (r"\\ud83d \ud83d", "\\ud83d \u{FFFD}"),
            (r"\ud83dé\u00e9", "\u{FFFD}éé"),
        ] {
            assert_eq!(read(text), Some(json!(expected)), "{text}");
        }
        for broken in [r"\ud83", r"\", r"\ud83d\u", r"\x"] {
            assert_eq!(read(broken), None, "{broken}");
        }
    }

    #[test]
    fn what_is_json_and_what_is_not() {
        let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
        assert!(parse(&deep).is_none() && is_json(&deep));
        for broken in ["", "{", "[1,", "a=b", "{\"a\":\"\u{0}\"}"] {
            assert!(parse(broken).is_none() && !is_json(broken), "{broken:?}");
        }
    }

    #[test]
    fn values_are_what_they_should_be_or_nothing() {
        let it = json!({
            "text": "a\0b", "blank": " \n", "number": 7, "quoted": "7", "null": null, "list": [1],
            "spaced": "a b", "long": "x".repeat(513), "float": 1.5, "huge": 1e18, "minus": -5,
        });
        assert_eq!(text(&it, "text").unwrap(), "a\u{FFFD}b");
        assert_eq!((text(&it, "blank").unwrap().as_str(), filled(&it, "blank")), (" \n", None));
        for key in ["number", "null", "list", "nothing"] {
            assert_eq!((text(&it, key), id(&it, key)), (None, None), "{key}");
        }
        for key in ["text", "blank", "spaced", "long"] {
            assert_eq!(id(&it, key), None, "{key}");
        }
        assert_eq!(at(&it, "number"), DateTime::from_timestamp(7, 0));
        assert_eq!(at(&it, "quoted"), DateTime::from_timestamp(7, 0));
        for key in ["text", "float", "huge", "minus", "null", "list", "nothing"] {
            assert_eq!(at(&it, key), None, "{key}");
        }
        assert_eq!((list(&it, "list").len(), list(&it, "text").len()), (1, 0));
        assert!(list(&json!("no object"), "list").is_empty());
        let long = storable(&"ä".repeat(10_000));
        assert_eq!((long.chars().count(), long.chars().last()), (8_193, Some('…')));
    }
}
