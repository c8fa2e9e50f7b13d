//! Several write one draft at once, over several nodes.

use std::time::Duration;

use protocol::{
    commands::{Assign, Command},
    ids::AgentId,
    views::Scope,
};

use super::{peer::Peer, stored};
use crate::harness::{
    api::CUSTOMER,
    dice::Dice,
    server::{TestServer, Wanted, redis, set_scope},
    wait::eventually,
};

#[tokio::test]
async fn two_on_two_nodes_write_one_text_and_see_each_others_carets() {
    let wanted = Wanted { redis: Some(redis()), ..Wanted::default() };
    let one = TestServer::start_with(wanted.clone()).await;
    let two = TestServer::join(&one.database, wanted).await;
    let (ann, ben) = (one.api("ann").await, two.api("ben").await);
    let id = ann.new_thread(CUSTOMER).await.id;
    let mut anns = Peer::open(&ann, id, 11).await;
    let mut bens = Peer::open(&ben, id, 12).await;

    anns.type_at(0, "Hello 😀").await;
    bens.shows("Hello 😀").await;
    bens.type_at(8, "!").await;
    bens.type_at(0, "¡").await;
    anns.shows("¡Hello 😀!").await;
    let content = stored(&ann, id).await;
    assert_eq!(content.text, "¡Hello 😀!");
    assert_eq!(content.draft.authors, [ann.id(), ben.id()], "in the order that they came in");

    anns.caret("{\"at\":1}").await;
    bens.until("Ann's caret", |peer| {
        peer.people.iter().any(|it| it.agent_id == ann.id() && it.cursor.is_some())
    })
    .await;
    assert_eq!(bens.people.len(), 1, "and not one's own: {:?}", bens.people);
    assert_eq!(bens.people[0].client, 11);
    anns.until("Ben is there", |peer| peer.people.iter().any(|it| it.agent_id == ben.id())).await;
    // A socket that goes without a word leaves no ghost.
    drop(anns);
    bens.until("Ann is gone", |peer| peer.people.is_empty()).await;
    two.stop().await;
    one.stop().await;
}

#[tokio::test]
async fn without_a_bus_the_other_node_finds_what_was_typed_by_asking() {
    let one = TestServer::start().await;
    let two = TestServer::join(&one.database, Wanted::default()).await;
    let (ann, ben) = (one.api("ann").await, two.api("ben").await);
    let id = ann.new_thread(CUSTOMER).await.id;
    let mut anns = Peer::open(&ann, id, 11).await;
    let mut bens = Peer::open(&ben, id, 12).await;
    anns.type_at(0, "told by nobody").await;
    bens.shows("told by nobody").await;
    two.stop().await;
    one.stop().await;
}

#[tokio::test]
async fn what_was_typed_without_a_connection_comes_in_and_a_long_history_is_put_together() {
    let server = TestServer::start().await;
    let ann = server.api("ann").await;
    let id = ann.new_thread(CUSTOMER).await.id;
    let mut anns = Peer::open(&ann, id, 11).await;
    for n in 0..70 {
        anns.type_at(n, "x").await;
    }
    anns.saved().await;
    let mut connection = server.database.connect().await;
    let kept = async |connection: &mut sqlx::PgConnection| -> i64 {
        let sql = "select count(*) from draft_updates";
        sqlx::query_scalar(sql).fetch_one(connection).await.unwrap()
    };
    assert!(kept(&mut connection).await < 20, "seventy changes are kept as one and a few");
    anns.type_offline(0, "before ");
    anns.reconnect(&ann.url, &ann.token).await;
    anns.saved().await;
    let text = format!("before {}", "x".repeat(70));
    assert_eq!(stored(&ann, id).await.text, text);
    let late = Peer::open(&ann, id, 13).await;
    assert_eq!(late.shown(), text);

    // What has long been deleted weighs, too: at some point the document begins anew.
    let mut dice = Dice::new(7);
    for _round in 0..40 {
        anns.scramble(&mut dice).await;
        anns.saved().await;
        if stored(&ann, id).await.draft.epoch > 1 {
            break;
        }
    }
    assert_eq!(anns.refused, []);
    let content = stored(&ann, id).await;
    assert_eq!((content.draft.epoch, content.draft.n), (2, 1), "a document that remembers nothing");
    anns.until("the new document", |peer| peer.view.epoch == 2).await;
    assert_eq!(anns.shown(), content.text);
    anns.type_at(0, "still ").await;
    anns.saved().await;
    assert_eq!(anns.refused, []);
    assert_eq!(stored(&ann, id).await.text, anns.shown());
    server.stop().await;
}

#[tokio::test]
async fn a_draft_is_heard_no_more_within_a_second_after_its_thread_went_out_of_sight() {
    let server = TestServer::start().await;
    let (ann, mut desk) = server.desk("ann").await;
    let id = ann.new_thread(CUSTOMER).await.id;
    let ben_id = server.api("ben").await.id();
    set_scope(&server.database, ben_id, Scope::Assigned).await;
    let assign = |from: Option<AgentId>, to: Option<AgentId>| {
        Command::Assign(Assign {
            thread_id: id,
            from,
            to,
            from_team: None,
            to_team: None,
            note: None,
            mentions: Vec::new(),
        })
    };
    desk.command("a1", assign(None, Some(ben_id))).await.unwrap();
    let ben = server.api("ben").await;
    let mut bens = Peer::open(&ben, id, 12).await;
    let mut anns = Peer::open(&ann, id, 11).await;
    anns.type_at(0, "for Ben").await;
    bens.shows("for Ben").await;

    desk.command("a2", assign(Some(ben_id), Some(ann.id()))).await.unwrap();
    let closed = bens.until("it is closed", |peer| peer.gone);
    tokio::time::timeout(Duration::from_secs(1), closed).await.expect("within a second");
    anns.type_at(0, "not ").await;
    anns.caret("0").await;
    anns.saved().await;
    bens.socket.drain(Duration::from_millis(700)).await;
    assert_eq!(bens.shown(), "for Ben");
    assert_eq!(ben.try_get(&format!("/api/v1/threads/{id}/draft")).await.status(), 404);
    eventually("nobody else has it open", async || anns.people.is_empty().then_some(())).await;
    server.stop().await;
}
