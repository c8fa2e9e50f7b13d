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
        return Ok(vec![here(json::unread("body", text.into_owned()))]);
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
        "message_echoes" => vec![told::echo(contacts, it)],
        "user_preferences" => vec![news::preference(contacts, it)],
        "user_id_update" => vec![news::new_id(contacts, it)],
        _ => vec![json::unknown(list, it)],
    }
}

fn here(item: Item) -> Told {
    Told { to: To::This, item }
}
