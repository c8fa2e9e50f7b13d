//! What is kept of files, and who is shown it.

use std::time::Duration;

use protocol::{
    attachments::{AttachmentState, AttachmentView},
    events::EventBody,
    ids::AttachmentId,
    views::{MessageForm, Scope},
};
use serde_json::json;

use super::stage::{header, message, message_of, one, path, png, send, start, told};
use crate::harness::{
    api::client,
    fake_whatsapp::{self, wamid},
    files::Files,
    server::{TestServer, Wanted, set_scope},
};

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
    // Wider than any picture that is taken apart, and small all the same.
    let wide = png(20_000, 2);
    for bytes in [bomb, torn, wide] {
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
