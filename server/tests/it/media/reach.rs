//! Where files are fetched from, what goes along, and how much is taken.

use std::sync::Arc;

use protocol::attachments::AttachmentState;
use server::channels::{
    fetch::{FetchError, FetchRequest, Fetcher},
    reachable::{Reach, System},
};

use super::stage::{one, path, png, start, wanted};
use crate::harness::{
    api::client,
    files::{Answer, Files},
    server::{TestServer, Wanted},
};

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
