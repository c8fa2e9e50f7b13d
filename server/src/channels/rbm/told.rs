//! What signed data says, in the one form that all providers have.
//!
//! Sources: RCS for Business, "Receive messages", "Receive events" and the reference of
//! `UserMessage` and `UserEvent`. Google asks again for a week after any answer but a 200, and what
//! waits for one agent holds up all of a partner's: so nothing here refuses. What cannot be read is
//! [`Unknown`], kept as it came.

use chrono::{DateTime, Utc};
use protocol::views::{ConsentAbout, DeliveryState, MessageForm};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::body::is_word;
use crate::{
    channels::webhook::{To, Told},
    domain::{
        address,
        inbound::{Consent, Item, Media, MediaSource, Message, Sender, Status, Unknown},
        place,
    },
};

/// Longer than any id and any number; an index of the database takes no more than a few of these.
const ID_BYTES_MAX: usize = 512;
const NUMBER_BYTES_MAX: usize = 64;
/// Longer than what people write by hand, and short enough for a frame to a desk, escaped.
const TEXT_BYTES_MAX: usize = 32 * 1024;
/// The error of a message that waited for its phone until its time was over.
pub const TTL_EXPIRED: &str = "ttl_expired";

type Fields = Map<String, Value>;

/// Reads signed data. `hint` is what the unsigned wrapper calls it, and only names the unknown.
pub fn read(data: &[u8], hint: Option<&str>) -> Vec<Told> {
    let keep = |what: Option<String>| {
        let what = what.or_else(|| hint.map(str::to_owned));
        let what = what.unwrap_or_else(|| "unknown".to_owned());
        Item::Unknown(Unknown { what, raw: storable(&String::from_utf8_lossy(data)) })
    };
    let Ok(Value::Object(fields)) = serde_json::from_slice(data) else {
        return vec![Told { to: To::This, item: keep(None) }];
    };
    let to = id(&fields, "agentId").map_or(To::This, To::External);
    let items = match text(&fields, "eventType") {
        Some(event) => {
            let item = of_event(&event, &fields);
            vec![item.unwrap_or_else(|| keep(Some(event).filter(|it| is_word(it))))]
        }
        None => match message(&fields) {
            Some((it, Whole(true))) => vec![Item::Message(it)],
            Some((it, Whole(false))) => vec![Item::Message(it), keep(Some("long_message".into()))],
            None => vec![keep(None)],
        },
    };
    items.into_iter().map(|item| Told { to: to.clone(), item }).collect()
}

/// Whether a text is shown to its end.
struct Whole(bool);

fn of_event(event: &str, fields: &Fields) -> Option<Item> {
    Some(match event {
        "DELIVERED" => status(fields, DeliveryState::Delivered, None)?,
        "READ" => status(fields, DeliveryState::Read, None)?,
        "TTL_EXPIRATION_REVOKED" => {
            status(fields, DeliveryState::Failed, Some(TTL_EXPIRED.to_owned()))?
        }
        "IS_TYPING" => Item::Typing(sender(fields)?),
        "SUBSCRIBE" | "UNSUBSCRIBE" => Item::Consent(Consent {
            who: sender(fields)?,
            about: ConsentAbout::AllButEssential,
            wanted: event == "SUBSCRIBE",
        }),
        // TTL_EXPIRATION_REVOKE_FAILED among them: the message's time is over, and it could not be
        // called back, so it is, or will be, on the phone, or not. What we know stays what it was:
        // it is sent. `failed` would let an agent write it again, to be read twice; `unknown` is
        // behind `sent`, and would have the message sent again.
        _ => return None,
    })
}

fn status(fields: &Fields, state: DeliveryState, error: Option<String>) -> Option<Item> {
    let provider_id = id(fields, "messageId")?;
    let ours = Uuid::try_parse(&provider_id).ok().map(Into::into);
    Some(Item::Status(Status { provider_id, ours, state, error }))
}

fn sender(fields: &Fields) -> Option<Sender> {
    let number = text(fields, "senderPhoneNumber")?;
    let number = Some(number.trim()).filter(|it| fits(it, NUMBER_BYTES_MAX))?;
    let agent = id(fields, "agentId").unwrap_or_default();
    Some(Sender::of(address::of_text_sender(number, &agent)))
}

fn message(fields: &Fields) -> Option<(Message, Whole)> {
    let said = said(fields);
    let (text_shown, whole) = shortened(said.lines.join("\n"));
    let message = Message {
        // Samples of the documentation have the one in place of the other.
        provider_id: id(fields, "messageId").or_else(|| id(fields, "eventId"))?,
        who: sender(fields)?,
        at: text(fields, "sendTime").and_then(|it| time(&it)),
        form: said.form,
        text: text_shown,
        media: said.media,
        answers: None,
    };
    Some((message, whole))
}

/// What a message says.
struct Said {
    form: MessageForm,
    lines: Vec<String>,
    media: Vec<Media>,
}

/// Reads whatever of the content there is: nobody should think that nothing came.
fn said(fields: &Fields) -> Said {
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
        said.lines.push(match &media {
            Some(media) => format!("[attachment: {}]", media.mime_type),
            None => "[attachment]".to_owned(),
        });
        said.media.extend(media);
    }
    if said.lines.is_empty() && has_text {
        said.lines.push("[no text]".to_owned());
    } else if said.lines.is_empty() {
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

fn time(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text).ok().map(|at| at.with_timezone(&Utc))
}

fn shortened(text: String) -> (String, Whole) {
    if text.len() <= TEXT_BYTES_MAX {
        return (text, Whole(true));
    }
    let end = text.floor_char_boundary(TEXT_BYTES_MAX);
    (format!("{}… [cut]", text.get(..end).unwrap_or_default()), Whole(false))
}

fn object<'a>(fields: &'a Fields, name: &str) -> Option<&'a Fields> {
    fields.get(name).and_then(Value::as_object)
}

fn text(fields: &Fields, name: &str) -> Option<String> {
    fields.get(name).and_then(Value::as_str).map(storable)
}

fn filled(fields: &Fields, name: &str) -> Option<String> {
    text(fields, name).filter(|it| !it.trim().is_empty())
}

fn id(fields: &Fields, name: &str) -> Option<String> {
    filled(fields, name).filter(|it| fits(it, ID_BYTES_MAX))
}

fn fits(text: &str, bytes_max: usize) -> bool {
    (1..=bytes_max).contains(&text.len())
}

/// Postgres' text cannot hold NUL, and a customer's message must not be lost to one.
fn storable(text: &str) -> String {
    text.replace('\0', "\u{FFFD}")
}
