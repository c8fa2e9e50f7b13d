//! What signed data says, in the one form that all providers have.
//!
//! Sources: RCS for Business, "Receive messages", "Receive events" and the reference of
//! `UserMessage` and `UserEvent`. Google asks again for a week after any answer but a 200, and what
//! waits for one agent holds up all of a partner's: so nothing here refuses. What cannot be read is
//! [`Unknown`], kept as it came.

use chrono::{DateTime, Utc};
use protocol::{
    contacts::ConsentAbout,
    views::{DeliveryState, MessageForm},
};
use serde_json::Value;
use uuid::Uuid;

use super::{
    body::is_word,
    content::said,
    fields::{Fields, fits, id, storable, text},
};
use crate::{
    channels::webhook::{To, Told},
    domain::{
        address,
        inbound::{Consent, Item, Message, Sender, Status, Unknown},
    },
};

/// Longer than any number.
const NUMBER_BYTES_MAX: usize = 64;
/// Longer than what people write by hand, and short enough for a frame to a desk, escaped.
const TEXT_BYTES_MAX: usize = 32 * 1024;
/// The error of a message that waited for its phone until its time was over.
pub const TTL_EXPIRED: &str = "ttl_expired";
/// What there is to say of one that then could not be called back.
pub const NOT_REVOKED: &str = "not_revoked";

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
            Some((it, Whole(true))) if it.form == MessageForm::Unsupported => {
                vec![Item::Message(it), keep(None)]
            }
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
        "TTL_EXPIRATION_REVOKED" => status(fields, DeliveryState::Failed, Some(TTL_EXPIRED))?,
        // Its time is over, and it could not be called back: it is, or will be, on the phone, or not. What
        // we know stays what it was, it is sent, and nobody waits for more. `failed` would have it
        // written again, to be read twice; `unknown` is behind `sent`.
        "TTL_EXPIRATION_REVOKE_FAILED" => status(fields, DeliveryState::Sent, Some(NOT_REVOKED))?,
        "IS_TYPING" => Item::Typing(sender(fields)?),
        "SUBSCRIBE" | "UNSUBSCRIBE" => Item::Consent(Consent {
            provider_id: id(fields, "eventId"),
            who: sender(fields)?,
            about: ConsentAbout::AllButEssential,
            wanted: event == "SUBSCRIBE",
        }),
        _ => return None,
    })
}

fn status(fields: &Fields, state: DeliveryState, error: Option<&str>) -> Option<Item> {
    let provider_id = id(fields, "messageId")?;
    let ours = Uuid::try_parse(&provider_id).ok().map(Into::into);
    let (unreached, error) = (error == Some(TTL_EXPIRED), error.map(str::to_owned));
    Some(Item::Status(Status { provider_id, ours, state, error, unreached }))
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::{
        address::Address,
        inbound::{Media, MediaSource},
    };

    const AGENT: &str = "front-desk@rbm.goog";
    const FROM: &str = "+491751234567";
    const OURS: &str = "0190c2a4-e6f1-7d3f-8a1b-2c3d4e5f6071";

    /// A message, as "Receive messages" describes it.
    fn wrote(content: &Value) -> Value {
        let mut data = json!({
            "senderPhoneNumber": FROM,
            "messageId": "MxZ-q8=kT",
            "sendTime": "2026-11-02T08:09:10.123456789Z",
            "agentId": AGENT,
            "carrier": "somebody",
        });
        data.as_object_mut().unwrap().extend(content.as_object().unwrap().clone());
        data
    }

    fn event(kind: &str) -> Value {
        json!({
            "senderPhoneNumber": FROM,
            "eventType": kind,
            "eventId": "e-1",
            "messageId": OURS,
            "agentId": AGENT,
        })
    }

    fn without(mut data: Value, name: &str) -> Value {
        data.as_object_mut().unwrap().remove(name);
        data
    }

    /// Reads what is told of one thing to the agent.
    fn one(data: &Value) -> Item {
        let mut told = read(data.to_string().as_bytes(), Some("hint"));
        assert_eq!(told.len(), 1, "{told:?}");
        let only = told.pop().unwrap();
        assert_eq!(only.to, To::External(AGENT.to_owned()));
        only.item
    }

    fn said(content: &Value) -> Message {
        let mut told = read(wrote(content).to_string().as_bytes(), Some("hint"));
        let Item::Message(it) = told.remove(0).item else { panic!("{content}") };
        // What cannot be shown is kept, too.
        assert_eq!(told.len(), usize::from(it.form == MessageForm::Unsupported), "{told:?}");
        it
    }

    #[track_caller]
    fn is_kept(data: &Value, name: &str) {
        let Item::Unknown(it) = one(data) else { panic!("it is known: {data}") };
        assert_eq!((&*it.what, it.raw), (name, data.to_string()));
    }

    #[test]
    fn a_text_is_taken_as_it_is() {
        let it = said(&json!({ "text": " Olá \u{202E}שלום\n" }));
        assert_eq!(it.provider_id, "MxZ-q8=kT");
        assert_eq!(it.who, Sender::of(Address::phone(FROM)));
        assert_eq!(it.at.unwrap().to_rfc3339(), "2026-11-02T08:09:10.123456789+00:00");
        assert_eq!((it.form, &*it.text), (MessageForm::Text, " Olá \u{202E}שלום\n"));
        assert_eq!((it.media.len(), it.answers), (0, None));
        assert_eq!(said(&json!({ "text": "a\0b" })).text, "a\u{FFFD}b");
        assert_eq!(said(&json!({ "text": " \n" })).text, "[no text]");
        let with_event_id = without(wrote(&json!({ "text": "x", "eventId": "E" })), "messageId");
        let Item::Message(it) = one(&with_event_id) else { panic!() };
        assert_eq!(it.provider_id, "E");
    }

    #[test]
    fn a_time_has_up_to_nine_digits_and_may_be_missing() {
        for (text, millis) in [
            ("2026-01-02T03:04:05Z", Some(0)),
            ("2026-01-02T03:04:05.250Z", Some(250)),
            ("2026-01-02T03:04:05.250999Z", Some(250)),
            ("2026-01-02T03:04:05.250999999Z", Some(250)),
            ("2026-01-02T05:04:05.25+02:00", Some(250)),
            ("yesterday", None),
            ("", None),
        ] {
            let it = said(&json!({ "text": "x", "sendTime": text }));
            let expected = millis.map(|millis| 1_767_323_045_000 + millis);
            assert_eq!(it.at.map(|at| at.timestamp_millis()), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_text_is_said_in_words() {
        let check = |content: &Value, form: MessageForm, text: &str| {
            let it = said(content);
            assert_eq!((it.form, &*it.text), (form, text), "{content}");
            it.media
        };
        let choice = json!({ "suggestionResponse":
            { "postbackData": "p", "text": "Yes, please", "type": "REPLY" } });
        check(&choice, MessageForm::Choice, "Yes, please");
        let choice = json!({ "suggestionResponse": { "postbackData": "p" } });
        check(&choice, MessageForm::Choice, "p");
        check(&json!({ "suggestionResponse": {} }), MessageForm::Choice, "[choice]");
        let place = json!({ "location": { "latitude": 52.5163, "longitude": -0.25 } });
        check(&place, MessageForm::Location, "(52.5163, -0.25)");
        // On the equator.
        let place = json!({ "location": { "longitude": 9 } });
        check(&place, MessageForm::Location, "(0, 9)");
        let file = json!({ "userFile": { "thumbnail": {}, "payload": {
            "mimeType": "image/png", "fileSizeBytes": 77, "fileUri": "https://f.example/1",
            "fileName": "a.png" } } });
        let media = check(&file, MessageForm::Media, "");
        let expected = Media {
            source: MediaSource::Url("https://f.example/1".to_owned()),
            mime_type: "image/png".to_owned(),
            name: Some("a.png".to_owned()),
            bytes: Some(77),
        };
        assert_eq!(media.len(), 1);
        assert!(media[0] == expected);
        let file = json!({ "text": "See:", "userFile": { "payload": {
            "fileSizeBytes": "78", "fileUri": "https://f.example/2" } } });
        let text = "See:";
        assert_eq!(check(&file, MessageForm::Media, text)[0].bytes, Some(78));
        let file = json!({ "userFile": { "payload": { "mimeType": "image/png" } } });
        assert_eq!(check(&file, MessageForm::Media, "[attachment]").len(), 0);
        for content in [
            json!({}),
            json!({ "sticker": { "id": 1 } }),
            json!({ "text": 5 }),
            json!({ "location": { "latitude": "north" } }),
            json!({ "suggestionResponse": "yes" }),
        ] {
            check(&content, MessageForm::Unsupported, "[unsupported message]");
        }
    }

    #[test]
    fn a_text_that_no_desk_could_show_is_cut_and_kept() {
        let whole = "ä".repeat(TEXT_BYTES_MAX / 2);
        assert_eq!(said(&json!({ "text": whole })).text, whole);
        let data = wrote(&json!({ "text": format!("{whole}b") })).to_string();
        let told = read(data.as_bytes(), None);
        let [Item::Message(it), Item::Unknown(kept)] = [&told[0].item, &told[1].item] else {
            panic!("{told:?}")
        };
        assert_eq!(it.text, format!("{whole}… [cut]"));
        assert_eq!((&*kept.what, &*kept.raw), ("long_message", &*data));
    }

    #[test]
    fn events_about_our_messages_are_states() {
        for (kind, state, error) in [
            ("DELIVERED", DeliveryState::Delivered, None),
            ("READ", DeliveryState::Read, None),
            ("TTL_EXPIRATION_REVOKED", DeliveryState::Failed, Some(TTL_EXPIRED)),
            ("TTL_EXPIRATION_REVOKE_FAILED", DeliveryState::Sent, Some(NOT_REVOKED)),
        ] {
            let expected = Status {
                provider_id: OURS.to_owned(),
                ours: Some(OURS.parse::<Uuid>().unwrap().into()),
                state,
                error: error.map(str::to_owned),
                unreached: error == Some(TTL_EXPIRED),
            };
            assert_eq!(one(&event(kind)), Item::Status(expected), "{kind}");
            // The server's events have `phoneNumber` in place of the sender's.
            let nobody = without(event(kind), "senderPhoneNumber");
            assert!(matches!(one(&nobody), Item::Status(_)), "{kind}");
            is_kept(&without(event(kind), "messageId"), kind);
            let mut foreign = event(kind);
            foreign["messageId"] = json!("set-by-another-tool");
            let Item::Status(it) = one(&foreign) else { panic!("{kind}") };
            assert_eq!((&*it.provider_id, it.ours), ("set-by-another-tool", None));
        }
    }

    #[test]
    fn events_about_the_customer_name_it() {
        let who = Sender::of(Address::phone(FROM));
        assert_eq!(one(&event("IS_TYPING")), Item::Typing(who.clone()));
        for (kind, wanted) in [("UNSUBSCRIBE", false), ("SUBSCRIBE", true)] {
            let about = ConsentAbout::AllButEssential;
            let expected = Item::Consent(Consent {
                provider_id: Some("e-1".to_owned()),
                who: who.clone(),
                about,
                wanted,
            });
            assert_eq!(one(&event(kind)), expected);
        }
        for kind in ["IS_TYPING", "UNSUBSCRIBE", "SUBSCRIBE"] {
            is_kept(&without(event(kind), "senderPhoneNumber"), kind);
        }
    }

    #[test]
    fn what_has_no_words_is_kept_as_it_came() {
        is_kept(&event("JUMPED"), "JUMPED");
        is_kept(&event("no\nword"), "hint");
        let launch = json!({ "eventId": "l", "agentId": AGENT, "newLaunchState": "LAUNCHED" });
        is_kept(&launch, "hint");
        is_kept(&without(wrote(&json!({ "text": "x" })), "messageId"), "hint");
        is_kept(&without(wrote(&json!({ "text": "x" })), "senderPhoneNumber"), "hint");
        let long = "9".repeat(600);
        is_kept(&wrote(&json!({ "text": "x", "messageId": long })), "hint");
        is_kept(&wrote(&json!({ "text": "x", "senderPhoneNumber": format!("+{long}") })), "hint");
        for raw in ["", "null", "[1]", "{", "{\"text\":\"\\ud800\"}", "\u{202E}"] {
            let told = read(raw.as_bytes(), None);
            let kept = Item::Unknown(Unknown { what: "unknown".into(), raw: raw.into() });
            assert_eq!(told, [Told { to: To::This, item: kept }], "{raw}");
        }
        let told = read(b"a\xff\0b", None);
        let Item::Unknown(it) = &told[0].item else { panic!() };
        assert_eq!(it.raw, "a\u{FFFD}\u{FFFD}b");
    }

    #[test]
    fn who_is_no_number_is_somebody_towards_this_agent() {
        let Item::Message(it) = one(&wrote(&json!({ "text": "x", "senderPhoneNumber": "ACME" })))
        else {
            panic!()
        };
        assert_eq!(it.who, Sender::of(Address::sender_id("ACME", AGENT)));
    }
}
