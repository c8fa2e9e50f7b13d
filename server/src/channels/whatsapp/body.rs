//! What is in a POST: any number of entries with any number of changes, each about one of our numbers, or
//! about the account.
//!
//! Source: "Webhooks overview" of the WhatsApp Business Platform. Everything that is in it is read alone:
//! what cannot be read is kept as it came, and takes nothing else with it.

use serde_json::Value;

use super::{contacts::Contacts, json, news, told};
use crate::{
    channels::webhook::{Refused, To, Told},
    domain::inbound::Item,
};

/// Reads a body. Only one that is no JSON at all is refused.
pub fn read(body: &[u8]) -> Result<Vec<Told>, Refused> {
    let text = String::from_utf8_lossy(body);
    let Some(body) = json::parse(&text) else {
        if !json::is_json(&text) {
            return Err(Refused::Unreadable("body"));
        }
        return Ok(vec![here(json::unread("body", &text))]);
    };
    let Some(entries) = body.get("entry").and_then(Value::as_array) else {
        return Ok(vec![here(json::unknown("body", &body))]);
    };
    Ok(entries.iter().flat_map(entry).collect())
}

fn entry(entry: &Value) -> Vec<Told> {
    match entry.get("changes").and_then(Value::as_array) {
        Some(changes) => changes.iter().flat_map(change).collect(),
        None => vec![here(json::unknown("entry", entry))],
    }
}

fn change(change: &Value) -> Vec<Told> {
    let value = change.get("value").unwrap_or(&Value::Null);
    let field = json::id(change, "field").unwrap_or("change");
    if field == "message_template_status_update" {
        // It is about the account, whichever of its numbers we were told by.
        return vec![here(news::template(value))];
    }
    let lists = lists(field);
    let ours = value.get("metadata").and_then(|it| json::id(it, "phone_number_id"));
    let has_list = lists.iter().any(|list| value.get(list).is_some_and(Value::is_array));
    let Some(ours) = ours.filter(|_| has_list) else {
        return vec![here(json::unknown(field, change))];
    };
    let to = To::External(ours.to_owned());
    let contacts = Contacts(json::list(value, "contacts"));
    lists
        .iter()
        .flat_map(|list| match value.get(list) {
            Some(Value::Array(all)) => {
                all.iter().flat_map(|it| one(list, contacts, it)).collect::<Vec<_>>()
            }
            None | Some(Value::Null) => Vec::new(),
            Some(odd) => vec![json::unknown(list, odd)],
        })
        .map(|item| Told { to: to.clone(), item })
        .collect()
}

/// Returns the lists of things that a change of a field may have; none where we do not know the field.
fn lists(field: &str) -> &'static [&'static str] {
    match field {
        "messages" => &["messages", "statuses", "errors"],
        "smb_message_echoes" => &["message_echoes"],
        "user_preferences" => &["user_preferences"],
        "user_id_update" => &["user_id_update"],
        _ => &[],
    }
}

/// Reads one thing of a list.
fn one(list: &str, contacts: Contacts<'_>, it: &Value) -> Vec<Item> {
    match list {
        "messages" => told::message(contacts, it),
        "statuses" => news::status(contacts, it),
        "message_echoes" => told::echo(contacts, it),
        "user_preferences" => vec![news::preference(contacts, it)],
        "user_id_update" => vec![news::new_id(contacts, it)],
        _ => vec![json::unknown(list, it)],
    }
}

fn here(item: Item) -> Told {
    Told { to: To::This, item }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn number() -> Value {
        json!({ "display_phone_number": "12025550143", "phone_number_id": "106" })
    }

    fn message(id: &str, from: &str, text: &str) -> Value {
        json!({"id": id, "from": from, "timestamp": "1", "type": "text", "text": {"body": text}})
    }

    fn changes(changes: &Value) -> Vec<Told> {
        let body = json!({"object": "whatsapp_business_account", "entry": [
            { "id": "1", "changes": changes },
        ]});
        read(body.to_string().as_bytes()).unwrap()
    }

    fn to(told: &Told) -> &str {
        match &told.to {
            To::This => "this",
            To::External(id) => id,
        }
    }

    /// Says in short what was told, and to whom.
    fn short(told: &[Told]) -> Vec<(&str, String)> {
        let item = |item: &Item| match item {
            Item::Message(it) => format!("{}: {}", it.who.addresses[0].value, it.text),
            Item::Status(it) => format!("{} {:?}", it.provider_id, it.state),
            Item::Unknown(it) => format!("? {}", it.what),
            Item::Echo(it) => format!("echo {}", it.text),
            Item::Consent(it) => format!("wanted {}", it.wanted),
            Item::Moved(it) => format!("moved {}", it.to.value),
            Item::Template(it) => format!("{} {}", it.name, it.state),
            other => format!("{other:?}"),
        };
        told.iter().map(|it| (to(it), item(&it.item))).collect()
    }

    #[test]
    fn everything_is_read_and_nothing_takes_another_thing_with_it() {
        let value = json!({
            "metadata": number(),
            "contacts": [{ "wa_id": "12025550122" }, { "wa_id": "12025550111" }],
            "messages": [
                message("wamid.1", "12025550111", "One"),
                7,
                { "id": "wamid.2" },
                { "id": "wamid.3", "from": "12025550111", "type": "hologram" },
                message("wamid.4", "12025550122", "Two"),
                message("wamid.4", "12025550122", "Two"),
            ],
            "statuses": [
                { "id": "wamid.0", "status": "read" },
                { "status": "read" },
                { "id": "wamid.0", "status": "deleted" },
                { "id": "wamid.0", "status": "sent" },
            ],
            "errors": [{ "code": 130_429 }],
        });
        let told = changes(&json!([{ "field": "messages", "value": value }]));
        let expected = [
            "+12025550111: One",
            "? message",
            "? message",
            "+12025550111: [a message that cannot be shown here: hologram]",
            "? message",
            "+12025550122: Two",
            "+12025550122: Two",
            "wamid.0 Read",
            "? status",
            "? status",
            "wamid.0 Sent",
            "? errors",
        ];
        assert_eq!(short(&told), expected.map(|it| ("106", it.to_owned())));
    }

    #[test]
    fn each_change_is_told_to_its_own_number() {
        let texts = |id: &str, message: Value| {
            let value = json!({ "metadata": { "phone_number_id": id }, "messages": [message] });
            json!([{ "field": "messages", "value": value }])
        };
        let one = texts("106", message("wamid.1", "12025550111", "One"));
        let two = texts("207", message("wamid.2", "12025550111", "Two"));
        let body = json!({"entry": [
            { "id": "1", "changes": one },
            7,
            {},
            { "changes": [null] },
            { "id": "2", "changes": two },
        ]});
        let told = read(body.to_string().as_bytes()).unwrap();
        let found = short(&told);
        let expected = [
            ("106", "+12025550111: One"),
            ("this", "? entry"),
            ("this", "? entry"),
            ("this", "? change"),
            ("207", "+12025550111: Two"),
        ];
        assert_eq!(found, expected.map(|(to, item)| (to, item.to_owned())));
    }

    #[test]
    fn other_fields() {
        let (metadata, who) = (number(), "12025550111");
        let told = changes(&json!([
            { "field": "smb_message_echoes", "value": { "metadata": metadata, "message_echoes": [
                { "id": "wamid.1", "to": who, "type": "text", "text": { "body": "Hi" } },
            ]}},
            { "field": "user_preferences", "value": { "metadata": metadata, "user_preferences": [
                { "wa_id": who, "category": "marketing_messages", "value": "stop" },
            ]}},
            { "field": "user_id_update", "value": { "metadata": metadata, "user_id_update": [
                { "user_id": { "previous": "US.1", "current": "US.2" } },
            ]}},
            { "field": "message_template_status_update", "value": {
                "event": "PAUSED", "message_template_name": "a", "message_template_language": "en",
            }},
            { "field": "calls", "value": { "metadata": metadata, "calls": [] } },
            { "field": "account_update", "value": { "event": "RESTRICTED" } },
        ]));
        let expected = [
            ("106", "echo Hi"),
            ("106", "wanted false"),
            ("106", "moved US.2"),
            ("this", "a paused"),
            ("this", "? calls"),
            ("this", "? account_update"),
        ];
        assert_eq!(short(&told), expected.map(|(to, item)| (to, item.to_owned())));
    }

    #[test]
    fn what_is_told_to_nobody_is_kept_as_it_came() {
        let text = message("wamid.1", "12025550111", "One");
        for value in [
            json!(null),
            json!({}),
            json!({ "messages": [text] }),
            json!({ "metadata": {}, "messages": [text] }),
            json!({ "metadata": { "phone_number_id": 7 }, "messages": [text] }),
            json!({ "metadata": number() }),
            json!({ "metadata": number(), "messages": { "0": text } }),
        ] {
            let told = changes(&json!([{ "field": "messages", "value": value }]));
            assert_eq!(short(&told), [("this", "? messages".to_owned())], "{value}");
            let [Told { item: Item::Unknown(it), .. }] = &told[..] else { panic!() };
            assert!(it.raw.contains(&value.to_string()), "{}", it.raw);
        }
        // One list is good, the other is none.
        let value = json!({"metadata": number(), "messages": 7, "statuses": [
            { "id": "wamid.0", "status": "sent" },
        ]});
        let told = changes(&json!([{ "field": "messages", "value": value }]));
        let expected = ["? messages", "wamid.0 Sent"];
        assert_eq!(short(&told), expected.map(|it| ("106", it.to_owned())));
    }

    #[test]
    fn only_what_is_no_json_is_refused() {
        for body in [&b""[..], b"{", b"a=b", b"{\"entry\": [", b"\xff\xfe", b"{}{}"] {
            assert_eq!(read(body), Err(Refused::Unreadable("body")), "{body:?}");
        }
        let deep = format!("{{\"entry\":{}{}}}", "[".repeat(500), "]".repeat(500));
        for body in ["{}", "[]", "7", "null", "{\"entry\": 7}", "{\"entry\": 1e999}", &deep] {
            let told = read(body.as_bytes()).unwrap();
            assert_eq!(short(&told), [("this", "? body".to_owned())], "{body}");
        }
        assert_eq!(read(b"{\"entry\": []}"), Ok(vec![]));
        assert_eq!(read(b"{\"entry\": [{\"changes\": []}]}"), Ok(vec![]));
    }

    #[test]
    fn a_log_line_has_no_text_and_no_number() {
        let value =
            json!({"metadata": number(), "messages": [message("1", "12025550111", "the secret")]});
        let shown = format!("{:?}", changes(&json!([{ "field": "messages", "value": value }])));
        assert!(!shown.contains("secret") && !shown.contains("2555011"), "{shown}");
    }
}
