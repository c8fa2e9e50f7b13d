//! A reply goes out once, whatever the provider and our own machines do, and the desk is told.

use std::time::Duration;

use protocol::{
    commands::Outcome,
    events::EventBody,
    ids::{MessageId, ThreadId},
    views::{DeliveryState, DeliveryView},
};
use sqlx::Executor;

use crate::{
    harness::{
        api::{Api, CUSTOMER},
        database::Database,
        fake_twilio::FakeTwilio,
        fake_twilio_api::Behaviour,
        process::ServerProcess,
        server::{TestServer, Wanted, people},
        socket::Socket,
        twilio::{self, SID, TOKEN, numbers::BUSINESS, told, twilio_env},
        wait::eventually,
    },
    main_job::reply,
};

const OTHER: &str = "+12025550177";

struct Office {
    server: TestServer,
    fake: FakeTwilio,
    ann: Api,
    desk: Socket,
    thread: ThreadId,
}

/// A server with one customer's thread.
async fn office() -> Office {
    let (server, fake) = twilio::start(Wanted::default()).await;
    let (ann, desk) = server.desk("ann").await;
    let thread = twilio::new_thread(&fake, &ann, CUSTOMER).await.id;
    Office { server, fake, ann, desk, thread }
}

/// Replies to what is on screen.
pub(crate) async fn send(api: &Api, thread: ThreadId, text: &str) -> MessageId {
    let seen = api.snapshot(thread).await.thread.reply_no;
    let key = uuid::Uuid::now_v7().simple().to_string();
    let outcome = api.command(&key, reply(thread, seen, text)).await.unwrap();
    let Outcome::ReplySent(sent) = outcome else { panic!("{outcome:?}") };
    sent.message_id
}

/// Returns how far a message is, as a desk that opens the thread now is shown.
pub(crate) async fn shown(api: &Api, thread: ThreadId, message: MessageId) -> DeliveryView {
    let events = api.snapshot(thread).await.timeline.events;
    let delivery = events.into_iter().find_map(|event| match event.body {
        EventBody::MessageSent(it) if it.message.id == message => it.message.delivery,
        _ => None,
    });
    delivery.expect("a reply")
}

/// Returns the texts that a customer was sent, oldest first.
fn received(fake: &FakeTwilio, to: &str) -> Vec<String> {
    fake.received().into_iter().filter(|it| it.to == to).map(|it| it.body).collect()
}

/// Returns how often Twilio was asked to send.
fn posts(fake: &FakeTwilio) -> usize {
    fake.requests().iter().filter(|it| it.starts_with("POST")).count()
}

impl Office {
    async fn send(&self, text: &str) -> MessageId {
        send(&self.ann, self.thread, text).await
    }

    /// Moves the clock. The desk was silent for that long, and comes back.
    async fn advance(&mut self, by: Duration) {
        self.server.advance(by).await;
        let (cursors, events) = (self.desk.cursors.clone(), std::mem::take(&mut self.desk.events));
        self.desk = Socket::resume(&self.server.url(), &self.ann.token, cursors).await;
        self.desk.events = events;
    }

    /// Waits until a desk that opens the thread now is shown this.
    async fn until_shown(&self, message: MessageId, state: DeliveryState, error: Option<&str>) {
        eventually(&format!("{state:?}, {error:?}"), async || {
            let it = shown(&self.ann, self.thread, message).await;
            (it.state == state && it.error.as_deref() == error).then_some(())
        })
        .await;
    }

    /// Shows that whatever was due has been looked at: another customer's message, later in the
    /// queue, goes out.
    async fn pass_the_queue(&self, text: &str) {
        let threads = self.ann.list().await.threads;
        let other = threads.iter().find(|it| it.contact.addresses[0].value == OTHER);
        let other = match other {
            Some(other) => other.id,
            None => twilio::new_thread(&self.fake, &self.ann, OTHER).await.id,
        };
        send(&self.ann, other, text).await;
        let gone = async || received(&self.fake, OTHER).contains(&text.to_owned()).then_some(());
        eventually("the other customer's message", gone).await;
    }
}

#[tokio::test]
async fn a_reply_goes_out_once_and_its_delivery_is_on_the_desk() {
    let mut it = office().await;
    let message = it.send("Hi, Ann here 😀").await;
    it.desk.until_known("sent", |desk| told(desk, message) == [DeliveryState::Sent]).await;
    let [only] = &it.fake.received()[..] else { panic!("one message") };
    assert_eq!((&*only.to, &*only.from, &*only.body), (CUSTOMER, BUSINESS, "Hi, Ann here 😀"));
    let callback = only.status_callback.as_ref().unwrap();
    assert!(callback.starts_with(&it.server.url()) && callback.ends_with(&message.to_string()));
    assert_eq!(it.fake.callback(&only.sid, "delivered").await, Some(200));
    let both = [DeliveryState::Sent, DeliveryState::Delivered];
    it.desk.until_known("delivered", |desk| told(desk, message) == both).await;
    assert_eq!(posts(&it.fake), 1);
    it.server.stop().await;
}

#[tokio::test]
async fn a_provider_that_wants_time_gets_it() {
    let it = office().await;
    it.fake.script(&[Behaviour::Status(429, Some(60))]);
    let message = it.send("Patience").await;
    it.server.database.until_tried(message, 1).await;
    it.server.advance(Duration::from_secs(50)).await;
    it.pass_the_queue("early").await;
    assert_eq!(received(&it.fake, CUSTOMER), [""; 0], "not before its time");
    it.server.advance(Duration::from_secs(11)).await;
    it.until_shown(message, DeliveryState::Sent, None).await;
    assert_eq!(received(&it.fake, CUSTOMER), ["Patience"]);
    it.server.stop().await;
}

/// The provider takes the message, and its answer is lost.
async fn taken_without_an_answer(how: Behaviour) {
    let mut it = office().await;
    it.fake.script(&[how]);
    // The first looks for it do not help either.
    it.fake.script_list(&[Behaviour::Status(500, None), Behaviour::Status(429, Some(30))]);
    let message = it.send("Only once").await;
    let unknown = [DeliveryState::Unknown];
    it.desk.until_known("unknown", |desk| told(desk, message) == unknown).await;
    it.server.database.until_tried(message, 3).await;
    assert_eq!(shown(&it.ann, it.thread, message).await.state, DeliveryState::Unknown);
    assert_eq!(told(&it.desk, message), unknown, "and it stays so");
    it.advance(Duration::from_secs(31)).await;
    it.until_shown(message, DeliveryState::Sent, None).await;
    it.desk.until_known("found", |desk| told(desk, message).len() == 2).await;
    assert_eq!(told(&it.desk, message), [DeliveryState::Unknown, DeliveryState::Sent]);
    assert_eq!((received(&it.fake, CUSTOMER), posts(&it.fake)), (vec!["Only once".to_owned()], 1));
    // Its news finds it, and the same words again are another message.
    let sid = it.fake.received()[0].sid.clone();
    assert_eq!(it.fake.callback(&sid, "delivered").await, Some(200));
    it.until_shown(message, DeliveryState::Delivered, None).await;
    it.fake.script(&[Behaviour::Status(503, None)]);
    it.send("Only once").await;
    let twice = async || (received(&it.fake, CUSTOMER).len() == 2).then_some(());
    eventually("the second one", twice).await;
    it.server.stop().await;
}

#[tokio::test]
async fn a_message_taken_with_an_error_for_an_answer_is_found_and_not_sent_twice() {
    Box::pin(taken_without_an_answer(Behaviour::AcceptThen500)).await;
}

#[tokio::test]
async fn a_message_taken_without_an_answer_is_found_and_not_sent_twice() {
    Box::pin(taken_without_an_answer(Behaviour::AcceptThenNeverAnswer)).await;
}

#[tokio::test]
async fn a_message_of_unknown_outcome_is_never_in_two_attempts_at_once() {
    let it = office().await;
    // Nothing was taken the first time, and the second time takes longer than a retry waits.
    it.fake.script(&[Behaviour::Status(500, None), Behaviour::Slow(Duration::from_secs(4))]);
    let message = it.send("Once").await;
    it.until_shown(message, DeliveryState::Sent, None).await;
    it.pass_the_queue("later").await;
    assert_eq!((received(&it.fake, CUSTOMER), posts(&it.fake)), (vec!["Once".to_owned()], 3));
    it.server.stop().await;
}

#[tokio::test]
async fn a_refused_message_says_why_and_does_not_hold_up_the_next() {
    let mut it = office().await;
    it.fake.script(&[Behaviour::Reject(21_211)]);
    let (bad, good) = (it.send("Bad").await, it.send("Good").await);
    it.desk.until_known("both", |desk| told(desk, bad).len() + told(desk, good).len() == 2).await;
    let failed = it.desk.events.iter().find_map(|event| match &event.body {
        EventBody::DeliveryChanged(it) if it.message_id == bad => Some(it.delivery.clone()),
        _ => None,
    });
    let error = Some("21211".to_owned());
    let expected = DeliveryView { state: DeliveryState::Failed, error, channel_id: None };
    assert_eq!(failed, Some(expected.clone()));
    assert_eq!(shown(&it.ann, it.thread, bad).await, expected);
    assert_eq!(told(&it.desk, good), [DeliveryState::Sent]);
    assert_eq!(received(&it.fake, CUSTOMER), ["Good"]);
    it.server.stop().await;
}

#[tokio::test]
async fn a_threads_messages_go_out_in_order_while_the_first_is_tried_again() {
    let it = office().await;
    it.fake.script(&[Behaviour::Status(429, Some(20))]);
    let first = it.send("One").await;
    it.server.database.until_tried(first, 1).await;
    let mut last = first;
    for text in ["Two", "Three", "Four"] {
        last = it.send(text).await;
    }
    it.pass_the_queue("meanwhile").await;
    assert_eq!(received(&it.fake, CUSTOMER), [""; 0], "they wait for the first");
    it.server.advance(Duration::from_secs(21)).await;
    it.until_shown(last, DeliveryState::Sent, None).await;
    assert_eq!(received(&it.fake, CUSTOMER), ["One", "Two", "Three", "Four"]);
    it.server.stop().await;
}

/// A node is killed while the provider is about to answer. Another one takes over when the claim
/// is over.
async fn killed_while_sending(how: Behaviour, taken_before: usize) {
    let fake = FakeTwilio::start().await;
    fake.add_account(SID, TOKEN, &[BUSINESS]);
    fake.script(&[how]);
    let database = Database::create().await;
    people(&database, 0).await;
    let env = twilio_env(&fake.base_url());
    let env: Vec<_> = env.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let process = ServerProcess::start(&database, &env).await;
    let ann = process.api("ann").await;
    let thread = twilio::new_thread(&fake, &ann, CUSTOMER).await.id;
    let message = send(&ann, thread, "Survives").await;
    eventually("Twilio is asked", async || (posts(&fake) == 1).then_some(())).await;
    let taken = async || (fake.received().len() == taken_before).then_some(());
    eventually("Twilio has taken it, or not", taken).await;
    process.kill().await;

    let process = ServerProcess::start(&database, &env).await;
    let ann = ann.at(&process.url);
    let held = "select count(*) from deliveries where claimed_until > tandem_now()";
    assert_eq!(database.count(held).await, 1, "the dead node's claim holds");
    assert_eq!(shown(&ann, thread, message).await.state, DeliveryState::Queued);
    database.connect().await.execute("update clock_offset set ms = 95000").await.unwrap();
    eventually("it is sent", async || {
        (shown(&ann, thread, message).await.state == DeliveryState::Sent).then_some(())
    })
    .await;
    assert_eq!(received(&fake, CUSTOMER), ["Survives"]);
    assert_eq!(posts(&fake), 2 - taken_before);
    let sid = fake.received()[0].sid.clone();
    let known = database.count("select count(*) from messages where provider_id is not null").await;
    assert_eq!(known, 2, "the customer's, and ours as {sid}");
    process.kill().await;
}

#[tokio::test]
async fn a_node_killed_after_twilio_took_the_message_sends_it_once() {
    killed_while_sending(Behaviour::AcceptThenNeverAnswer, 1).await;
}

#[tokio::test]
async fn a_node_killed_before_twilio_took_the_message_sends_it_once() {
    killed_while_sending(Behaviour::Slow(Duration::from_mins(1)), 0).await;
}
