//! One turn, one reply: however many send, over however many nodes.

use std::sync::Arc;

use protocol::{
    commands::{Command, Outcome, SendReply},
    errors::{ErrorBody, ErrorCode},
    text::{Key, ReplyText},
};
use tokio::sync::Barrier;

use crate::{
    harness::{
        api::{CUSTOMER, refused},
        database::Database,
        fake_twilio::FakeTwilio,
        process::ServerProcess,
        server::{TestServer, people},
        socket::Socket,
        twilio::{SID, TOKEN, inbound, numbers, twilio_env},
        wait::eventually,
    },
    main_job::reply,
};

#[tokio::test]
async fn the_second_to_press_send_is_told_what_the_first_said() {
    let server = TestServer::start().await;
    let (ann, mut anns) = server.desk("ann").await;
    let (_ben, mut bens) = server.desk("ben").await;
    let id = ann.new_thread(CUSTOMER).await.id;
    anns.command("k1", reply(id, 0, "Ann's answer")).await.unwrap();
    let refusal = bens.command("k1", reply(id, 0, "Ben's answer")).await.unwrap_err();
    assert_eq!(refusal.code, ErrorCode::Collision);
    let details = refusal.details.unwrap();
    assert_eq!(details.reply_no, Some(1));
    let replies = details.replies.unwrap();
    assert_eq!(replies.len(), 1);
    assert_eq!(replies[0].text, "Ann's answer");

    // "Send anyway" is a new key with the new number. There is no other force.
    bens.command("k2", reply(id, 1, "Ben's answer")).await.unwrap();
    let shown = ann.phone(CUSTOMER, 2).await;
    let texts: Vec<_> = shown.iter().map(|it| it.text.as_str()).collect();
    assert_eq!(texts, ["Ann's answer", "Ben's answer"]);
    server.stop().await;
}

#[tokio::test]
async fn a_customers_message_meanwhile_does_not_refuse_the_reply_but_is_told() {
    let server = TestServer::start().await;
    let (ann, mut anns) = server.desk("ann").await;
    let id = ann.new_thread(CUSTOMER).await.id;
    let seen_seq = ann.snapshot(id).await.seq;
    ann.text(CUSTOMER, "And another thing").await;
    let Command::SendReply(it) = reply(id, 0, "Yes") else { panic!() };
    let it = SendReply { seen_seq: Some(seen_seq), ..it };
    let outcome = anns.command("k", Command::SendReply(it)).await.unwrap();
    let Outcome::ReplySent(sent) = outcome else { panic!("{outcome:?}") };
    assert_eq!(sent.arrived.len(), 1);
    server.stop().await;
}

#[tokio::test]
async fn an_agent_may_send_several_in_a_row_without_waiting() {
    let server = TestServer::start().await;
    let (ann, mut anns) = server.desk("ann").await;
    let (_ben, mut bens) = server.desk("ben").await;
    let id = ann.new_thread(CUSTOMER).await.id;
    let after = |text: &str, after: &str| {
        let text = ReplyText::new(text.to_owned()).unwrap();
        let after = Some(Key::new(after.to_owned()).unwrap());
        Command::SendReply(SendReply { after, ..SendReply::new(id, text, 0) })
    };
    let one = anns.begin("k1", reply(id, 0, "one")).await;
    let two = anns.begin("k2", after("two", "k1")).await;
    let three = anns.begin("k3", after("three", "k2")).await;
    for request in [one, two, three] {
        anns.answer(request).await.unwrap();
    }
    let shown = ann.phone(CUSTOMER, 3).await;
    let texts: Vec<_> = shown.iter().map(|it| it.text.as_str()).collect();
    assert_eq!(texts, ["one", "two", "three"], "in order");
    bens.command("k1", reply(id, 3, "Ben")).await.unwrap();
    let late = anns.command("k4", after("four", "k3")).await.unwrap_err();
    assert_eq!(late.code, ErrorCode::Collision, "naming one's own does not skip a colleague's");
    server.stop().await;
}

#[tokio::test]
async fn in_exclusive_mode_only_the_owner_replies_and_a_reply_claims() {
    let server = TestServer::start().await;
    let mut connection = server.database.connect().await;
    sqlx::query("update inboxes set mode = 'exclusive'").execute(&mut connection).await.unwrap();
    let ann = server.api("ann").await;
    let ben = server.api("ben").await;
    let id = ann.new_thread(CUSTOMER).await.id;
    ann.command("k1", reply(id, 0, "mine")).await.unwrap();
    assert_eq!(ann.list().await.threads[0].assignee_id, Some(ann.id()), "the reply claimed it");
    let problem = refused(ben.command("k1", reply(id, 1, "no")).await, ErrorCode::NotOwner);
    assert_eq!(problem.details.unwrap().assignee, Some(ann.id()));
    assert_eq!(ann.list().await.threads[0].reply_no, 1, "a refusal moves nothing");
    server.stop().await;
}

/// Fifty agents, two server processes, one database, nobody holds a lock: of all who saw the same
/// state, one is heard. A hundred times.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_fifty_replies_to_one_state_exactly_one_is_accepted() {
    const AGENTS: usize = 50;
    const ROUNDS: u32 = 100;
    let fake = FakeTwilio::start().await;
    fake.add_account(SID, TOKEN, &[numbers::BUSINESS]);
    let database = Database::create().await;
    people(&database, AGENTS).await;
    let api_url = fake.base_url();
    let env = twilio_env(&api_url);
    let env: Vec<_> = env.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let one = ServerProcess::start(&database, &env).await;
    let two = ServerProcess::start(&database, &env).await;
    let watcher = one.api("ann").await;
    inbound(&fake, &watcher, CUSTOMER, "Anybody there?").await;
    let id = watcher.list().await.threads[0].id;

    let barrier = Arc::new(Barrier::new(AGENTS));
    let mut tasks = Vec::new();
    for n in 0..AGENTS {
        let node = if n % 2 == 0 { &one } else { &two };
        let api = node.api(&format!("agent{n}")).await;
        let mut socket = Socket::open(&node.url, &api.token).await;
        let barrier = Arc::clone(&barrier);
        tasks.push(tokio::spawn(async move {
            let (mut accepted, mut refusals) = (Vec::new(), Vec::new());
            for round in 0..ROUNDS {
                barrier.wait().await;
                let text = format!("round {round} by agent {n}");
                match socket.command(&format!("r{round}"), reply(id, round, &text)).await {
                    Ok(outcome) => accepted.push((round, outcome)),
                    Err(refusal) => refusals.push((round, refusal)),
                }
            }
            (n, accepted, refusals)
        }));
    }
    let mut winners = vec![None; usize::try_from(ROUNDS).unwrap()];
    let mut refused = Vec::new();
    for task in tasks {
        let (n, accepted, refusals) = task.await.unwrap();
        for (round, outcome) in accepted {
            let Outcome::ReplySent(sent) = outcome else { panic!("{outcome:?}") };
            assert_eq!(sent.reply_no, round + 1);
            let place = &mut winners[usize::try_from(round).unwrap()];
            let before = place.replace(format!("round {round} by agent {n}"));
            assert_eq!(before, None, "two replies were accepted in round {round}");
        }
        refused.extend(refusals);
    }
    let winners: Vec<String> = winners.into_iter().map(|it| it.expect("a winner")).collect();
    assert_eq!(refused.len(), 4_900);
    for (round, refusal) in refused {
        let ErrorBody { code, details, .. } = refusal;
        assert_eq!(code, ErrorCode::Collision);
        let replies = details.unwrap().replies.unwrap();
        let winner = &winners[usize::try_from(round).unwrap()];
        assert_eq!(&replies[0].text, winner, "a refusal carries the winner's reply");
    }
    let received = eventually("the provider has them all", async || {
        let received = fake.received();
        (received.len() >= winners.len()).then_some(received)
    })
    .await;
    let bodies: Vec<_> = received.iter().map(|it| it.body.clone()).collect();
    assert_eq!(bodies, winners, "exactly those, each once, in order");
    one.kill().await;
    two.kill().await;
}
