//! RCS for Business, end to end: what Google signs is taken, once; replies go out once.

use std::time::Duration;

use protocol::{
    commands::{Command, Outcome, SendReply},
    contacts::ConsentAbout,
    events::{ConsentChanged, EventBody},
    ids::{ChannelId, MessageId, ThreadId},
    views::{ChannelKind, DeliveryState, DeliveryView, MessageForm, ThreadView},
};
use serde_json::json;

use crate::{
    harness::{
        api::{Api, CUSTOMER},
        fake_rbm::{AGENT, CLIENT_TOKENS, FakeRbm, event, pushed, text},
        fake_rbm_api::Behaviour,
        server::{TestServer, Wanted},
        socket::Socket,
        twilio::{self, told},
        wait::eventually,
    },
    main_job::reply,
};

pub(crate) struct Office {
    pub(crate) server: TestServer,
    pub(crate) google: FakeRbm,
    pub(crate) ann: Api,
    pub(crate) desk: Socket,
}

pub(crate) async fn office() -> Office {
    let wanted = Wanted::default();
    let google = FakeRbm::start(wanted.clock.clone()).await;
    let server = TestServer::start_with(Wanted { rbm: Some(google.config()), ..wanted }).await;
    let (ann, desk) = server.desk("ann").await;
    Office { server, google, ann, desk }
}

pub(crate) fn channel(api: &Api) -> ChannelId {
    let channels = &api.me.inboxes[0].channels;
    let rcs = channels
        .iter()
        .find(|it| it.kind == ChannelKind::Rcs && it.address == AGENT)
        .expect("an RCS channel");
    assert_eq!((&*rcs.address, rcs.text_max), (AGENT, 3_072));
    rcs.id
}

pub(crate) fn webhook(api: &Api) -> String {
    format!("{}/webhooks/rbm/{}/events", api.url, channel(api))
}

fn consents(desk: &Socket) -> Vec<ConsentChanged> {
    let changed = desk.events.iter().filter_map(|event| match &event.body {
        EventBody::ConsentChanged(it) => Some(it.clone()),
        _ => None,
    });
    changed.collect()
}

impl Office {
    pub(crate) async fn push(&self, data: &serde_json::Value) {
        assert_eq!(self.google.push(&webhook(&self.ann), data).await, 200, "{data}");
    }

    /// Lets a customer write, and returns its thread.
    pub(crate) async fn thread(&self) -> ThreadView {
        self.push(&text(CUSTOMER, "Mx=first", "Hello?")).await;
        let threads = self.ann.list().await.threads;
        threads.into_iter().next().expect("a thread")
    }

    /// Replies to what is on screen.
    async fn send(&self, thread: ThreadId, text: &str) -> MessageId {
        let seen = self.ann.snapshot(thread).await.thread.reply_no;
        let key = uuid::Uuid::now_v7().simple().to_string();
        let outcome = self.ann.command(&key, reply(thread, seen, text)).await.unwrap();
        let Outcome::ReplySent(sent) = outcome else { panic!("{outcome:?}") };
        sent.message_id
    }

    async fn shown(&self, thread: ThreadId, message: MessageId) -> DeliveryView {
        let events = self.ann.snapshot(thread).await.timeline.events;
        let delivery = events.into_iter().find_map(|event| match event.body {
            EventBody::MessageSent(it) if it.message.id == message => it.message.delivery,
            _ => None,
        });
        delivery.expect("a reply")
    }

    async fn until_shown(&self, thread: ThreadId, message: MessageId, state: DeliveryState) {
        eventually(&format!("{state:?}"), async || {
            (self.shown(thread, message).await.state == state).then_some(())
        })
        .await;
    }
}

/// Our id of a message, as Google has it.
pub(crate) fn id(message: MessageId) -> String {
    message.uuid().hyphenated().to_string()
}

#[tokio::test]
async fn google_finds_its_webhook_and_nobody_else_does() {
    let it = office().await;
    let (url, fake) = (webhook(&it.ann), &it.google);
    let before = it.server.database.stored().await;
    for token in CLIENT_TOKENS {
        let challenge = json!({ "clientToken": token, "secret": "s-1" });
        assert_eq!(fake.post(&url, &challenge, None).await, (200, "s-1".to_owned()));
    }
    let (good, signature) = pushed(&text(CUSTOMER, "m1", "Hello?"), CLIENT_TOKENS[0]);
    let (other, _) = pushed(&text(CUSTOMER, "m1", "Hello!"), CLIENT_TOKENS[0]);
    let (_, stranger) = pushed(&text(CUSTOMER, "m1", "Hello?"), "another-token");
    let mut cut = signature.clone();
    cut.truncate(20);
    let unknown = json!({ "clientToken": "another-token", "secret": "s-1" });
    for (what, body, signature, status) in [
        ("another token", &unknown, None, 403),
        ("no signature", &good, None, 403),
        ("an empty signature", &good, Some(""), 403),
        ("no base64", &good, Some("%%%"), 403),
        ("a cut signature", &good, Some(&*cut), 403),
        ("a stranger's", &good, Some(&*stranger), 403),
        ("other data", &other, Some(&*signature), 403),
        ("no data", &json!({ "message": {} }), Some(&*signature), 422),
        ("bad data", &json!({ "message": { "data": "%%%" } }), Some(&*signature), 422),
        ("no message", &json!([]), Some(&*signature), 422),
    ] {
        assert_eq!(fake.post(&url, body, signature).await.0, status, "{what}");
    }
    let nowhere = url.replace("/events", "/surprise");
    assert_eq!(fake.post(&nowhere, &good, Some(&signature)).await.0, 404);
    assert_eq!(it.server.database.stored().await, before, "nothing was stored");
    assert_eq!(it.server.database.count("select count(*) from unknown_items").await, 0);

    // The old token still signs, and the wrapper is of no account: it names another agent.
    let (_, older) = pushed(&text(CUSTOMER, "m1", "Hello?"), CLIENT_TOKENS[1]);
    assert_eq!(fake.post(&url, &good, Some(&older)).await.0, 200);
    assert_eq!(it.ann.list().await.threads.len(), 1);
    it.server.stop().await;
}

#[tokio::test]
async fn what_a_customer_says_is_on_the_desk_once() {
    let mut it = office().await;
    let thread = it.thread().await;
    assert_eq!(thread.contact.addresses[0].value, CUSTOMER);
    for _again in 0..3 {
        it.push(&text(CUSTOMER, "Mx=first", "Hello?")).await;
    }
    let mut choice = text(CUSTOMER, "m2", "");
    choice.as_object_mut().unwrap().remove("text");
    choice["suggestionResponse"] = json!({ "postbackData": "p", "text": "Call me" });
    it.push(&choice).await;
    // Somebody else's agent, a thing of a new kind, and one that is no JSON: taken, so that Google
    // goes on, and on no desk.
    let mut elsewhere = text(CUSTOMER, "m3", "Not for us");
    elsewhere["agentId"] = json!("another@rbm.goog");
    it.push(&elsewhere).await;
    it.push(&event("JUMPED", CUSTOMER, None)).await;
    it.push(&json!("no object")).await;
    it.push(&text(CUSTOMER, "m4", "a\0b")).await;
    let said = |desk: &Socket| -> Vec<(MessageForm, String)> {
        let said = desk.events.iter().filter_map(|event| match &event.body {
            EventBody::MessageReceived(it) => Some((it.message.form, it.message.text.clone())),
            _ => None,
        });
        said.collect()
    };
    it.desk.until_known("all of it", |desk| said(desk).len() == 3).await;
    assert_eq!(
        said(&it.desk),
        [
            (MessageForm::Text, "Hello?".to_owned()),
            (MessageForm::Choice, "Call me".to_owned()),
            (MessageForm::Text, "a\u{FFFD}b".to_owned()),
        ]
    );
    let kept = "select count(*) from unknown_items where what in
        ('JUMPED', 'any')";
    assert_eq!(it.server.database.count(kept).await, 2);
    it.server.stop().await;
}

#[tokio::test]
async fn a_number_is_one_customer_over_sms_and_rcs() {
    let wanted = Wanted::default();
    let google = FakeRbm::start(wanted.clock.clone()).await;
    let (server, sms) = twilio::start(Wanted { rbm: Some(google.config()), ..wanted }).await;
    let ann = server.api("ann").await;
    twilio::inbound(&sms, &ann, CUSTOMER, "By SMS").await;
    assert_eq!(google.push(&webhook(&ann), &text(CUSTOMER, "m1", "By RCS")).await, 200);
    let [thread] = &ann.list().await.threads[..] else { panic!("one thread") };
    let texts = ann.snapshot(thread.id).await.timeline.events;
    let texts: Vec<_> = texts
        .into_iter()
        .filter_map(|event| match event.body {
            EventBody::MessageReceived(it) => Some((it.message.channel_id, it.message.text)),
            _ => None,
        })
        .collect();
    let (by_sms, by_rcs) = (twilio::channel(&ann), channel(&ann));
    assert_eq!(texts, [(by_sms, "By SMS".to_owned()), (by_rcs, "By RCS".to_owned())]);
    // Answered over the one and over the other.
    for (key, seen_reply, channel_id) in [("k1", 0, by_rcs), ("k2", 1, by_sms)] {
        let Command::SendReply(it) = reply(thread.id, seen_reply, key) else { panic!() };
        let chosen = Command::SendReply(SendReply { channel_id: Some(channel_id), ..it });
        ann.command(key, chosen).await.unwrap();
    }
    eventually("both go out", async || {
        (google.received().len() == 1 && sms.received().len() == 1).then_some(())
    })
    .await;
    assert_eq!((google.received()[0].text(), &*sms.received()[0].body), ("k1", "k2"));
    server.stop().await;
}

#[tokio::test]
async fn a_customer_who_types_is_seen_until_it_has_said_it() {
    let mut it = office().await;
    // Who never wrote has no thread to type in.
    it.push(&event("IS_TYPING", CUSTOMER, None)).await;
    let thread = it.thread().await.id;
    let types = |typing: bool| {
        move |desk: &Socket| {
            desk.signals.get(&thread).map_or(!typing, |it| it.contact_typing == typing)
        }
    };
    it.push(&event("IS_TYPING", CUSTOMER, None)).await;
    it.desk.until_known("it types", types(true)).await;
    it.push(&text(CUSTOMER, "m2", "Here it is.")).await;
    it.desk.until_known("it has said it", types(false)).await;
    it.server.stop().await;
}

#[tokio::test]
async fn unsubscribing_comes_twice_and_counts_once() {
    let mut it = office().await;
    it.thread().await;
    let (channel_id, about) = (channel(&it.ann), ConsentAbout::AllButEssential);
    let now = |wanted| ConsentChanged { channel_id, about, wanted };
    it.push(&text(CUSTOMER, "m2", "STOP")).await;
    it.push(&event("UNSUBSCRIBE", CUSTOMER, None)).await;
    let subscribed = event("SUBSCRIBE", CUSTOMER, None);
    it.push(&text(CUSTOMER, "m3", "START")).await;
    it.push(&subscribed).await;
    // In the other order, and again.
    it.push(&event("UNSUBSCRIBE", CUSTOMER, None)).await;
    it.push(&event("UNSUBSCRIBE", CUSTOMER, None)).await;
    it.push(&text(CUSTOMER, "m4", "STOP")).await;
    // Google tells it again, late: the customer has changed its mind since.
    it.push(&subscribed).await;
    it.push(&text(CUSTOMER, "m5", "The end")).await;
    it.desk
        .until_known("the last text", |desk| {
            desk.events.iter().any(|event| {
                matches!(&event.body, EventBody::MessageReceived(it) if it.message.text == "The end")
            })
        })
        .await;
    assert_eq!(consents(&it.desk), [now(false), now(true), now(false)]);
    it.server.stop().await;
}

#[tokio::test]
async fn a_reply_goes_out_and_its_way_is_on_the_desk() {
    use DeliveryState::{Delivered, Failed, Read, Sent};
    let mut it = office().await;
    let thread = it.thread().await.id;
    let message = it.send(thread, "Hi, Ann here 😀").await;
    it.desk.until_known("sent", |desk| told(desk, message) == [Sent]).await;
    let [only] = &it.google.received()[..] else { panic!("one message") };
    assert_eq!((&*only.to, &*only.id, only.text()), (CUSTOMER, &*id(message), "Hi, Ann here 😀"));
    assert_eq!(only.body["messageTrafficType"], "TRANSACTION");
    assert_eq!(only.body["ttl"], "86400s");
    // Its time was over, and then it had come through after all; and never back.
    for kind in ["TTL_EXPIRATION_REVOKED", "DELIVERED", "READ", "DELIVERED", "READ"] {
        it.push(&event(kind, CUSTOMER, Some(&id(message)))).await;
    }
    it.desk.until_known("read", |desk| told(desk, message).last() == Some(&Read)).await;
    assert_eq!(told(&it.desk, message), [Sent, Failed, Delivered, Read]);
    let error = it.desk.events.iter().find_map(|event| match &event.body {
        EventBody::DeliveryChanged(it) if it.delivery.state == Failed => it.delivery.error.clone(),
        _ => None,
    });
    assert_eq!(error.as_deref(), Some("ttl_expired"));
    // Messages that we do not have are Google's business.
    let before = it.server.database.stored().await;
    for message in [id(uuid::Uuid::now_v7().into()), "another tool's".to_owned()] {
        it.push(&event("DELIVERED", CUSTOMER, Some(&message))).await;
    }
    assert_eq!(it.server.database.stored().await, before);
    it.server.stop().await;
}

#[tokio::test]
async fn a_message_taken_without_an_answer_is_sent_again_and_comes_once() {
    let mut it = office().await;
    let thread = it.thread().await.id;
    it.google.script(&[Behaviour::TakeThenNeverAnswer, Behaviour::TakeThen(500)]);
    let message = it.send(thread, "Only once").await;
    let unknown = [DeliveryState::Unknown];
    it.desk.until_known("unknown", |desk| told(desk, message) == unknown).await;
    it.until_shown(thread, message, DeliveryState::Sent).await;
    assert_eq!(it.google.requests("POST agentMessages"), 3, "a try, a try that failed, a try");
    let [only] = &it.google.received()[..] else { panic!("one message") };
    assert_eq!((&*only.id, only.text()), (&*id(message), "Only once"));
    it.push(&event("DELIVERED", CUSTOMER, Some(&id(message)))).await;
    it.until_shown(thread, message, DeliveryState::Delivered).await;
    // The same words again are another message.
    let second = it.send(thread, "Only once").await;
    it.until_shown(thread, second, DeliveryState::Sent).await;
    assert_eq!(it.google.received().len(), 2);
    it.server.stop().await;
}

#[tokio::test]
async fn a_refusal_is_final_or_waits() {
    let it = office().await;
    let thread = it.thread().await.id;
    it.google.script(&[Behaviour::Refuse(404, "NOT_FOUND"), Behaviour::TakeThen(409)]);
    let nobody = it.send(thread, "No RCS there").await;
    it.until_shown(thread, nobody, DeliveryState::Failed).await;
    assert_eq!(it.shown(thread, nobody).await.error.as_deref(), Some("NOT_FOUND"));
    let known = it.send(thread, "It has this one already").await;
    it.until_shown(thread, known, DeliveryState::Sent).await;

    it.google.script(&[Behaviour::Later(429, "RESOURCE_EXHAUSTED", 60)]);
    let later = it.send(thread, "Patience").await;
    it.server.database.until_tried(later, 1).await;
    assert_eq!(it.google.received().len(), 1);
    it.server.advance(Duration::from_secs(61)).await;
    it.until_shown(thread, later, DeliveryState::Sent).await;

    // The token is withdrawn: a new one is asked for at once, and nobody notices.
    it.google.withdraw_tokens();
    let (tokens, posts) =
        (it.google.requests("POST token"), it.google.requests("POST agentMessages"));
    let message = it.send(thread, "With a new token").await;
    it.until_shown(thread, message, DeliveryState::Sent).await;
    assert_eq!(it.google.requests("POST token"), tokens + 1);
    assert_eq!(it.google.requests("POST agentMessages"), posts + 2);
    assert_eq!(it.google.received().len(), 3);
    it.server.stop().await;
}

#[tokio::test]
async fn who_unsubscribes_gets_no_message_that_still_waits() {
    let mut it = office().await;
    let thread = it.thread().await.id;
    it.google.script(&[Behaviour::TakeThenNeverAnswer]);
    let message = it.send(thread, "Too late").await;
    it.desk.until_known("unknown", |desk| !told(desk, message).is_empty()).await;
    it.push(&event("UNSUBSCRIBE", CUSTOMER, None)).await;
    it.until_shown(thread, message, DeliveryState::Failed).await;
    assert_eq!(it.shown(thread, message).await.error.as_deref(), Some("opted_out"));
    let [only] = &it.google.received()[..] else { panic!("one message") };
    assert!(only.revoked, "what had been taken was called back");
    // It is refused as the customer said it, no more and no less.
    it.push(&event("SUBSCRIBE", CUSTOMER, None)).await;
    it.desk.until_known("subscribed again", |desk| consents(desk).len() >= 2).await;
    let about = ConsentAbout::AllButEssential;
    let changes: Vec<_> = consents(&it.desk).iter().map(|it| (it.about, it.wanted)).collect();
    assert_eq!(changes, [(about, false), (about, true)]);
    it.send(thread, "Welcome back").await;
    eventually("it goes out", async || (it.google.received().len() == 2).then_some(())).await;
    it.server.stop().await;
}
