//! A channel sends as fast as it may and no faster, however many nodes there are; what waits for that is as if
//! it had never been touched, and others do not wait with it.

use std::time::Duration;

use chrono::TimeDelta;
use protocol::ids::ThreadId;
use serde_json::json;
use sqlx::Executor;

use crate::{
    harness::{
        api::{Api, CUSTOMER},
        fake_twilio::FakeTwilio,
        fake_twilio_api::Behaviour,
        fake_whatsapp,
        server::{TestServer, Wanted},
        twilio,
        wait::eventually,
    },
    main_job::reply,
    sending::send,
};

/// Lets so many customers write, and returns their threads.
async fn customers(fake: &FakeTwilio, api: &Api, count: u32) -> Vec<ThreadId> {
    for n in 0..count {
        twilio::inbound(fake, api, &format!("+1202555{:04}", 1_000 + n), "Hello?").await;
    }
    let mut threads = Vec::new();
    let mut path = format!("/api/v1/inboxes/{}/threads", api.me.inboxes[0].id);
    loop {
        let page: protocol::http::ThreadPage = api.get(&path).await;
        threads.extend(page.threads.into_iter().map(|it| it.id));
        let Some(next) = page.next else { return threads };
        path = format!("/api/v1/inboxes/{}/threads?before={next}", api.me.inboxes[0].id);
    }
}

/// Counts the deliveries that nobody has touched.
async fn untouched(server: &TestServer) -> i64 {
    let sql = "select count(*) from deliveries where state = 'queued' and attempts = 0
        and not in_doubt and first_attempt_at is null and claimed_until is null";
    server.database.count(sql).await
}

#[tokio::test]
async fn a_rate_holds_over_two_nodes_and_no_one_else_waits() {
    let (a, fake) = twilio::start(Wanted::default()).await;
    let twilio = twilio::config(&fake);
    let wanted = Wanted { twilio: Some(twilio), clock: a.clock(), ..Wanted::default() };
    let b = TestServer::join(&a.database, wanted).await;
    let ann = a.api("ann").await;
    let ben = b.api("ben").await;
    // One in a minute. Administrators will have a door for this.
    let slow = "update channels set rate = 1 / 60.0 where provider = 'twilio'";
    a.database.connect().await.execute(slow).await.unwrap();
    let threads = customers(&fake, &ann, 6).await;
    for (n, thread) in threads.into_iter().enumerate() {
        send(if n % 2 == 0 { &ann } else { &ben }, thread, "One after the other").await;
    }
    for (gone, minutes) in [(1, 0), (2, 1), (3, 1), (4, 10)] {
        a.advance(Duration::from_secs(minutes * 60)).await;
        let sent = async || (fake.received().len() == gone).then_some(());
        eventually("the next one goes", sent).await;
        // The sandbox's goes at once, on both nodes, and by then more of the slow ones could have gone.
        for api in [&ann, &ben] {
            let number = format!("+120255501{gone}{}", if api.url == ann.url { 1 } else { 2 });
            let thread = api.new_thread(&number).await.id;
            send(api, thread, "At once").await;
            api.phone(&number, 1).await;
        }
        a.advance(Duration::from_secs(20)).await;
        tokio::time::sleep(Duration::from_millis(600)).await; // Longer than any worker waits.
        assert_eq!(fake.received().len(), gone, "one, even after a long pause");
        a.advance(Duration::from_secs(39) - Duration::from_millis(600)).await;
    }
    b.stop().await;
    a.stop().await;
}

#[tokio::test]
async fn what_waits_for_its_turn_was_never_tried() {
    let (server, fake) = twilio::start(Wanted::default()).await;
    let ann = server.api("ann").await;
    let slow = "update channels set rate = 1 / 60.0 where provider = 'twilio'";
    server.database.connect().await.execute(slow).await.unwrap();
    for thread in customers(&fake, &ann, 5).await {
        send(&ann, thread, "Wait").await;
    }
    eventually("the first goes", async || (fake.received().len() == 1).then_some(())).await;
    server.advance(Duration::from_secs(61)).await;
    eventually("the second goes", async || (fake.received().len() == 2).then_some(())).await;
    assert_eq!(untouched(&server).await, 3);
    server.stop().await;
}

#[tokio::test]
async fn a_second_has_no_more_than_it_may_have() {
    const RATE: u32 = 40;
    let wanted = Wanted { channel_rate: Some(RATE), ..Wanted::default() };
    let (a, fake) = twilio::start(wanted.clone()).await;
    let twilio = twilio::config(&fake);
    let b = TestServer::join(&a.database, Wanted { twilio: Some(twilio), ..wanted }).await;
    let (ann, ben) = (a.api("ann").await, b.api("ben").await);
    let threads = customers(&fake, &ann, 2 * RATE).await;
    for (n, thread) in threads.into_iter().enumerate() {
        send(if n % 2 == 0 { &ann } else { &ben }, thread, "In turn").await;
    }
    let all = usize::try_from(2 * RATE).unwrap();
    eventually("all go", async || (fake.received().len() == all).then_some(())).await;
    let at: Vec<_> = fake.received().iter().map(|it| it.created_at).collect();
    let most = (0..at.len())
        .map(|n| at[n..].iter().take_while(|it| **it - at[n] < TimeDelta::seconds(1)).count());
    // A tenth may go at once, and what was let go may arrive a little closer together.
    let most = most.max().unwrap();
    assert!(most <= usize::try_from(RATE + RATE / 10 + 4).unwrap(), "{most} in one second");
    b.stop().await;
    a.stop().await;
}

#[tokio::test]
async fn a_silent_provider_holds_up_nobody_elses_messages() {
    let (server, fake) = twilio::start(Wanted::default()).await;
    let ann = server.api("ann").await;
    let threads = customers(&fake, &ann, 40).await;
    fake.script(&[Behaviour::AcceptThenNeverAnswer; 40]);
    for thread in threads {
        send(&ann, thread, "Hello? Hello?").await;
    }
    // As many as the channel has hands.
    eventually("it is silent", async || (fake.received().len() == 32).then_some(())).await;
    let thread = ann.new_thread(CUSTOMER).await.id;
    send(&ann, thread, "Here we are").await;
    ann.phone(CUSTOMER, 1).await;
    assert_eq!(fake.received().len(), 32, "all hands are still full");
    assert_eq!(untouched(&server).await, 8);
    server.stop().await;
}

#[tokio::test]
async fn one_customer_gets_a_burst_and_then_one_in_six_seconds() {
    let (server, fake) = fake_whatsapp::start(Wanted::default()).await;
    let ann = server.api("ann").await;
    for from in ["12025550111", "12025550112"] {
        let hello = fake_whatsapp::text(&fake_whatsapp::wamid(), from, "Hello?");
        let body = fake_whatsapp::body("messages", &json!({ "messages": [hello] }));
        assert_eq!(fake_whatsapp::tell(&ann, &body).await, 200);
    }
    let threads = ann.list().await.threads;
    let began = std::time::Instant::now();
    for n in 0..48 {
        let key = format!("a{n}");
        ann.command(&key, reply(threads[0].id, n, &key)).await.unwrap();
    }
    // The others' messages go past.
    ann.command("b", reply(threads[1].id, 0, "b")).await.unwrap();
    let gone = async |count: usize| {
        eventually(&format!("{count} go"), async || (fake.received().len() >= count).then_some(()))
            .await;
    };
    gone(46).await;
    // A busy machine may need so long that one more is free by now.
    let free = i64::try_from(began.elapsed().as_secs() / 6).unwrap();
    assert!(untouched(&server).await >= 3 - free);
    for count in 47..=49 {
        server.advance(Duration::from_secs(6)).await;
        gone(count).await;
    }
    server.stop().await;
}
