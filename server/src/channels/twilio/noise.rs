//! Webhooks that are broken by chance, and signed all the same: none of them is a panic, and what is left
//! whole in them is read.

use std::collections::HashMap;

use protocol::{ids::ChannelId, views::ChannelKind};
use secrecy::SecretString;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{
    endpoint::TwilioEndpoint,
    signature::{Algorithm, SIGNATURE_HEADER, Verifier, sign},
};
use crate::{
    channels::webhook::{Refused, Webhook},
    domain::inbound::Item,
    store::channels::Channel,
};

const ROUNDS: usize = 10_000;
const BASE: &str = "https://desk.example";
const ACCOUNT: &str = "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const SID: &str = "SMbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

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

type Fields = Vec<(String, String)>;

fn fields(pairs: &[(&str, &str)]) -> Fields {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// A message with everything in it, over each kind of channel, and a status.
fn whole(kind: ChannelKind, status: bool) -> Fields {
    let (from, to) = match kind {
        ChannelKind::Whatsapp => ("whatsapp:+12025550111", "whatsapp:+12025550143"),
        ChannelKind::Rcs => ("rcs:+12025550111", "rcs:+12025550143"),
        ChannelKind::Sms | ChannelKind::Sandbox => ("+12025550111", "+12025550143"),
    };
    if status {
        return fields(&[
            ("MessageSid", SID),
            ("AccountSid", ACCOUNT),
            ("MessageStatus", "failed"),
            ("ErrorCode", "21610"),
            ("From", to),
            ("To", from),
        ]);
    }
    fields(&[
        ("MessageSid", SID),
        ("AccountSid", ACCOUNT),
        ("From", from),
        ("To", to),
        ("Body", "Olá 👋 \u{202e}abc"),
        ("NumMedia", "2"),
        ("MediaUrl0", "https://media.example/0"),
        ("MediaContentType0", "image/png"),
        ("OptOutType", "STOP"),
        ("ProfileName", "Ann"),
        ("ExternalUserId", "whatsapp:US.1"),
        ("MessageType", "text"),
        ("ListTitle", "Two hours"),
        ("ListDescription", "With a guide"),
        ("Latitude", "1.5"),
        ("Longitude", "2"),
        ("Label", "The pier"),
        ("OriginalRepliedMessageSid", SID),
    ])
}

/// Something that is not what it should be.
fn odd(dice: &mut Dice) -> String {
    match dice.below(12) {
        0 => String::new(),
        1 => "\0".to_owned(),
        2 => "-1".to_owned(),
        3 => "99999999999999999999".to_owned(),
        4 => "\u{202e}שלום\u{200f}مرحبا".to_owned(),
        5 => "x".repeat(20_000),
        6 => "whatsapp:".to_owned(),
        7 => "rcs:whatsapp:+1".to_owned(),
        8 => "+".to_owned(),
        9 => " \n".to_owned(),
        10 => "QUJD".repeat(30),
        _ => "[".repeat(300),
    }
}

/// Changes a field, or takes it out, or doubles it.
fn change(fields: &mut Fields, dice: &mut Dice) {
    if fields.is_empty() {
        return;
    }
    let at = dice.below(fields.len());
    match dice.below(5) {
        0 => drop(fields.remove(at)),
        1 => fields.push((fields[at].0.clone(), odd(dice))),
        2 => fields[at].0.push('\0'),
        3 => fields[at].1.push_str(&odd(dice)),
        _ => fields[at].1 = odd(dice),
    }
}

/// Breaks the text itself.
fn bend(body: &mut Vec<u8>, dice: &mut Dice) {
    let at = dice.below(body.len());
    match dice.below(4) {
        0 => body.truncate(at),
        1 => body.extend_from_within(at..),
        2 if at < body.len() => body[at] ^= 1 << dice.below(8),
        _ => body.insert(at, [0, b'%', b'&', b'=', 0xff, b'{'][dice.below(6)]),
    }
}

/// What the database could not hold is not in it.
fn storable(item: &Item) {
    let good = |text: &str| !text.contains('\0');
    match item {
        Item::Message(it) => {
            assert!((1..=64).contains(&it.provider_id.len()) && good(&it.provider_id));
            assert!(!it.text.is_empty() || !it.media.is_empty());
            assert!(it.text.chars().count() < 8_200);
            assert!(good(&it.text) && it.who.profile_name.as_deref().is_none_or(good));
            assert!(!it.who.addresses.is_empty());
            for address in &it.who.addresses {
                assert!((1..=512).contains(&address.value.len()), "{}", address.value.len());
                assert!(good(&address.value));
            }
            assert!(it.answers.as_deref().is_none_or(|id| good(id) && id.len() <= 512));
        }
        Item::Status(it) => {
            assert!((1..=64).contains(&it.provider_id.len()));
            assert!(it.error.as_deref().is_none_or(|code| good(code) && code.len() <= 64));
        }
        Item::Consent(it) => assert!((1..=512).contains(&it.who.addresses[0].value.len())),
        Item::Unknown(it) => assert!(good(&it.raw) && good(&it.what)),
        other => panic!("{other:?}"),
    }
}

#[test]
fn whatever_comes_is_read_or_refused_and_never_a_panic() {
    let token = SecretString::from("a-token");
    let verifier = Verifier::new(vec![token.clone()]);
    let endpoint = TwilioEndpoint::new(verifier, BASE.parse().unwrap(), ACCOUNT.to_owned());
    let mut dice = Dice(7);
    let (mut read, mut refused) = (0, 0);
    for round in 0..ROUNDS {
        let kind = [ChannelKind::Sms, ChannelKind::Whatsapp, ChannelKind::Rcs][dice.below(3)];
        let status = dice.below(4) == 0;
        let mut fields = whole(kind, status);
        for _ in 0..dice.below(4) {
            change(&mut fields, &mut dice);
        }
        let is_json = dice.below(4) == 0;
        let mut body = if is_json {
            let fields: HashMap<_, _> = fields.iter().cloned().collect();
            serde_json::to_vec(&fields).unwrap()
        } else {
            let mut form = form_urlencoded::Serializer::new(String::new());
            form.extend_pairs(&fields).finish().into_bytes()
        };
        if dice.below(4) == 0 {
            bend(&mut body, &mut dice);
        }
        let (signed, target, content_type) = if is_json {
            let hash = hex::encode(Sha256::digest(&body));
            (vec![], format!("/w?bodySHA256={hash}"), "application/json")
        } else {
            let form = form_urlencoded::parse(&body).into_owned().collect();
            (form, "/w".to_owned(), "application/x-www-form-urlencoded")
        };
        let signature = sign(Algorithm::HmacSha1, &format!("{BASE}{target}"), &signed, &token);
        let headers = HashMap::from([
            (SIGNATURE_HEADER.to_ascii_lowercase(), signature),
            ("content-type".to_owned(), content_type.to_owned()),
        ]);
        let channel = Channel {
            id: ChannelId::from(Uuid::nil()),
            inbox_id: Uuid::nil().into(),
            kind,
            provider: "twilio".to_owned(),
            address: "+12025550143".to_owned(),
            external_id: None,
        };
        let topic = if status { "status" } else { "messages" };
        let (channel, headers) = (&channel, &headers);
        let webhook =
            Webhook { channel, is_get: false, topic, target: &target, headers, body: &body };
        match endpoint.read(&webhook) {
            Ok(it) => {
                it.told.iter().for_each(|told| storable(&told.item));
                read += 1;
            }
            Err(Refused::Unreadable(_)) => refused += 1,
            Err(other) => panic!("{round}: {other}"),
        }
    }
    assert!(read > 4_000 && refused > 1_000, "{read} read, {refused} refused");
}
