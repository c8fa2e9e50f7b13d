//! What customers are told of us: that they are read, once, and that somebody types.

use protocol::{
    commands::{Command, OpenThread},
    frames::{ClientFrame, SignalFrame},
    ids::ThreadId,
    signals::Activity,
};
use serde_json::json;

use crate::{
    harness::{
        api::{Api, CUSTOMER},
        fake_rbm::{self, FakeRbm},
        fake_whatsapp::{body, start, tell, text, wamid},
        server::Wanted,
        wait::eventually,
    },
    rbm::{office, webhook},
};

const ANN: &str = "12025550111";

async fn read(api: &Api, key: &str, thread_id: ThreadId) {
    let read_seq = api.snapshot(thread_id).await.seq;
    let open = OpenThread { thread_id, read_seq };
    api.command(key, Command::OpenThread(open)).await.unwrap();
}

fn types(thread_id: ThreadId) -> ClientFrame {
    ClientFrame::Signal(SignalFrame { thread_id, activity: Activity::Typing })
}

#[tokio::test]
async fn who_writes_by_whatsapp_is_told_once_that_it_is_read() {
    let (server, fake) = start(Wanted::default()).await;
    let (ann, mut desk) = server.desk("ann").await;
    let ben = server.api("ben").await;
    let (first, last) = (wamid(), wamid());
    let both = json!({ "messages": [text(&first, ANN, "Hello?"), text(&last, ANN, "Anyone?")] });
    assert_eq!(tell(&ann, &body("messages", &both)).await, 200);
    let thread = ann.list().await.threads[0].id;
    assert!(fake.attended().is_empty(), "nobody has read it");
    read(&ann, "k1", thread).await;
    eventually("it is told", async || (!fake.attended().is_empty()).then_some(())).await;
    // Who reads it after her does not tell again; who types does, and not with every key.
    read(&ben, "k2", thread).await;
    for _ in 0..3 {
        desk.send(&types(thread)).await;
    }
    eventually("that she types", async || (fake.attended().len() >= 2).then_some(())).await;
    let next = wamid();
    let it = json!({ "messages": [text(&next, ANN, "Still there?")] });
    assert_eq!(tell(&ann, &body("messages", &it)).await, 200);
    read(&ben, "k3", thread).await;
    eventually("the next one", async || (fake.attended().len() >= 3).then_some(())).await;
    assert_eq!(fake.attended(), [(last.clone(), false), (last, true), (next, false)]);
    server.stop().await;
}

#[tokio::test]
async fn who_writes_by_rcs_is_told_too() {
    let mut it = office().await;
    let thread = it.thread().await.id;
    it.desk.send(&types(thread)).await;
    eventually("both are told", async || (it.google.events().len() >= 2).then_some(())).await;
    let told: Vec<_> = it.google.events().into_iter().map(|(_, body)| body).collect();
    assert_eq!(
        told,
        [
            json!({ "eventType": "READ", "messageId": "Mx=first" }),
            json!({ "eventType": "IS_TYPING" })
        ]
    );
    it.push(&fake_rbm::text(CUSTOMER, "m2", "Fine")).await;
    it.server.stop().await;
}

#[tokio::test]
async fn a_channel_can_keep_it_to_itself() {
    let wanted = Wanted::default();
    let google = FakeRbm::start(wanted.clock.clone()).await;
    let (server, fake) = start(Wanted { rbm: Some(google.config()), ..wanted }).await;
    let ann = server.api("ann").await;
    let mut database = server.database.connect().await;
    let quiet = "update channels set receipts = false where kind = 'whatsapp'";
    sqlx::query(quiet).execute(&mut database).await.unwrap();
    let it = json!({ "messages": [text(&wamid(), ANN, "Hello?")] });
    assert_eq!(tell(&ann, &body("messages", &it)).await, 200);
    let quiet = ann.list().await.threads[0].id;
    read(&ann, "k1", quiet).await;
    let hello = fake_rbm::text(CUSTOMER, "m1", "Hello?");
    assert_eq!(google.push(&webhook(&ann), &hello).await, 200);
    let loud = ann.list().await.threads[0].id;
    read(&ann, "k2", loud).await;
    eventually("one is told", async || (!google.events().is_empty()).then_some(())).await;
    assert!(fake.attended().is_empty(), "the other is not");
    server.stop().await;
}
