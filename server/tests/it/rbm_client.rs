//! The calls to Google: tokens, what each answer means, and what is asked beside messages.

use std::time::Duration;

use chrono::{DateTime, Utc};
use protocol::{
    ids::MessageId,
    views::{ChannelKind, DeliveryState},
};
use serde_json::json;
use server::{
    channels::{
        provider::{Outgoing, SendError, Why},
        rbm::{
            calls::TrafficType,
            client::{AgentEvent, RbmClient, RbmSettings, RbmSettingsError},
            service_account::ServiceAccount,
        },
    },
    clock::Clock,
    domain::address::Address,
};
use uuid::Uuid;

use crate::harness::{
    api::CUSTOMER,
    fake_rbm::{AGENT, FakeRbm},
    fake_rbm_api::Behaviour::{Html, Later, Refuse, TakeThen, TakeThenNeverAnswer},
};

fn settings(fake: &FakeRbm) -> RbmSettings {
    RbmSettings {
        base_url: fake.base_url().parse().unwrap(),
        service_account: ServiceAccount::read(fake.service_account().as_bytes()).unwrap(),
        traffic_type: TrafficType::ServiceRequest,
        ttl: Duration::from_mins(10),
        connect_timeout: Duration::from_secs(5),
        timeout: Duration::from_secs(2),
    }
}

async fn start() -> (FakeRbm, RbmClient, Clock) {
    let clock = Clock::system();
    let fake = FakeRbm::start(clock.clone()).await;
    let client = RbmClient::new(settings(&fake), clock.clone()).unwrap();
    (fake, client, clock)
}

fn out(text: &str) -> Outgoing {
    Outgoing {
        message_id: MessageId::from(Uuid::now_v7()),
        channel: ChannelKind::Rcs,
        from: "shown".to_owned(),
        external_id: Some(AGENT.to_owned()),
        to: Address::phone(CUSTOMER),
        text: text.to_owned(),
        template: None,
        essential: false,
        files: vec![],
        status_callback: None,
        may_go: true,
        attempt: 1,
        first_attempt_at: DateTime::<Utc>::UNIX_EPOCH,
        known_ids: vec![],
    }
}

#[tokio::test]
async fn a_message_is_sent_as_the_settings_say() {
    let (fake, client, _clock) = start().await;
    let it = out("Hello");
    let accepted = client.send(&it).await.unwrap();
    assert_eq!(accepted.provider_id, it.message_id.uuid().to_string());
    assert_eq!(accepted.state, DeliveryState::Sent);
    let expected = json!({
        "contentMessage": { "text": "Hello" },
        "messageTrafficType": "SERVICEREQUEST",
        "ttl": "600s",
    });
    assert_eq!(fake.received()[0].body, expected);
    assert_eq!(client.send(&it).await.unwrap(), accepted);
    assert_eq!(fake.received().len(), 1, "the same id is the same message");
    let foreign = Outgoing { external_id: None, ..out("From nobody's agent") };
    let refused = client.send(&foreign).await.unwrap_err();
    assert_eq!(refused, SendError::Credentials { code: "PERMISSION_DENIED".to_owned() });
    let nobody = Outgoing { to: Address::sender_id("ACME", AGENT), ..out("x") };
    let refused = client.send(&nobody).await.unwrap_err();
    assert!(matches!(refused, SendError::Rejected { why: Why::Recipient, .. }));
}

#[tokio::test]
async fn each_answer_means_one_thing() {
    let (fake, client, _clock) = start().await;
    let code = |code: &str| code.to_owned();
    let retry = |word: &str| SendError::Retry { code: code(word), after: None };
    let rejected = |why, word: &str| SendError::Rejected { why, code: code(word) };
    let channel = |word: &str| SendError::Credentials { code: code(word) };
    for (behaviour, expected) in [
        (Refuse(404, "NOT_FOUND"), rejected(Why::Recipient, "NOT_FOUND")),
        (Refuse(400, "INVALID_ARGUMENT"), rejected(Why::Content, "INVALID_ARGUMENT")),
        (Refuse(403, "PERMISSION_DENIED"), channel("PERMISSION_DENIED")),
        (Html(404), channel("http_404")),
        (Refuse(429, "RESOURCE_EXHAUSTED"), retry("RESOURCE_EXHAUSTED")),
        (Refuse(503, "UNAVAILABLE"), retry("UNAVAILABLE")),
        (Html(502), retry("http_502")),
        (
            Later(429, "RESOURCE_EXHAUSTED", 7),
            SendError::Retry {
                code: code("RESOURCE_EXHAUSTED"),
                after: Some(Duration::from_secs(7)),
            },
        ),
    ] {
        fake.script(&[behaviour]);
        assert_eq!(client.send(&out("x")).await.unwrap_err(), expected, "{behaviour:?}");
    }
    assert!(fake.received().is_empty());
    let it = out("Taken");
    for behaviour in [TakeThenNeverAnswer, TakeThen(500)] {
        fake.script(&[behaviour]);
        let error = client.send(&it).await.unwrap_err();
        let expected = match behaviour {
            TakeThenNeverAnswer => SendError::Unknown { code: code("timeout") },
            _ => retry("SCRIPTED"),
        };
        assert_eq!(error, expected);
    }
    fake.script(&[TakeThen(409)]);
    client.send(&it).await.unwrap();
    assert_eq!(fake.received().len(), 1);
    // Twice refused is refused.
    fake.script(&[Refuse(401, "UNAUTHENTICATED"), Refuse(401, "UNAUTHENTICATED")]);
    assert_eq!(client.send(&it).await.unwrap_err(), channel("UNAUTHENTICATED"));
    let nowhere =
        RbmSettings { base_url: "http://127.0.0.1:1".parse().unwrap(), ..settings(&fake) };
    let nowhere = RbmClient::new(nowhere, Clock::system()).unwrap();
    assert_eq!(nowhere.send(&it).await.unwrap_err(), retry("connect"));
    let open = RbmSettings { base_url: "http://rcs.example".parse().unwrap(), ..settings(&fake) };
    let refused = RbmClient::new(open, Clock::system()).err().unwrap();
    assert!(matches!(refused, RbmSettingsError::BaseUrl));
}

#[tokio::test]
async fn a_token_is_asked_for_once_and_kept_until_it_runs_out() {
    let (fake, client, clock) = start().await;
    let many: Vec<_> = (0..20).map(|n| out(&format!("{n}"))).collect();
    let sent = futures_util::future::join_all(many.iter().map(|it| client.send(it))).await;
    assert!(sent.iter().all(Result::is_ok), "{sent:?}");
    assert_eq!((fake.requests("POST token"), fake.received().len()), (1, 20));
    clock.advance(Duration::from_mins(58));
    client.send(&out("still good")).await.unwrap();
    assert_eq!(fake.requests("POST token"), 1);
    // In its last minute it is not used any more.
    clock.advance(Duration::from_mins(1));
    client.send(&out("a new one")).await.unwrap();
    assert_eq!(fake.requests("POST token"), 2);
    // Withdrawn: all who were refused share the next one.
    fake.withdraw_tokens();
    let sent = futures_util::future::join_all(many.iter().map(|it| client.send(it))).await;
    assert!(sent.iter().all(Result::is_ok), "{sent:?}");
    assert_eq!(fake.requests("POST token"), 3);
}

#[tokio::test]
async fn without_a_token_nothing_was_sent() {
    let (fake, client, _clock) = start().await;
    let it = out("x");
    for (behaviour, expected) in [
        (
            Refuse(503, "unavailable"),
            SendError::Retry { code: "token_unavailable".into(), after: None },
        ),
        (TakeThenNeverAnswer, SendError::Retry { code: "token_unanswered".into(), after: None }),
        (
            Refuse(401, "invalid_client"),
            SendError::Credentials { code: "token_invalid_client".into() },
        ),
    ] {
        fake.script_token(&[behaviour]);
        assert_eq!(client.send(&it).await.unwrap_err(), expected);
    }
    // An assertion from a clock that is an hour off is refused by the one who checks it.
    let late = Clock::system();
    late.advance(Duration::from_hours(1));
    let late = RbmClient::new(settings(&fake), late).unwrap();
    let expected = SendError::Credentials { code: "token_invalid_grant".to_owned() };
    assert_eq!(late.send(&it).await.unwrap_err(), expected);
    assert_eq!(fake.requests("POST agentMessages"), 0);
    client.send(&it).await.unwrap();
}

#[tokio::test]
async fn a_message_is_taken_back_and_a_phone_is_asked_and_told() {
    let (fake, client, _clock) = start().await;
    let (to, it) = (Address::phone(CUSTOMER), out("Wrong one"));
    client.send(&it).await.unwrap();
    client.revoke(AGENT, &to, it.message_id).await.unwrap();
    assert!(fake.received()[0].revoked);
    client.revoke(AGENT, &to, MessageId::from(Uuid::now_v7())).await.unwrap();

    // The customer has refused since: what may have been taken is called back.
    let refused = Outgoing { may_go: false, attempt: 2, ..out("Unwanted") };
    client.send(&Outgoing { may_go: true, ..refused.clone() }).await.unwrap();
    assert_eq!(client.send(&refused).await.unwrap_err(), SendError::opted_out());
    assert!(fake.received()[1].revoked);
    fake.script(&[TakeThenNeverAnswer]);
    let later = SendError::Retry { code: "timeout".to_owned(), after: None };
    assert_eq!(client.send(&refused).await.unwrap_err(), later);

    let features = client.capabilities(AGENT, &to).await.unwrap();
    assert_eq!(features, ["RICHCARD_STANDALONE", "ACTION_DIAL"]);
    fake.script(&[Refuse(404, "NOT_FOUND")]);
    let none = client.capabilities(AGENT, &to).await.unwrap_err();
    assert!(matches!(none, SendError::Rejected { why: Why::Recipient, .. }));

    client.tell(AGENT, &to, &AgentEvent::IsTyping).await.unwrap();
    client.tell(AGENT, &to, &AgentEvent::Read("Mx=1".to_owned())).await.unwrap();
    let expected = [
        (CUSTOMER.to_owned(), json!({ "eventType": "IS_TYPING" })),
        (CUSTOMER.to_owned(), json!({ "eventType": "READ", "messageId": "Mx=1" })),
    ];
    assert_eq!(fake.events(), expected);
}
