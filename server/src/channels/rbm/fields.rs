//! Fields of JSON that may be anything: what is not as expected is not there.

use serde_json::{Map, Value};

/// Longer than any id; an index of the database takes no more than a few of these.
const ID_BYTES_MAX: usize = 512;

/// The fields of an object.
pub(super) type Fields = Map<String, Value>;

pub(super) fn object<'a>(fields: &'a Fields, name: &str) -> Option<&'a Fields> {
    fields.get(name).and_then(Value::as_object)
}

pub(super) fn text(fields: &Fields, name: &str) -> Option<String> {
    fields.get(name).and_then(Value::as_str).map(storable)
}

pub(super) fn filled(fields: &Fields, name: &str) -> Option<String> {
    text(fields, name).filter(|it| !it.trim().is_empty())
}

pub(super) fn id(fields: &Fields, name: &str) -> Option<String> {
    filled(fields, name).filter(|it| fits(it, ID_BYTES_MAX))
}

pub(super) fn fits(text: &str, bytes_max: usize) -> bool {
    (1..=bytes_max).contains(&text.len())
}

/// Postgres' text cannot hold NUL, and a customer's message must not be lost to one.
pub(super) fn storable(text: &str) -> String {
    text.replace('\0', "\u{FFFD}")
}
