//! Everything is on record, and a changed record is found.

use server::store::audit;
use sqlx::Executor;

use crate::{
    harness::{api::CUSTOMER, server::TestServer},
    main_job::{note, reply},
};

async fn fault(server: &TestServer) -> Option<String> {
    let verdicts = audit::verify_all(&server.running.store).await.unwrap();
    verdicts.into_iter().find_map(|verdict| verdict.fault)
}

/// Marks a database whose log is broken on purpose, for who verifies what the suite leaves behind.
async fn tamper(server: &TestServer) -> sqlx::PgConnection {
    let mut connection = server.database.connect().await;
    connection.execute("create table tampered ()").await.unwrap();
    connection
}

#[tokio::test]
async fn one_changed_byte_of_any_event_is_found() {
    let server = TestServer::start().await;
    let (ann, mut anns) = server.desk("ann").await;
    let id = ann.new_thread(CUSTOMER).await.id;
    anns.command("n1", note(id, "A note that nobody may change")).await.unwrap();
    anns.command("k1", reply(id, 0, "A promise")).await.unwrap();
    ann.phone(CUSTOMER, 1).await;
    assert_eq!(fault(&server).await, None);
    let mut connection = tamper(&server).await;
    // Each is done, found, and undone.
    let changes = [
        (
            "update events set data = replace(data::text, '\"k1\"', '\"k2\"')::json where kind = 'message.sent'",
            "update events set data = replace(data::text, '\"k2\"', '\"k1\"')::json where kind = 'message.sent'",
        ),
        (
            "update events set at = at + interval '1 microsecond' where kind = 'note.added'",
            "update events set at = at - interval '1 microsecond' where kind = 'note.added'",
        ),
        ("update events set actor_id = gen_random_uuid() where kind = 'thread.created'", ""),
    ];
    for (change, undo) in changes {
        connection.execute(change).await.unwrap();
        assert!(fault(&server).await.is_some(), "{change}");
        if undo.is_empty() {
            continue;
        }
        connection.execute(undo).await.unwrap();
        assert_eq!(fault(&server).await, None, "{undo}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_changed_text_and_a_missing_event_are_found_and_an_erased_text_is_not_a_fault() {
    let server = TestServer::start().await;
    let (ann, mut anns) = server.desk("ann").await;
    let id = ann.new_thread(CUSTOMER).await.id;
    anns.command("n1", note(id, "A note")).await.unwrap();
    let mut connection = tamper(&server).await;
    let content = "(select content_id from events where kind = 'note.added')";
    let erase = format!("update contents set bytes = null, salt = null where id = {content}");
    connection.execute(sqlx::AssertSqlSafe(erase)).await.unwrap();
    assert_eq!(fault(&server).await, None, "erasing keeps the chain");
    let first = "(select content_id from events where kind = 'message.received')";
    let change = format!("update contents set bytes = bytes || '!' where id = {first}");
    connection.execute(sqlx::AssertSqlSafe(change)).await.unwrap();
    let found = fault(&server).await.unwrap();
    assert!(found.contains("content of event"), "{found}");
    connection.execute("delete from events where kind = 'note.added'").await.unwrap();
    assert!(fault(&server).await.is_some());
    server.stop().await;
}
