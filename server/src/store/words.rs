//! Enumerations are stored as the words that the protocol uses.

use serde::{Deserialize, Serialize, de::IntoDeserializer};

use super::error::StoreError;

/// Returns the word of a value.
pub(super) fn word<T: Serialize>(value: T) -> String {
    serde_json::to_value(value)
        .ok()
        .and_then(|word| word.as_str().map(str::to_owned))
        .expect("enumerations are written as words")
}

/// Returns the words of several values.
pub(super) fn words<T: Serialize>(values: Vec<T>) -> Vec<String> {
    values.into_iter().map(word).collect()
}

/// Reads a word; `what` names the column.
pub(super) fn read<'a, T: Deserialize<'a>>(
    word: &'a str,
    what: &'static str,
) -> Result<T, StoreError> {
    let words: serde::de::value::StrDeserializer<'a, serde::de::value::Error> =
        word.into_deserializer();
    T::deserialize(words).map_err(|_unknown| StoreError::Unreadable { what })
}

/// Reads a place in a stream, or another number that is never negative.
pub(super) fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

/// Writes a place in a stream. One beyond what the database holds is beyond every head, too.
pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
