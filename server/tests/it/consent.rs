//! What customers do not want they do not get, by whatever way it would go; only they lift it.

use protocol::{
    commands::{Command, SendReply},
    contacts::ConsentAbout,
    errors::ErrorCode,
    events::{ConsentChanged, EventBody},
    views::DeliveryState,
};

use crate::{
    harness::{
        api::{CUSTOMER, refused},
        fake_rbm::event,
        fake_twilio_api::Behaviour,
        server::Wanted,
        socket::Socket,
        twilio::{self, inbound},
        wait::eventually,
    },
    main_job::reply,
    rbm::office,
};

fn consents(desk: &Socket) -> Vec<ConsentChanged> {
    let changed = desk.events.iter().filter_map(|event| match &event.body {
        EventBody::ConsentChanged(it) => Some(it.clone()),
        _ => None,
    });
    changed.collect()
}

#[tokio::test]
async fn a_stop_word_refuses_everything_until_the_customer_lifts_it() {
    let (server, fake) = twilio::start(Wanted::default()).await;
    let (ann, mut desk) = server.desk("ann").await;
    let thread = twilio::new_thread(&fake, &ann, CUSTOMER).await.id;

    // Said twice, refused once.
    inbound(&fake, &ann, CUSTOMER, " Stop. ").await;
    inbound(&fake, &ann, CUSTOMER, "STOP").await;
    inbound(&fake, &ann, CUSTOMER, "Did you stop?").await;
    desk.until_known("the texts arrive", |desk| {
        desk.events.iter().filter(|it| matches!(it.body, EventBody::MessageReceived(_))).count()
            == 4
    })
    .await;
    let channel_id = twilio::channel(&ann);
    let about = ConsentAbout::Everything;
    assert_eq!(consents(&desk), [ConsentChanged { channel_id, about, wanted: false }]);
    let snapshot = ann.snapshot(thread).await;
    let ways: Vec<_> =
        snapshot.reach.iter().map(|way| (way.channel_id, &way.refused[..])).collect();
    assert_eq!(ways, [(channel_id, &[about][..])]);

    let Command::SendReply(it) = reply(thread, 0, "Just one more thing") else { panic!() };
    let chosen = Command::SendReply(SendReply { channel_id: Some(channel_id), ..it.clone() });
    for (key, command) in [("k1", Command::SendReply(it)), ("k2", chosen)] {
        refused(ann.command(key, command.clone()).await, ErrorCode::OptedOut);
        let error = desk.command(&format!("{key}s"), command).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::OptedOut);
    }
    assert_eq!(ann.snapshot(thread).await.thread.reply_no, 0, "a refused reply takes no turn");
    assert!(fake.received().is_empty());

    inbound(&fake, &ann, CUSTOMER, "start").await;
    desk.until_known("it is lifted", |desk| consents(desk).len() == 2).await;
    assert!(consents(&desk)[1].wanted);
    ann.command("k3", reply(thread, 0, "Welcome back")).await.unwrap();
    eventually("it goes out", || async { (fake.received().len() == 1).then_some(()) }).await;
}

#[tokio::test]
async fn what_waits_to_go_out_stays_here_when_the_customer_refuses() {
    let (server, fake) = twilio::start(Wanted::default()).await;
    let (ann, mut desk) = server.desk("ann").await;
    let thread = twilio::new_thread(&fake, &ann, CUSTOMER).await.id;
    fake.script(&[Behaviour::Status(503, Some(2))]);
    ann.command("k1", reply(thread, 0, "First try")).await.unwrap();
    eventually("it was tried", || async { (!fake.requests().is_empty()).then_some(()) }).await;
    inbound(&fake, &ann, CUSTOMER, "STOP").await;
    let failed = |desk: &Socket| {
        desk.events.iter().any(|event| {
            matches!(&event.body, EventBody::DeliveryChanged(it)
                if it.delivery.state == DeliveryState::Failed
                    && it.delivery.error.as_deref() == Some("opted_out"))
        })
    };
    desk.until_known("it is given up", failed).await;
    // The provider would refuse it, too; it is not even asked.
    assert_eq!(fake.requests().len(), 1, "asked once");
}

#[tokio::test]
async fn what_the_provider_knows_of_a_refusal_is_kept() {
    let (server, fake) = twilio::start(Wanted::default()).await;
    let (ann, mut desk) = server.desk("ann").await;
    let thread = twilio::new_thread(&fake, &ann, CUSTOMER).await.id;
    fake.opt_out(CUSTOMER);
    ann.command("k1", reply(thread, 0, "Hello")).await.unwrap();
    desk.until_known("it is told", |desk| consents(desk).len() == 1).await;
    refused(ann.command("k2", reply(thread, 1, "Hello again")).await, ErrorCode::OptedOut);
}

#[tokio::test]
async fn who_unsubscribes_gets_what_is_essential_and_nothing_else() {
    let it = office().await;
    let thread = it.thread().await.id;
    it.push(&event("UNSUBSCRIBE", CUSTOMER, None)).await;
    refused(it.ann.command("k1", reply(thread, 0, "News!")).await, ErrorCode::OptedOut);
    let Command::SendReply(code) = reply(thread, 0, "Your code is 123") else { panic!() };
    let code = Command::SendReply(SendReply { essential: true, ..code });
    it.ann.command("k2", code).await.unwrap();
    eventually("it goes out", async || (it.google.received().len() == 1).then_some(())).await;
    let sent = &it.google.received()[0];
    // The only kind of traffic for people that is let through to who has unsubscribed.
    assert_eq!(
        (sent.text(), &sent.body["messageTrafficType"]),
        ("Your code is 123", &"SERVICEREQUEST".into())
    );
    it.server.stop().await;
}
