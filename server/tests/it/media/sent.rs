//! Files in replies: shown at once, handed to each provider in its way, fetched by it without a session,
//! and by nobody else.

use std::time::Duration;

use protocol::{
    attachments::AttachmentView,
    commands::Outcome,
    errors::ErrorCode,
    events::EventBody,
    http::SandboxPhone,
    ids::{AttachmentId, MessageId, ThreadId},
    views::{DeliveryState, MessageView, Scope},
};
use serde_json::{Value, json};
use server::auth::link::{Links, Part};

use super::stage::{self, header, path, png, reply_with, upload};
use crate::{
    harness::{
        api::{Api, CUSTOMER, client, refused},
        fake_rbm::{self, FakeRbm},
        fake_rbm_api, fake_twilio_api,
        fake_whatsapp::{self, Behaviour, body, tell, text, wamid},
        server::{TestServer, Wanted, set_scope},
        socket::Socket,
        twilio::{self, told},
        wait::eventually,
    },
    main_job::reply,
    rbm,
};

/// Returns the replies that a desk was told of.
fn replies(desk: &Socket) -> Vec<&MessageView> {
    let sent = desk.events.iter().filter_map(|event| match &event.body {
        EventBody::MessageSent(it) => Some(&it.message),
        _ => None,
    });
    sent.collect()
}

/// Sends files and returns the message.
pub(super) async fn send(
    api: &Api,
    thread: ThreadId,
    seen: u32,
    text: &str,
    of: &[&AttachmentView],
) -> MessageId {
    let key = uuid::Uuid::now_v7().simple().to_string();
    let outcome = api.command(&key, reply_with(thread, seen, text, of)).await.unwrap();
    let Outcome::ReplySent(sent) = outcome else { panic!("{outcome:?}") };
    sent.message_id
}

/// Fetches as a provider does: without a session.
pub(super) async fn fetch(url: &str) -> reqwest::Response {
    client().get(url).send().await.unwrap()
}

/// Expects a refusal of a field, and returns what is allowed.
fn wrong<T: std::fmt::Debug>(result: Result<T, protocol::http::Problem>, field: &str) -> String {
    let problem = refused(result, ErrorCode::Invalid);
    assert_eq!(problem.details.unwrap().field.as_deref(), Some(field), "{}", problem.detail);
    problem.detail
}

async fn whatsapp(from: &str) -> (TestServer, fake_whatsapp::FakeWhatsapp, Api, Socket, ThreadId) {
    whatsapp_with(from, Wanted::default()).await
}

/// Starts a server, and lets a customer say hello.
pub(super) async fn whatsapp_with(
    from: &str,
    wanted: Wanted,
) -> (TestServer, fake_whatsapp::FakeWhatsapp, Api, Socket, ThreadId) {
    let (server, fake) = fake_whatsapp::start(wanted).await;
    let (ann, desk) = server.desk("ann").await;
    let hello = body("messages", &json!({ "messages": [text(&wamid(), from, "Hello?")] }));
    assert_eq!(tell(&ann, &hello).await, 200);
    let thread = ann.list().await.threads[0].id;
    (server, fake, ann, desk, thread)
}

async fn is_told(desk: &mut Socket, message: MessageId, state: DeliveryState) {
    desk.until_known("a state", |desk| told(desk, message).last() == Some(&state)).await;
}

#[tokio::test]
async fn pictures_go_out_as_one_mms_and_are_on_every_desk_at_once() {
    let (server, fake) = twilio::start(Wanted::default()).await;
    let (ann, mut anns) = server.desk("ann").await;
    let (ben_id, (_ben, mut bens)) = (server.api("ben").await.id(), server.desk("ben").await);
    let thread = twilio::new_thread(&fake, &ann, CUSTOMER).await.id;
    let pictures = [png(640, 320), png(8, 8)];
    let (first, second) =
        (upload(&ann, "one.png", &pictures[0]).await, upload(&ann, "two.png", &pictures[1]).await);
    let key = "k1";
    let command = reply_with(thread, 0, "", &[&second, &first]);
    let outcome = anns.command(key, command.clone()).await.unwrap();
    assert_eq!(ann.command(key, command).await.unwrap(), outcome, "the key knows");
    for desk in [&mut anns, &mut bens] {
        desk.until_known("the reply", |desk| replies(desk).len() == 1).await;
        let shown = replies(desk)[0];
        assert_eq!(shown.text, "");
        assert_eq!(shown.attachments, [second.clone(), first.clone()], "whole, and in order");
    }
    let snapshot = ann.snapshot(thread).await;
    assert_eq!(snapshot.thread.preview.unwrap().text, "Attachment: two.png");
    let now = snapshot.timeline.events.into_iter().find_map(|event| match event.body {
        EventBody::MessageSent(it) => Some(it.message.attachments),
        _ => None,
    });
    assert_eq!(now.unwrap(), [second.clone(), first.clone()]);
    let out = eventually("it goes out", async || fake.received().pop()).await;
    assert_eq!((out.body.as_str(), out.media_urls.len()), ("", 2));
    for (url, bytes) in out.media_urls.iter().zip([&pictures[1], &pictures[0]]) {
        let answer = fetch(url).await;
        assert_eq!(header(&answer, "content-type"), "image/png");
        assert_eq!(header(&answer, "x-content-type-options"), "nosniff");
        assert_eq!(header(&answer, "content-security-policy"), "sandbox; default-src 'none'");
        assert_eq!(header(&answer, "cache-control"), "private, no-store");
        assert!(header(&answer, "content-disposition").starts_with("attachment; filename="));
        assert!(answer.bytes().await.unwrap() == **bytes);
        let head = client().head(url).send().await.unwrap();
        assert_eq!(
            (head.status().as_u16(), header(&head, "content-length")),
            (200, &*bytes.len().to_string())
        );
    }
    // In the desk the same rule as for customers' files.
    assert_eq!(ann.try_get(&path(first.id)).await.bytes().await.unwrap(), pictures[0]);
    assert_eq!(ann.try_get(&format!("{}/thumbnail", path(first.id))).await.status(), 200);
    set_scope(&server.database, ben_id, Scope::Assigned).await;
    assert_eq!(server.api("ben").await.try_get(&path(first.id)).await.status(), 404);
    // A colleague who did not see it is shown it with the collision.
    let cleo = server.api("cleo").await;
    let problem =
        refused(cleo.command("k", reply(thread, 0, "Me, too")).await, ErrorCode::Collision);
    let missed = problem.details.unwrap().replies.unwrap();
    assert_eq!(missed[0].attachments, [second, first]);
    server.stop().await;
}

#[tokio::test]
async fn a_link_opens_one_file_of_ours_for_a_day() {
    let (server, files, ann, mut desk) = stage::start().await;
    let theirs = stage::one(&ann, &mut desk, &files.put("/a", &png(4, 4)), "image/png").await;
    let thread = ann.list().await.threads[0].id;
    let sandbox = ann.new_thread(CUSTOMER).await.id;
    assert_ne!(thread, sandbox);
    let ours = upload(&ann, "a.png", &png(5, 5)).await;
    let unsent = upload(&ann, "b.png", &png(5, 5)).await;
    send(&ann, sandbox, 0, "", &[&ours]).await;
    let key: Vec<u8> = sqlx::query_scalar("select key from link_keys")
        .fetch_one(&mut server.database.connect().await)
        .await
        .unwrap();
    let links = |key: Vec<u8>| Links::new(key, server.url().parse().unwrap(), server.clock());
    let good = links(key.clone());
    let status = async |url: &str| fetch(url).await.status().as_u16();
    let url = good.url(ours.id, Part::File).to_string();
    assert_eq!(status(&url).await, 200);
    assert_eq!(status(good.url(ours.id, Part::Thumbnail).as_str()).await, 200);
    for (what, wrong) in [
        ("a customer's file", good.url(theirs.id, Part::File).to_string()),
        ("a file that was not sent", good.url(unsent.id, Part::File).to_string()),
        ("another key", links(vec![7; 32]).url(ours.id, Part::File).to_string()),
        ("another file's", url.replace(&ours.id.to_string(), &theirs.id.to_string())),
        ("another part's", url.replace("/file/", "/thumbnail/")),
        ("cut", url.chars().take(url.len() - 1).collect()),
        ("no file at all", good.url(AttachmentId::from(uuid::Uuid::nil()), Part::File).to_string()),
        ("no signature", url.rsplit_once('-').unwrap().0.to_owned()),
        ("no id", url.replace(&ours.id.to_string(), "..%2f..%2fme")),
    ] {
        assert_eq!(status(&wrong).await, 404, "{what}: {wrong}");
    }
    server.advance(Duration::from_hours(25)).await;
    assert_eq!(status(&url).await, 404, "too late");
    assert_eq!(status(good.url(ours.id, Part::File).as_str()).await, 200, "a new one");
    server.stop().await;
}

#[tokio::test]
async fn files_that_cannot_go_are_refused_in_words_and_kept() {
    let (server, fake) = twilio::start(Wanted::default()).await;
    let (ann, ben) = (server.api("ann").await, server.api("ben").await);
    let thread = twilio::new_thread(&fake, &ann, CUSTOMER).await.id;
    let send = async |key: &str, text: &str, files: &[&AttachmentView]| {
        ann.command(key, reply_with(thread, 0, text, files)).await
    };
    assert!(wrong(send("k0", "", &[]).await, "command.text").contains("empty"));
    let page = upload(&ann, "cat.jpg", b"<html><script>alert(1)</script>").await;
    let allowed = wrong(send("k1", "A cat", &[&page]).await, "command.attachments");
    assert!(allowed.contains("JPEG, PNG, GIF"), "{allowed}");
    let picture = upload(&ann, "cat.png", &png(9, 9)).await;
    for (key, what) in [("k2", [&picture, &picture]), ("k3", [&picture, &page])] {
        wrong(send(key, "", &what).await, "command.attachments");
    }
    let bens = upload(&ben, "dog.png", &png(9, 9)).await;
    let allowed = wrong(send("k4", "", &[&bens]).await, "command.attachments");
    assert!(allowed.contains("that you have uploaded"), "{allowed}");
    let mut pdf = b"%PDF-1.7 ".to_vec();
    pdf.resize(501 * 1024, b' ');
    let pdf = upload(&ann, "a.pdf", &pdf).await;
    assert!(wrong(send("k5", "", &[&pdf]).await, "command.attachments").contains("500 KB"));
    assert_eq!(fake.received().len(), 0);
    // The same key, because nothing was done under it.
    send("k3", "A cat", &[&picture]).await.unwrap();
    let out = eventually("it goes out", async || fake.received().pop()).await;
    assert_eq!((out.body.as_str(), out.media_urls.len()), ("A cat", 1));
    let again = ann.command("k6", reply_with(thread, 1, "", &[&picture])).await;
    wrong(again, "command.attachments");
    server.stop().await;
}

#[tokio::test]
async fn a_page_that_calls_itself_a_picture_cannot_run_in_a_desk() {
    let server = TestServer::start().await;
    let ann = server.api("ann").await;
    let thread = ann.new_thread(CUSTOMER).await.id;
    let page = upload(&ann, "cat.jpg", b"<!doctype html><script>alert(1)</script>").await;
    send(&ann, thread, 0, "Look", &[&page]).await;
    let answer = ann.try_get(&path(page.id)).await;
    assert_eq!(header(&answer, "content-type"), "application/octet-stream");
    assert!(header(&answer, "content-disposition").starts_with("attachment;"));
    assert_eq!(header(&answer, "content-security-policy"), "sandbox; default-src 'none'");
    server.stop().await;
}

#[tokio::test]
async fn the_phone_of_the_sandbox_shows_pictures() {
    let server = TestServer::start().await;
    let ann = server.api("ann").await;
    let thread = ann.new_thread(CUSTOMER).await.id;
    let picture = png(30, 30);
    let file = upload(&ann, "a.png", &picture).await;
    send(&ann, thread, 0, "Look", &[&file]).await;
    ann.phone(CUSTOMER, 1).await;
    let path = format!("/sandbox/api/channels/{}/phones/{CUSTOMER}", ann.sandbox().await);
    let phone: SandboxPhone = ann.get(&path).await;
    let [_hello, look] = &phone.messages[..] else { panic!("{phone:?}") };
    assert_eq!((look.text.as_str(), look.files.len()), ("Look", 1));
    assert_eq!(look.files[0].mime_type, "image/png");
    let answer = fetch(&format!("{}{}", server.url(), look.files[0].path)).await;
    assert!(answer.bytes().await.unwrap() == picture);
    server.stop().await;
}

#[tokio::test]
async fn whatsapp_gets_one_file_with_its_caption() {
    let (server, fake, ann, mut desk, thread) = whatsapp("12025550111").await;
    let picture = upload(&ann, "a.png", &png(9, 9)).await;
    let other = upload(&ann, "b.png", &png(9, 9)).await;
    let pdf = upload(&ann, "Rechnung%20M%C3%A4rz.pdf", b"%PDF-1.7 ...").await;
    let sound = upload(&ann, "c.mp3", b"ID3\x04\x00\x00\x00\x00\x00\x00").await;
    assert_eq!(sound.mime_type, "audio/mpeg");
    let refused_for = async |text: &str, files: &[&AttachmentView], field: &str| {
        wrong(ann.command("no", reply_with(thread, 0, text, files)).await, field)
    };
    let allowed = refused_for("", &[&picture, &other], "command.attachments").await;
    assert!(allowed.contains("one file"), "{allowed}");
    refused_for("Listen", &[&sound], "command.text").await;
    let long = "x".repeat(1_025);
    let problem = ann.command("no", reply_with(thread, 0, &long, &[&picture])).await.unwrap_err();
    assert_eq!((problem.code, problem.details.unwrap().max), (ErrorCode::TooLong, Some(1_024)));

    // Refused for now, and tried again with the same file.
    fake.script(&[Behaviour::Error(429, 130_429)]);
    let message = send(&ann, thread, 0, "Look", &[&picture]).await;
    is_told(&mut desk, message, DeliveryState::Sent).await;
    send(&ann, thread, 1, "", &[&pdf]).await;
    send(&ann, thread, 2, "", &[&sound]).await;
    let out = eventually("all go out", async || Some(fake.received()).filter(|it| it.len() == 3));
    let out = out.await;
    assert_eq!((&out[0]["type"], &out[0]["image"]["caption"]), (&json!("image"), &json!("Look")));
    assert_eq!(out[1]["document"]["filename"], "Rechnung März.pdf");
    assert_eq!(out[1]["document"].get("caption"), None);
    assert_eq!(out[2]["type"], "audio");
    for (kind, it) in ["image", "document", "audio"].iter().zip(&out) {
        assert_eq!(fetch(it[kind]["link"].as_str().unwrap()).await.status(), 200, "{kind}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_file_whose_answer_was_lost_is_not_sent_twice() {
    let (server, fake, ann, mut desk, thread) = whatsapp("12025550111").await;
    let picture = upload(&ann, "a.png", &png(9, 9)).await;
    fake.script(&[Behaviour::NeverAnswer]);
    let message = send(&ann, thread, 0, "", &[&picture]).await;
    is_told(&mut desk, message, DeliveryState::Unknown).await;
    let tries = "select attempts::bigint from deliveries";
    eventually("it is looked at again", async || {
        (server.database.count(tries).await >= 3).then_some(())
    })
    .await;
    assert_eq!(fake.asked(), 1, "where nobody can be asked, nothing is sent again");
    server.stop().await;

    // Twilio is asked, and another message without words is not taken for it.
    let (server, fake) = twilio::start(Wanted::default()).await;
    let (ann, mut desk) = server.desk("ann").await;
    let thread = twilio::new_thread(&fake, &ann, CUSTOMER).await.id;
    let picture = upload(&ann, "a.png", &png(9, 9)).await;
    fake.script(&[fake_twilio_api::Behaviour::AcceptThen500]);
    let message = send(&ann, thread, 0, "", &[&picture]).await;
    is_told(&mut desk, message, DeliveryState::Sent).await;
    assert_eq!(fake.received().len(), 1);
    server.stop().await;
}

#[tokio::test]
async fn rcs_gets_a_file_or_a_card_once() {
    let office = rbm::office().await;
    let (google, ann) = (&office.google, &office.ann);
    let thread = office.thread().await.id;
    let picture = upload(ann, "a.png", &png(400, 400)).await;
    let pdf = upload(ann, "a.pdf", b"%PDF-1.7 ...").await;
    let with_words = ann.command("no", reply_with(thread, 0, "Read", &[&pdf])).await;
    wrong(with_words, "command.text");
    // Taken, and never told so: the same id again, and it is there once.
    google.script(&[fake_rbm_api::Behaviour::TakeThen(503)]);
    send(ann, thread, 0, "Look", &[&picture]).await;
    send(ann, thread, 1, "", &[&pdf]).await;
    let out =
        eventually("both go out", async || Some(google.received()).filter(|it| it.len() == 2));
    let out = out.await;
    assert_eq!(google.requests("POST agentMessages"), 3);
    let content = |n: usize| out[n].body["contentMessage"].clone();
    let card = &content(0)["richCard"]["standaloneCard"]["cardContent"];
    assert_eq!(card["description"], "Look");
    let info = &card["media"]["contentInfo"];
    for (part, mime_type) in [("fileUrl", "image/png"), ("thumbnailUrl", "image/jpeg")] {
        let answer = fetch(info[part].as_str().unwrap()).await;
        assert_eq!((answer.status().as_u16(), header(&answer, "content-type")), (200, mime_type));
    }
    let alone: Value = content(1)["contentInfo"].clone();
    assert_eq!(fetch(alone["fileUrl"].as_str().unwrap()).await.status(), 200);
    assert_eq!(alone.get("thumbnailUrl"), None);
    office.server.stop().await;
}

#[tokio::test]
async fn what_rcs_cannot_bring_goes_as_an_mms_where_it_fits() {
    let wanted = Wanted::default();
    let google = FakeRbm::start(wanted.clock.clone()).await;
    let (server, sms) = twilio::start(Wanted { rbm: Some(google.config()), ..wanted }).await;
    let (ann, mut desk) = server.desk("ann").await;
    let hello = fake_rbm::text(CUSTOMER, "m1", "Hello?");
    assert_eq!(google.push(&rbm::webhook(&ann), &hello).await, 200);
    let thread = ann.list().await.threads[0].id;
    let picture = upload(&ann, "a.png", &png(9, 9)).await;
    let mut large = b"%PDF-1.7 ".to_vec();
    large.resize(600 * 1024, b' ');
    let large = upload(&ann, "a.pdf", &large).await;
    let no_rcs = fake_rbm_api::Behaviour::Refuse(404, "NOT_FOUND");
    google.script(&[no_rcs, no_rcs]);
    let fits = send(&ann, thread, 0, "Look", &[&picture]).await;
    is_told(&mut desk, fits, DeliveryState::Sent).await;
    let out = sms.received().pop().expect("an MMS");
    assert_eq!((out.body.as_str(), out.media_urls.len()), ("Look", 1));
    let message = send(&ann, thread, 1, "", &[&large]).await;
    is_told(&mut desk, message, DeliveryState::Failed).await;
    assert_eq!(sms.received().len(), 1, "more than an MMS takes");
    server.stop().await;
}
