//! Files in a bucket: there and back, swept, and what happens while it cannot be reached.

use std::time::Duration;

use protocol::{attachments::AttachmentState, errors::ErrorCode};
use server::config::settings::BucketConfig;
use tokio::process::Command;

use super::{
    sent::{fetch, send, whatsapp_with},
    stage::{self, LATER, header, message, one, path, png, reply_with, try_upload, upload},
};
use crate::harness::{
    api::{CUSTOMER, client, refused},
    database::Database,
    files::{Answer, Files},
    s3::S3,
    server::{TestServer, Wanted},
    wait::{PATIENCE, eventually},
};

const MIB: usize = 1024 * 1024;

fn wanted(bucket: BucketConfig) -> Wanted {
    Wanted { bucket: Some(bucket), media_max_bytes: 8 * MIB as u64, ..Wanted::default() }
}

/// A document that comes in two parts.
fn document() -> Vec<u8> {
    let mut bytes: Vec<u8> = (0..6 * MIB).map(|n| u8::try_from(n % 251).unwrap()).collect();
    bytes[..8].copy_from_slice(b"%PDF-1.7");
    bytes
}

#[tokio::test]
async fn files_come_and_go_through_the_bucket() {
    let mut s3 = S3::start().await;
    let files = Files::start().await;
    let wanted = Wanted { twilio: stage::wanted(&files).twilio, ..wanted(s3.bucket()) };
    let folder = wanted.files.clone();
    let (server, fake, ann, mut desk, thread) = whatsapp_with("12025550111", wanted).await;
    let picture = png(300, 200);
    let came = one(&ann, &mut desk, &files.put("/a", &picture), "image/png").await;
    assert_eq!((came.state, came.has_thumbnail), (AttachmentState::Stored, true));
    let url = format!("{}{}", server.url(), path(came.id));
    let ask = client().get(&url).bearer_auth(&ann.token).header("range", "bytes=4-99");
    let answer = ask.send().await.unwrap();
    assert_eq!((answer.status().as_u16(), header(&answer, "content-length")), (206, "96"));
    assert!(answer.bytes().await.unwrap() == picture[4..100]);
    let answer = ann.try_get(&format!("{}/thumbnail", path(came.id))).await;
    assert!(image::load_from_memory(&answer.bytes().await.unwrap()).is_ok());

    let bytes = document();
    let sent = upload(&ann, "a.pdf", &bytes).await;
    send(&ann, thread, 0, "Read", &[&sent]).await;
    let out = eventually("it goes out", async || fake.received().pop()).await;
    let answer = fetch(out["document"]["link"].as_str().unwrap()).await;
    assert!(answer.bytes().await.unwrap() == bytes);
    let objects = s3.objects().await;
    let found = |bytes: &[u8], in_parts: bool| {
        objects.iter().any(|it| it.bytes == bytes.len() as u64 && it.in_parts == in_parts)
    };
    assert!(objects.len() == 3 && found(&picture, false) && found(&bytes, true), "{objects:?}");
    assert_eq!((s3.unfinished().await, folder.count()), (0, 0));
    server.stop().await;
}

#[tokio::test]
async fn what_nobody_sent_is_swept_from_the_bucket() {
    let mut s3 = S3::start().await;
    let prefix = Some("tandem/files".to_owned());
    let server = TestServer::start_with(wanted(BucketConfig { prefix, ..s3.bucket() })).await;
    let ann = server.api("ann").await;
    let thread = ann.new_thread(CUSTOMER).await.id;
    let (sent, _lost) = (upload(&ann, "a.txt", b"Hello").await, upload(&ann, "b", b"Hi").await);
    ann.command("k1", reply_with(thread, 0, "", &[&sent])).await.unwrap();
    // A node died between writing this and saying so.
    let orphan = format!("ab/{}", "c".repeat(38));
    s3.put(&format!("tandem/files/{orphan}")).await;
    // These are not ours.
    let others = ["README", "tandem/files/README", &orphan];
    for other in others {
        s3.put(other).await;
    }
    server.advance(Duration::from_hours(23)).await;
    assert_eq!(s3.objects().await.len(), 6);
    server.advance(Duration::from_hours(2)).await;
    let left = eventually("they are gone", async || {
        Some(s3.objects().await).filter(|left| left.len() <= 4)
    })
    .await;
    let kept = |name: &str| left.iter().any(|it| it.name == name);
    assert!(left.len() == 4 && others.into_iter().all(kept), "{left:?}");
    assert_eq!(ann.try_get(&path(sent.id)).await.bytes().await.unwrap(), "Hello");
    server.stop().await;
}

#[tokio::test]
async fn while_the_bucket_is_away_files_are_refused_for_now_and_nothing_is_half() {
    let mut s3 = S3::start().await;
    let files = Files::start().await;
    let wanted = Wanted { twilio: stage::wanted(&files).twilio, ..wanted(s3.bucket()) };
    let server = TestServer::start_with(wanted).await;
    let ann = server.api("ann").await;
    let rows = async || server.database.count("select count(*) from uploads").await;
    upload(&ann, "a.txt", b"Hello").await;
    let try_one = async |bytes: Vec<u8>| {
        let answer = tokio::time::timeout(PATIENCE, try_upload(&ann, "b", "text/plain", bytes));
        refused(answer.await.expect("an answer, and soon"), ErrorCode::Unavailable);
        assert_eq!(rows().await, 1);
    };
    s3.line.refuse();
    try_one(b"Hi".to_vec()).await;
    try_one(document()).await;
    s3.line.heal();
    s3.line.stall();
    try_one(b"Hi".to_vec()).await;
    // What was on its way is lost.
    s3.line.refuse();
    assert_eq!((s3.objects().await.len(), s3.unfinished().await), (1, 0));
    // What a customer sends waits for it.
    stage::send(&ann, "", &[(&files.put("/a", &png(3, 3)), "image/png")]).await;
    let put_back = "select count(*) from attachments where state = 'waiting' and attempts > 0
        and claimed_until is null";
    eventually("it is put back", async || {
        (server.database.count(put_back).await == 1).then_some(())
    })
    .await;
    s3.line.heal();
    server.advance(LATER).await;
    eventually("it came", async || {
        let file = message(&ann).await.attachments.remove(0);
        (file.state == AttachmentState::Stored).then_some(())
    })
    .await;
    // One that is cut after its first part takes that along.
    files.script("/long", &[Answer::Endless("Content-Type: application/pdf")]);
    let (_ann, mut desk) = server.desk("ann").await;
    let cut = one(&ann, &mut desk, &files.url("/long"), "application/pdf").await;
    assert_eq!(cut.error.as_deref(), Some("too_large"));
    eventually("nothing is begun", async || (s3.unfinished().await == 0).then_some(())).await;
    assert_eq!(s3.objects().await.len(), 3);
    server.stop().await;
}

#[tokio::test]
async fn a_bucket_that_cannot_be_used_is_one_line_at_the_start() {
    let (s3, database) = (S3::start().await, Database::create().await);
    let (name, id, key) = (s3.word("bucket"), s3.word("id"), s3.word("key"));
    let (region, nobody) = (s3.word("region"), "http://127.0.0.1:9".to_owned());
    let endpoint = s3.bucket().endpoint.unwrap();
    let run = async |command: &str, name: &str, endpoint: &str, key: &str| {
        let mut it = Command::new(env!("CARGO_BIN_EXE_tandem"));
        it.arg(command)
            .env("DATABASE_URL", database.plain_url())
            .env("TANDEM_LISTEN", "127.0.0.1:0");
        it.env("TANDEM_S3_BUCKET", name).env("TANDEM_S3_ENDPOINT", endpoint);
        it.env("TANDEM_S3_REGION", &region).env("TANDEM_S3_ACCESS_KEY_ID", &id);
        it.env("TANDEM_S3_SECRET_ACCESS_KEY", key).env("TANDEM_LOG_FILTER", "warn");
        let done = tokio::time::timeout(PATIENCE, it.kill_on_drop(true).output()).await;
        let done = done.expect("it ends by itself").expect("it runs");
        let said = [done.stdout, done.stderr].map(|it| String::from_utf8(it).unwrap());
        assert!(!said.concat().contains(key), "{said:?}");
        (done.status.success(), said)
    };
    for (name, endpoint, key, why) in [
        ("another", &endpoint, key.as_str(), "there is no such bucket"),
        (&name, &endpoint, "another", "the key is refused"),
        (&name, &nobody, &key, "Connection refused"),
    ] {
        let (good, [_stdout, said]) = run("serve", name, endpoint, key).await;
        let begins = format!(
            "error: TANDEM_S3_BUCKET: cannot keep files in bucket {name} at {endpoint}: {why}"
        );
        assert!(!good && said.starts_with(&begins) && said.lines().count() == 1, "{said}");
    }
    let (_good, [said, _stderr]) = run("doctor", &name, &endpoint, &key).await;
    assert!(
        said.contains(&format!("ok     files      bucket {name} at {endpoint} takes")),
        "{said}"
    );
    let (_good, [said, _stderr]) = run("doctor", &name, &endpoint, "another").await;
    assert!(said.contains("WRONG  files      TANDEM_S3_BUCKET: cannot keep files"), "{said}");
}
