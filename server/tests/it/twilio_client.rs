//! Sending over Twilio: what each of its answers means, and that a lost answer doubles nothing.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use protocol::{
    ids::MessageId,
    views::{ChannelKind, DeliveryState},
};
use secrecy::SecretString;
use server::{
    channels::{
        provider::{Accepted, Outgoing, SendError, Why},
        twilio::client::{TwilioClient, TwilioSettings, TwilioSettingsError},
    },
    domain::address::Address,
    store::claims::FromTemplate,
};
use uuid::Uuid;

use crate::harness::{
    fake_twilio::FakeTwilio,
    fake_twilio_api::Behaviour::{
        self, AcceptThen500, AcceptThenNeverAnswer, AcceptThenSay, Redirect, Reject, Slow, Status,
    },
};

const ACCOUNT: &str = "AC22222222222222222222222222222222";
const TOKEN: &str = "a token";
const FROM: &str = "+12025550143";
const TO: &str = "+14155552671";

async fn fake() -> FakeTwilio {
    let fake = FakeTwilio::start().await;
    fake.add_account(ACCOUNT, TOKEN, &[FROM]);
    fake
}

fn settings(base_url: &str) -> TwilioSettings {
    TwilioSettings {
        base_url: base_url.parse().unwrap(),
        account_sid: ACCOUNT.into(),
        username: ACCOUNT.into(),
        password: SecretString::from(TOKEN),
        messaging_service: None,
        connect_timeout: Duration::from_secs(5),
        timeout: Duration::from_secs(10),
    }
}

fn client(base_url: &str) -> TwilioClient {
    TwilioClient::new(settings(base_url)).unwrap()
}

fn impatient(base_url: &str) -> TwilioClient {
    let timeout = Duration::from_millis(300);
    TwilioClient::new(TwilioSettings { timeout, ..settings(base_url) }).unwrap()
}

fn now() -> DateTime<Utc> {
    #[expect(clippy::disallowed_methods, reason = "the fake provider lives in real time")]
    Utc::now()
}

fn hello() -> Outgoing {
    Outgoing {
        message_id: MessageId::from(Uuid::now_v7()),
        from: FROM.into(),
        to: Address::phone(TO),
        channel: ChannelKind::Sms,
        external_id: None,
        may_go: true,
        text: "Olá 👋 a+b=c & 100%\nbye".into(),
        template: None,
        essential: false,
        files: vec![],
        status_callback: Some("https://inbox.example/status?msg=msg_1".parse().unwrap()),
        attempt: 1,
        first_attempt_at: now(),
        known_ids: Vec::new(),
    }
}

fn again(out: &Outgoing) -> Outgoing {
    Outgoing { attempt: out.attempt + 1, ..out.clone() }
}

fn retry(code: &str, seconds: Option<u64>) -> SendError {
    SendError::Retry { code: code.into(), after: seconds.map(Duration::from_secs) }
}

fn unknown(code: &str) -> SendError {
    SendError::Unknown { code: code.into() }
}

#[tokio::test]
async fn a_template_goes_by_its_id_and_its_values() {
    let fake = fake().await;
    let sid = format!("HX{}", "a".repeat(32));
    let values = vec![("1".to_owned(), "Ann \"A\"".to_owned()), ("2".to_owned(), "7".to_owned())];
    let (name, language) = ("parcel".to_owned(), "en".to_owned());
    let template = FromTemplate { name, language, provider_id: Some(sid.clone()), values };
    let out = Outgoing { template: Some(template), ..hello() };
    client(&fake.base_url()).send(&out).await.unwrap();
    let sent = fake.received().pop().unwrap();
    assert_eq!(sent.body, format!(r#"{sid} {{"1":"Ann \"A\"","2":"7"}}"#));
}

#[tokio::test]
async fn a_message_is_handed_over_word_for_word() {
    let fake = fake().await;
    let out = hello();
    let sent = client(&fake.base_url()).send(&out).await.unwrap();
    let received = fake.received();
    assert_eq!(received.len(), 1);
    assert_eq!(sent, Accepted { provider_id: received[0].sid.clone(), state: DeliveryState::Sent });
    assert_eq!((&*received[0].from, &*received[0].to), (FROM, TO));
    assert_eq!(received[0].body, out.text);
    assert_eq!(received[0].status_callback, out.status_callback.map(String::from));
    assert_eq!(fake.requests().len(), 1, "a first attempt looks nothing up");
}

#[tokio::test]
async fn a_refusal_says_whether_to_try_again() {
    let fake = fake().await;
    let twilio = client(&fake.base_url());
    let rejected = |why, code: &str| SendError::Rejected { why, code: code.into() };
    let channel = |code: &str| SendError::Credentials { code: code.into() };
    for (behaviour, expected) in [
        (Reject(21614), rejected(Why::Recipient, "21614")),
        (Reject(63016), rejected(Why::Window, "63016")),
        (Reject(21606), channel("21606")),
        (Status(401, None), channel("20401")),
        (Status(403, None), channel("20403")),
        (Status(429, Some(7)), retry("20429", Some(7))),
        (Status(429, None), retry("20429", None)),
        (Status(503, Some(2)), retry("20503", Some(2))),
        (Status(500, None), unknown("20500")),
        (Status(504, None), unknown("20504")),
        (AcceptThen500, unknown("20500")),
        (Redirect("/elsewhere"), channel("20307")),
    ] {
        fake.script(&[behaviour]);
        assert_eq!(twilio.send(&hello()).await, Err(expected), "{behaviour:?}");
    }
    assert_eq!(fake.received().len(), 1, "AcceptThen500 alone took one");

    let with = |change: fn(&mut Outgoing)| {
        let mut out = hello();
        change(&mut out);
        out
    };
    let too_long = with(|out| out.text = "x".repeat(1601));
    assert_eq!(twilio.send(&too_long).await, Err(rejected(Why::Content, "21617")));
    let no_text = with(|out| out.text = String::new());
    assert_eq!(twilio.send(&no_text).await, Err(rejected(Why::Content, "21602")));
    let nobody = with(|out| out.to = Address::phone(""));
    assert_eq!(twilio.send(&nobody).await, Err(rejected(Why::Recipient, "21604")));
    let no_number = with(|out| out.to = Address::phone("+1555XXXX"));
    assert_eq!(twilio.send(&no_number).await, Err(rejected(Why::Recipient, "21211")));
    let not_ours = with(|out| out.from = "+15550009999".into());
    assert_eq!(twilio.send(&not_ours).await, Err(channel("21606")));
    fake.opt_out(TO);
    assert_eq!(twilio.send(&hello()).await, Err(rejected(Why::OptedOut, "21610")));
    let wrong = TwilioSettings { password: "wrong".into(), ..settings(&fake.base_url()) };
    let stranger = TwilioClient::new(wrong).unwrap();
    assert_eq!(stranger.send(&hello()).await, Err(channel("20003")));
    assert_eq!(fake.received().len(), 1);
}

#[tokio::test]
async fn nobody_listening_is_safe_to_try_again() {
    let fake = fake().await;
    let base_url = fake.base_url();
    drop(fake);
    // The listener goes with its task, which ends a moment after it is told to.
    let addr = base_url.strip_prefix("http://").unwrap().to_owned();
    for _try in 0..1000 {
        if tokio::net::TcpStream::connect(&addr).await.is_err() {
            break;
        }
        tokio::task::yield_now().await;
    }
    assert_eq!(client(&base_url).send(&hello()).await, Err(retry("connect", None)));
    assert_eq!(client(&base_url).send(&again(&hello())).await, Err(retry("connect", None)));
}

#[tokio::test]
async fn a_lost_answer_sends_nothing_twice() {
    let endless: &str = " ".repeat(2 * 1024 * 1024).leak();
    for (behaviour, code) in [
        (AcceptThenNeverAnswer, "timeout"),
        (AcceptThen500, "20500"),
        (AcceptThenSay("<html>"), "answer_unreadable"),
        (AcceptThenSay(r#"{"status":"queued"}"#), "answer_unreadable"),
        (AcceptThenSay(endless), "answer_cut"),
    ] {
        let fake = fake().await;
        let twilio = impatient(&fake.base_url());
        let out = hello();
        fake.script(&[behaviour]);
        assert_eq!(twilio.send(&out).await, Err(unknown(code)));
        let found = twilio.send(&again(&out)).await.unwrap();
        let received = fake.received();
        assert_eq!(received.len(), 1, "{code}");
        assert_eq!(found.provider_id, received[0].sid);
        // And once more, as after a crash of ours between the answer and its record.
        assert_eq!(twilio.send(&again(&again(&out))).await, Ok(found));
        assert_eq!(fake.received().len(), 1);
    }
}

#[tokio::test]
async fn what_was_lost_on_the_way_there_is_sent_on_the_next_try() {
    let fake = fake().await;
    let twilio = impatient(&fake.base_url());
    let out = hello();
    fake.script(&[Slow(Duration::from_mins(1)), Status(429, None)]);
    assert_eq!(twilio.send(&out).await, Err(unknown("timeout")));
    let out = again(&out);
    assert_eq!(twilio.send(&out).await, Err(retry("20429", None)));
    let sent = twilio.send(&again(&out)).await.unwrap();
    let received = fake.received();
    assert_eq!((received.len(), &received[0].sid), (1, &sent.provider_id));
}

#[tokio::test]
async fn a_look_up_that_fails_never_sends_and_never_settles() {
    let fake = fake().await;
    let twilio = impatient(&fake.base_url());
    let out = hello();
    fake.script(&[AcceptThenNeverAnswer]);
    assert_eq!(twilio.send(&out).await, Err(unknown("timeout")));
    for (behaviour, expected) in [
        (Status(500, None), retry("20500", None)),
        (Status(429, Some(3)), retry("20429", Some(3))),
        (Reject(21211), retry("21211", None)),
        (Slow(Duration::from_mins(1)), retry("timeout", None)),
        (Status(401, None), SendError::Credentials { code: "20401".into() }),
    ] {
        fake.script_list(&[behaviour]);
        assert_eq!(twilio.send(&again(&out)).await, Err(expected), "{behaviour:?}");
    }
    fake.script_list(&[Behaviour::Ok]);
    twilio.send(&again(&out)).await.unwrap();
    assert_eq!(fake.received().len(), 1);
}

#[tokio::test]
async fn only_our_own_message_is_adopted() {
    let fake = fake().await;
    let twilio = client(&fake.base_url());
    let earlier = twilio.send(&hello()).await.unwrap();
    let find = async |change: &dyn Fn(&mut Outgoing)| {
        let mut out = hello();
        change(&mut out);
        twilio.find_sent(&out).await.unwrap().map(|it| it.provider_id)
    };
    let same = Some(earlier.provider_id.clone());
    assert_eq!(find(&|_| {}).await, same);
    assert_eq!(find(&|out| out.text.push('!')).await, None, "other words");
    assert_eq!(
        find(&|out| out.to = Address::phone("+14155550000")).await,
        None,
        "another customer"
    );
    assert_eq!(find(&|out| out.from = "+12025550144".into()).await, None, "another number");
    assert_eq!(find(&|out| out.known_ids = vec![earlier.provider_id.clone()]).await, None);
    let ago = |seconds| now() - TimeDelta::seconds(seconds);
    assert_eq!(find(&|out| out.first_attempt_at = ago(60)).await, same);
    assert_eq!(find(&|out| out.first_attempt_at = ago(-10)).await, None, "sent before we tried");

    // The same words again, on purpose: they go out although a look-up finds the first ones.
    let out = Outgoing { known_ids: vec![earlier.provider_id], ..again(&hello()) };
    twilio.send(&out).await.unwrap();
    assert_eq!(fake.received().len(), 2);
}

#[tokio::test]
async fn the_same_words_twice_with_both_answers_lost_are_sent_once_each() {
    let fake = fake().await;
    let twilio = impatient(&fake.base_url());
    let (first, second) = (hello(), hello());
    fake.script(&[AcceptThenNeverAnswer, AcceptThenNeverAnswer]);
    assert_eq!(twilio.send(&first).await, Err(unknown("timeout")));
    assert_eq!(twilio.send(&second).await, Err(unknown("timeout")));
    let first = twilio.send(&again(&first)).await.unwrap();
    let known_ids = vec![first.provider_id.clone()];
    let second = twilio.send(&Outgoing { known_ids, ..again(&second) }).await.unwrap();
    let received: Vec<_> = fake.received().into_iter().map(|it| it.sid).collect();
    assert_eq!(received, [first.provider_id, second.provider_id], "each took the oldest left");
}

#[tokio::test]
async fn a_look_up_reads_more_than_one_page() {
    let fake = fake().await;
    let twilio = client(&fake.base_url());
    let out = hello();
    let sent = twilio.send(&out).await.unwrap();
    for n in 0..60 {
        twilio.send(&Outgoing { text: format!("no. {n}"), ..hello() }).await.unwrap();
    }
    assert_eq!(twilio.find_sent(&out).await, Ok(Some(sent)));
    for n in 60..200 {
        twilio.send(&Outgoing { text: format!("no. {n}"), ..hello() }).await.unwrap();
    }
    // Past its bound it says so, instead of sending.
    assert_eq!(twilio.send(&again(&out)).await, Err(retry("look_up_too_long", None)));
    // What is older than the first attempt is not read.
    let before = fake.requests().len();
    let first_attempt_at = now() + TimeDelta::seconds(10);
    let out = Outgoing { first_attempt_at, ..out };
    assert_eq!(twilio.find_sent(&out).await, Ok(None));
    assert_eq!(fake.requests().len(), before + 1);
}

#[tokio::test]
async fn settings_that_cannot_work_are_refused() {
    let _fake = fake().await;
    let base = "https://api.twilio.com";
    assert!(TwilioClient::new(settings(base)).is_ok());
    for sid in
        ["", "AC1", "SK22222222222222222222222222222222", "AC2222222222222222222222222222222/"]
    {
        let wrong = TwilioSettings { account_sid: sid.into(), ..settings(base) };
        let error = TwilioClient::new(wrong).err();
        assert!(matches!(error, Some(TwilioSettingsError::AccountSid)), "{sid}");
    }
    let error = TwilioClient::new(settings("http://api.twilio.com")).err();
    assert!(matches!(error, Some(TwilioSettingsError::BaseUrl)));
    assert!(!format!("{:?}", settings(base)).contains(TOKEN));
}
