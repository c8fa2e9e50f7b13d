//! What RCS surely brought to nobody goes by SMS, once, and says so; in doubt it does not.

use std::time::Duration;

use protocol::{
    commands::{Command, Outcome, SendReply},
    events::EventBody,
    ids::{MessageId, ThreadId},
    views::{DeliveryState, DeliveryView},
};

use crate::{
    harness::{
        api::{Api, CUSTOMER},
        fake_rbm::{FakeRbm, event, text},
        fake_rbm_api::Behaviour,
        fake_twilio::FakeTwilio,
        server::{TestServer, Wanted},
        socket::Socket,
        twilio::{self, told},
        wait::eventually,
    },
    main_job::reply,
    rbm::{self, id},
    sending::shown,
};

/// A customer who has written by RCS, to an inbox that has SMS, too.
struct Office {
    server: TestServer,
    google: FakeRbm,
    sms: FakeTwilio,
    ann: Api,
    desk: Socket,
    thread: ThreadId,
}

async fn office() -> Office {
    let wanted = Wanted::default();
    let google = FakeRbm::start(wanted.clock.clone()).await;
    let (server, sms) = twilio::start(Wanted { rbm: Some(google.config()), ..wanted }).await;
    let (ann, desk) = server.desk("ann").await;
    assert_eq!(google.push(&rbm::webhook(&ann), &text(CUSTOMER, "m1", "Hello?")).await, 200);
    let thread = ann.list().await.threads[0].id;
    Office { server, google, sms, ann, desk, thread }
}

impl Office {
    async fn send(&self, text: &str) -> MessageId {
        let seen = self.ann.snapshot(self.thread).await.thread.reply_no;
        let Command::SendReply(it) = reply(self.thread, seen, text) else { panic!() };
        let channel_id = Some(rbm::channel(&self.ann));
        let key = uuid::Uuid::now_v7().simple().to_string();
        let command = Command::SendReply(SendReply { channel_id, ..it });
        let outcome = self.ann.command(&key, command).await.unwrap();
        let Outcome::ReplySent(sent) = outcome else { panic!("{outcome:?}") };
        sent.message_id
    }

    /// Lets Google tell something of a message.
    async fn tell(&self, kind: &str, message: MessageId) {
        let event = event(kind, CUSTOMER, Some(&id(message)));
        assert_eq!(self.google.push(&rbm::webhook(&self.ann), &event).await, 200);
    }

    async fn shown(&self, message: MessageId) -> DeliveryView {
        shown(&self.ann, self.thread, message).await
    }

    async fn until(&self, message: MessageId, state: DeliveryState) -> DeliveryView {
        eventually(&format!("{state:?}"), async || {
            Some(self.shown(message).await).filter(|it| it.state == state)
        })
        .await
    }

    /// Returns the texts that went out as SMS.
    fn by_sms(&self) -> Vec<String> {
        self.sms.received().into_iter().map(|it| it.body).collect()
    }

    async fn until_by_sms(&self, texts: &[&str]) {
        eventually("it goes by SMS", async || (self.by_sms() == texts).then_some(())).await;
    }

    /// Sends one that goes its way by RCS: whatever was to happen before it has.
    async fn pass_the_queue(&self) {
        let message = self.send("And this").await;
        self.until(message, DeliveryState::Sent).await;
    }
}

/// Returns what a desk was told of a message.
fn views(desk: &Socket, message: MessageId) -> Vec<DeliveryView> {
    let view = |body: &EventBody| match body {
        EventBody::DeliveryChanged(it) if it.message_id == message => Some(it.delivery.clone()),
        _ => None,
    };
    desk.events.iter().filter_map(|event| view(&event.body)).collect()
}

#[tokio::test]
async fn a_phone_without_rcs_gets_an_sms_at_once_and_the_desk_is_told() {
    use DeliveryState::{Delivered, Queued, Sent};
    let mut it = office().await;
    for (status, word) in [(404, "NOT_FOUND"), (400, "INVALID_ARGUMENT")] {
        it.google.script(&[Behaviour::Refuse(status, word)]);
        let message = it.send(word).await;
        it.until(message, Sent).await;
        let received = it.sms.received();
        let sms = received.last().unwrap();
        assert_eq!((&*sms.to, &*sms.body), (CUSTOMER, word));
        let (sid, by_sms) = (sms.sid.clone(), Some(twilio::channel(&it.ann)));
        assert_eq!(it.sms.callback(&sid, "delivered").await, Some(200));
        it.desk.until_known("arrived", |desk| views(desk, message).len() == 3).await;
        let view = |state, error: Option<&str>| DeliveryView {
            state,
            error: error.map(str::to_owned),
            channel_id: by_sms,
        };
        let expected = [view(Queued, Some(word)), view(Sent, None), view(Delivered, None)];
        assert_eq!(views(&it.desk, message), expected);
        assert_eq!(it.shown(message).await, expected[2], "whoever opens the thread sees the same");
    }
    assert_eq!((it.google.received().len(), it.by_sms().len()), (0, 2));
    it.server.stop().await;
}

#[tokio::test]
async fn a_message_whose_time_is_over_goes_by_sms_once() {
    let it = office().await;
    let message = it.send("In time").await;
    it.until(message, DeliveryState::Sent).await;
    for _again in 0..2 {
        it.tell("TTL_EXPIRATION_REVOKED", message).await;
        it.until_by_sms(&["In time"]).await;
    }
    // RCS tells no more of it than that it has come after all.
    let view = it.until(message, DeliveryState::Sent).await;
    assert_eq!(view.channel_id, Some(twilio::channel(&it.ann)));
    it.tell("TTL_EXPIRATION_REVOKED", message).await;
    it.tell("TTL_EXPIRATION_REVOKE_FAILED", message).await;
    assert_eq!(it.shown(message).await, view);
    it.tell("DELIVERED", message).await;
    it.until(message, DeliveryState::Delivered).await;
    it.pass_the_queue().await;
    assert_eq!(it.by_sms(), ["In time"]);
    it.server.stop().await;
}

#[tokio::test]
async fn what_has_arrived_goes_no_other_way() {
    let it = office().await;
    let message = it.send("Here").await;
    it.until(message, DeliveryState::Sent).await;
    it.tell("DELIVERED", message).await;
    it.tell("TTL_EXPIRATION_REVOKED", message).await;
    it.pass_the_queue().await;
    let arrived = DeliveryView { state: DeliveryState::Delivered, error: None, channel_id: None };
    assert_eq!((it.shown(message).await, it.by_sms()), (arrived, vec![]));
    it.server.stop().await;
}

#[tokio::test]
async fn what_could_not_be_taken_back_stays_sent_and_says_so() {
    let mut it = office().await;
    let message = it.send("Perhaps").await;
    it.until(message, DeliveryState::Sent).await;
    for _again in 0..2 {
        it.tell("TTL_EXPIRATION_REVOKE_FAILED", message).await;
    }
    let error = Some("not_revoked".to_owned());
    let unsure = DeliveryView { state: DeliveryState::Sent, error, channel_id: None };
    assert_eq!(it.shown(message).await, unsure);
    // Nor is it called back when its time is over.
    it.server.advance(Duration::from_hours(25)).await;
    timers_are_fired(&it.server).await;
    it.pass_the_queue().await;
    assert_eq!(it.google.requests("DELETE agentMessages"), 0);
    assert_eq!((it.shown(message).await, it.by_sms()), (unsure, vec![]));
    it.desk.until_known("told once", |desk| told(desk, message).len() == 2).await;
    it.tell("DELIVERED", message).await;
    it.until(message, DeliveryState::Delivered).await;
    it.server.stop().await;
}

/// Waits until no timer is due, and the worker that calls back has looked since.
async fn timers_are_fired(server: &TestServer) {
    eventually("timers are fired", async || {
        let due = "select count(*) from timers where due_at <= tandem_now()";
        (server.database.count(due).await == 0).then_some(())
    })
    .await;
    eventually("nothing is to be called back", async || {
        let due = "select count(*) from deliveries where recall and state = 'sent'";
        (server.database.count(due).await == 0).then_some(())
    })
    .await;
}

#[tokio::test]
async fn without_any_word_it_is_taken_back_and_then_goes_by_sms() {
    let it = office().await;
    let (silent, heard) = (it.send("Nobody there").await, it.send("Somebody there").await);
    it.until(heard, DeliveryState::Sent).await;
    it.tell("DELIVERED", heard).await;
    it.server.advance(Duration::from_hours(24)).await;
    it.pass_the_queue().await;
    assert_eq!((it.google.requests("DELETE agentMessages"), it.by_sms()), (0, vec![]));
    it.google.script(&[Behaviour::Refuse(503, "UNAVAILABLE")]);
    it.server.advance(Duration::from_mins(11)).await;
    eventually("it is taken back", async || {
        (it.google.requests("DELETE agentMessages") == 1).then_some(())
    })
    .await;
    let laid_down = "select count(*) from deliveries where recall and claimed_until is null";
    eventually("it waits to be tried again", async || {
        (it.server.database.count(laid_down).await == 1).then_some(())
    })
    .await;
    assert_eq!(it.by_sms(), [""; 0], "not before that is done");
    it.server.advance(Duration::from_secs(61)).await;
    it.until_by_sms(&["Nobody there"]).await;
    timers_are_fired(&it.server).await;
    let revoked: Vec<_> = it.google.received().iter().map(|it| it.revoked).collect();
    assert_eq!(revoked, [true, false, false]);
    assert_eq!(
        it.until(silent, DeliveryState::Sent).await.channel_id,
        Some(twilio::channel(&it.ann))
    );
    it.server.stop().await;
}

#[tokio::test]
async fn what_may_have_been_taken_is_taken_back_before_it_goes_by_sms() {
    let it = office().await;
    it.google.script(&[Behaviour::TakeThenNeverAnswer, Behaviour::Refuse(404, "NOT_FOUND")]);
    let message = it.send("Only once").await;
    it.until_by_sms(&["Only once"]).await;
    it.until(message, DeliveryState::Sent).await;
    let [only] = &it.google.received()[..] else { panic!("one message") };
    assert!(only.revoked);
    it.server.stop().await;
}

#[tokio::test]
async fn who_refuses_either_way_gets_no_sms_and_too_long_a_text_is_none() {
    let mut it = office().await;
    let refuse = || it.google.script(&[Behaviour::Refuse(404, "NOT_FOUND")]);
    refuse();
    let long = it.send(&"x".repeat(1_601)).await;
    it.until(long, DeliveryState::Failed).await;
    twilio::inbound(&it.sms, &it.ann, CUSTOMER, "STOP").await;
    refuse();
    let message = it.send("No more").await;
    let view = it.until(message, DeliveryState::Failed).await;
    assert_eq!((view.error.as_deref(), view.channel_id), (Some("NOT_FOUND"), None));
    twilio::inbound(&it.sms, &it.ann, CUSTOMER, "START").await;
    // Refused over RCS while it waits there.
    it.google.script(&[Behaviour::TakeThenNeverAnswer]);
    let message = it.send("No more, either").await;
    it.desk.until_known("unknown", |desk| !told(desk, message).is_empty()).await;
    let stop = event("UNSUBSCRIBE", CUSTOMER, None);
    assert_eq!(it.google.push(&rbm::webhook(&it.ann), &stop).await, 200);
    it.until(message, DeliveryState::Failed).await;
    assert_eq!(it.by_sms(), [""; 0]);
    it.server.stop().await;
}
