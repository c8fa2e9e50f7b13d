//! What a customer's message says: words, a choice, a place, a file, or what nobody knows.
//!
//! Source: RCS for Business, reference of `UserMessage`, `UserFile` and `SuggestionResponse`.

use protocol::views::MessageForm;
use serde_json::Value;

use super::fields::{Fields, filled, object, text};
use crate::domain::{
    inbound::{Media, MediaSource},
    place,
};

/// What a message says.
pub(super) struct Said {
    pub(super) form: MessageForm,
    pub(super) lines: Vec<String>,
    pub(super) media: Vec<Media>,
}

/// Reads whatever of the content there is: nobody should think that nothing came.
pub(super) fn said(fields: &Fields) -> Said {
    let mut said = Said { form: MessageForm::Text, lines: Vec::new(), media: Vec::new() };
    let words = text(fields, "text");
    let has_text = words.is_some();
    said.lines.extend(words.filter(|it| !it.trim().is_empty()));
    if let Some(chosen) = object(fields, "suggestionResponse") {
        said.form = MessageForm::Choice;
        let words = filled(chosen, "text").or_else(|| filled(chosen, "postbackData"));
        said.lines.push(words.unwrap_or_else(|| "[choice]".to_owned()));
    }
    if let Some((latitude, longitude)) = object(fields, "location").and_then(degrees) {
        said.form = MessageForm::Location;
        said.lines.push(place::words(&[], &latitude, &longitude));
    }
    if let Some(file) = object(fields, "userFile") {
        said.form = MessageForm::Media;
        let media = object(file, "payload").and_then(media);
        if media.is_none() {
            // Nobody should think that nothing came.
            said.lines.push("[attachment]".to_owned());
        }
        said.media.extend(media);
    }
    let nothing = said.lines.is_empty() && said.media.is_empty();
    if nothing && has_text {
        said.lines.push("[no text]".to_owned());
    } else if nothing {
        said.form = MessageForm::Unsupported;
        said.lines.push("[unsupported message]".to_owned());
    }
    said
}

fn media(payload: &Fields) -> Option<Media> {
    Some(Media {
        source: MediaSource::Url(filled(payload, "fileUri")?),
        mime_type: filled(payload, "mimeType")
            .unwrap_or_else(|| "application/octet-stream".to_owned()),
        name: filled(payload, "fileName"),
        // Numbers of 64 bits are texts in the JSON of protobuf.
        bytes: match payload.get("fileSizeBytes") {
            Some(Value::Number(number)) => number.as_u64(),
            Some(Value::String(digits)) => digits.parse().ok(),
            _ => None,
        },
    })
}

/// Degrees of a place. Zero is left out in the JSON of protobuf.
fn degrees(place: &Fields) -> Option<(String, String)> {
    let read = |name: &str| match place.get(name) {
        None => Some("0".to_owned()),
        Some(Value::Number(number)) => Some(number.to_string()),
        Some(_) => None,
    };
    Some((read("latitude")?, read("longitude")?))
}
