//! Bodies that are broken by chance: none of them is a panic, and what is left whole in them is read.

use serde_json::{Value, json};

use super::body;
use crate::{channels::webhook::Refused, domain::inbound::Item};

const ROUNDS: usize = 10_000;

/// A source of numbers (`SplitMix64`); the same seed gives the same ones.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % u64::try_from(end.max(1)).unwrap()).unwrap()
    }
}

/// A body with a thing of every kind.
fn everything() -> Value {
    let said = |kind: &str, inner: Value| {
        json!({"id": format!("wamid.{kind}"), "from": "12025550111", "from_user_id": "US.1",
            "timestamp": "1750000000", "context": {"id": "wamid.0"}, "type": kind, kind: inner})
    };
    let file = json!({"id": "7", "mime_type": "image/png", "caption": "See", "filename": "a.png"});
    let answers = r#"{"colour": "red", "tags": ["a"]}"#;
    let form = json!({"name": "flow", "body": "Sent", "response_json": answers});
    let edited = json!({"type": "text", "text": {"body": "New"}});
    let messages = json!([
        said("text", json!({"body": "Olá 👋 \u{202e}abc"})),
        said("image", file.clone()),
        said("document", file),
        said("location", json!({"latitude": 1.5, "longitude": 2, "name": "Café"})),
        said("contacts", json!([{"name": {"formatted_name": "B"}, "phones": [{"phone": "1"}]}])),
        said("interactive", json!({"type": "nfm_reply", "nfm_reply": form})),
        said("button", json!({"text": "Yes", "payload": "y"})),
        said("reaction", json!({"message_id": "wamid.0", "emoji": "❤️"})),
        said("order", json!({"text": "", "product_items": [{"product_retailer_id": "a"}]})),
        said(
            "system",
            json!({"type": "user_changed_user_id", "user_id": "US.2",
                "body": "User Ann changed from US.1 to US.2"})
        ),
        said("edit", json!({"original_message_id": "wamid.0", "message": edited})),
        said("revoke", json!({"original_message_id": "wamid.0"})),
        said("unsupported", json!({"type": "poll"})),
    ]);
    let status = json!({"id": "wamid.0", "status": "failed", "recipient_id": "12025550111",
        "errors": [{"code": 131_050}]});
    let echo =
        json!({"id": "wamid.1", "to": "12025550111", "type": "text", "text": {"body": "Hi"}});
    let ids = json!({"user_id": {"previous": "US.1", "current": "US.2"}});
    let change = |field: &str, more: Value| {
        let mut value = json!({
            "metadata": {"phone_number_id": "106", "display_phone_number": "12025550143"},
            "contacts": [{"wa_id": "12025550111", "user_id": "US.1",
                "profile": {"name": "Ann", "username": "ann"}}],
        });
        value.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"field": field, "value": value})
    };
    let changes = [
        change("messages", json!({"messages": messages, "statuses": [status]})),
        change("smb_message_echoes", json!({"message_echoes": [echo]})),
        change(
            "user_preferences",
            json!({"user_preferences": [
            {"wa_id": "12025550111", "value": "stop"}]}),
        ),
        change("user_id_update", json!({"user_id_update": [ids]})),
        change(
            "message_template_status_update",
            json!({"event": "APPROVED",
            "message_template_name": "a", "message_template_language": "en"}),
        ),
        change("calls", json!({"calls": []})),
    ];
    json!({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": changes}]})
}

/// Something that is not what it should be.
fn odd(dice: &mut Dice) -> Value {
    match dice.below(12) {
        0 => json!(null),
        1 => json!(true),
        2 => json!(-1),
        3 => json!(1e300),
        4 => json!(""),
        5 => json!([]),
        6 => json!({}),
        7 => json!("\0"),
        8 => json!("x".repeat(20_000)),
        9 => json!("\u{202e}שלום\u{200f}مرحبا"),
        10 => (0..60).fold(json!("deep"), |it, _| json!([it])),
        _ => json!({"body": {"id": [], "type": {}}, "id": 7, "type": null}),
    }
}

/// Counts the values in a value, itself among them.
fn count(it: &Value) -> usize {
    1 + match it {
        Value::Object(fields) => fields.values().map(count).sum(),
        Value::Array(items) => items.iter().map(count).sum(),
        _ => 0,
    }
}

/// Finds a value by its place; `place` is what is left to go.
fn find<'a>(it: &'a mut Value, place: &mut usize) -> Option<&'a mut Value> {
    if *place == 0 {
        return Some(it);
    }
    *place -= 1;
    match it {
        Value::Object(fields) => fields.values_mut().find_map(|it| find(it, place)),
        Value::Array(items) => items.iter_mut().find_map(|it| find(it, place)),
        _ => None,
    }
}

/// Changes some value, or takes something out of it.
fn change(it: &mut Value, dice: &mut Dice) {
    let mut place = dice.below(count(it));
    let it = find(it, &mut place).unwrap();
    match it {
        Value::Object(fields) if dice.below(4) > 0 => {
            let key = fields.keys().nth(dice.below(fields.len())).cloned();
            key.and_then(|key| fields.remove(&key));
        }
        Value::Array(items) if dice.below(4) > 0 => {
            let at = dice.below(items.len());
            items.truncate(at);
        }
        it => *it = odd(dice),
    }
}

/// Breaks the text itself.
fn cut(text: &str, dice: &mut Dice) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    let at = dice.below(bytes.len());
    match dice.below(4) {
        0 => bytes.truncate(at),
        1 => bytes[at] = u8::try_from(dice.below(256)).unwrap(),
        2 => drop(bytes.splice(at..at, br"\ud83d".iter().copied())),
        _ => drop(bytes.splice(at..at, b"[".repeat(300))),
    }
    bytes
}

/// Everything that is kept can be stored: Postgres has no NUL, and an index no long key.
fn storable(item: &Item) {
    let (id, texts) = match item {
        Item::Message(it) | Item::Echo(it) => {
            assert!(!it.who.addresses.is_empty());
            assert!(it.who.addresses.iter().all(|it| (1..=512).contains(&it.value.len())));
            assert!(!it.text.is_empty() || !it.media.is_empty());
            (it.provider_id.as_str(), vec![&it.text])
        }
        Item::Edit(it) => (it.provider_id.as_str(), vec![&it.of, &it.text]),
        Item::Revoke(it) => (it.provider_id.as_str(), vec![&it.of]),
        Item::Reaction(it) => (it.provider_id.as_str(), it.emoji.iter().collect()),
        Item::Unknown(it) => {
            assert!(!it.raw.contains('\0'));
            ("-", vec![&it.what])
        }
        _ => ("-", vec![]),
    };
    assert!((1..=512).contains(&id.len()) && !id.contains('\0'));
    for text in texts {
        assert!(!text.contains('\0') && text.chars().count() <= 8_193);
    }
}

#[test]
fn whatever_comes_is_read_or_kept_and_never_a_panic() {
    let mut dice = Dice(4);
    let whole = everything();
    let items = body::read(whole.to_string().as_bytes()).unwrap().len();
    assert_eq!(items, 22, "13 messages, an address, a poll as it came, 2 of the status, 5 others");
    let (mut refused, mut unknown) = (0, 0);
    for round in 0..ROUNDS {
        let mut broken = whole.clone();
        for _ in 0..=dice.below(3) {
            change(&mut broken, &mut dice);
        }
        let text = broken.to_string();
        let bytes = if round % 4 == 0 { cut(&text, &mut dice) } else { text.into_bytes() };
        match body::read(&bytes) {
            Ok(told) => {
                for it in &told {
                    storable(&it.item);
                    unknown += usize::from(matches!(it.item, Item::Unknown(_)));
                }
            }
            Err(error) => {
                assert_eq!(error, Refused::Unreadable("body"));
                assert_eq!(round % 4, 0, "it is JSON");
                refused += 1;
            }
        }
    }
    assert!(refused > 100 && unknown > 1_000, "the dice did break bodies: {refused} {unknown}");
}
