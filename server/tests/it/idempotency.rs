//! An acknowledged command is durable, and a repeated one does nothing twice.

use protocol::{
    commands::Outcome,
    errors::ErrorCode,
    frames::{ClientFrame, CommandFrame},
    text::Key,
};

use crate::{
    harness::{
        api::{CUSTOMER, refused},
        server::TestServer,
        socket::Socket,
        wait::eventually,
    },
    main_job::{note, reply},
};

#[tokio::test]
async fn the_same_key_gives_the_first_answer_again() {
    let server = TestServer::start().await;
    let (ann, mut anns) = server.desk("ann").await;
    let id = ann.new_thread(CUSTOMER).await.id;
    let first = anns.command("k", reply(id, 0, "once")).await.unwrap();
    assert_eq!(anns.command("k", reply(id, 0, "once")).await.unwrap(), first);
    assert_eq!(ann.command("k", reply(id, 0, "once")).await.unwrap(), first, "over HTTP, too");
    refused(ann.command("k", reply(id, 0, "twice")).await, ErrorCode::KeyReused);
    refused(ann.command("k", note(id, "once")).await, ErrorCode::KeyReused);
    let ben = server.api("ben").await;
    refused(ben.command("k", reply(id, 0, "once")).await, ErrorCode::Collision);
    ben.command("k", reply(id, 1, "a refused key is free")).await.unwrap();
    assert_eq!(ann.phone(CUSTOMER, 2).await.len(), 2);
    server.stop().await;
}

/// The connection is cut after the command was sent and before its answer was read, a thousand
/// times; each time the client comes back and asks again with the same key.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_cuts_make_exactly_a_thousand_messages() {
    const CUTS: u32 = 1_000;
    const CLIENTS: u32 = 8;
    let server = TestServer::start().await;
    let ann = server.api("ann").await;
    let mut threads = Vec::new();
    for n in 0..CLIENTS {
        threads.push(ann.new_thread(&format!("+120255503{n:02}")).await.id);
    }
    let mut tasks = Vec::new();
    for (n, thread) in (0..CLIENTS).zip(threads) {
        let (url, token) = (server.url(), ann.token.clone());
        tasks.push(tokio::spawn(async move {
            let mut outcomes = Vec::new();
            for round in 0..CUTS / CLIENTS {
                let key = format!("c{n}-{round}");
                let command = reply(thread, round, &format!("{round}"));
                let mut socket = Socket::open(&url, &token).await;
                let frame = CommandFrame {
                    id: 1,
                    key: Key::new(key.clone()).unwrap(),
                    command: command.clone(),
                };
                socket.send(&ClientFrame::Command(frame)).await;
                // At every moment between being read and being answered.
                for _turn in 0..(round * 7 + n) % 60 {
                    tokio::task::yield_now().await;
                }
                drop(socket);
                let mut socket = Socket::open(&url, &token).await;
                let outcome = socket.command(&key, command).await.unwrap();
                let Outcome::ReplySent(sent) = outcome else { panic!("{outcome:?}") };
                assert_eq!(sent.reply_no, round + 1);
                outcomes.push(sent.message_id);
            }
            outcomes
        }));
    }
    let mut answered = Vec::new();
    for task in tasks {
        answered.extend(task.await.unwrap());
    }
    answered.sort();
    answered.dedup();
    assert_eq!(answered.len(), 1_000, "each answer names a message of its own");
    let sent = "select count(*) from messages where direction = 'out'";
    assert_eq!(server.database.count(sent).await, 1_000);
    let shown = "select count(*) from sandbox_messages where not mine";
    eventually("all are on the phones", async || {
        (server.database.count(shown).await >= 1_000).then_some(())
    })
    .await;
    assert_eq!(server.database.count(shown).await, 1_000);
    server.stop().await;
}
