//! What a message says, in words that can be read whatever its kind is.
//!
//! Source: "messages webhook reference" and the pages of each kind below it.

use protocol::views::MessageForm;
use serde_json::Value;

use super::json;
use crate::domain::{
    inbound::{Media, MediaSource},
    place, placeholder,
};

/// What a message says.
#[derive(Clone, PartialEq)]
pub(super) struct Content {
    pub(super) form: MessageForm,
    pub(super) text: String,
    pub(super) media: Vec<Media>,
}

/// Reads the content of a message: what stands under the name of its kind. What cannot be read is said
/// to be there, so that nobody thinks that nothing came.
pub(super) fn of(kind: &str, it: &Value) -> Content {
    let inner = it.get(kind).unwrap_or(&Value::Null);
    let read = match kind {
        "text" => json::filled(inner, "body").map(|text| said(MessageForm::Text, &text)),
        "image" | "video" | "audio" | "voice" | "document" | "sticker" => media(inner),
        "location" => location(inner),
        "contacts" => cards(json::list(it, kind)),
        "interactive" => choice(inner),
        "button" => json::filled(inner, "text")
            .or_else(|| json::filled(inner, "payload"))
            .map(|text| said(MessageForm::Choice, &text)),
        "order" => order(inner),
        "system" => Some(said(MessageForm::System, &system(inner))),
        _ => None,
    };
    read.unwrap_or_else(|| said(MessageForm::Unsupported, &unreadable(kind, it)))
}

fn said(form: MessageForm, text: &str) -> Content {
    Content { form, text: json::storable(text), media: Vec::new() }
}

fn unreadable(kind: &str, it: &Value) -> String {
    // What it really is, where WhatsApp says it: a poll, an event, a note.
    let inner = it.get("unsupported").and_then(|it| json::id(it, "type"));
    placeholder::of(inner.unwrap_or(kind))
}

fn media(it: &Value) -> Option<Content> {
    let source = json::id(it, "id").map(|id| MediaSource::Id(id.to_owned()));
    let file = Media {
        source: source.or_else(|| Some(MediaSource::Url(json::id(it, "url")?.to_owned())))?,
        mime_type: json::filled(it, "mime_type")
            .unwrap_or_else(|| "application/octet-stream".to_owned()),
        name: json::filled(it, "filename"),
        bytes: json::number(it, "file_size").and_then(|bytes| bytes.parse().ok()),
    };
    let text = json::filled(it, "caption").unwrap_or_default();
    Some(Content { media: vec![file], ..said(MessageForm::Media, &text) })
}

fn location(it: &Value) -> Option<Content> {
    let (latitude, longitude) = (json::number(it, "latitude")?, json::number(it, "longitude")?);
    let names: Vec<_> =
        ["name", "address"].iter().filter_map(|key| json::filled(it, key)).collect();
    Some(said(MessageForm::Location, &place::words(&names, &latitude, &longitude)))
}

fn cards(cards: &[Value]) -> Option<Content> {
    let lines: Vec<_> = cards.iter().filter_map(card).collect();
    (!lines.is_empty()).then(|| said(MessageForm::ContactCard, &lines.join("\n")))
}

/// Says a card in a line: who, and how to reach them.
fn card(it: &Value) -> Option<String> {
    let name = it.get("name").unwrap_or(&Value::Null);
    let name = ["formatted_name", "first_name"].iter().find_map(|key| json::filled(name, key));
    let all = |list: &str, key: &str| -> Vec<String> {
        json::list(it, list).iter().filter_map(|it| json::filled(it, key)).collect()
    };
    let mut ways = all("phones", "phone");
    if ways.is_empty() {
        ways = all("phones", "wa_id");
    }
    ways.extend(all("emails", "email"));
    match (name, ways.join(", ")) {
        (None, ways) => (!ways.is_empty()).then_some(ways),
        (Some(name), ways) if ways.is_empty() => Some(name),
        (Some(name), ways) => Some(format!("{name}: {ways}")),
    }
}

fn choice(it: &Value) -> Option<Content> {
    let kind = json::id(it, "type")?;
    let reply = it.get(kind)?;
    let text = match kind {
        "button_reply" => json::filled(reply, "title").or_else(|| json::filled(reply, "id"))?,
        "list_reply" => {
            let title = json::filled(reply, "title").or_else(|| json::filled(reply, "id"))?;
            let lines: Vec<_> =
                [Some(title), json::filled(reply, "description")].into_iter().flatten().collect();
            lines.join("\n")
        }
        "nfm_reply" => form(reply)?,
        _ => return None,
    };
    Some(said(MessageForm::Choice, &text))
}

/// Says what was filled into a form. Its answers are JSON in a text, of any kind.
fn form(reply: &Value) -> Option<String> {
    let mut lines: Vec<String> = json::filled(reply, "body").into_iter().collect();
    let answers = json::filled(reply, "response_json").unwrap_or_default();
    match json::parse(&answers) {
        Some(Value::Object(fields)) => {
            // The token is the business's own, and of no use to people.
            let fields = fields.iter().filter(|(name, _)| *name != "flow_token");
            lines.extend(fields.map(|(name, value)| match value {
                Value::String(text) => format!("{name}: {text}"),
                value => format!("{name}: {value}"),
            }));
        }
        _ if answers.is_empty() => {}
        _ => lines.push(answers),
    }
    (!lines.is_empty()).then(|| lines.join("\n"))
}

fn order(it: &Value) -> Option<Content> {
    let mut lines: Vec<String> = json::filled(it, "text").into_iter().collect();
    for item in json::list(it, "product_items") {
        let Some(product) = json::number(item, "product_retailer_id") else { continue };
        let quantity = json::number(item, "quantity").unwrap_or_else(|| "1".to_owned());
        let price = json::number(item, "item_price").map(|price| {
            let currency = json::id(item, "currency").map(|it| format!(" {it}"));
            format!(" ({price}{})", currency.unwrap_or_default())
        });
        lines.push(format!("{quantity} × {product}{}", price.unwrap_or_default()));
    }
    (!lines.is_empty()).then(|| said(MessageForm::Order, &lines.join("\n")))
}

fn system(it: &Value) -> String {
    json::filled(it, "body").unwrap_or_else(|| {
        let what = match json::id(it, "type") {
            Some("user_changed_number") => "the customer has a new number",
            Some("user_changed_user_id") => "the customer has a new WhatsApp id",
            Some("customer_identity_changed") => "the customer's WhatsApp identity has changed",
            _ => "something about the customer's WhatsApp account has changed",
        };
        format!("[{what}]")
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn says(it: &Value, form: MessageForm, text: &str) {
        let content = of(it["type"].as_str().unwrap_or_default(), it);
        assert_eq!((content.form, content.text.as_str()), (form, text), "{it}");
        assert_eq!(content.media.is_empty(), form != MessageForm::Media, "{it}");
    }

    #[test]
    fn words() {
        use MessageForm::{Choice, System, Text};
        says(&json!({"type": "text", "text": {"body": " Olá\n👋 "}}), Text, " Olá\n👋 ");
        says(&json!({"type": "text", "text": {"body": "a\0b"}}), Text, "a\u{FFFD}b");
        says(&json!({"type": "button", "button": {"text": "Yes", "payload": "y"}}), Choice, "Yes");
        says(&json!({"type": "button", "button": {"payload": "y"}}), Choice, "y");
        let it = json!({"type": "system", "system": {"body": "User A changed", "type": "x"}});
        says(&it, System, "User A changed");
        let it = json!({"type": "system", "system": {"type": "customer_identity_changed"}});
        says(&it, System, "[the customer's WhatsApp identity has changed]");
        let it = json!({"type": "system"});
        says(&it, System, "[something about the customer's WhatsApp account has changed]");
    }

    #[test]
    fn choices() {
        let check = |interactive: Value, text: &str| {
            let it = json!({"type": "interactive", "interactive": interactive});
            says(&it, MessageForm::Choice, text);
        };
        check(json!({"type": "button_reply", "button_reply": {"id": "1", "title": "Yes"}}), "Yes");
        check(json!({"type": "button_reply", "button_reply": {"id": "1"}}), "1");
        let list = json!({"id": "1", "title": "Express", "description": "2 days"});
        check(json!({"type": "list_reply", "list_reply": list}), "Express\n2 days");
        check(json!({"type": "list_reply", "list_reply": {"title": "Express"}}), "Express");
        let form = |answers: &str| {
            let reply = json!({"name": "flow", "body": "Sent", "response_json": answers});
            json!({"type": "nfm_reply", "nfm_reply": reply})
        };
        let answers = r#"{"flow_token": "x", "colour": "red", "size": 4, "tags": ["a"]}"#;
        check(form(answers), "Sent\ncolour: red\nsize: 4\ntags: [\"a\"]");
        check(form("[\"not\"]"), "Sent\n[\"not\"]");
        check(form("no json"), "Sent\nno json");
        check(form(""), "Sent");
    }

    #[test]
    fn files() {
        let it = json!({"type": "document", "document": {
            "id": "7", "mime_type": "application/pdf", "filename": "a.pdf", "caption": "See",
            "file_size": 12,
        }});
        let content = of("document", &it);
        assert_eq!((content.form, content.text.as_str()), (MessageForm::Media, "See"));
        let file = &content.media[0];
        assert!(file.source == MediaSource::Id("7".into()));
        assert_eq!((&*file.mime_type, file.name.as_deref()), ("application/pdf", Some("a.pdf")));
        assert_eq!(file.bytes, Some(12));
        for kind in ["image", "video", "audio", "voice", "sticker"] {
            let it = json!({"type": kind, kind: {"url": "https://m.example/1"}});
            says(&it, MessageForm::Media, "");
            let file = of(kind, &it).media.remove(0);
            assert!(file.source == MediaSource::Url("https://m.example/1".into()));
            assert_eq!(file.mime_type, "application/octet-stream");
        }
        let lost = json!({"type": "image", "errors": [{"code": 131_052}]});
        says(&lost, MessageForm::Unsupported, "[a message that cannot be shown here: image]");
    }

    #[test]
    fn places_cards_and_orders() {
        use MessageForm::{ContactCard, Location, Order};
        let it = json!({"type": "location", "location": {
            "latitude": 37.5, "longitude": "-122.1", "name": "Café", "address": "1 Main St",
        }});
        says(&it, Location, "Café, 1 Main St (37.5, -122.1)");
        let it = json!({"type": "contacts", "contacts": [
            {"name": {"formatted_name": "Ann A"}, "phones": [{"phone": "+1 202"}, {"phone": "2"}]},
            {"phones": [{"wa_id": "12025550111"}]},
            {"name": {"first_name": "Bob"}, "emails": [{"email": "b@x.example"}]},
            {"name": {"formatted_name": "Cleo"}},
            {}, 7,
        ]});
        says(&it, ContactCard, "Ann A: +1 202, 2\n12025550111\nBob: b@x.example\nCleo");
        let it = json!({"type": "order", "order": {"text": "Please", "product_items": [
            {"product_retailer_id": "red", "quantity": 2, "item_price": 30, "currency": "USD"},
            {"product_retailer_id": 7, "quantity": "1", "item_price": 2.5},
            {"product_retailer_id": "blue"}, {},
        ]}});
        says(&it, Order, "Please\n2 × red (30 USD)\n1 × 7 (2.5)\n1 × blue");
    }

    #[test]
    fn what_cannot_be_read_is_said_to_be_there() {
        let none = "[a message that cannot be shown here]";
        let check = |it: Value, text: &str| says(&it, MessageForm::Unsupported, text);
        check(json!({"type": "unsupported"}), none);
        check(json!({"type": "unknown", "errors": [{"code": 131_051}]}), none);
        check(json!({}), none);
        let of_kind = |kind: &str| format!("[a message that cannot be shown here: {kind}]");
        check(json!({"type": "unsupported", "unsupported": {"type": "poll"}}), &of_kind("poll"));
        check(json!({"type": "request_welcome"}), &of_kind("request welcome"));
        check(json!({"type": "<b>\u{202e}x"}), &of_kind("bx"));
        check(json!({"type": "x".repeat(1_000)}), &of_kind(&"x".repeat(40)));
        for kind in ["text", "image", "location", "contacts", "interactive", "button", "order"] {
            for inner in [json!(null), json!(7), json!("x"), json!([]), json!({}), json!([[1]])] {
                check(json!({"type": kind, kind: inner}), &of_kind(kind));
            }
            check(json!({"type": kind}), &of_kind(kind));
        }
        check(json!({"type": "text", "text": {"body": ""}}), &of_kind("text"));
        let odd = json!({"type": "interactive", "interactive": {"type": "nfm_reply"}});
        check(odd, &of_kind("interactive"));
    }
}
