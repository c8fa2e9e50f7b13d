//! What an inbox answers by itself: once an episode, over the same channel, and nobody's turn.

use protocol::{
    commands::{Command, SetStatus},
    events::EventBody,
    views::{ActorView, MessageView, Status},
};
use reqwest::Method;
use serde_json::{Value, json};

use super::stage::{account, channel, done, inboxes, office, text};
use crate::{
    harness::{
        api::{Api, CUSTOMER},
        server::Wanted,
        twilio::{SID, numbers::BUSINESS, sid},
        wait::eventually,
    },
    main_job::reply,
};

const WORDS: &str = "We are back at nine.";

async fn set(ada: &Api, auto_reply: Value) {
    let inbox = inboxes(ada).await.inboxes.remove(0);
    let body = json!({ "name": inbox.name, "mode": inbox.mode, "auto_reply": auto_reply });
    let path = format!("/admin/inboxes/{}", inbox.id);
    done::<Value>(ada, Method::PUT, &path, &body).await;
}

async fn by_itself(api: &Api) -> Vec<MessageView> {
    let thread = api.list().await.threads.remove(0);
    let events = api.snapshot(thread.id).await.timeline.events;
    let sent = events.into_iter().filter_map(|event| match event.body {
        EventBody::MessageSent(it) => Some(it.message),
        _ => None,
    });
    sent.filter(|it| it.author == ActorView::System).collect()
}

#[tokio::test]
async fn the_first_message_of_an_episode_is_answered_once() {
    let (server, ada, fake) = office(Wanted::default()).await;
    let (ann, mut desk) = server.desk("ann").await;
    let made = account(&ada, &fake).await;
    let channel = channel(&ada, made.id).await;
    set(&ada, json!(WORDS)).await;
    for _twice in 0..2 {
        assert_eq!(text(&fake, &channel, CUSTOMER).await, 200);
    }
    let sent = eventually("it goes out", async || fake.received().pop()).await;
    assert_eq!((&*sent.from, &*sent.to, &*sent.body), (BUSINESS, CUSTOMER, WORDS));
    let thread = ann.list().await.threads.remove(0);
    assert_eq!((thread.reply_no, thread.status), (0, Status::New), "it takes no turn");
    let shown = by_itself(&ann).await;
    assert_eq!((shown.len(), shown[0].reply_no, &*shown[0].text), (1, None, WORDS));
    desk.until_known("it is live", |desk| {
        desk.events.iter().any(|event| {
            event.actor == ActorView::System && matches!(&event.body, EventBody::MessageSent(_))
        })
    })
    .await;

    // A person's answer goes on from the same turn, and after it.
    ann.command("k1", reply(thread.id, 0, "Good morning")).await.unwrap();
    let both =
        eventually("the reply goes", async || Some(fake.received()).filter(|it| it.len() == 2))
            .await;
    assert_eq!(both[1].body, "Good morning");
    let close = SetStatus { thread_id: thread.id, to: Status::Closed, until: None };
    ann.command("k2", Command::SetStatus(close)).await.unwrap();
    assert_eq!(text(&fake, &channel, CUSTOMER).await, 200);
    eventually("a new episode", async || (fake.received().len() == 3).then_some(())).await;
    assert_eq!(by_itself(&ann).await.len(), 2);

    set(&ada, Value::Null).await;
    assert_eq!(text(&fake, &channel, "+12025550177").await, 200);
    assert_eq!(ann.list().await.threads.len(), 2);
    assert_eq!(fake.received().len(), 3, "nothing is said any more");
    server.stop().await;
}

#[tokio::test]
async fn who_says_stop_is_answered_by_nobody() {
    let (server, ada, fake) = office(Wanted::default()).await;
    let ann = server.api("ann").await;
    let made = account(&ada, &fake).await;
    let channel = channel(&ada, made.id).await;
    set(&ada, json!(WORDS)).await;
    let say = async |body: &str| {
        let id = sid();
        let it = crate::harness::fake_twilio::InboundSms {
            account_sid: SID,
            sid: &id,
            from: CUSTOMER,
            to: BUSINESS,
            body,
        };
        assert_eq!(fake.inbound(&channel.webhooks[0].url, &it).await, 200);
    };
    say("STOP").await;
    let thread = ann.list().await.threads.remove(0);
    let close = SetStatus { thread_id: thread.id, to: Status::Closed, until: None };
    ann.command("k1", Command::SetStatus(close)).await.unwrap();
    // A new episode, by somebody who has refused.
    say("And another thing").await;
    assert_eq!(ann.list().await.threads[0].status, Status::Open);
    assert!(by_itself(&ann).await.is_empty());
    server.stop().await;
}
