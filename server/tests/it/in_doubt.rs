//! A message of unknown outcome, where nobody can be asked: it is not sent again, the provider's own
//! word settles it, and in the end the team is told that nobody knows.

use protocol::{
    commands::Outcome,
    events::EventBody,
    ids::MessageId,
    views::{DeliveryState, ThreadView},
};
use serde_json::json;
use sqlx::Executor;

use crate::{
    harness::{
        api::Api,
        fake_whatsapp::{Behaviour, FakeWhatsapp, body, start, tell, text, wamid},
        server::Wanted,
        socket::Socket,
        twilio::told,
        wait::eventually,
    },
    main_job::reply,
};

const CUSTOMER: &str = "12025550111";

/// Lets a customer write and an agent answer, which nobody acknowledges.
async fn unanswered(fake: &FakeWhatsapp, ann: &Api, desk: &mut Socket) -> (ThreadView, MessageId) {
    let hello = body("messages", &json!({ "messages": [text(&wamid(), CUSTOMER, "Hello?")] }));
    assert_eq!(tell(ann, &hello).await, 200);
    let thread = ann.list().await.threads.remove(0);
    fake.script(&[Behaviour::NeverAnswer]);
    let first = ann.command("k1", reply(thread.id, 0, "First")).await.unwrap();
    ann.command("k2", reply(thread.id, 1, "Second")).await.unwrap();
    let Outcome::ReplySent(first) = first else { panic!("{first:?}") };
    let unknown = [DeliveryState::Unknown];
    desk.until_known("nobody knows", |desk| told(desk, first.message_id) == unknown).await;
    (thread, first.message_id)
}

#[tokio::test]
async fn the_providers_word_settles_it() {
    let (server, fake) = start(Wanted::default()).await;
    let (ann, mut desk) = server.desk("ann").await;
    let (_thread, first) = unanswered(&fake, &ann, &mut desk).await;
    eventually("it was looked at again", async || {
        server.database.tried(first).await.filter(|it| *it >= 3)
    })
    .await;
    assert_eq!(fake.received().len(), 1, "it was not sent again, and nothing has overtaken it");
    let it = json!({
        "id": "wamid.1", "status": "delivered", "recipient_id": CUSTOMER,
        "biz_opaque_callback_data": first.to_string(),
    });
    assert_eq!(tell(&ann, &body("messages", &json!({ "statuses": [it] }))).await, 200);
    desk.until_known("it has arrived", |desk| {
        told(desk, first).last() == Some(&DeliveryState::Delivered)
    })
    .await;
    let both =
        eventually("the next one goes", async || Some(fake.received()).filter(|it| it.len() == 2))
            .await;
    assert_eq!(both[1]["text"]["body"], "Second");
    server.stop().await;
}

#[tokio::test]
async fn in_the_end_nobody_knows_and_the_next_one_goes() {
    let (server, fake) = start(Wanted::default()).await;
    let (ann, mut desk) = server.desk("ann").await;
    let (_thread, first) = unanswered(&fake, &ann, &mut desk).await;
    let mut database = server.database.connect().await;
    for round in 1..=10 {
        eventually("it was looked at", async || {
            server.database.tried(first).await.filter(|it| *it >= round)
        })
        .await;
        database.execute("update clock_offset set ms = ms + 900000").await.unwrap();
    }
    desk.until_known("it is given up", |desk| {
        desk.events.iter().any(|event| {
            matches!(&event.body, EventBody::DeliveryChanged(it)
                if it.message_id == first && it.delivery.error.as_deref() == Some("outcome_unknown"))
        })
    })
    .await;
    eventually("the next one goes", async || (fake.received().len() == 2).then_some(())).await;
    server.stop().await;
}
