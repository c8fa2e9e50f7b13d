//! Numbers mean to us what they mean to others.

use serde::Deserialize;
use serde_json::json;
use server::domain::phone;

use super::{ADA, addresses, listed, said};
use crate::harness::{
    api::client,
    fake_whatsapp::{self, FakeWhatsapp, wamid},
    python,
    server::{TestServer, Wanted},
    twilio,
};

#[derive(Debug, Deserialize)]
struct Case {
    text: String,
    region: Option<String>,
    e164: String,
    valid: bool,
    of: Option<String>,
}

#[tokio::test]
async fn the_python_library_and_we_read_the_same_numbers() {
    let cases = python::run("phonenumbers_check.py", &[], b"").await;
    let cases: Vec<Case> = serde_json::from_str(&cases).unwrap();
    let (valid, national) = (
        cases.iter().filter(|case| case.valid).count(),
        cases.iter().filter(|case| case.region.is_some()).count(),
    );
    println!("{} numbers, {valid} valid, {national} in national form", cases.len());
    assert!(valid >= 1_000 && national >= 500 && cases.len() - valid >= 300);
    let mut wrong = Vec::new();
    for case in &cases {
        let ours = phone::read(&case.text, case.region.as_deref());
        let same = ours.as_ref().is_some_and(|ours| {
            (&ours.e164, ours.valid, &ours.region) == (&case.e164, case.valid, &case.of)
        });
        if !same {
            wrong.push((case, ours));
        }
    }
    assert!(wrong.is_empty(), "{} of {}: {wrong:#?}", wrong.len(), cases.len());
}

#[tokio::test]
async fn one_customer_whatever_way_the_number_is_written() {
    let fake = FakeWhatsapp::start().await;
    let whatsapp = Some(fake_whatsapp::config(fake.base_url()));
    let (server, sms) = twilio::start(Wanted { whatsapp, ..Wanted::default() }).await;
    let ann = server.api("ann").await;
    let thread = twilio::new_thread(&sms, &ann, ADA).await;
    let wa_id = ADA.trim_start_matches('+');
    let hello = json!({ "messages": [fake_whatsapp::text(&wamid(), wa_id, "by WhatsApp")] });
    assert_eq!(fake_whatsapp::tell(&ann, &fake_whatsapp::body("messages", &hello)).await, 200);
    // As some operators pass it on.
    twilio::inbound(&sms, &ann, &wa_id[1..], "without the country").await;
    twilio::inbound(&sms, &ann, wa_id, "without the plus").await;
    let [listed] = &ann.list().await.threads[..] else { panic!("one customer") };
    assert_eq!((listed.id, addresses(listed)), (thread.id, vec![ADA]));
    let wanted = ["Hello?", "by WhatsApp", "without the country", "without the plus"];
    assert_eq!(said(&ann, thread.id).await, wanted);
    // A short code is not a short number.
    twilio::inbound(&sms, &ann, "38438", "Your code is 1234").await;
    assert_eq!(ann.list().await.threads.len(), 2);
}

#[tokio::test]
async fn a_phone_of_the_sandbox_is_typed_as_people_type() {
    let server = TestServer::start().await;
    let ann = server.api("ann").await;
    for from in [ADA, "+1 (202) 555-0123", "+1.202.555.0123"] {
        ann.text(from, "Hello?").await;
    }
    assert_eq!(addresses(&ann.list().await.threads[0]), [ADA]);
    assert_eq!(listed(&ann).await.len(), 1);
    // Of no country, and of one that has no such numbers.
    let channel = ann.sandbox().await;
    for from in ["(202) 555-0123", "+1 (202) 555-012"] {
        let url = format!("{}/sandbox/api/channels/{channel}/messages", ann.url);
        let body = json!({ "from": from, "text": "Hello?", "id": "1" });
        let answer = client().post(url).json(&body).send().await.unwrap();
        assert_eq!(answer.status(), 422, "{from}");
    }
    server.stop().await;
}
