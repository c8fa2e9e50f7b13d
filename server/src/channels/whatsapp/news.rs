//! What is told besides messages: how far ours are, what customers want to get, new addresses, templates.
//!
//! Sources: "messages webhook reference" (statuses), the references of `user_preferences`,
//! `message_template_status_update` and, for `user_id_update`, "Business-scoped user IDs".

use protocol::{contacts::ConsentAbout, views::DeliveryState};
use serde_json::Value;

use super::{codes, contacts::Contacts, json};
use crate::domain::{
    address::Address,
    inbound::{Consent, Item, Moved, Sender, Status, Template},
};

/// Says what a status tells. One whose word we do not know is kept as it came.
pub(super) fn status(contacts: Contacts<'_>, it: &Value) -> Vec<Item> {
    let (Some(id), Some(word)) = (json::id(it, "id"), json::id(it, "status")) else {
        return vec![json::unknown("status", it)];
    };
    let state = match word {
        "sent" => DeliveryState::Sent,
        "delivered" => DeliveryState::Delivered,
        // A voice message that was listened to.
        "read" | "played" => DeliveryState::Read,
        "failed" => DeliveryState::Failed,
        _ => return vec![json::unknown("status", it)],
    };
    let error = json::list(it, "errors").iter().find_map(|it| json::number(it, "code"));
    let error = error.filter(|_| state == DeliveryState::Failed);
    let stopped = error.as_deref() == Some(codes::MARKETING_STOPPED.to_string().as_str());
    let ours = json::id(it, "biz_opaque_callback_data").and_then(|it| it.parse().ok());
    let provider_id = id.to_owned();
    let mut items =
        vec![Item::Status(Status { provider_id, ours, state, error, unreached: false })];
    if stopped {
        let to = (json::id(it, "recipient_id"), json::id(it, "recipient_user_id"));
        items.extend(contacts.sender(to.0, to.1).map(|who| marketing(who, false)));
    }
    items
}

/// Says whether a customer wants marketing.
pub(super) fn preference(contacts: Contacts<'_>, it: &Value) -> Item {
    let who = contacts.sender(json::id(it, "wa_id"), json::id(it, "user_id"));
    let about = json::id(it, "category").unwrap_or("marketing_messages");
    match (who, json::id(it, "value")) {
        (Some(who), Some("stop")) if about == "marketing_messages" => marketing(who, false),
        (Some(who), Some("resume")) if about == "marketing_messages" => marketing(who, true),
        _ => json::unknown("user_preferences", it),
    }
}

fn marketing(who: Sender, wanted: bool) -> Item {
    Item::Consent(Consent { provider_id: None, who, about: ConsentAbout::Marketing, wanted })
}

/// Says which id a customer has from now on.
pub(super) fn new_id(contacts: Contacts<'_>, it: &Value) -> Item {
    let ids = it.get("user_id").unwrap_or(&Value::Null);
    let (previous, current) = (json::id(ids, "previous"), json::id(ids, "current"));
    let number = json::id(it, "wa_id");
    let (Some(current), true) = (current, previous.or(number).is_some()) else {
        return json::unknown("user_id_update", it);
    };
    // The old id first: the number may be new as well.
    let mut from = Sender::default();
    from.addresses.extend(previous.map(Address::whatsapp_user));
    from.addresses.extend(number.and_then(super::contacts::phone));
    from.profile_name = contacts.sender(number, Some(current)).and_then(|it| it.profile_name);
    if from.addresses.is_empty() {
        return json::unknown("user_id_update", it);
    }
    Item::Moved(Moved { from, to: Address::whatsapp_user(current) })
}

/// Says how a template stands.
pub(super) fn template(it: &Value) -> Item {
    let name = json::id(it, "message_template_name");
    let language = json::id(it, "message_template_language");
    match (name, language, json::id(it, "event")) {
        (Some(name), Some(language), Some(state)) => Item::Template(Template {
            name: name.to_owned(),
            language: language.to_owned(),
            state: state.to_lowercase(),
            reason: json::filled(it, "reason").filter(|it| it != "NONE"),
        }),
        _ => json::unknown("message_template_status_update", it),
    }
}

#[cfg(test)]
mod tests {
    use protocol::ids::MessageId;
    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    const NOBODY: Contacts<'static> = Contacts(&[]);

    #[test]
    fn a_status_is_one_that_we_know_or_is_kept() {
        let ours = MessageId::from(Uuid::now_v7());
        for (word, expected) in [
            ("sent", Some(DeliveryState::Sent)),
            ("delivered", Some(DeliveryState::Delivered)),
            ("read", Some(DeliveryState::Read)),
            ("played", Some(DeliveryState::Read)),
            ("failed", Some(DeliveryState::Failed)),
            ("deleted", None),
            ("warning", None),
            ("warped", None),
        ] {
            let it = json!({"id": "wamid.1", "status": word, "timestamp": "1",
                "recipient_id": "12025550123", "errors": [{"title": "x"}, {"code": 131_047}],
                "biz_opaque_callback_data": ours.to_string()});
            let items = status(NOBODY, &it);
            let expected = expected.map(|state| {
                let error = (state == DeliveryState::Failed).then(|| "131047".to_owned());
                let (provider_id, ours) = ("wamid.1".to_owned(), Some(ours));
                Item::Status(Status { provider_id, ours, state, error, unreached: false })
            });
            match expected {
                Some(expected) => assert_eq!(items, [expected], "{word}"),
                None => assert!(matches!(items[..], [Item::Unknown(_)]), "{word}"),
            }
        }
        for other in [json!("some data"), json!(7), json!(null), json!("")] {
            let it = json!({"id": "1", "status": "sent", "biz_opaque_callback_data": other});
            let [Item::Status(it)] = &status(NOBODY, &it)[..] else { panic!() };
            assert_eq!(it.ours, None);
        }
        for odd in [json!({"status": "sent"}), json!({"id": "1"}), json!(7), json!(null)] {
            assert!(matches!(status(NOBODY, &odd)[..], [Item::Unknown(_)]), "{odd}");
        }
    }

    #[test]
    fn who_has_stopped_marketing_is_known_by_it() {
        let failed = |more: Value| {
            let mut it = json!({"id": "1", "status": "failed", "errors": [{"code": 131_050}]});
            it.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            status(NOBODY, &it)
        };
        let who = |address| marketing(Sender::of(address), false);
        let items = failed(json!({"recipient_id": "12025550123"}));
        assert_eq!(items[1..], [who(Address::phone("+12025550123"))]);
        let items = failed(json!({"recipient_user_id": "US.1"}));
        assert_eq!(items[1..], [who(Address::whatsapp_user("US.1"))]);
        assert_eq!(failed(json!({})).len(), 1, "nobody is named");
    }

    #[test]
    fn preferences() {
        let check = |it: Value, expected: Option<bool>| {
            let item = preference(NOBODY, &it);
            match expected {
                Some(wanted) => {
                    let who = Sender::of(Address::phone("+12025550123"));
                    assert_eq!(item, marketing(who, wanted), "{it}");
                }
                None => assert!(matches!(item, Item::Unknown(_)), "{it}"),
            }
        };
        let (who, about) = ("12025550123", "marketing_messages");
        check(json!({"wa_id": who, "category": about, "value": "stop"}), Some(false));
        check(json!({"wa_id": who, "category": about, "value": "resume"}), Some(true));
        check(json!({"wa_id": who, "value": "stop"}), Some(false));
        check(json!({"wa_id": who, "category": about, "value": "later"}), None);
        check(json!({"wa_id": who, "category": "calls", "value": "stop"}), None);
        check(json!({"category": about, "value": "stop"}), None);
        check(json!(null), None);
    }

    #[test]
    fn a_new_id_belongs_to_who_had_the_old_one() {
        let ids = json!({"previous": "US.1", "current": "US.2"});
        let number = Address::phone("+12025550123");
        let check = |it: &Value, expected: Option<Vec<Address>>| match new_id(NOBODY, it) {
            Item::Moved(moved) => {
                assert_eq!(moved.to, Address::whatsapp_user("US.2"));
                assert_eq!(Some(moved.from.addresses), expected, "{it}");
            }
            item => assert!(matches!(item, Item::Unknown(_)) && expected.is_none(), "{it}"),
        };
        let old = Address::whatsapp_user("US.1");
        check(&json!({"user_id": ids}), Some(vec![old.clone()]));
        check(&json!({"user_id": ids, "wa_id": "12025550123"}), Some(vec![old, number.clone()]));
        let current = json!({"current": "US.2"});
        check(&json!({"user_id": current, "wa_id": "12025550123"}), Some(vec![number]));
        check(&json!({"user_id": current, "wa_id": "x"}), None);
        check(&json!({"user_id": current}), None);
        check(&json!({"user_id": {"previous": "US.1"}}), None);
        check(&json!({"user_id": "US.2"}), None);
        check(&json!(7), None);
    }

    #[test]
    fn templates() {
        let it = json!({"event": "REJECTED", "message_template_id": 1,
            "message_template_name": "cart", "message_template_language": "en_US",
            "reason": "INVALID_FORMAT"});
        let Item::Template(read) = template(&it) else { panic!() };
        assert_eq!((&*read.name, &*read.language), ("cart", "en_US"));
        assert_eq!((&*read.state, read.reason.as_deref()), ("rejected", Some("INVALID_FORMAT")));
        for reason in [json!("NONE"), json!(null), json!("")] {
            let mut it = it.clone();
            it["reason"] = reason;
            let Item::Template(read) = template(&it) else { panic!() };
            assert_eq!(read.reason, None);
        }
        for key in ["event", "message_template_name", "message_template_language"] {
            let mut it = it.clone();
            it[key] = json!(null);
            assert!(matches!(template(&it), Item::Unknown(_)), "{key}");
        }
    }
}
