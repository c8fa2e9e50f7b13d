//! Files that customers send: fetched, kept, shown to who may see them, and nothing else with them.

use std::{io::Cursor, sync::Arc, time::Duration};

use protocol::{
    attachments::{AttachmentChanged, AttachmentState, AttachmentView},
    events::EventBody,
    ids::AttachmentId,
    views::{MessageForm, MessageView, Scope},
};
use serde_json::json;
use server::{
    channels::{
        fetch::{FetchError, FetchRequest, Fetcher},
        reachable::{Reach, System},
        twilio::signature::{SIGNATURE_HEADER, sign_form},
    },
    config::settings::TwilioConfig,
};

use crate::harness::{
    api::{Api, CUSTOMER, client},
    database::Database,
    fake_twilio::InboundSms,
    fake_whatsapp::{self, wamid},
    files::{Answer, Files},
    process::ServerProcess,
    server::{TestServer, Wanted, people, set_scope},
    socket::Socket,
    twilio::{self, SID, TOKEN, numbers::BUSINESS, twilio_env, webhook},
    wait::eventually,
};

/// Longer than any wait between two tries, and than a claim.
const LATER: Duration = Duration::from_mins(16);

/// A server whose Twilio is at this address.
fn wanted(files: &Files) -> Wanted {
    let twilio = TwilioConfig {
        account_sid: SID.to_owned(),
        auth_token: TOKEN.into(),
        number: BUSINESS.to_owned(),
        api_url: files.url("").trim_end_matches('/').to_owned(),
    };
    Wanted { twilio: Some(twilio), ..Wanted::default() }
}

async fn start() -> (TestServer, Files, Api, Socket) {
    let files = Files::start().await;
    let server = TestServer::start_with(wanted(&files)).await;
    let (api, desk) = server.desk("ann").await;
    (server, files, api, desk)
}

/// Lets a customer send files.
async fn send(api: &Api, text: &str, media: &[(&str, &str)]) {
    let sid = twilio::sid();
    let sms = InboundSms { account_sid: SID, sid: &sid, from: CUSTOMER, to: BUSINESS, body: text };
    let mut params = sms.params();
    params.retain(|(name, _)| name != "NumMedia");
    params.push(("NumMedia".to_owned(), media.len().to_string()));
    for (n, (url, mime_type)) in media.iter().enumerate() {
        params.push((format!("MediaUrl{n}"), (*url).to_owned()));
        params.push((format!("MediaContentType{n}"), (*mime_type).to_owned()));
    }
    let url = format!("{}{}", api.url, webhook(api, "messages"));
    let signature = sign_form(&url, &params, &TOKEN.into());
    let post = client().post(&url).form(&params).header(SIGNATURE_HEADER, signature);
    assert_eq!(post.send().await.unwrap().status(), 200);
}

/// Returns what a desk was told of files, oldest first.
fn told(desk: &Socket) -> Vec<&AttachmentChanged> {
    let mut told = Vec::new();
    for event in &desk.events {
        if let EventBody::AttachmentChanged(it) = &event.body {
            told.push(it);
        }
    }
    told
}

/// Lets a customer send one file, and returns it once it is settled.
async fn one(api: &Api, desk: &mut Socket, url: &str, mime_type: &str) -> AttachmentView {
    let before = told(desk).len();
    send(api, "", &[(url, mime_type)]).await;
    desk.until_known(url, |desk| told(desk).len() > before).await;
    told(desk)[before].attachment.clone()
}

/// Returns the last message of the customer, as a snapshot has it.
async fn message(api: &Api) -> MessageView {
    let thread = api.list().await.threads[0].id;
    let events = api.snapshot(thread).await.timeline.events;
    let received = events.into_iter().rev().find_map(|event| match event.body {
        EventBody::MessageReceived(it) => Some(it.message),
        _ => None,
    });
    received.expect("a message")
}

fn path(id: AttachmentId) -> String {
    format!("/api/v1/attachments/{id}")
}

fn header<'a>(answer: &'a reqwest::Response, name: &str) -> &'a str {
    answer.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let picture = image::RgbImage::from_pixel(width, height, image::Rgb([0, 120, 60]));
    picture.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

#[tokio::test]
async fn pictures_that_come_with_a_message_are_kept_and_shown_to_who_may_see_them() {
    let (server, files, ann, mut desk) = start().await;
    let ben_id = server.api("ben").await.id();
    set_scope(&server.database, ben_id, Scope::Assigned).await;
    let ben = server.api("ben").await;
    let (large, small) = (png(800, 400), png(20, 10));
    let urls = [files.put("/a?token=secret", &large), files.put("/b", &small)];
    send(&ann, "", &[(&urls[0], "image/png"), (&urls[1], "image/jpeg")]).await;
    desk.until_known("both", |desk| told(desk).len() == 2).await;

    let EventBody::MessageReceived(received) = &desk.events[1].body else { panic!("no message") };
    let received = &received.message;
    assert_eq!((received.text.as_str(), received.form), ("", MessageForm::Media));
    let waits = |it: &AttachmentView| it.state == AttachmentState::Waiting && !it.has_thumbnail;
    assert!(received.attachments.len() == 2 && received.attachments.iter().all(waits));
    assert_eq!(received.attachments[1].mime_type, "image/jpeg", "as it was declared");
    let now = message(&ann).await.attachments;
    let ids = |list: &[AttachmentView]| list.iter().map(|it| it.id).collect::<Vec<_>>();
    assert_eq!(ids(&now), ids(&received.attachments));
    for (file, bytes) in now.iter().zip([&large, &small]) {
        let event = told(&desk).into_iter().find(|it| it.attachment.id == file.id).unwrap();
        assert_eq!((&event.attachment, event.message_id), (file, received.id));
        assert_eq!((file.state, file.mime_type.as_str()), (AttachmentState::Stored, "image/png"));
        assert_eq!((file.bytes, file.has_thumbnail), (Some(bytes.len() as u64), true));

        let answer = ann.try_get(&path(file.id)).await;
        assert_eq!(answer.status(), 200);
        assert_eq!(header(&answer, "content-type"), "image/png");
        assert_eq!(header(&answer, "content-disposition"), "inline");
        assert_eq!(header(&answer, "content-security-policy"), "sandbox; default-src 'none'");
        assert_eq!(header(&answer, "x-content-type-options"), "nosniff");
        assert_eq!(header(&answer, "cache-control"), "private, max-age=86400, immutable");
        assert_eq!(header(&answer, "content-length"), bytes.len().to_string());
        assert!(answer.bytes().await.unwrap() == **bytes);
        let answer = ann.try_get(&format!("{}/thumbnail", path(file.id))).await;
        assert_eq!(
            (answer.status().as_u16(), header(&answer, "content-type")),
            (200, "image/jpeg")
        );
        let picture = image::load_from_memory(&answer.bytes().await.unwrap()).unwrap();
        assert_eq!(picture.width(), if file.id == now[0].id { 320 } else { 20 });

        for path in [path(file.id), format!("{}/thumbnail", path(file.id))] {
            assert_eq!(ben.try_get(&path).await.status(), 404, "not for Ben");
            let stranger = client().get(format!("{}{path}", server.url())).send().await.unwrap();
            assert_eq!(stranger.status(), 401);
        }
    }
    let unknown = AttachmentId::from(uuid::Uuid::now_v7());
    assert_eq!(ann.try_get(&path(unknown)).await.status(), 404);
    assert_eq!(ann.list().await.threads[0].preview.as_ref().unwrap().text, "Attachment");
    let left = "select count(*) from attachments where source is not null";
    assert_eq!(server.database.count(left).await, 0, "addresses are secrets");
    let events = "select count(*) from events where data::text like '%secret%'";
    assert_eq!(server.database.count(events).await, 0);
    assert_eq!(files.asked().len(), 2, "each is fetched once");
    server.stop().await;
}

#[tokio::test]
async fn reading_a_file_is_on_record_once_an_hour() {
    let (server, files, ann, mut desk) = start().await;
    let file = one(&ann, &mut desk, &files.put("/a", &png(4, 4)), "image/png").await;
    let record = async || {
        let sql = "select count(*) from events where kind = 'attachment.opened'";
        server.database.count(sql).await
    };
    let thumbnail = format!("{}/thumbnail", path(file.id));
    assert_eq!(ann.try_get(&thumbnail).await.status(), 200);
    assert_eq!(record().await, 0, "opening the thread is on record, and shows the small one");
    for _again in 0..3 {
        assert_eq!(ann.try_get(&path(file.id)).await.status(), 200);
    }
    assert_eq!(record().await, 1);
    let sam = server.api("sam").await;
    assert_eq!(sam.try_get(&path(file.id)).await.status(), 200);
    assert_eq!(record().await, 2);
    server.advance(Duration::from_mins(61)).await;
    assert_eq!(ann.try_get(&path(file.id)).await.status(), 200);
    assert_eq!(record().await, 3);
    server.stop().await;
}

#[tokio::test]
async fn a_part_of_a_file_can_be_asked_for() {
    let (server, files, ann, mut desk) = start().await;
    let bytes = png(30, 30);
    let file = one(&ann, &mut desk, &files.put("/a", &bytes), "image/png").await;
    let url = format!("{}{}", server.url(), path(file.id));
    let ask = async |range: &str| {
        let call = client().get(&url).bearer_auth(&ann.token).header("range", range);
        call.send().await.unwrap()
    };
    let answer = ask("bytes=4-9").await;
    assert_eq!(answer.status(), 206);
    assert_eq!(header(&answer, "content-range"), format!("bytes 4-9/{}", bytes.len()));
    assert_eq!(answer.bytes().await.unwrap(), &bytes[4..10]);
    let answer = ask("bytes=99999-").await;
    assert_eq!(answer.status(), 416);
    assert_eq!(header(&answer, "content-range"), format!("bytes */{}", bytes.len()));
    assert_eq!(ask("bytes=9-4").await.status(), 200);
    server.stop().await;
}

#[tokio::test]
async fn nothing_leads_into_our_own_network() {
    let (server, files, ann, mut desk) = start().await;
    let forbidden = [
        "https://10.0.0.1/",
        "https://192.168.1.1:8443/x",
        "https://169.254.169.254/latest/meta-data/",
        "http://169.254.169.254/latest/meta-data/",
        "https://2852039166/",
        "https://0xa9fea9fe/",
        "https://0251.0376.0251.0376/",
        "https://[::ffff:10.0.0.1]/",
        "https://[fd00:ec2::254]/",
        "https://0.0.0.0/",
        "https://user:word@example.com/",
        "http://example.com/",
        "ftp://example.com/",
        "file:///etc/passwd",
    ];
    for to in forbidden {
        files.script("/redirect", &[Answer::Redirect(to.to_owned())]);
        let file = one(&ann, &mut desk, &files.url("/redirect"), "image/png").await;
        assert_eq!(file.state, AttachmentState::Refused, "{to}");
        assert_eq!(file.error.as_deref(), Some("blocked_address"), "{to}");
        assert_eq!(ann.try_get(&path(file.id)).await.status(), 404);
    }
    files.script("/round", &[Answer::Redirect("/round".to_owned())]);
    let file = one(&ann, &mut desk, &files.url("/round"), "image/png").await;
    assert_eq!(file.error.as_deref(), Some("too_many_redirects"));
    let rounds = files.asked().iter().filter(|it| it.path == "/round").count();
    assert_eq!(rounds, 6, "the first and five more");
    files.script("/far", &[Answer::Redirect("/near".to_owned())]);
    files.put("/near", b"%PDF-1.7");
    let file = one(&ann, &mut desk, &files.url("/far"), "application/pdf").await;
    assert_eq!(file.state, AttachmentState::Stored, "{file:?}");
    server.stop().await;
}

#[tokio::test]
async fn this_machine_is_asked_only_where_a_test_allows_it() {
    let files = Files::start().await;
    let wanted = Wanted { media_allow_loopback: false, ..wanted(&files) };
    let server = TestServer::start_with(wanted).await;
    let (ann, mut desk) = server.desk("ann").await;
    let port = files.port();
    for url in [
        format!("http://127.0.0.1:{port}/"),
        format!("https://127.0.0.1:{port}/"),
        format!("https://[::1]:{port}/"),
        format!("https://2130706433:{port}/"),
        // By name: looked up, and only then refused.
        format!("https://localhost:{port}/"),
    ] {
        let file = one(&ann, &mut desk, &url, "image/png").await;
        assert_eq!(file.error.as_deref(), Some("blocked_address"), "{url}");
    }
    assert_eq!(files.connections(), 0);
    server.stop().await;
}

#[tokio::test]
async fn a_password_goes_to_the_provider_and_not_where_it_redirects_to() {
    let elsewhere = Files::start().await;
    let (server, files, ann, mut desk) = start().await;
    files.script("/private", &[Answer::Redirect(elsewhere.url("/signed"))]);
    elsewhere.script("/signed", &[Answer::Redirect(files.url("/back"))]);
    files.put("/back", &png(3, 3));
    let file = one(&ann, &mut desk, &files.url("/private"), "image/png").await;
    assert_eq!(file.state, AttachmentState::Stored);
    let asked = files.asked();
    let basic = asked[0].authorization.as_deref().unwrap_or_default();
    assert!(basic.starts_with("Basic "), "{asked:?}");
    assert_eq!(elsewhere.asked()[0].authorization, None);
    assert_eq!((asked[1].path.as_str(), &asked[1].authorization), ("/back", &None));
    // Another host from the first: none of ours.
    let file = one(&ann, &mut desk, &elsewhere.put("/public", &png(3, 3)), "image/png").await;
    assert_eq!(file.state, AttachmentState::Stored);
    assert_eq!(elsewhere.asked()[1].authorization, None);
    server.stop().await;
}

#[tokio::test]
async fn no_more_is_taken_than_is_wanted_whatever_is_said_of_it() {
    let files = Files::start().await;
    let wanted = Wanted { media_max_bytes: 256 * 1024, ..wanted(&files) };
    let folder = wanted.files.clone();
    let server = TestServer::start_with(wanted).await;
    let (ann, mut desk) = server.desk("ann").await;
    for headers in [
        "Content-Type: image/png",
        "Transfer-Encoding: chunked",
        "Content-Length: 99999999999",
        "Content-Length: 300000",
    ] {
        let before = files.bytes();
        files.script("/endless", &[Answer::Endless(headers)]);
        let file = one(&ann, &mut desk, &files.url("/endless"), "image/png").await;
        assert_eq!(file.error.as_deref(), Some("too_large"), "{headers}");
        // What the sockets on both sides hold comes on top.
        let taken = files.bytes() - before;
        assert!(taken < 16 * 1024 * 1024, "{headers}: {taken}");
        assert_eq!(folder.count(), 0, "{headers}: nothing is left");
    }
    // One that says less than comes is what it says.
    files.script("/short", &[Answer::Endless("Content-Length: 1000")]);
    let file = one(&ann, &mut desk, &files.url("/short"), "text/plain").await;
    assert_eq!((file.state, file.bytes), (AttachmentState::Stored, Some(1000)));
    // One that says more is not whole, and is asked for again.
    let torn = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this".to_vec();
    files.script("/torn", &[Answer::Raw(torn), Answer::File(b"all of it".to_vec())]);
    let file = one(&ann, &mut desk, &files.url("/torn"), "text/plain").await;
    assert_eq!((file.state, file.bytes), (AttachmentState::Stored, Some(9)));
    assert_eq!(folder.count(), 2);
    // Exactly the limit is allowed.
    let most = vec![b'x'; 256 * 1024];
    let file = one(&ann, &mut desk, &files.put("/most", &most), "text/plain").await;
    assert_eq!(file.state, AttachmentState::Stored);
    server.stop().await;
}

#[tokio::test]
async fn what_a_browser_would_run_is_for_saving() {
    const SVG: &[u8] = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>";
    let (server, files, ann, mut desk) = start().await;
    let cases: [(&str, &[u8], &str, &str); 7] = [
        ("image/svg+xml", SVG, "application/octet-stream", "attachment"),
        ("image/png", SVG, "application/octet-stream", "attachment"),
        (
            "text/html",
            b"<!doctype html><script>alert(1)</script>",
            "application/octet-stream",
            "attachment",
        ),
        (
            "image/jpeg",
            b"<html><script>alert(1)</script>",
            "application/octet-stream",
            "attachment",
        ),
        ("text/xml", b"<?xml version='1.0'?><a/>", "application/octet-stream", "attachment"),
        ("application/pdf", b"%PDF-1.7 ...", "application/pdf", "attachment"),
        ("text/plain", b"Hello", "text/plain", "attachment"),
    ];
    for (declared, bytes, mime_type, disposition) in cases {
        let file = one(&ann, &mut desk, &files.put("/it", bytes), declared).await;
        assert_eq!((file.mime_type.as_str(), file.has_thumbnail), (mime_type, false), "{declared}");
        let answer = ann.try_get(&path(file.id)).await;
        assert_eq!(header(&answer, "content-type"), mime_type, "{declared}");
        assert_eq!(header(&answer, "content-disposition"), disposition, "{declared}");
        assert_eq!(header(&answer, "content-security-policy"), "sandbox; default-src 'none'");
        assert_eq!(header(&answer, "x-content-type-options"), "nosniff");
        assert_eq!(answer.bytes().await.unwrap(), bytes);
        assert_eq!(ann.try_get(&format!("{}/thumbnail", path(file.id))).await.status(), 404);
    }
    server.stop().await;
}

#[tokio::test]
async fn a_picture_that_would_fill_the_memory_is_kept_and_has_no_small_one() {
    let (server, files, ann, mut desk) = start().await;
    let mut bomb = png(10, 10);
    // It promises 65,000 by 65,000 pixels.
    bomb[16..24].copy_from_slice(&[0, 0, 0xfd, 0xe8, 0, 0, 0xfd, 0xe8]);
    let torn = png(100, 100)[..60].to_vec();
    for bytes in [bomb, torn] {
        let file = one(&ann, &mut desk, &files.put("/bomb", &bytes), "image/png").await;
        assert_eq!((file.state, file.has_thumbnail), (AttachmentState::Stored, false));
        let read = ann.try_get(&path(file.id)).await.bytes().await.unwrap();
        assert!(read == bytes);
    }
    let file = one(&ann, &mut desk, &files.put("/good", &png(9, 9)), "image/png").await;
    assert!(file.has_thumbnail, "the next one is fine");
    server.stop().await;
}

#[tokio::test]
async fn a_file_that_fails_at_first_is_tried_again_and_one_that_never_comes_is_given_up() {
    let (server, files, ann, desk) = start().await;
    drop(desk);
    let settled = async || {
        let file = message(&ann).await.attachments.remove(0);
        (file.state != AttachmentState::Waiting).then_some(file)
    };
    let changes = async || {
        let sql = "select count(*) from events where kind = 'attachment.changed'";
        server.database.count(sql).await
    };
    let good = Answer::File(png(3, 3));
    files.script("/shy", &[Answer::Status(503), Answer::Raw(Vec::new()), good]);
    send(&ann, "See:", &[(&files.url("/shy"), "image/png")]).await;
    // Only once it waits again: the wait counts from then.
    let put_back = async || {
        let sql =
            "select count(*) from attachments where state = 'waiting' and claimed_until is null";
        (server.database.count(sql).await == 1).then_some(())
    };
    for tries in 1..=2 {
        eventually("the next try", async || (files.asked().len() >= tries).then_some(())).await;
        eventually("it is put back", put_back).await;
        server.advance(LATER).await;
    }
    assert_eq!(eventually("it came", settled).await.state, AttachmentState::Stored);
    assert_eq!(ann.list().await.threads[0].preview.as_ref().unwrap().text, "See:");

    files.script("/never", &[Answer::Status(404)]);
    send(&ann, "", &[(&files.url("/never"), "image/png")]).await;
    let tries = || files.asked().iter().filter(|it| it.path == "/never").count();
    for nth in 1..=14 {
        eventually("the next try", async || (tries() >= nth).then_some(())).await;
        eventually("it is put back", put_back).await;
        server.advance(LATER).await;
    }
    let file = eventually("it is given up", settled).await;
    assert_eq!((file.state, file.error.as_deref()), (AttachmentState::Refused, Some("http_404")));
    assert_eq!((tries(), changes().await), (15, 2));
    let (_ann, mut desk) = server.desk("ann").await;
    files.script("/gone", &[Answer::Status(410)]);
    let file = one(&ann, &mut desk, &files.url("/gone"), "image/png").await;
    assert_eq!(file.error.as_deref(), Some("http_410"), "at once");
    server.stop().await;
}

#[tokio::test]
async fn a_node_that_dies_on_a_file_leaves_it_to_the_next() {
    let (files, database) = (Files::start().await, Database::create().await);
    people(&database, 0).await;
    let wanted = wanted(&files);
    files.script("/slow", &[Answer::Silence, Answer::File(png(3, 3))]);
    let api_url = wanted.twilio.as_ref().unwrap().api_url.clone();
    let twilio = twilio_env(&api_url);
    let mut env: Vec<(&str, &str)> = twilio.iter().map(|(name, it)| (*name, it.as_str())).collect();
    let folder = wanted.files.path().to_str().unwrap().to_owned();
    env.extend([("TANDEM_MEDIA_ALLOW_LOOPBACK", "on"), ("TANDEM_BLOB_DIR", folder.as_str())]);
    let first = ServerProcess::start(&database, &env).await;
    send(&first.api("ann").await, "", &[(&files.url("/slow"), "image/png")]).await;
    eventually("it is asked for", async || (files.asked().len() == 1).then_some(())).await;
    first.kill().await;

    let kept = wanted.files.clone();
    let server = TestServer::join(&database, wanted).await;
    let ann = server.api("ann").await;
    assert_eq!(message(&ann).await.attachments[0].state, AttachmentState::Waiting);
    server.advance(LATER).await;
    let stored = eventually("it is stored", async || {
        let file = message(&ann).await.attachments.remove(0);
        (file.state == AttachmentState::Stored).then_some(file)
    });
    let stored = stored.await;
    assert_eq!(ann.try_get(&path(stored.id)).await.status(), 200);
    let changed = "select count(*) from events where kind = 'attachment.changed'";
    assert_eq!(database.count(changed).await, 1);
    assert_eq!(files.asked().len(), 2);
    let parts = kept.count();
    assert!(
        (2..=3).contains(&parts),
        "file, small one, and at most what the dead node began: {parts}"
    );
    server.stop().await;
}

#[tokio::test]
async fn whatsapp_is_asked_for_the_address_of_a_file_first() {
    let elsewhere = Files::start().await;
    let files = Files::start().await;
    let whatsapp = Some(fake_whatsapp::config(files.url("")));
    let server = TestServer::start_with(Wanted { whatsapp, ..Wanted::default() }).await;
    let (ann, mut desk) = server.desk("ann").await;
    let bytes = png(5, 5);
    let cases = [
        ("4711", files.put("/file", &bytes), true),
        ("4712", elsewhere.put("/file", &bytes), false),
    ];
    for (nth, (id, url, ours)) in cases.iter().enumerate() {
        files.put(&format!("/v23.0/{id}"), json!({ "url": url, "id": id }).to_string().as_bytes());
        let picture = json!({ "id": id, "mime_type": "image/png", "filename": "../a\"b.png" });
        let message = fake_whatsapp::said(&wamid(), "12025550111", "document", &picture);
        let told_of = fake_whatsapp::body("messages", &json!({ "messages": [message] }));
        assert_eq!(fake_whatsapp::tell(&ann, &told_of).await, 200);
        desk.until_known("the file", |desk| told(desk).len() == nth + 1).await;
        let file = told(&desk)[nth].attachment.clone();
        assert_eq!((file.state, file.name.as_deref()), (AttachmentState::Stored, Some("a\"b.png")));
        assert_eq!(message_of(&desk, nth).attachments[0].name, file.name, "from the first");
        let answer = ann.try_get(&path(file.id)).await;
        let disposition = "inline; filename=\"a_b.png\"; filename*=UTF-8''a%22b.png";
        assert_eq!(header(&answer, "content-disposition"), disposition);
        let list = ann.list().await.threads;
        assert_eq!(list[0].preview.as_ref().unwrap().text, "Attachment: a\"b.png");
        let asker = if *ours { files.asked().pop() } else { elsewhere.asked().pop() };
        let bearer = format!("Bearer {}", fake_whatsapp::ACCESS_TOKEN);
        assert_eq!(asker.unwrap().authorization, ours.then(|| bearer.clone()), "{id}");
        let first = files.asked().into_iter().find(|it| it.path.ends_with(id)).unwrap();
        assert_eq!(first.authorization, Some(bearer));
    }
    let personal = "select count(*) from events where data::text like '%b.png%'";
    assert_eq!(server.database.count(personal).await, 0, "names are content");
    server.stop().await;
}

/// Returns the message that a desk was told as the `nth`.
fn message_of(desk: &Socket, nth: usize) -> &MessageView {
    let mut received = desk.events.iter().filter_map(|event| match &event.body {
        EventBody::MessageReceived(it) => Some(&it.message),
        _ => None,
    });
    received.nth(nth).expect("a message")
}

#[tokio::test]
async fn a_short_answer_is_a_short_one() {
    let _client = client();
    let files = Files::start().await;
    let fetcher = Fetcher::new(Arc::new(System), Reach::Loopback, 1 << 30).unwrap();
    let ask = async |path: &str| {
        let url = files.url(path).parse().unwrap();
        fetcher.small(FetchRequest { url, credentials: None }, 1000).await
    };
    files.put("/good", &[b'x'; 1000]);
    assert_eq!(ask("/good").await.unwrap().len(), 1000);
    files.script("/endless", &[Answer::Endless("Content-Type: application/json")]);
    assert_eq!(ask("/endless").await.unwrap_err(), FetchError::refused("too_large"));
}
