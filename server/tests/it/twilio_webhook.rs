//! What verified webhooks are read as.

use protocol::{ids::MessageId, views::DeliveryState};
use secrecy::SecretString;
use server::channels::twilio::{
    signature::{Params, Received, Verifier, sign_form},
    webhook::{BadField, Inbound, OptOut, StatusCallback},
};

use super::twilio_signature::{FORM, form, pairs};

const SID: &str = "SM11111111111111111111111111111111";
const ACCOUNT: &str = "AC22222222222222222222222222222222";

/// Returns the parameters of a request that went the whole way.
fn params(target: &str, list: &[(&str, &str)]) -> Params {
    let token = SecretString::from("12345");
    let list = pairs(list);
    let signature = sign_form(&format!("https://inbox.example{target}"), &list, &token);
    let body = form(&list);
    let it = Received {
        target,
        signature: Some(&signature),
        settings: None,
        content_type: Some(FORM),
        body: body.as_bytes(),
    };
    let base = "https://inbox.example".parse().unwrap();
    Verifier::new(vec![token]).verify(&base, &it).unwrap()
}

fn sms<'a>(changes: &[(&'a str, &'a str)], without: &[&str]) -> Vec<(&'a str, &'a str)> {
    let mut list = vec![
        ("MessageSid", SID),
        ("AccountSid", ACCOUNT),
        ("From", "+14155552671"),
        ("To", "+12025550143"),
        ("Body", "Hello"),
        ("NumMedia", "0"),
        ("SomethingNew", "2027"),
    ];
    list.retain(|(name, _)| {
        !without.contains(name) && !changes.iter().any(|(changed, _)| changed == name)
    });
    list.extend(changes);
    list
}

#[test]
fn a_customers_message_is_read() {
    let it = Inbound::read(&params("/w", &sms(&[], &[]))).unwrap();
    assert_eq!((&*it.message_sid, &*it.account_sid), (SID, ACCOUNT));
    assert_eq!((&*it.from, &*it.to, &*it.body), ("+14155552671", "+12025550143", "Hello"));
    assert_eq!((it.num_media, it.media.len(), it.opt_out), (0, 0, None));
    let shown = format!("{it:?}");
    assert!(!shown.contains("Hello") && !shown.contains("5552671"), "{shown}");
}

#[test]
fn the_text_is_taken_as_it_is() {
    let check = |body: &str, expected: &str| {
        let it = Inbound::read(&params("/w", &sms(&[("Body", body)], &[]))).unwrap();
        assert_eq!(it.body, expected);
    };
    check("", "");
    check("  two \r\n", "  two \r\n");
    check("Olá 👋🏽 — “q” 你好\na+b=c & %41", "Olá 👋🏽 — “q” 你好\na+b=c & %41");
    // Postgres cannot store NUL; the rest of the message can be kept.
    check("a\0b\0", "a\u{FFFD}b\u{FFFD}");
    let it = Inbound::read(&params("/w", &sms(&[], &["Body"]))).unwrap();
    assert_eq!(it.body, "");
}

#[test]
fn what_is_missing_is_named() {
    for name in ["MessageSid", "AccountSid", "From", "To"] {
        let check = |list: &[(&str, &str)]| {
            assert_eq!(Inbound::read(&params("/w", list)), Err(BadField { name }));
        };
        check(&sms(&[], &[name]));
        check(&sms(&[(name, "")], &[]));
    }
    for sid in ["SM1/../x", "SM 1", &"S".repeat(65), "SM\0"] {
        let it = Inbound::read(&params("/w", &sms(&[("MessageSid", sid)], &[])));
        assert_eq!(it, Err(BadField { name: "MessageSid" }), "{sid:?}");
    }
    let list = [("MessageSid", SID), ("ErrorCode", "30003")];
    let error = StatusCallback::read(&params("/w", &list));
    assert_eq!(error, Err(BadField { name: "MessageStatus" }));
    let error = StatusCallback::read(&params("/w", &[("MessageStatus", "sent")]));
    assert_eq!(error, Err(BadField { name: "MessageSid" }));
}

#[test]
fn senders_are_not_all_phone_numbers() {
    for from in ["ACME", "384387", "whatsapp:+14155552671", "whatsapp:US.13491208655302741918"] {
        let it = Inbound::read(&params("/w", &sms(&[("From", from)], &[]))).unwrap();
        assert_eq!(it.from, from);
    }
}

#[test]
fn media_are_those_that_have_an_address() {
    let check = |changes: &[(&str, &str)], number: u32, expected: &[(&str, &str)]| {
        let it = Inbound::read(&params("/w", &sms(changes, &["NumMedia"]))).unwrap();
        let found: Vec<_> = it.media.iter().map(|it| (&*it.url, &*it.content_type)).collect();
        assert_eq!((it.num_media, &*found), (number, expected));
    };
    let (one, two) = (("MediaUrl0", "https://m.example/0"), ("MediaUrl1", "https://m.example/1"));
    let jpeg = ("https://m.example/0", "image/jpeg");
    check(&[], 0, &[]);
    check(&[("NumMedia", "1"), one, ("MediaContentType0", "image/jpeg")], 1, &[jpeg]);
    check(
        &[("NumMedia", "2"), two, one, ("MediaContentType0", "image/jpeg")],
        2,
        &[jpeg, ("https://m.example/1", "application/octet-stream")],
    );
    // More said than named, and a number that is none: the message is kept either way.
    check(&[("NumMedia", "3"), one, ("MediaContentType0", "image/jpeg")], 3, &[jpeg]);
    check(&[("NumMedia", "many"), one, ("MediaContentType0", "image/jpeg")], 1, &[jpeg]);
    check(&[("NumMedia", "11"), ("MediaUrl10", "https://m.example/10")], 11, &[]);
}

#[test]
fn twilios_own_opt_out_handling_is_noticed() {
    for (word, expected) in [
        ("STOP", Some(OptOut::Stop)),
        ("START", Some(OptOut::Start)),
        ("HELP", Some(OptOut::Help)),
        ("", None),
        ("LATER", None),
    ] {
        let it = Inbound::read(&params("/w", &sms(&[("OptOutType", word)], &[]))).unwrap();
        assert_eq!(it.opt_out, expected, "{word}");
    }
}

#[test]
fn a_status_is_one_of_ours_or_changes_nothing() {
    for (word, expected) in [
        ("accepted", Some(DeliveryState::Sent)),
        ("scheduled", Some(DeliveryState::Sent)),
        ("queued", Some(DeliveryState::Sent)),
        ("sending", Some(DeliveryState::Sent)),
        ("sent", Some(DeliveryState::Sent)),
        ("partially_delivered", Some(DeliveryState::Sent)),
        ("delivered", Some(DeliveryState::Delivered)),
        ("read", Some(DeliveryState::Read)),
        ("failed", Some(DeliveryState::Failed)),
        ("undelivered", Some(DeliveryState::Failed)),
        ("canceled", Some(DeliveryState::Failed)),
        ("received", None),
        ("receiving", None),
        ("teleported", None),
    ] {
        let it = params("/w", &[("MessageSid", SID), ("MessageStatus", word)]);
        let it = StatusCallback::read(&it).unwrap();
        assert_eq!((it.status, &*it.raw_status), (expected, word));
        assert_eq!((it.error_code, it.our_message), (None, None));
    }
}

#[test]
fn a_callback_names_our_message_and_the_reason() {
    let ours = MessageId::from(uuid::Uuid::now_v7());
    let list = [("MessageSid", SID), ("MessageStatus", "failed"), ("ErrorCode", "21610")];
    let it = StatusCallback::read(&params(&format!("/w?msg={ours}"), &list)).unwrap();
    assert_eq!(it.our_message, Some(ours));
    assert_eq!(it.error_code.as_deref(), Some("21610"));

    // Only the signed URL says which message it is, never a field of the body.
    let list = [("MessageSid", SID), ("MessageStatus", "sent"), ("msg", &*ours.to_string())];
    let it = StatusCallback::read(&params("/w?msg=garbage", &list)).unwrap();
    assert_eq!(it.our_message, None);
    for none in ["", "0"] {
        let list = [("MessageSid", SID), ("MessageStatus", "sent"), ("ErrorCode", none)];
        assert_eq!(StatusCallback::read(&params("/w", &list)).unwrap().error_code, None);
    }
}
