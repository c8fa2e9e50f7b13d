//! Sending over the WhatsApp Cloud API: what each of its answers means.

use std::time::Duration;

use chrono::{DateTime, Utc};
use protocol::{
    ids::MessageId,
    views::{ChannelKind, DeliveryState},
};
use server::{
    channels::{
        provider::{Accepted, Outgoing, SendError, Why},
        whatsapp::client::{VERSION, WhatsappClient, WhatsappSettings, WhatsappSettingsError},
    },
    domain::address::Address,
};

use crate::harness::fake_whatsapp::{
    ACCESS_TOKEN,
    Behaviour::{Error, NeverAnswer, Redirect, Say, Status},
    FakeWhatsapp, NUMBER, NUMBER_ID,
};

fn settings(base_url: &str) -> WhatsappSettings {
    WhatsappSettings {
        base_url: base_url.parse().unwrap(),
        version: VERSION.to_owned(),
        access_token: ACCESS_TOKEN.into(),
        business_account_id: None,
        connect_timeout: Duration::from_secs(5),
        timeout: Duration::from_millis(700),
    }
}

fn hello() -> Outgoing {
    #[expect(clippy::disallowed_methods, reason = "the fake provider lives in real time")]
    let now: DateTime<Utc> = Utc::now();
    Outgoing {
        message_id: MessageId::from(uuid::Uuid::now_v7()),
        channel: ChannelKind::Whatsapp,
        from: NUMBER.to_owned(),
        external_id: Some(NUMBER_ID.to_owned()),
        to: Address::phone("+12025550111"),
        text: "Olá 👋 \"a\"\nbye".to_owned(),
        template: None,
        essential: false,
        files: vec![],
        status_callback: None,
        may_go: true,
        attempt: 1,
        first_attempt_at: now,
        known_ids: Vec::new(),
    }
}

#[tokio::test]
async fn an_answer_says_how_sure_it_is() {
    let fake = FakeWhatsapp::start().await;
    let client = WhatsappClient::new(settings(&fake.base_url())).unwrap();
    let retry = |code: &str, seconds: Option<u64>| SendError::Retry {
        code: code.to_owned(),
        after: seconds.map(Duration::from_secs),
    };
    let unknown = |code: &str| SendError::Unknown { code: code.to_owned() };
    let rejected = |why, code: &str| SendError::Rejected { why, code: code.to_owned() };
    let channel = |code: &str| SendError::Credentials { code: code.to_owned() };
    for (behaviour, taken, expected) in [
        (Error(400, 131_056), 0, retry("131056", Some(6))),
        (Error(403, 130_429), 0, retry("130429", None)),
        (Error(401, 131_047), 0, rejected(Why::Window, "131047")),
        (Error(500, 131_026), 0, rejected(Why::Recipient, "131026")),
        (Error(400, 131_050), 0, rejected(Why::Marketing, "131050")),
        (Error(400, 190), 0, channel("190")),
        (Error(500, 1), 0, unknown("1")),
        (Status(500), 0, unknown("http_500")),
        (Status(503), 0, retry("http_503", None)),
        (Status(404), 0, rejected(Why::Other, "http_404")),
        (Redirect("/elsewhere"), 0, channel("http_307")),
        (NeverAnswer, 1, unknown("timeout")),
        (Say("<html>"), 1, unknown("answer_unreadable")),
        (Say("{\"messages\":[]}"), 1, unknown("answer_unreadable")),
    ] {
        let before = (fake.received().len(), fake.asked());
        fake.script(&[behaviour]);
        assert_eq!(client.send(&hello()).await, Err(expected), "{behaviour:?}");
        let after = (fake.received().len(), fake.asked());
        assert_eq!(after, (before.0 + taken, before.1 + 1), "{behaviour:?} is asked once");
    }
    let out = hello();
    let accepted = client.send(&out).await.unwrap();
    let last = fake.received().pop().unwrap();
    let provider_id = last["wamid"].as_str().unwrap().to_owned();
    assert_eq!(accepted, Accepted { provider_id, state: DeliveryState::Sent });
    assert_eq!(last["text"]["body"], out.text);
}

#[tokio::test]
async fn what_cannot_be_sent_is_not_asked_for() {
    let fake = FakeWhatsapp::start().await;
    let client = WhatsappClient::new(settings(&fake.base_url())).unwrap();
    for id in [None, Some(""), Some("a"), Some("1/2"), Some("../1")] {
        let out = Outgoing { external_id: id.map(str::to_owned), ..hello() };
        let error = SendError::Credentials { code: "no_number_id".to_owned() };
        assert_eq!(client.send(&out).await, Err(error), "{id:?}");
    }
    let out = Outgoing { to: Address::whatsapp_name("ann"), ..hello() };
    let (why, code) = (Why::Recipient, "address".to_owned());
    assert_eq!(client.send(&out).await, Err(SendError::Rejected { why, code }));
    let out = Outgoing { may_go: false, ..hello() };
    assert_eq!(client.send(&out).await, Err(SendError::opted_out()));
    assert_eq!(fake.asked(), 0);
    let wrong = WhatsappSettings { access_token: "x".into(), ..settings(&fake.base_url()) };
    let wrong = WhatsappClient::new(wrong).unwrap().send(&hello()).await;
    assert_eq!(wrong, Err(SendError::Credentials { code: "190".to_owned() }));
    let nowhere = WhatsappClient::new(settings("http://127.0.0.1:1")).unwrap();
    let error = SendError::Retry { code: "connect".to_owned(), after: None };
    assert_eq!(nowhere.send(&hello()).await, Err(error));
    let open = WhatsappClient::new(settings("http://graph.facebook.com")).err();
    assert!(matches!(open, Some(WhatsappSettingsError::BaseUrl)));
    assert!(!format!("{:?}", settings("https://graph.facebook.com")).contains(ACCESS_TOKEN));
}
