//! What a customer says and does, and what the business says past us, from a phone of its own.
//!
//! Sources: "messages webhook reference", "`smb_message_echoes` webhook reference" and "Business-scoped
//! user IDs" (the system messages).

use protocol::views::MessageForm;
use serde_json::Value;

use super::{
    contacts::{self, Contacts},
    content, json,
};
use crate::domain::{
    address::Address,
    inbound::{Edit, Item, Message, Moved, Reaction, Revoke, Sender},
};

/// Says what a message tells. What has no id, or nobody who sent it, is kept as it came.
pub(super) fn message(contacts: Contacts<'_>, it: &Value) -> Vec<Item> {
    let kind = json::id(it, "type").unwrap_or_default();
    if it.get("group_id").is_some_and(|group| !group.is_null()) {
        return vec![json::unknown("message of a group", it)];
    }
    let system = it.get("system").filter(|_| kind == "system");
    let who = contacts
        .sender(json::id(it, "from"), json::id(it, "from_user_id"))
        .or_else(|| contacts.sender(None, previous_user(system?)));
    let (Some(provider_id), Some(who)) = (json::id(it, "id"), who) else {
        return vec![json::unknown("message", it)];
    };
    let mut items = match done(kind, it, (provider_id, &who)) {
        Some(done) => vec![done],
        None => shown(Item::Message, "message", (words(kind, it, (provider_id, who.clone())), it)),
    };
    items.extend(system.into_iter().flat_map(|it| moved(&who, it)));
    items
}

/// A message that is shown as no more than that it came is kept as it came, too.
fn shown(
    make: impl FnOnce(Message) -> Item,
    what: &str,
    (message, it): (Message, &Value),
) -> Vec<Item> {
    let kept = (message.form == MessageForm::Unsupported).then(|| json::unknown(what, it));
    std::iter::once(make(message)).chain(kept).collect()
}

/// Says what the business wrote past us. What it did to its own messages is kept as it came: we would
/// tell it as the customer's doing.
pub(super) fn echo(contacts: Contacts<'_>, it: &Value) -> Vec<Item> {
    let kind = json::id(it, "type").unwrap_or_default();
    let (from, to) = (json::id(it, "from"), json::id(it, "to"));
    // Some bodies have the two ends the other way round; the contact is the customer in any case.
    let to = if contacts.know(from) && !contacts.know(to) { from } else { to };
    let who = contacts.sender(to, json::id(it, "to_user_id"));
    let group = it.get("group_id").is_some_and(|group| !group.is_null());
    let no_message = group || matches!(kind, "reaction" | "edit" | "revoke" | "system");
    match (json::id(it, "id"), who) {
        (Some(id), Some(who)) if !no_message => {
            shown(Item::Echo, "echo", (words(kind, it, (id, who)), it))
        }
        _ => vec![json::unknown("echo", it)],
    }
}

/// Reads what a customer does to a message that is there already.
fn done(kind: &str, it: &Value, (provider_id, who): (&str, &Sender)) -> Option<Item> {
    let inner = it.get(kind)?;
    let (provider_id, who) = (provider_id.to_owned(), who.clone());
    let of = || json::id(inner, "original_message_id").map(str::to_owned);
    Some(match kind {
        "reaction" => Item::Reaction(Reaction {
            provider_id,
            who,
            on: json::id(inner, "message_id")?.to_owned(),
            emoji: json::filled(inner, "emoji"),
        }),
        "edit" => {
            let message = inner.get("message")?;
            let text = content::of(json::id(message, "type")?, message).text;
            Item::Edit(Edit { provider_id, who, of: of()?, text })
        }
        "revoke" => Item::Revoke(Revoke { provider_id, who, of: of()? }),
        _ => return None,
    })
}

fn words(kind: &str, it: &Value, (provider_id, who): (&str, Sender)) -> Message {
    let content::Content { form, text, media } = content::of(kind, it);
    let answers = it.get("context").and_then(|it| json::id(it, "id")).map(str::to_owned);
    let (provider_id, at) = (provider_id.to_owned(), json::at(it, "timestamp"));
    Message { provider_id, who, at, form, text, media, answers }
}

/// Says which addresses a customer has from now on.
fn moved(who: &Sender, system: &Value) -> Vec<Item> {
    let changes = ["user_changed_number", "user_changed_user_id"];
    if !json::id(system, "type").is_some_and(|it| changes.contains(&it)) {
        return Vec::new();
    }
    let number = json::id(system, "wa_id").and_then(contacts::phone);
    let user = json::id(system, "user_id").map(Address::whatsapp_user);
    number
        .into_iter()
        .chain(user)
        .filter(|to| !who.addresses.contains(to))
        .map(|to| Item::Moved(Moved { from: who.clone(), to }))
        .collect()
}

/// Returns the id that a customer had until now, where only the sentence about it has it. Its end is
/// Meta's; what stands before may be a name that a customer has chosen.
fn previous_user(system: &Value) -> Option<&str> {
    let now = json::id(system, "user_id")?;
    json::id(system, "previous_user_id").or_else(|| {
        let (_name, change) = system.get("body")?.as_str()?.rsplit_once(" changed from ")?;
        let (previous, to) = change.split_once(" to ")?;
        let is_id = |it: &str| {
            it.contains('.') && it.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.')
        };
        (to.trim_end_matches('.') == now && is_id(previous)).then_some(previous)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const PHONE: &str = "+12025550123";

    fn ann() -> Sender {
        Sender::of(Address::phone(PHONE))
    }

    fn told(more: &Value) -> Vec<Item> {
        let mut it = json!({"id": "wamid.1", "from": "12025550123", "timestamp": "1750000000"});
        let more = more.as_object().unwrap().clone();
        it.as_object_mut().unwrap().extend(more);
        message(Contacts(&[]), &it)
    }

    fn one(more: &Value) -> Item {
        let mut items = told(more);
        assert_eq!(items.len(), 1, "{items:?}");
        items.remove(0)
    }

    #[test]
    fn a_text() {
        let it =
            one(&json!({"type": "text", "text": {"body": "Hi"}, "context": {"id": "wamid.0"}}));
        let Item::Message(it) = it else { panic!("{it:?}") };
        assert_eq!((&*it.provider_id, &it.who), ("wamid.1", &ann()));
        assert_eq!((it.form, &*it.text), (MessageForm::Text, "Hi"));
        assert_eq!(it.answers.as_deref(), Some("wamid.0"));
        assert_eq!(it.at.unwrap().timestamp(), 1_750_000_000);
        let odd =
            json!({"type": "text", "text": {"body": "Hi"}, "timestamp": "soon", "context": 7});
        let Item::Message(it) = one(&odd) else { panic!() };
        assert_eq!((it.at, it.answers), (None, None));
    }

    #[test]
    fn what_customers_do_to_messages() {
        let reaction = |inner: Value| one(&json!({"type": "reaction", "reaction": inner}));
        let expected = |emoji: Option<&str>| {
            let (provider_id, on) = ("wamid.1".to_owned(), "wamid.0".to_owned());
            let emoji = emoji.map(str::to_owned);
            Item::Reaction(Reaction { provider_id, who: ann(), on, emoji })
        };
        let heart = json!({"message_id": "wamid.0", "emoji": "❤️"});
        assert_eq!(reaction(heart), expected(Some("❤️")));
        assert_eq!(reaction(json!({"message_id": "wamid.0", "emoji": ""})), expected(None));
        assert_eq!(reaction(json!({"message_id": "wamid.0"})), expected(None));

        let edit = |message: Value| {
            let inner = json!({"original_message_id": "wamid.0", "message": message});
            one(&json!({"type": "edit", "edit": inner}))
        };
        for (message, text) in [
            (json!({"type": "text", "text": {"body": "New"}}), "New"),
            (json!({"type": "image", "image": {"id": "7", "caption": "Cap"}}), "Cap"),
        ] {
            let Item::Edit(it) = edit(message) else { panic!() };
            assert_eq!((&*it.provider_id, &*it.of, &*it.text), ("wamid.1", "wamid.0", text));
        }
        let inner = json!({"original_message_id": "wamid.0"});
        let Item::Revoke(it) = one(&json!({"type": "revoke", "revoke": inner})) else { panic!() };
        assert_eq!((&*it.provider_id, &*it.of, it.who), ("wamid.1", "wamid.0", ann()));

        // Without the message that it is about, it is shown that something came.
        for kind in ["reaction", "edit", "revoke"] {
            for inner in [json!(null), json!({}), json!([]), json!({"message_id": 7})] {
                let items = told(&json!({"type": kind, kind: inner}));
                let [Item::Message(it), Item::Unknown(_)] = &items[..] else { panic!() };
                assert_eq!(it.form, MessageForm::Unsupported);
            }
        }
    }

    #[test]
    fn a_customer_who_moves_is_told_and_found() {
        let system = json!({"type": "user_changed_number", "wa_id": "12025550199",
            "user_id": "US.2", "body": "User Ann changed from 12025550123 to 12025550199"});
        let items = told(&json!({"type": "system", "system": system}));
        let Item::Message(it) = &items[0] else { panic!("{items:?}") };
        assert_eq!(it.form, MessageForm::System);
        let moved = |to: Address| Item::Moved(Moved { from: ann(), to });
        let expected = [Address::phone("+12025550199"), Address::whatsapp_user("US.2")].map(moved);
        assert_eq!(items[1..], expected);
        let system = json!({"type": "customer_identity_changed", "wa_id": "12025550199"});
        assert_eq!(told(&json!({"type": "system", "system": system})).len(), 1);
        let same = json!({"type": "user_changed_number", "wa_id": "12025550123"});
        assert_eq!(told(&json!({"type": "system", "system": same})).len(), 1);
    }

    #[test]
    fn a_new_id_is_joined_by_the_end_of_metas_sentence() {
        let before = |system: Value| {
            let it = json!({"id": "wamid.1", "type": "system", "system": system});
            match &message(Contacts(&[]), &it)[..] {
                [Item::Message(message), Item::Moved(moved)] => {
                    assert_eq!(message.who, moved.from);
                    assert_eq!(moved.to, Address::whatsapp_user("US.2"));
                    Some(moved.from.addresses[0].value.clone())
                }
                [Item::Unknown(_)] => None,
                odd => panic!("{odd:?}"),
            }
        };
        let kind = "user_changed_user_id";
        let check = |body: &str, expected: Option<&str>| {
            let system = json!({"type": kind, "user_id": "US.2", "body": body});
            assert_eq!(before(system).as_deref(), expected, "{body}");
        };
        check("User Ann changed from US.1 to US.2", Some("US.1"));
        check("User X changed from US.9 to US.2 changed from US.1 to US.2", Some("US.1"));
        check("User Ann changed from US.1 to US.3", None);
        check("User Ann changed from her number to US.2", None);
        check("", None);
        let told = json!({"type": kind, "user_id": "US.2", "previous_user_id": "US.1"});
        assert_eq!(before(told).as_deref(), Some("US.1"));
    }

    #[test]
    fn what_nobody_sent_or_a_group_got_is_kept_as_it_came() {
        for more in [
            json!({"from": null}),
            json!({"from": 12_025_550_123_i64}),
            json!({"from": "a b"}),
            json!({"id": null}),
            json!({"id": 7}),
            json!({"id": ""}),
            json!({"id": "a\0"}),
            json!({"group_id": "g"}),
        ] {
            let Item::Unknown(it) = one(&more) else { panic!("{more}") };
            assert!(it.raw.contains("1750000000"), "{}", it.raw);
        }
        for odd in [json!(null), json!(7), json!([]), json!("x")] {
            let items = message(Contacts(&[]), &odd);
            assert!(matches!(&items[..], [Item::Unknown(_)]), "{items:?}");
        }
    }

    #[test]
    fn an_echo_is_to_the_customer() {
        let mut it = json!({"id": "wamid.1", "from": "12025550100", "to": "12025550123",
            "timestamp": 1_750_000_000, "type": "text", "text": {"body": "From my phone"}});
        let [Item::Echo(read)] = &echo(Contacts(&[]), &it)[..] else { panic!() };
        assert_eq!((&read.who, &*read.text), (&ann(), "From my phone"));
        it["to"] = json!(null);
        it["to_user_id"] = json!("US.1");
        let [Item::Echo(read)] = &echo(Contacts(&[]), &it)[..] else { panic!() };
        assert_eq!(read.who, Sender::of(Address::whatsapp_user("US.1")));
        for kind in ["reaction", "edit", "revoke", "system"] {
            it["type"] = json!(kind);
            assert!(matches!(echo(Contacts(&[]), &it)[..], [Item::Unknown(_)]), "{kind}");
        }
        it["to_user_id"] = json!(null);
        it["type"] = json!("text");
        assert!(matches!(echo(Contacts(&[]), &it)[..], [Item::Unknown(_)]));
    }
}
