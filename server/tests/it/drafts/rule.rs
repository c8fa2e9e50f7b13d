//! An inbox may want replies approved first: then none goes another way.

use protocol::{commands::Command, drafts::ReviewRule, errors::ErrorCode, ids::ThreadId};
use reqwest::Method;
use serde_json::json;

use super::{approve, peer::Peer, send, stored};
use crate::{
    harness::{
        api::{Api, CUSTOMER, problem, refused},
        server::{TestServer, make_admin},
        socket::Socket,
    },
    main_job::reply,
};

async fn set(admin: &Api, rule: &serde_json::Value) {
    let path = format!("/admin/inboxes/{}/review", admin.me.inboxes[0].id);
    let answer = admin.ask(Method::PUT, &path, Some(rule)).await;
    assert_eq!(answer.status(), 200);
    let kept: ReviewRule = admin.get(&format!("/api/v1{path}")).await;
    assert_eq!(json!(kept), *rule);
}

/// Tries a reply on both transports: it is refused, or not.
async fn tries(
    api: &Api,
    socket: &mut Socket,
    key: &str,
    command: Command,
) -> [Option<ErrorCode>; 2] {
    let over_http = api.command(&format!("{key}-h"), command.clone()).await;
    let over_socket = socket.command(&format!("{key}-s"), command).await;
    [over_http.err().map(|it| it.code), over_socket.err().map(|it| it.code)]
}

#[tokio::test]
async fn a_reply_that_has_to_be_approved_is_refused_on_both_transports() {
    let server = TestServer::start().await;
    make_admin(&server.database, "cleo@demo.example").await;
    let (admin, ann, sam) =
        (server.api("cleo").await, server.api("ann").await, server.api("sam").await);
    let mut anns = Socket::open(&ann.url, &ann.token).await;
    let mut sams = Socket::open(&sam.url, &sam.token).await;
    let id: ThreadId = ann.new_thread(CUSTOMER).await.id;
    let needed = [Some(ErrorCode::ReviewRequired); 2];
    let said = |text: &str| reply(id, 0, text);

    set(&admin, &json!({"roles": ["agent"], "channels": [], "keywords": []})).await;
    assert_eq!(tries(&ann, &mut anns, "role", said("Hi")).await, needed);
    let channel = ann.sandbox().await;
    set(&admin, &json!({"roles": [], "channels": [channel], "keywords": []})).await;
    assert_eq!(tries(&sam, &mut sams, "channel", said("Hi")).await, needed, "whatever the role");
    set(&admin, &json!({"roles": [], "channels": [], "keywords": ["money back", "refund"]})).await;
    assert_eq!(tries(&sam, &mut sams, "word", said("You get a ReFund.")).await, needed);
    assert_eq!(sam.list().await.threads[0].reply_no, 0, "a refusal moves nothing");

    // As a draft it goes once it is approved, and not before; by whom does not matter.
    let mut peer = Peer::open(&ann, id, 11).await;
    peer.type_at(0, "You get a refund.").await;
    peer.saved().await;
    let digest = stored(&ann, id).await.draft.digest;
    assert_eq!(tries(&ann, &mut anns, "draft", send(id, &digest, 0)).await, needed);
    sam.command("a", approve(id, &digest)).await.unwrap();
    ann.command("s", send(id, &digest, 0)).await.unwrap();
    assert_eq!(ann.phone(CUSTOMER, 1).await[0].text, "You get a refund.");

    // What nothing names goes as ever.
    ann.command("k", reply(id, 1, "Anything else?")).await.unwrap();
    set(&admin, &json!({"roles": [], "channels": [], "keywords": []})).await;
    ann.command("k2", reply(id, 2, "A refund, then.")).await.unwrap();
    server.stop().await;
}

#[tokio::test]
async fn a_rule_that_makes_no_sense_is_refused_with_its_field() {
    let server = TestServer::start().await;
    make_admin(&server.database, "cleo@demo.example").await;
    let (admin, ann) = (server.api("cleo").await, server.api("ann").await);
    let path = format!("/admin/inboxes/{}/review", admin.me.inboxes[0].id);
    let elsewhere = uuid::Uuid::now_v7().simple();
    for (rule, field) in [
        (json!({"roles": ["boss"]}), "roles[0]"),
        (json!({"roles": [format!("rol_{elsewhere}")]}), "roles"),
        (json!({"channels": [format!("chn_{elsewhere}")]}), "channels"),
        (json!({"keywords": [""]}), "keywords[0]"),
        (json!({"keywords": vec!["word"; 101]}), "keywords"),
        (json!({"words": []}), "words"),
    ] {
        let answer = admin.ask(Method::PUT, &path, Some(&rule)).await;
        assert_eq!(answer.status(), 422, "{rule}");
        let problem = problem(answer).await;
        assert_eq!(problem.details.unwrap().field.as_deref(), Some(field), "{rule}");
    }
    assert_eq!(ann.ask(Method::PUT, &path, Some(&json!({}))).await.status(), 403);
    assert_eq!(ann.ask(Method::GET, &path, None).await.status(), 403);
    let nowhere = format!("/admin/inboxes/ibx_{elsewhere}/review");
    assert_eq!(admin.ask(Method::PUT, &nowhere, Some(&json!({}))).await.status(), 404);
    assert_eq!(admin.ask(Method::GET, &nowhere, None).await.status(), 404);
    let nothing = refused(
        ann.command("k", approve(ann.new_thread(CUSTOMER).await.id, "x")).await,
        ErrorCode::Forbidden,
    );
    assert_eq!(nothing.details.unwrap().permission.unwrap().name(), "drafts.review");
    server.stop().await;
}
