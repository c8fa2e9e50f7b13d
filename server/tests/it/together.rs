//! Writers of one inbox share transactions, and each still succeeds or fails alone.

use protocol::{
    commands::{AddNote, Command, Outcome},
    errors::ErrorCode,
    ids::ThreadId,
    text::NoteText,
};
use sqlx::{Executor, Row};

use crate::{
    harness::{server::TestServer, socket::Socket},
    main_job::reply,
};

const WRITERS: u32 = 40;
const EACH: u32 = 10;

fn note(thread_id: ThreadId, text: &str) -> Command {
    Command::AddNote(AddNote::new(thread_id, NoteText::new(text.to_owned()).unwrap()))
}

#[tokio::test]
async fn writers_of_a_busy_inbox_share_transactions_and_each_has_its_own_answer() {
    let server = TestServer::start().await;
    let ann = server.api("ann").await;
    let mut threads = Vec::new();
    for writer in 0..WRITERS {
        threads.push(ann.new_thread(&format!("+1202556{writer:04}")).await.id);
    }
    // Ben owns them all: Ann's replies are refused, but only after they have moved the turn on.
    let mut connection = server.database.connect().await;
    connection.execute("update inboxes set mode = 'exclusive'").await.unwrap();
    let bens = "update threads set assignee_id = (select id from agents where name = 'ben')";
    connection.execute(bens).await.unwrap();
    let mut tasks = Vec::new();
    for (writer, thread) in (0..WRITERS).zip(threads) {
        let mut socket = Socket::open(&server.url(), &ann.token).await;
        tasks.push(tokio::spawn(async move {
            let mut seqs = Vec::new();
            for n in 0..EACH {
                let key = format!("{writer}-{n}");
                match socket.command(&key, note(thread, &key)).await {
                    Ok(Outcome::NoteAdded(it)) => seqs.push(it.seq),
                    other => panic!("{other:?}"),
                }
                // Wrong ones beside them are refused alone, and their keys stay free.
                let wrong = socket.command(&format!("bad-{key}"), reply(thread, 0, "no")).await;
                assert_eq!(wrong.expect_err("a refusal").code, ErrorCode::NotOwner);
                // The same key again has the same answer.
                let again = socket.command(&key, note(thread, &key)).await.unwrap();
                assert!(matches!(again, Outcome::NoteAdded(it) if Some(&it.seq) == seqs.last()));
            }
            seqs
        }));
    }
    let mut seqs = Vec::new();
    for task in tasks {
        seqs.extend(task.await.unwrap());
    }
    seqs.sort_unstable();
    seqs.dedup();
    let count = usize::try_from(WRITERS * EACH).unwrap();
    assert_eq!(seqs.len(), count, "each has a place of its own");

    let row = sqlx::query(
        "select count(*) as events, count(distinct xmin::text) as transactions
         from events where kind = 'note.added'",
    )
    .fetch_one(&mut connection)
    .await
    .unwrap();
    let (events, transactions): (i64, i64) = (row.get("events"), row.get("transactions"));
    assert_eq!(events, i64::try_from(count).unwrap(), "nothing twice, nothing lost");
    assert!(transactions * 4 < events * 3, "{transactions} transactions for {events} notes");
    let keys = "select count(*) as n from idempotency where key like 'bad-%'";
    let row = sqlx::query(keys).fetch_one(&mut connection).await.unwrap();
    assert_eq!(row.get::<i64, _>("n"), 0, "a refused key is free");
    let moved = "select count(*) as n from threads where reply_no <> 0";
    let row = sqlx::query(moved).fetch_one(&mut connection).await.unwrap();
    assert_eq!(row.get::<i64, _>("n"), 0, "a refused reply leaves nothing behind");
    server.stop().await;
}
