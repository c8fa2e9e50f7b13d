//! Ten thousand webhooks that nobody would send, signed and not: none is a panic, and each gets an
//! answer that Google can work with.

use std::collections::HashMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use protocol::{ids::ChannelId, views::ChannelKind};
use secrecy::SecretString;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    account::{TOPIC, read},
    signature::{ClientTokens, sign},
};
use crate::{
    channels::webhook::{Refused, To, Webhook},
    domain::inbound::Item,
    store::channels::Channel,
};

const ROUNDS: u64 = 10_000;

/// A generator that is the same on every machine: splitmix64.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.roll() % u64::try_from(end.max(1)).unwrap()).unwrap()
    }
}

fn samples() -> Vec<Value> {
    let contents = [
        json!({ "text": "Hello?" }),
        json!({ "location": { "latitude": 1.5, "longitude": 2 } }),
        json!({ "suggestionResponse": { "postbackData": "p", "text": "Yes" } }),
        json!({ "userFile": { "payload": { "mimeType": "image/png", "fileUri": "https://f.example",
            "fileSizeBytes": 9, "fileName": "a.png" } } }),
    ];
    let mut samples: Vec<Value> = contents
        .into_iter()
        .map(|mut it| {
            it["senderPhoneNumber"] = json!("+491751234567");
            it["messageId"] = json!("m-1");
            it["sendTime"] = json!("2026-11-02T08:09:10.5Z");
            it["agentId"] = json!("front-desk@rbm.goog");
            it
        })
        .collect();
    for kind in ["DELIVERED", "READ", "IS_TYPING", "UNSUBSCRIBE", "TTL_EXPIRATION_REVOKED"] {
        samples.push(json!({
            "senderPhoneNumber": "+491751234567",
            "eventType": kind,
            "eventId": "e-1",
            "messageId": Uuid::nil().to_string(),
            "agentId": "front-desk@rbm.goog",
        }));
    }
    samples
}

/// A value that nobody expects.
fn surprise(dice: &mut Dice) -> Value {
    match dice.below(12) {
        0 => Value::Null,
        1 => json!(true),
        2 => json!(-1),
        3 => json!(1e308),
        4 => json!(u64::MAX),
        5 => json!(""),
        6 => json!("a\0b\0"),
        7 => json!("\u{202E}\u{2066}שלום\u{200D}👩‍👩‍👧"),
        8 => {
            let end = [20, 20, 20, 20, 20, 20, 20, 40_000][dice.below(8)];
            json!("x".repeat(dice.below(end)))
        }
        9 => json!([[], [{}]]),
        10 => json!({ "": { "text": [] } }),
        _ => (0..[3, 3, 3, 200][dice.below(4)])
            .fold(json!("deep"), |inner, _| json!({ "payload": inner })),
    }
}

/// Changes one thing somewhere in a value.
fn change(value: &mut Value, dice: &mut Dice) {
    let nested = dice.below(3) == 0;
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            let name = fields.keys().nth(dice.below(fields.len())).unwrap().clone();
            match dice.below(4) {
                0 => {
                    fields.remove(&name);
                }
                1 => {
                    let other = surprise(dice);
                    fields.insert(format!("{name}\0"), other);
                }
                _ if nested && fields[&name].is_object() => {
                    change(fields.get_mut(&name).unwrap(), dice);
                }
                _ => {
                    let other = surprise(dice);
                    fields.insert(name, other);
                }
            }
        }
        other => *other = surprise(dice),
    }
}

/// Changes bytes: cuts, doubles, flips.
fn bend(bytes: &mut Vec<u8>, dice: &mut Dice) {
    let at = dice.below(bytes.len());
    match dice.below(4) {
        0 => bytes.truncate(at),
        1 => bytes.extend_from_within(at..),
        2 if at < bytes.len() => bytes[at] ^= 1 << dice.below(8),
        _ => bytes.insert(at, [0, b'"', b'}', 0xFF, b'['][dice.below(5)]),
    }
}

fn channel() -> Channel {
    Channel {
        id: ChannelId::from(Uuid::nil()),
        inbox_id: Uuid::nil().into(),
        kind: ChannelKind::Rcs,
        provider: "rbm".to_owned(),
        address: "front-desk@rbm.goog".to_owned(),
        external_id: Some("front-desk@rbm.goog".to_owned()),
        account: None,
        webhook_unnoted: false,
    }
}

fn post(
    tokens: &ClientTokens,
    channel: &Channel,
    body: &[u8],
    signature: Option<String>,
) -> Result<crate::channels::webhook::Read, Refused> {
    let headers: HashMap<String, String> =
        signature.map(|it| ("x-goog-signature".to_owned(), it)).into_iter().collect();
    read(
        tokens,
        &Webhook { channel, is_get: false, topic: TOPIC, target: "/", headers: &headers, body },
    )
}

#[test]
fn whatever_is_signed_is_taken_and_whatever_is_not_is_refused() {
    let (dice, samples, channel) = (&mut Dice(2026), samples(), channel());
    let token = SecretString::from("a-client-token");
    let tokens = ClientTokens::new(vec![token.clone()]);
    let (mut kept, mut known) = (0, 0);
    for round in 0..ROUNDS {
        let mut data = samples[dice.below(samples.len())].clone();
        for _ in 0..dice.below(4) {
            change(&mut data, dice);
        }
        let mut data = data.to_string().into_bytes();
        if dice.below(4) == 0 {
            bend(&mut data, dice);
        }
        let body = json!({
            "message": { "data": STANDARD.encode(&data), "attributes": surprise(dice) },
            "subscription": surprise(dice),
        });
        let body = body.to_string().into_bytes();
        if data.is_empty() {
            continue;
        }
        let read = post(&tokens, &channel, &body, Some(sign(&token, &data)));
        let read = read.unwrap_or_else(|error| panic!("{round}: {error:?}"));
        assert_eq!(read.answer.body, "", "{round}");
        assert!(!read.told.is_empty(), "{round}: something is always kept");
        for told in read.told {
            assert!(told.to != To::External(String::new()));
            check(&told.item);
            if matches!(told.item, Item::Unknown(_)) { kept += 1 } else { known += 1 }
        }
        // The same by somebody who has no token.
        if round % 4 == 0 {
            let foreign = sign(&"another-token".into(), &data);
            let signature = [None, Some(foreign)][dice.below(2)].clone();
            let foreign = post(&tokens, &channel, &body, signature);
            assert_eq!(foreign, Err(Refused::Forged), "{round}");
        }
        // And bytes that are anything.
        if round % 2 == 0 {
            let mut bent = body;
            bend(&mut bent, dice);
            let _any = post(&tokens, &channel, &bent, Some(sign(&token, &data)));
        }
    }
    assert!(kept > 1_000 && known > 3_000, "{kept} kept, {known} known");
}

/// What the database could not hold is not in it.
fn check(item: &Item) {
    match item {
        Item::Message(it) => {
            assert!((1..=512).contains(&it.provider_id.len()) && !it.provider_id.contains('\0'));
            assert!(!it.text.is_empty() || !it.media.is_empty());
            assert!(it.text.len() < 33_000 && !it.text.contains('\0'));
            assert!(it.who.addresses.iter().all(|it| (1..=64).contains(&it.value.len())));
            assert!(it.who.addresses.iter().all(|it| !it.value.contains('\0')));
        }
        Item::Unknown(it) => assert!(!it.raw.contains('\0') && !it.what.contains('\0')),
        Item::Status(it) => assert!((1..=512).contains(&it.provider_id.len())),
        Item::Typing(who) => assert!(!who.addresses.is_empty()),
        Item::Consent(it) => assert!(!it.who.addresses.is_empty()),
        other => panic!("{other:?}"),
    }
}
