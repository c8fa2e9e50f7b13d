//! Who owns a thread: one at a time, whoever asks, over whatever door.

use std::sync::Arc;

use protocol::{
    commands::{Assign, Command, Outcome},
    errors::ErrorCode,
    events::EventBody,
    text::NoteText,
    views::Scope,
};
use serde_json::json;
use tokio::sync::Barrier;

use super::{assign, change_inbox};
use crate::{
    harness::{
        api::{CUSTOMER, refused},
        server::{TestServer, Wanted, make_admin, redis, set_scope},
        socket::Socket,
    },
    main_job::reply,
};

#[tokio::test]
async fn in_exclusive_mode_the_right_to_reply_is_the_owners_and_moves_with_the_thread() {
    let server = TestServer::start().await;
    make_admin(&server.database, "sam@demo.example").await;
    let sam = server.api("sam").await;
    let (status, _inboxes) = change_inbox(&sam, &json!({ "mode": "exclusive" })).await;
    assert_eq!(status, 200);
    let (ann, mut anns) = server.desk("ann").await;
    let (ben, mut bens) = server.desk("ben").await;
    let id = ann.new_thread(CUSTOMER).await.id;
    anns.command("c1", assign(id, None, Some(ann.id()))).await.unwrap();

    // Not Ben's, over both transports.
    let over_socket = bens.command("s1", reply(id, 0, "Ben, over the socket")).await.unwrap_err();
    assert_eq!(over_socket.code, ErrorCode::NotOwner);
    assert_eq!(over_socket.details.unwrap().assignee, Some(ann.id()));
    let over_http = refused(ben.command("h1", reply(id, 0, "Ben")).await, ErrorCode::NotOwner);
    assert_eq!(over_http.details.unwrap().assignee, Some(ann.id()));

    // With the thread goes the right: at once, and away from who had it.
    anns.command("t1", assign(id, Some(ann.id()), Some(ben.id()))).await.unwrap();
    bens.command("s1", reply(id, 0, "Ben's")).await.unwrap();
    let over_socket = anns.command("s1", reply(id, 1, "Ann, over the socket")).await.unwrap_err();
    assert_eq!(over_socket.code, ErrorCode::NotOwner);
    let over_http = refused(ann.command("h1", reply(id, 1, "Ann")).await, ErrorCode::NotOwner);
    assert_eq!(over_http.details.unwrap().assignee, Some(ben.id()));
    let said = ann.phone(CUSTOMER, 1).await;
    assert_eq!(said.iter().map(|it| it.text.as_str()).collect::<Vec<_>>(), ["Ben's"]);
    assert_eq!(ann.snapshot(id).await.thread.reply_no, 1, "nothing else was taken");
    server.stop().await;
}

/// A hundred agents on two nodes press "claim" at the same instant, ten times.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_hundred_who_claim_one_gets_it_and_the_others_are_told_who() {
    const AGENTS: usize = 100;
    const ROUNDS: usize = 10;
    let wanted = Wanted { more_agents: AGENTS, redis: Some(redis()), ..Wanted::default() };
    let one = TestServer::start_with(wanted.clone()).await;
    let two = TestServer::join(&one.database, wanted).await;
    let ann = one.api("ann").await;
    let mut threads = Vec::new();
    for n in 0..ROUNDS {
        threads.push(ann.new_thread(&format!("+1202555{n:04}")).await.id);
    }
    let threads = Arc::new(threads);
    let barrier = Arc::new(Barrier::new(AGENTS));
    let mut tasks = Vec::new();
    for n in 0..AGENTS {
        let node = if n % 2 == 0 { &one } else { &two };
        let api = node.api(&format!("agent{n}")).await;
        let mut socket = Socket::open(&node.url(), &api.token).await;
        let (barrier, threads) = (Arc::clone(&barrier), Arc::clone(&threads));
        tasks.push(tokio::spawn(async move {
            let mut answers = Vec::new();
            for (round, thread) in threads.iter().enumerate() {
                barrier.wait().await;
                let claim = assign(*thread, None, Some(api.id()));
                answers.push(socket.command(&format!("claim{round}"), claim).await);
            }
            (api.id(), answers)
        }));
    }
    let mut owners = [None; ROUNDS];
    let mut refusals = Vec::new();
    for task in tasks {
        let (agent, answers) = task.await.unwrap();
        for (round, answer) in answers.into_iter().enumerate() {
            match answer {
                Ok(Outcome::Done(done)) => {
                    assert!(done.seq.is_some());
                    assert_eq!(owners[round].replace(agent), None, "two own it");
                }
                Ok(other) => panic!("{other:?}"),
                Err(refusal) => refusals.push((round, refusal)),
            }
        }
    }
    assert_eq!(refusals.len(), (AGENTS - 1) * ROUNDS);
    for (round, refusal) in refusals {
        assert_eq!(refusal.code, ErrorCode::OwnerChanged);
        assert_eq!(refusal.details.unwrap().assignee, owners[round], "each is told who has it");
    }
    for (round, thread) in threads.iter().enumerate() {
        let snapshot = ann.snapshot(*thread).await;
        assert_eq!(snapshot.thread.assignee_id, owners[round]);
        let assigned = |body: &EventBody| matches!(body, EventBody::ThreadAssigned(_));
        let events = snapshot.timeline.events;
        assert_eq!(events.iter().filter(|event| assigned(&event.body)).count(), 1);
    }
    two.stop().await;
    one.stop().await;
}

#[tokio::test]
async fn a_note_goes_with_a_transfer_and_is_told_to_whoever_gets_it() {
    let server = TestServer::start().await;
    let (ann, mut anns) = server.desk("ann").await;
    let ben_id = server.api("ben").await.id();
    set_scope(&server.database, ben_id, Scope::Assigned).await;
    let (_ben, mut bens) = server.desk("ben").await;
    let id = ann.new_thread(CUSTOMER).await.id;
    let transfer = |from, to, text: &str| {
        let Command::Assign(it) = assign(id, from, to) else { panic!() };
        Command::Assign(Assign { note: Some(NoteText::new(text.to_owned()).unwrap()), ..it })
    };
    let to_ben = transfer(None, Some(ben_id), "She wants the invoice.");
    let first = anns.command("t1", to_ben.clone()).await.unwrap();
    let again = anns.command("t1", to_ben).await.unwrap();
    assert_eq!(first, again, "the same key does it once");

    // Ben saw nothing of the thread before.
    bens.until_known("the note", |desk| desk.events.len() == 3).await;
    assert!(matches!(&bens.events[0].body, EventBody::ThreadView(view) if view.id == id));
    assert!(matches!(&bens.events[1].body, EventBody::NotificationAdded(_)));
    let EventBody::NoteAdded(note) = &bens.events[2].body else { panic!("{:?}", bens.events) };
    assert_eq!(note.note.text, "She wants the invoice.");
    let told: Vec<_> = ann.snapshot(id).await.timeline.events;
    let notes = told.iter().filter(|event| matches!(event.body, EventBody::NoteAdded(_)));
    assert_eq!(notes.count(), 1);

    // A transfer that is refused leaves no note.
    let late = refused(
        ann.command("t2", transfer(None, Some(ann.id()), "lost")).await,
        ErrorCode::OwnerChanged,
    );
    assert_eq!(late.details.unwrap().assignee, Some(ben_id));
    let nowhere = transfer(Some(ben_id), Some(ben_id), "lost");
    let nowhere = refused(ann.command("t3", nowhere).await, ErrorCode::Invalid);
    assert_eq!(nowhere.details.unwrap().field.as_deref(), Some("command.note"));
    assert_eq!(ann.snapshot(id).await.timeline.events.len(), told.len());
    server.stop().await;
}

#[tokio::test]
async fn nobody_gets_a_thread_who_cannot_work_it() {
    let server = TestServer::start_with(Wanted { more_agents: 1, ..Wanted::default() }).await;
    make_admin(&server.database, "agent0@demo.example").await;
    let admin = server.api("agent0").await;
    let (ben, cleo) = (server.api("ben").await, server.api("cleo").await);
    let id = admin.new_thread(CUSTOMER).await.id;
    let inbox = admin.me.inboxes[0].id;
    let body = json!({ "name": "ben", "role": "agent", "disabled": true });
    let put = reqwest::Method::PUT;
    let disabled = admin.ask(put, &format!("/admin/agents/{}", ben.id()), Some(&body)).await;
    assert_eq!(disabled.status(), 204);
    let path = format!("/admin/inboxes/{inbox}/members/{}", cleo.id());
    assert_eq!(admin.ask(reqwest::Method::DELETE, &path, None).await.status(), 204);
    for (n, agent) in [ben.id(), cleo.id()].into_iter().enumerate() {
        let answer = admin.command(&format!("k{n}"), assign(id, None, Some(agent))).await;
        let problem = refused(answer, ErrorCode::Invalid);
        assert_eq!(problem.details.unwrap().field.as_deref(), Some("command.to"));
        assert!(problem.detail.contains("active member"), "{}", problem.detail);
    }
    let team = protocol::ids::TeamId::from(uuid::Uuid::now_v7());
    let Command::Assign(it) = assign(id, None, None) else { panic!() };
    let to_team = Command::Assign(Assign { to_team: Some(team), ..it });
    let problem = refused(admin.command("k9", to_team).await, ErrorCode::Invalid);
    assert_eq!(problem.details.unwrap().field.as_deref(), Some("command.to_team"));
    server.stop().await;
}
