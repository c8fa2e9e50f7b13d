//! What fails at first comes later, once; what never comes is given up.

use protocol::attachments::AttachmentState;

use super::stage::{LATER, message, one, path, png, send, start, wanted};
use crate::harness::{
    database::Database,
    files::{Answer, Files},
    process::ServerProcess,
    server::{TestServer, people},
    twilio::twilio_env,
    wait::eventually,
};

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
