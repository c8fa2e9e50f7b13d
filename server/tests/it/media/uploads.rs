//! Files that agents upload: looked into, bounded, forgotten where no reply names them.

use std::{convert::Infallible, time::Duration};

use bytes::Bytes;
use futures_util::stream;
use http_body_util::StreamBody;
use hyper::body::Frame;
use protocol::{attachments::AttachmentState, errors::ErrorCode};
use reqwest::Body;
use sqlx::Executor;

use super::stage::{path, png, reply_with, try_upload, upload};
use crate::harness::{
    api::{CUSTOMER, client, refused},
    files::Folder,
    server::{TestServer, Wanted},
    wait::eventually,
};

const MIB: usize = 1024 * 1024;

async fn start() -> (TestServer, Folder) {
    let wanted = Wanted { media_max_bytes: MIB as u64, ..Wanted::default() };
    let files = wanted.files.clone();
    (TestServer::start_with(wanted).await, files)
}

async fn count(server: &TestServer) -> i64 {
    server.database.count("select count(*) from uploads").await
}

#[tokio::test]
async fn what_an_upload_is_its_bytes_say() {
    let (server, _files) = start().await;
    let ann = server.api("ann").await;
    let picture = png(400, 200);
    let it = try_upload(&ann, "%C3%84rger%20(1).jpg", "image/jpeg", picture.clone()).await.unwrap();
    assert_eq!((it.mime_type.as_str(), it.name.as_deref()), ("image/png", Some("Ärger (1).jpg")));
    assert_eq!((it.bytes, it.state), (Some(picture.len() as u64), AttachmentState::Stored));
    assert!(it.has_thumbnail);
    let page = "<!doctype html><script>alert(1)</script>";
    let it = try_upload(&ann, "..%2Fcat.jpg", "image/jpeg", page).await.unwrap();
    let shown = (it.mime_type.as_str(), it.name.as_deref(), it.has_thumbnail);
    assert_eq!(shown, ("application/octet-stream", Some("cat.jpg"), false));
    // Nobody reads what was not sent.
    assert_eq!(ann.try_get(&path(it.id)).await.status(), 404);
    server.stop().await;
}

#[tokio::test]
async fn only_members_of_the_inbox_upload_to_it() {
    let (server, files) = start().await;
    let (ann, cleo) = (server.api("ann").await, server.api("cleo").await);
    let gone =
        "delete from inbox_members where agent_id = (select id from agents where name = 'cleo')";
    server.database.connect().await.execute(gone).await.unwrap();
    refused(try_upload(&cleo, "a.txt", "text/plain", "Hello").await, ErrorCode::NotFound);
    let nobody = format!("{}/api/v1/inboxes/{}/uploads", ann.url, uuid::Uuid::now_v7().simple());
    let post = client().post(nobody).bearer_auth(&ann.token).body("Hello");
    assert_eq!(post.send().await.unwrap().status(), 404);
    let url = format!("{}/api/v1/inboxes/{}/uploads", ann.url, ann.me.inboxes[0].id);
    assert_eq!(client().post(url).body("Hello").send().await.unwrap().status(), 401);
    assert_eq!((count(&server).await, files.count()), (0, 0));
    server.stop().await;
}

#[tokio::test]
async fn a_file_over_the_limit_is_cut_and_leaves_nothing() {
    let (server, files) = start().await;
    let ann = server.api("ann").await;
    let most = vec![b'x'; MIB];
    let it = try_upload(&ann, "a.txt", "text/plain", most.clone()).await.unwrap();
    assert_eq!(it.bytes, Some(MIB as u64));
    let announced = try_upload(&ann, "a.txt", "text/plain", vec![b'x'; MIB + 1]).await;
    let problem = refused(announced, ErrorCode::PayloadTooLarge);
    assert_eq!(problem.details.unwrap().max, Some(u32::try_from(MIB).unwrap()));
    // Without a length, and without an end.
    let piece = || Ok::<_, Infallible>(Frame::data(Bytes::from_static(&[b'x'; 16 * 1024])));
    let endless = Body::wrap(StreamBody::new(stream::repeat_with(piece)));
    let url = format!("{}/api/v1/inboxes/{}/uploads", ann.url, ann.me.inboxes[0].id);
    let _cut = client().post(url).bearer_auth(&ann.token).body(endless).send().await;
    let empty = try_upload(&ann, "a.txt", "text/plain", "").await;
    refused(empty, ErrorCode::Invalid);
    eventually("nothing is left of them", async || {
        (count(&server).await == 1 && files.count() == 1).then_some(())
    })
    .await;
    server.stop().await;
}

#[tokio::test]
async fn an_agent_holds_so_much_and_no_more() {
    let (server, _files) = start().await;
    let (ann, ben) = (server.api("ann").await, server.api("ben").await);
    let most = vec![b'x'; MIB];
    for _fits in 0..5 {
        try_upload(&ann, "a.txt", "text/plain", most.clone()).await.unwrap();
    }
    refused(try_upload(&ann, "a", "text/plain", most).await, ErrorCode::PayloadTooLarge);
    let mut held = Vec::new();
    for _fits in 0..32 {
        held.push(upload(&ben, "a.txt", b"Hello").await);
    }
    let more = async || try_upload(&ben, "a.txt", "text/plain", "Hello").await;
    refused(more().await, ErrorCode::PayloadTooLarge);
    let remove = async |token: &str| {
        let url = format!("{}/api/v1/uploads/{}", ben.url, held[0].id);
        client().delete(url).bearer_auth(token).send().await.unwrap().status()
    };
    assert_eq!(remove(&ann.token).await, 404, "it is Ben's");
    assert_eq!(remove(&ben.token).await, 204);
    assert_eq!(remove(&ben.token).await, 404);
    more().await.unwrap();
    server.stop().await;
}

#[tokio::test]
async fn what_no_reply_names_is_forgotten_in_a_day() {
    let (server, files) = start().await;
    let ann = server.api("ann").await;
    let thread = ann.new_thread(CUSTOMER).await.id;
    let (sent, lost) = (upload(&ann, "a.png", &png(9, 9)).await, upload(&ann, "b", b"Hi").await);
    ann.command("k1", reply_with(thread, 0, "", &[&sent])).await.unwrap();
    // A node died between writing this and saying so.
    let orphan = files.path().join("ab").join("c".repeat(36) + "dd");
    std::fs::create_dir_all(orphan.parent().unwrap()).unwrap();
    std::fs::write(&orphan, b"nobody knows").unwrap();
    // And here it died while it wrote.
    let unfinished = format!("{}#1", orphan.display());
    std::fs::write(&unfinished, b"a part").unwrap();
    // This is not ours.
    let other = files.path().join("README");
    std::fs::write(&other, b"by hand").unwrap();
    server.advance(Duration::from_hours(23)).await;
    assert_eq!((count(&server).await, orphan.exists(), files.count()), (1, true, 5));
    server.advance(Duration::from_hours(2)).await;
    eventually("they are gone", async || {
        (count(&server).await == 0 && !orphan.exists() && files.count() == 2).then_some(())
    })
    .await;
    assert!(other.exists());
    let ann = server.api("ann").await;
    assert_eq!(ann.try_get(&path(sent.id)).await.status(), 200, "what was sent stays");
    let late = ann.command("k2", reply_with(thread, 1, "", &[&lost])).await;
    let field = refused(late, ErrorCode::Invalid).details.unwrap().field;
    assert_eq!(field.as_deref(), Some("command.attachments"));
    server.stop().await;
}
