//! The WhatsApp Cloud API, end to end: what is signed is taken, once, each thing alone; replies go out
//! and are followed; one customer is one thread, whatever they write by.

use protocol::{
    commands::Outcome,
    contacts::AddressKind,
    errors::ErrorCode,
    events::EventBody,
    ids::MessageId,
    views::{DeliveryState, MessageForm, ThreadView},
};
use serde_json::{Value, json};
use server::channels::whatsapp::signature::sign;

use crate::{
    harness::{
        api::{Api, client},
        fake_whatsapp::{
            APP_SECRET, Behaviour, FakeWhatsapp, OLD_SECRET, VERIFY_TOKEN, body, post_signed, said,
            start, tell, text, wamid, webhook,
        },
        server::{TestServer, Wanted},
        socket::Socket,
        twilio::{self, told},
        wait::eventually,
    },
    main_job::reply,
};

/// A customer, as WhatsApp writes the number.
const ANN: &str = "12025550111";
const BOB: &str = "12025550122";

fn messages(all: &[Value]) -> Value {
    body("messages", &json!({ "messages": all }))
}

/// Returns what a desk shows of all customers: who, and what they said.
async fn shown(api: &Api) -> Vec<(Option<String>, String)> {
    let mut shown = Vec::new();
    for thread in api.list().await.threads {
        for event in api.snapshot(thread.id).await.timeline.events {
            if let EventBody::MessageReceived(it) = event.body {
                shown.push((thread.contact.name.clone(), it.message.text));
            }
        }
    }
    shown.sort();
    shown
}

/// Lets a new customer write, and returns the thread.
async fn new_thread(api: &Api, from: &str) -> ThreadView {
    assert_eq!(tell(api, &messages(&[text(&wamid(), from, "Hello?")])).await, 200);
    let threads = api.list().await.threads;
    let number = format!("+{from}");
    let theirs = threads.into_iter().find(|it| it.contact.addresses[0].value == number);
    theirs.expect("a new thread is listed")
}

/// Replies, and returns the message.
async fn answer(api: &Api, thread: &ThreadView, seen: u32, words: &str) -> MessageId {
    let key = format!("{}-{seen}", thread.id);
    let outcome = api.command(&key, reply(thread.id, seen, words)).await.unwrap();
    let Outcome::ReplySent(sent) = outcome else { panic!("{outcome:?}") };
    sent.message_id
}

/// Waits until the fake has been sent so many messages, and returns the last.
async fn sent(fake: &FakeWhatsapp, count: usize) -> Value {
    eventually("it goes out", async || fake.received().get(count - 1).cloned()).await
}

async fn is_told(desk: &mut Socket, message: MessageId, state: DeliveryState) {
    desk.until_known("a state", |desk| told(desk, message).last() == Some(&state)).await;
}

fn status(of: &Value, word: &str, more: &Value) -> Value {
    let mut it = json!({
        "id": of["wamid"], "status": word, "timestamp": "1750000000",
        "recipient_id": of["to"], "biz_opaque_callback_data": of["biz_opaque_callback_data"],
    });
    it.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body("messages", &json!({ "statuses": [it] }))
}

#[tokio::test]
async fn meta_asks_whether_the_address_is_ours() {
    let (server, _fake) = start(Wanted::default()).await;
    let ann = server.api("ann").await;
    let ask = async |token: &str| {
        let query = format!("hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token={token}");
        client().get(format!("{}?{query}", webhook(&ann))).send().await.unwrap()
    };
    let answer = ask(VERIFY_TOKEN).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "text/plain");
    assert_eq!(answer.text().await.unwrap(), "1158201444");
    assert_eq!(ask("another").await.status(), 403);
    assert_eq!(ask("").await.status(), 403);
    assert_eq!(client().get(webhook(&ann)).send().await.unwrap().status(), 403);
    server.stop().await;
}

#[tokio::test]
async fn a_batch_is_taken_whole_and_each_thing_alone() {
    const FORMS: [MessageForm; 4] =
        [MessageForm::Text, MessageForm::Text, MessageForm::Unsupported, MessageForm::Media];
    let (server, _fake) = start(Wanted::default()).await;
    let (ann, mut desk) = server.desk("ann").await;
    let batch = body(
        "messages",
        &json!({
            "contacts": [
                { "wa_id": BOB, "profile": { "name": "Bob" } },
                { "wa_id": ANN, "profile": { "name": "Ann\u{0}" } },
            ],
            "messages": [
                text(&wamid(), ANN, "Olá 👋 \u{202e}abc"),
                { "id": wamid(), "type": "text", "text": { "body": "from nobody" } },
                text(&wamid(), BOB, "From Bob"),
                said(&wamid(), BOB, "hologram", &json!({})),
                { "id": 7, "from": [], "type": "text" },
                said(&wamid(), ANN, "image", &json!({ "id": "7", "mime_type": "image/png" })),
            ],
            "statuses": [{ "id": "wamid.nobodys", "status": "read" }],
        }),
    );
    assert_eq!(tell(&ann, &batch).await, 200);
    let name = |name: &str| Some(name.to_owned());
    let expected = [
        (name("Ann\u{FFFD}"), ""),
        (name("Ann\u{FFFD}"), "Olá 👋 \u{202e}abc"),
        (name("Bob"), "From Bob"),
        (name("Bob"), "[a message that cannot be shown here: hologram]"),
    ];
    let expected = expected.map(|(name, text)| (name, text.to_owned()));
    assert_eq!(shown(&ann).await, expected);
    // Two threads began, and four messages came.
    desk.until_known("all of it", |desk| desk.events.len() == 6).await;
    let forms = desk.events.iter().filter_map(|event| match &event.body {
        EventBody::MessageReceived(it) => Some(it.message.form),
        _ => None,
    });
    assert_eq!(forms.collect::<Vec<_>>(), FORMS);
    let kept = "select count(*) from unknown_items where what = 'message'";
    let mut db = server.database.connect().await;
    let kept: i64 = sqlx::query_scalar(kept).fetch_one(&mut db).await.unwrap();
    assert_eq!(kept, 3, "what nobody sent, and what Meta itself cannot tell");

    let before = server.database.stored().await;
    for _again in 0..3 {
        assert_eq!(tell(&ann, &batch).await, 200);
    }
    assert_eq!(server.database.stored().await, before, "each message is stored once");
    server.stop().await;
}

#[tokio::test]
async fn a_forged_webhook_is_refused_and_leaves_no_trace() {
    let (server, _fake) = start(Wanted::default()).await;
    let ann = server.api("ann").await;
    let (url, good) = (webhook(&ann), messages(&[text("wamid.1", ANN, "Hi")]).to_string());
    let by = |secret: &str| sign(good.as_bytes(), &secret.into());
    let signature = by(APP_SECRET);
    let before = server.database.stored().await;
    assert_eq!(post_signed(&url, &good, None).await, 403, "no signature");
    for (what, signature) in [
        ("an empty one", String::new()),
        ("another app's", by("another secret")),
        ("a cut one", signature.chars().take(20).collect()),
        ("of another body", sign(b"{}", &APP_SECRET.into())),
        ("without its name", signature.replace("sha256=", "")),
    ] {
        assert_eq!(post_signed(&url, &good, Some(&signature)).await, 403, "{what}");
    }
    let changed = good.replace("Hi", "Ho");
    assert_eq!(post_signed(&url, &changed, Some(&signature)).await, 403, "another text");
    let elsewhere = url.replace("/messages", "/status");
    assert_eq!(post_signed(&elsewhere, &good, Some(&signature)).await, 404);
    let broken = good.strip_suffix('}').unwrap();
    let its = sign(broken.as_bytes(), &APP_SECRET.into());
    assert_eq!(post_signed(&url, broken, Some(&its)).await, 422, "no JSON");
    assert_eq!(server.database.stored().await, before, "nothing was stored");
    // While the secret is replaced, the old one is as good.
    assert_eq!(post_signed(&url, &good, Some(&by(OLD_SECRET))).await, 200);
    assert_eq!(post_signed(&url, &good, Some(&signature)).await, 200);
    assert_eq!(shown(&ann).await, [(None, "Hi".to_owned())]);
    server.stop().await;
}

#[tokio::test]
async fn one_customer_on_two_channels_is_one_thread() {
    const KINDS: [AddressKind; 3] =
        [AddressKind::Phone, AddressKind::WhatsappUser, AddressKind::WhatsappName];
    let fake = FakeWhatsapp::start().await;
    let whatsapp = Some(crate::harness::fake_whatsapp::config(fake.base_url()));
    let (server, sms) = twilio::start(Wanted { whatsapp, ..Wanted::default() }).await;
    let ann = server.api("ann").await;
    twilio::inbound(&sms, &ann, &format!("+{ANN}"), "By text message").await;
    let user = json!([{ "wa_id": ANN, "user_id": "US.1", "profile": { "username": "ann" } }]);
    let mut hello = text(&wamid(), ANN, "By WhatsApp");
    hello["from_user_id"] = json!("US.1");
    let told = json!({ "contacts": user, "messages": [hello] });
    assert_eq!(tell(&ann, &body("messages", &told)).await, 200);
    // The number is hidden now.
    let mut hidden = text(&wamid(), ANN, "By id");
    hidden["from"] = json!(null);
    hidden["from_user_id"] = json!("US.1");
    assert_eq!(tell(&ann, &messages(&[hidden])).await, 200);
    let threads = ann.list().await.threads;
    assert_eq!(threads.len(), 1);
    let kinds: Vec<_> = threads[0].contact.addresses.iter().map(|it| it.kind).collect();
    assert_eq!(kinds, KINDS);
    let texts: Vec<_> = shown(&ann).await.into_iter().map(|(_name, text)| text).collect();
    assert_eq!(texts, ["By WhatsApp", "By id", "By text message"]);
    server.stop().await;
}

#[tokio::test]
async fn what_customers_do_to_messages_reaches_the_desk() {
    let (server, _fake) = start(Wanted::default()).await;
    let (ann, mut desk) = server.desk("ann").await;
    let first = wamid();
    assert_eq!(tell(&ann, &messages(&[text(&first, ANN, "Helo?")])).await, 200);
    let edited = json!({ "type": "text", "text": { "body": "Hello?" } });
    let done = messages(&[
        said("wamid.r1", ANN, "reaction", &json!({ "message_id": first, "emoji": "❤️" })),
        said("wamid.r2", ANN, "reaction", &json!({ "message_id": first, "emoji": "" })),
        said("wamid.e", ANN, "edit", &json!({ "original_message_id": first, "message": edited })),
        said("wamid.x", ANN, "revoke", &json!({ "original_message_id": first })),
    ]);
    for _again in 0..2 {
        assert_eq!(tell(&ann, &done).await, 200);
    }
    desk.until_known("all of it", |desk| desk.events.len() >= 6).await;
    let EventBody::MessageReceived(it) = &desk.events[1].body else { panic!("a text") };
    let id = it.message.id;
    let bodies: Vec<_> = desk.events[2..].iter().map(|event| &event.body).collect();
    let [
        EventBody::MessageReacted(put),
        EventBody::MessageReacted(taken),
        EventBody::MessageEdited(edited),
        EventBody::MessageRevoked(revoked),
    ] = &bodies[..]
    else {
        panic!("{bodies:?}")
    };
    assert_eq!((put.message_id, put.emoji.as_deref()), (id, Some("❤️")));
    assert_eq!((taken.message_id, &taken.emoji), (id, &None));
    assert_eq!((edited.message_id, &*edited.text), (id, "Hello?"));
    assert_eq!(revoked.message_id, id);
    let before = server.database.stored().await;
    assert_eq!(tell(&ann, &done).await, 200);
    assert_eq!(server.database.stored().await, before, "each is taken once");
    server.stop().await;
}

#[tokio::test]
async fn a_reply_goes_out_and_is_followed_until_it_is_read() {
    use DeliveryState::{Delivered, Read, Sent};
    let (server, fake) = start(Wanted::default()).await;
    let (ann, mut desk) = server.desk("ann").await;
    let thread = new_thread(&ann, ANN).await;
    let message = answer(&ann, &thread, 0, "Hi there 👋").await;
    let out = sent(&fake, 1).await;
    assert_eq!((&out["to"], &out["text"]["body"]), (&json!(ANN), &json!("Hi there 👋")));
    assert_eq!(out["biz_opaque_callback_data"], json!(message.to_string()));
    is_told(&mut desk, message, Sent).await;
    for word in ["delivered", "sent", "warped", "played", "delivered", "read"] {
        assert_eq!(tell(&ann, &status(&out, word, &json!({}))).await, 200, "{word}");
    }
    is_told(&mut desk, message, Read).await;
    assert_eq!(told(&desk, message), [Sent, Delivered, Read]);

    // A customer without a number is answered by id.
    let mut hidden = text(&wamid(), "", "Who am I?");
    hidden["from_user_id"] = json!("US.13491208655302741918");
    assert_eq!(tell(&ann, &messages(&[hidden])).await, 200);
    let threads = ann.list().await.threads;
    let hidden = threads.iter().find(|it| it.id != thread.id).expect("another thread");
    answer(&ann, hidden, 0, "You are you").await;
    let out = sent(&fake, 2).await;
    assert_eq!(out["recipient"], json!("US.13491208655302741918"));
    server.stop().await;
}

#[tokio::test]
async fn what_a_customer_wrote_long_ago_is_answered_by_no_free_text() {
    let (server, fake) = start(Wanted::default()).await;
    let ann = server.api("ann").await;
    let mut late = text(&wamid(), ANN, "Sent yesterday, told today");
    let yesterday = late["timestamp"].as_str().unwrap().parse::<i64>().unwrap() - 25 * 60 * 60;
    late["timestamp"] = json!(yesterday);
    assert_eq!(tell(&ann, &messages(&[late])).await, 200);
    let thread = ann.list().await.threads.remove(0);
    let refused = ann.command("k", reply(thread.id, 0, "Too late")).await;
    assert_eq!(refused.unwrap_err().code, ErrorCode::WindowClosed);
    assert_eq!(tell(&ann, &messages(&[text(&wamid(), ANN, "Now?")])).await, 200);
    answer(&ann, &thread, 0, "Now").await;
    sent(&fake, 1).await;
    assert_eq!(fake.asked(), 1);
    server.stop().await;
}

#[tokio::test]
async fn what_meta_refuses_is_told_by_its_code() {
    let (server, fake) = start(Wanted::default()).await;
    let (ann, mut desk) = server.desk("ann").await;
    let thread = new_thread(&ann, ANN).await;
    // At once, whatever the HTTP status is.
    fake.script(&[Behaviour::Error(500, 131_047)]);
    let message = answer(&ann, &thread, 0, "Too late").await;
    is_told(&mut desk, message, DeliveryState::Failed).await;
    // Later, by a status, and with it what the customer wants.
    let message = answer(&ann, &thread, 1, "Buy now").await;
    let out = sent(&fake, 1).await;
    is_told(&mut desk, message, DeliveryState::Sent).await;
    let failed = json!({ "errors": [{ "code": 131_050, "title": "stopped" }] });
    assert_eq!(tell(&ann, &status(&out, "failed", &failed)).await, 200);
    desk.until_known("what the customer wants", |desk| {
        desk.events.iter().any(|it| matches!(it.body, EventBody::ConsentChanged(_)))
    })
    .await;
    is_told(&mut desk, message, DeliveryState::Failed).await;
    let codes = desk.events.iter().filter_map(|event| match &event.body {
        EventBody::DeliveryChanged(it) => it.delivery.error.clone(),
        _ => None,
    });
    assert_eq!(codes.collect::<Vec<_>>(), ["131047", "131050"]);
    // A refusal for now is tried again.
    fake.script(&[Behaviour::Error(400, 130_429), Behaviour::Status(503)]);
    let message = answer(&ann, &thread, 2, "Busy").await;
    is_told(&mut desk, message, DeliveryState::Sent).await;
    assert_eq!((fake.received().len(), fake.asked()), (2, 5));
    server.stop().await;
}

#[tokio::test]
async fn preferences_and_new_addresses_are_kept() {
    let (server, _fake): (TestServer, _) = start(Wanted::default()).await;
    let (ann, mut desk) = server.desk("ann").await;
    let thread = new_thread(&ann, ANN).await;
    for (value, wanted) in [("stop", false), ("resume", true)] {
        let it = json!({ "wa_id": ANN, "category": "marketing_messages", "value": value });
        let told = body("user_preferences", &json!({ "user_preferences": [it] }));
        assert_eq!(tell(&ann, &told).await, 200);
        desk.until_known("it is told", |desk| {
            desk.events
                .iter()
                .any(|it| matches!(&it.body, EventBody::ConsentChanged(it) if it.wanted == wanted))
        })
        .await;
    }
    let new = "12025550133";
    let system = json!({ "type": "user_changed_number", "wa_id": new, "body": "A new number" });
    assert_eq!(tell(&ann, &messages(&[said("wamid.s", ANN, "system", &system)])).await, 200);
    let ids = json!({ "user_id": { "current": "US.2" }, "wa_id": new });
    assert_eq!(tell(&ann, &body("user_id_update", &json!({ "user_id_update": [ids] }))).await, 200);
    assert_eq!(tell(&ann, &messages(&[text(&wamid(), new, "Still me")])).await, 200);
    let threads = ann.list().await.threads;
    assert_eq!((threads.len(), threads[0].id), (1, thread.id));
    let values: Vec<_> = threads[0].contact.addresses.iter().map(|it| &*it.value).collect();
    assert_eq!(values, [&format!("+{ANN}"), &format!("+{new}"), "US.2"]);
    let other = body("calls", &json!({ "calls": ["x".repeat(3_000_000)] }));
    assert_eq!(
        tell(&ann, &other).await,
        200,
        "a field that nobody knows, as long as Meta makes it"
    );
    server.stop().await;
}
