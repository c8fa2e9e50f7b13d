//! What drafts do not take, over a socket: each with the field and the reason, and the draft stays whole.

use protocol::{
    drafts::{DraftBytes, DraftOpen, DraftUpdate},
    errors::{ErrorBody, ErrorCode},
    frames::{ClientFrame, ServerFrame},
    ids::ThreadId,
};
use serde_json::json;

use super::{peer::Peer, stored};
use crate::harness::{api::CUSTOMER, server::TestServer, socket::Socket};

async fn answer(socket: &mut Socket, frame: serde_json::Value) -> ErrorBody {
    socket.send_text(&frame.to_string()).await;
    socket
        .until(|frame| match frame {
            ServerFrame::Error(it) => Some(it.error.clone()),
            ServerFrame::DraftSaved(it) => panic!("{it:?}"),
            _ => None,
        })
        .await
}

fn named(error: ErrorBody) -> (ErrorCode, String) {
    let field = error.details.and_then(|it| it.field);
    (error.code, field.unwrap_or_default())
}

#[tokio::test]
async fn changes_that_make_no_sense_are_refused_and_the_draft_goes_on() {
    let server = TestServer::start().await;
    let (ann, ben) = (server.api("ann").await, server.api("ben").await);
    let id = ann.new_thread(CUSTOMER).await.id;
    let mut anns = Peer::open(&ann, id, 11).await;
    anns.type_at(0, "whole").await;
    anns.saved().await;
    let mut bens = Peer::open(&ben, id, 12).await;
    let update = |update: &str, epoch: u32| json!({"type": "draft_update", "id": 1, "thread_id": id, "epoch": epoch, "update": update});
    let socket = &mut bens.socket;
    let large = "A".repeat(44_000);
    for (frame, want) in [
        (update("!", 1), (ErrorCode::Invalid, "update")),
        (update("", 1), (ErrorCode::Invalid, "update")),
        (update("AQEM", 1), (ErrorCode::Invalid, "update")),
        // Valid, but written as another client: Ann's.
        (update("AQELBQQBBHRleHQBeAA=", 1), (ErrorCode::Invalid, "update")),
        (update(&large, 1), (ErrorCode::TooLong, "update")),
        (update("AAA=", 7), (ErrorCode::Conflict, "epoch")),
        (json!({"type": "draft_update", "id": 1}), (ErrorCode::Invalid, "thread_id")),
        (
            json!({"type": "draft_open", "id": 1, "thread_id": id, "client": -1}),
            (ErrorCode::Invalid, "client"),
        ),
        (
            json!({"type": "draft_cursor", "thread_id": id, "cursor": "x".repeat(401)}),
            (ErrorCode::TooLong, "cursor"),
        ),
    ] {
        let (code, field) = want;
        assert_eq!(named(answer(socket, frame.clone()).await), (code, field.to_owned()), "{frame}");
    }
    // A client id belongs to who came with it first.
    let mut thief = Peer::open(&ben, id, 11).await;
    thief.type_at(0, "as Ann").await;
    thief.until("it is refused", |peer| !peer.refused.is_empty()).await;
    assert_eq!(named(thief.refused.remove(0)), (ErrorCode::Invalid, "update".to_owned()));

    bens.type_at(0, "still ").await;
    anns.shows("still whole").await;
    assert_eq!(stored(&ann, id).await.draft.authors, [ann.id(), ben.id()]);
    server.stop().await;
}

#[tokio::test]
async fn who_may_not_see_a_thread_or_not_write_is_told_so() {
    let server = TestServer::start().await;
    let mut connection = server.database.connect().await;
    sqlx::query("update agents set role = 'reviewer' where email = 'cleo@demo.example'")
        .execute(&mut connection)
        .await
        .unwrap();
    let (ann, cleo) = (server.api("ann").await, server.api("cleo").await);
    let id = ann.new_thread(CUSTOMER).await.id;
    let mut anns = Peer::open(&ann, id, 11).await;
    anns.type_at(0, "to be read").await;
    anns.saved().await;
    let mut cleos = Peer::open(&cleo, id, 13).await;
    assert_eq!(cleos.shown(), "to be read", "whoever sees the thread reads it");
    cleos.type_at(0, "not ").await;
    cleos.until("it is refused", |peer| !peer.refused.is_empty()).await;
    let error = cleos.refused.remove(0);
    assert_eq!(error.code, ErrorCode::Forbidden);
    assert_eq!(error.details.unwrap().permission.unwrap().name(), "drafts.write");

    let mut socket = Socket::open(&ann.url, &ann.token).await;
    let unknown = ThreadId::from(uuid::Uuid::now_v7());
    for frame in [
        ClientFrame::DraftOpen(DraftOpen { id: 3, thread_id: unknown, client: 1 }),
        // Not open here.
        ClientFrame::DraftUpdate(DraftUpdate {
            id: 3,
            thread_id: id,
            epoch: 1,
            update: DraftBytes(vec![0, 0]),
        }),
    ] {
        let error = answer(&mut socket, serde_json::to_value(&frame).unwrap()).await;
        assert_eq!(named(error).1, "thread_id", "{frame:?}");
    }
    // A ninth draft on one connection.
    for n in 0..9 {
        let thread_id = ann.new_thread(&format!("+1202555{:04}", 150 + n)).await.id;
        let open = ClientFrame::DraftOpen(DraftOpen { id: 3, thread_id, client: 1 });
        socket.send(&open).await;
        let refused = socket
            .until(|frame| match frame {
                ServerFrame::DraftOpened(_) => Some(None),
                ServerFrame::Error(it) => Some(Some(it.error.code)),
                _ => None,
            })
            .await;
        let want = (n == 8).then_some(ErrorCode::TooManySubscriptions);
        assert_eq!(refused, want, "draft {n}");
    }
    server.stop().await;
}

#[tokio::test]
async fn changes_that_come_too_fast_wait() {
    let server = TestServer::start().await;
    let ann = server.api("ann").await;
    let id = ann.new_thread(CUSTOMER).await.id;
    let mut anns = Peer::open(&ann, id, 11).await;
    for _change in 0..400 {
        anns.caret(&uuid::Uuid::now_v7().to_string()).await;
    }
    anns.until("some are refused", |peer| !peer.refused.is_empty()).await;
    let error = anns.refused.remove(0);
    assert_eq!(error.code, ErrorCode::RateLimited);
    assert!(error.details.unwrap().retry_after_ms.is_some());
    server.stop().await;
}
