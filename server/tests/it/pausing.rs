//! A channel that its provider refuses is paused by itself, nothing of its messages is lost, and it goes again
//! when that has passed.

use std::time::Duration;

use protocol::{
    contacts::ConsentAbout,
    events::{ConsentChanged, EventBody},
    ids::ChannelId,
    pauses::{Pause, PauseReason},
    views::DeliveryState,
};
use serde_json::json;
use server::domain::actor::Actor;

use crate::{
    harness::{
        api::CUSTOMER,
        fake_twilio::FakeTwilio,
        fake_twilio_api::Behaviour,
        fake_whatsapp,
        server::Wanted,
        socket::Socket,
        twilio::{self, told},
        wait::eventually,
    },
    main_job::reply,
    sending::{send, shown},
};

const OTHER: &str = "+12025550177";

/// Returns how a desk knows a channel's pauses, oldest first.
fn pauses(desk: &Socket, channel: ChannelId) -> Vec<Option<(PauseReason, Option<String>)>> {
    let pause = |it: &Pause| (it.reason, it.code.clone());
    let changed = desk.events.iter().filter_map(|event| match &event.body {
        EventBody::ChannelChanged(it) if it.channel.id == channel => Some(&it.channel.paused),
        _ => None,
    });
    changed.map(|paused| paused.as_ref().map(pause)).collect()
}

fn posts(fake: &FakeTwilio) -> usize {
    fake.requests().iter().filter(|it| it.starts_with("POST")).count()
}

#[tokio::test]
async fn refused_credentials_pause_the_channel_until_they_are_taken_again() {
    let (server, fake) = twilio::start(Wanted::default()).await;
    let (ann, mut desk) = server.desk("ann").await;
    let channel = twilio::channel(&ann);
    let thread = twilio::new_thread(&fake, &ann, CUSTOMER).await.id;
    let other = twilio::new_thread(&fake, &ann, OTHER).await.id;
    fake.script(&[
        Behaviour::Reject(20_003),
        Behaviour::Status(401, None),
        Behaviour::Reject(21_606),
    ]);
    let first = send(&ann, thread, "Kept").await;
    let refused = Some((PauseReason::Credentials, Some("20003".to_owned())));
    desk.until_known("paused", |desk| pauses(desk, channel) == [refused.clone()]).await;
    server.database.until_tried(first, 0).await;
    let waiting = send(&ann, other, "Kept, too").await;

    // Other channels go on, and so does what comes in.
    let sandbox = ann.new_thread(CUSTOMER).await.id;
    send(&ann, sandbox, "By the way").await;
    ann.phone(CUSTOMER, 1).await;
    assert_eq!(posts(&fake), 1, "nothing more is tried");

    // In the database alone: a desk that says nothing for so long would be gone.
    let pass = async |by: Duration| {
        let sql = "update clock_offset set ms = ms + $1";
        let ms = i64::try_from(by.as_millis()).unwrap();
        let mut database = server.database.connect().await;
        sqlx::query(sql).bind(ms).execute(&mut database).await.unwrap();
    };
    // One is let through each time, ever more rarely, and counts for nothing.
    for (minutes, tried) in [(1, 2), (2, 3)] {
        pass(Duration::from_mins(minutes)).await;
        eventually("one is tried", async || (posts(&fake) == tried).then_some(())).await;
        server.database.until_tried(first, 0).await;
        server.database.until_tried(waiting, 0).await;
        pass(Duration::from_secs(50)).await;
    }
    let doubts = "select count(*) from deliveries where in_doubt or state <> 'queued'";
    assert_eq!(server.database.count(doubts).await, 1, "the sandbox's, which has gone");
    let queued = DeliveryState::Queued;
    assert_eq!(shown(&ann, thread, first).await.state, queued);
    pass(Duration::from_mins(15)).await;
    desk.until_known("goes again", |desk| pauses(desk, channel) == [refused.clone(), None]).await;
    for message in [first, waiting] {
        let sent = [DeliveryState::Sent];
        desk.until_known("sent", |desk| told(desk, message) == sent).await;
    }
    assert_eq!((posts(&fake), fake.received().len()), (5, 2));
    server.stop().await;
}

#[tokio::test]
async fn who_was_paused_by_hand_is_resumed_by_hand() {
    let (server, fake) = twilio::start(Wanted::default()).await;
    let ann = server.api("ann").await;
    let channel = twilio::channel(&ann);
    let thread = twilio::new_thread(&fake, &ann, CUSTOMER).await.id;
    let road = &server.running.road;
    let pause = road.pause_channel(Actor::System, channel, PauseReason::ByHand, None);
    assert!(pause.await.unwrap());
    let message = send(&ann, thread, "Later").await;
    server.advance(Duration::from_hours(1)).await;
    let sandbox = ann.new_thread(CUSTOMER).await.id;
    send(&ann, sandbox, "By the way").await;
    ann.phone(CUSTOMER, 1).await;
    assert_eq!((posts(&fake), server.database.tried(message).await), (0, Some(0)));
    assert!(road.resume_channel(Actor::System, channel).await.unwrap());
    eventually("it goes", async || (fake.received().len() == 1).then_some(())).await;
    server.stop().await;
}

#[tokio::test]
async fn what_a_provider_knows_of_a_customer_is_kept() {
    let consents = |desk: &Socket| -> Vec<ConsentChanged> {
        let changed = desk.events.iter().filter_map(|event| match &event.body {
            EventBody::ConsentChanged(it) => Some(it.clone()),
            _ => None,
        });
        changed.collect()
    };
    let (server, fake) = fake_whatsapp::start(Wanted::default()).await;
    let (ann, mut desk) = server.desk("ann").await;
    let hello = fake_whatsapp::text(&fake_whatsapp::wamid(), "12025550111", "Hello?");
    let body = fake_whatsapp::body("messages", &json!({ "messages": [hello] }));
    assert_eq!(fake_whatsapp::tell(&ann, &body).await, 200);
    let thread = ann.list().await.threads.remove(0).id;
    fake.script(&[fake_whatsapp::Behaviour::Error(400, 131_050)]);
    ann.command("k1", reply(thread, 0, "Buy this")).await.unwrap();
    let (channel_id, wanted) = (fake_whatsapp::channel(&ann), false);
    let about = ConsentAbout::Marketing;
    let expected = ConsentChanged { channel_id, about, wanted };
    desk.until_known("no marketing", |desk| consents(desk) == [expected.clone()]).await;
    // That was about marketing, and an answer is none.
    ann.command("k2", reply(thread, 1, "Here you are")).await.unwrap();
    eventually("it goes", async || (fake.received().len() == 1).then_some(())).await;
    server.stop().await;

    // A refusal that comes later, as the reason why a message has failed.
    let (server, fake) = twilio::start(Wanted::default()).await;
    let (ann, mut desk) = server.desk("ann").await;
    let thread = twilio::new_thread(&fake, &ann, CUSTOMER).await.id;
    send(&ann, thread, "Still there?").await;
    let sid = eventually("it goes", async || fake.received().pop().map(|it| it.sid)).await;
    assert_eq!(fake.callback_with_error(&sid, "undelivered", Some(21_610)).await, Some(200));
    let channel_id = twilio::channel(&ann);
    let expected = ConsentChanged { channel_id, about: ConsentAbout::Everything, wanted };
    desk.until_known("no more", |desk| consents(desk) == [expected.clone()]).await;
    server.stop().await;
}
