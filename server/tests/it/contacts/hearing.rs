//! Who hears of merges: whoever had the thread forgets it, whoever sees the other one has all of it,
//! live and after any absence, and nobody else hears anything.

use std::{collections::BTreeMap, time::Duration};

use protocol::{
    commands::{Assign, Command},
    errors::ErrorCode,
    events::EventBody,
    ids::{AgentId, ThreadId},
    views::Scope,
};

use super::{ADA, BOB, addresses, check, merge, unmerge};
use crate::{
    harness::{
        api::refused,
        server::{TestServer, Wanted, set_scope},
        socket::Socket,
    },
    main_job::note,
};

fn assign(thread_id: ThreadId, from: Option<AgentId>, to: Option<AgentId>) -> Command {
    Command::Assign(Assign {
        thread_id,
        from,
        to,
        from_team: None,
        to_team: None,
        note: None,
        mentions: Vec::new(),
    })
}

/// Returns the threads that a client has that forgets and learns as it is told, and their addresses.
fn had(desk: &Socket) -> BTreeMap<ThreadId, Vec<String>> {
    let mut had = BTreeMap::new();
    for event in &desk.events {
        let Some(thread) = event.thread_id else { continue };
        let view = match &event.body {
            EventBody::ThreadCreated(it) => &it.thread,
            EventBody::ThreadView(view) => view,
            EventBody::ThreadGone(_) => {
                had.remove(&thread);
                continue;
            }
            _ => continue,
        };
        had.insert(thread, addresses(view).into_iter().map(str::to_owned).collect());
    }
    had
}

/// Returns where threads went that were told to be gone.
fn gone(desk: &Socket) -> Vec<Option<ThreadId>> {
    let into = |body: &EventBody| match body {
        EventBody::ThreadGone(it) => Some(it.merged_into),
        _ => None,
    };
    desk.events.iter().filter_map(|event| into(&event.body)).collect()
}

fn list(of: &[(ThreadId, &[&str])]) -> BTreeMap<ThreadId, Vec<String>> {
    let owned = |all: &[&str]| all.iter().map(|it| (*it).to_owned()).collect();
    of.iter().map(|(thread, addresses)| (*thread, owned(addresses))).collect()
}

#[tokio::test]
async fn clients_hear_it_live_and_after_any_absence() {
    // A ring of two events: whoever comes back reads from Postgres.
    for ring_events_max in [2_048, 2] {
        let server = TestServer::start_with(Wanted { ring_events_max, ..Wanted::default() }).await;
        let (ann, mut desk) = server.desk("ann").await;
        let start = desk.cursors.clone();
        let ada = ann.new_thread(ADA).await.id;
        let bob = ann.new_thread(BOB).await;
        let merged = list(&[(ada, &[ADA, BOB])]);
        let parted = list(&[(ada, &[ADA]), (bob.id, &[BOB])]);

        desk.until_known("both", |desk| had(desk) == parted).await;
        let before = desk.cursors.clone();
        ann.command("m1", merge(bob.id, ada)).await.unwrap();
        desk.until_known("one", |desk| had(desk) == merged).await;
        for cursors in [&start, &before] {
            let mut late = Socket::resume(&server.url(), &ann.token, cursors.clone()).await;
            late.until_known("one, later", |late| {
                had(late) == list(&[(ada, &[ADA, BOB])]) && gone(late) == [Some(ada)]
            })
            .await;
            assert!(late.resets.is_empty());
        }
        let during = desk.cursors.clone();
        ann.command("u1", unmerge(ada, bob.contact.id)).await.unwrap();
        desk.until_known("two", |desk| had(desk) == parted).await;
        for cursors in [&start, &during] {
            let mut late = Socket::resume(&server.url(), &ann.token, cursors.clone()).await;
            late.until_known("two, later", |late| had(late) == parted).await;
        }
        check(&server).await;
        server.stop().await;
    }
}

#[tokio::test]
async fn nobody_hears_what_they_may_not_see() {
    for ring_events_max in [2_048, 2] {
        let wanted = Wanted { ring_events_max, ..Wanted::default() };
        let server = TestServer::start_with(wanted).await;
        let (ben_id, cleo_id) = (server.api("ben").await.id(), server.api("cleo").await.id());
        for agent in [ben_id, cleo_id] {
            set_scope(&server.database, agent, Scope::Assigned).await;
        }
        let ann = server.api("ann").await;
        let (ben, mut bens) = server.desk("ben").await;
        let (cleo, mut cleos) = server.desk("cleo").await;
        let (start, from) = (bens.cursors.clone(), cleos.cursors.clone());
        let (ada, bob) = (ann.new_thread(ADA).await, ann.new_thread(BOB).await);
        ann.command("a1", assign(ada.id, None, Some(ben_id))).await.unwrap();
        ann.command("a2", assign(bob.id, None, Some(cleo_id))).await.unwrap();
        ann.command("n1", note(bob.id, "Bob's secret")).await.unwrap();
        ann.command("n2", note(ada.id, "Ada's secret")).await.unwrap();
        // Neither may merge what only the other one sees, nor learn that it is there.
        refused(ben.command("x1", merge(bob.id, ada.id)).await, ErrorCode::NotFound);
        refused(ben.command("x2", merge(ada.id, bob.id)).await, ErrorCode::NotFound);
        refused(cleo.command("x3", unmerge(ada.id, bob.contact.id)).await, ErrorCode::NotFound);

        ann.command("m1", merge(bob.id, ada.id)).await.unwrap();
        bens.until_known("Ben has both", |desk| had(desk) == list(&[(ada.id, &[ADA, BOB])])).await;
        cleos.until_known("Cleo's is gone", |desk| !gone(desk).is_empty()).await;
        assert_eq!((gone(&cleos), had(&cleos)), (vec![None], BTreeMap::new()), "nor where it went");
        let hidden = refused(cleo.command("x4", note(bob.id, "?")).await, ErrorCode::NotFound);
        assert_eq!(hidden.details.unwrap().merged_into, None, "not even where it went");
        assert_eq!(cleo.try_get(&format!("/api/v1/threads/{}", bob.id)).await.status(), 404);
        ann.command("n3", note(ada.id, "Since then")).await.unwrap();
        ann.text(BOB, "Bob again").await;
        cleos.drain(Duration::from_millis(300)).await;
        let heard = format!("{:?}", cleos.events);
        assert!(!heard.contains("Since then") && !heard.contains("Bob again"), "{heard}");

        // From the beginning: what is a part of Ben's thread now is not Cleo's to read.
        let mut replay = Socket::resume(&server.url(), &cleo.token, from).await;
        replay.drain(Duration::from_millis(300)).await;
        let heard = format!("{:?}", replay.events);
        assert!(!heard.contains("secret") && had(&replay).is_empty(), "{heard}");
        assert!(gone(&replay).iter().all(Option::is_none), "{heard}");
        assert!(!gone(&replay).is_empty(), "{heard}");
        let mut replay = Socket::resume(&server.url(), &ben.token, start.clone()).await;
        replay.until_known("Ben has both", |desk| had(desk).contains_key(&ada.id)).await;

        // It goes to Ann: Ben forgets all of it.
        ann.command("a3", assign(ada.id, Some(ben_id), Some(ann.id()))).await.unwrap();
        bens.until_known("Ben's is gone", |desk| had(desk).is_empty()).await;
        let mut replay = Socket::resume(&server.url(), &ben.token, start).await;
        replay.drain(Duration::from_millis(300)).await;
        let heard = format!("{:?}", replay.events);
        assert!(!heard.contains("secret") && had(&replay).is_empty(), "{heard}");

        // Apart again, each has its owner.
        ann.command("u1", unmerge(ada.id, bob.contact.id)).await.unwrap();
        cleos.until_known("Cleo's is back", |desk| had(desk) == list(&[(bob.id, &[BOB])])).await;
        check(&server).await;
        server.stop().await;
    }
}

#[tokio::test]
async fn who_has_lost_the_whole_is_told_nothing_of_its_parts() {
    for ring_events_max in [2_048, 2] {
        let wanted = Wanted { ring_events_max, ..Wanted::default() };
        let server = TestServer::start_with(wanted).await;
        let ben_id = server.api("ben").await.id();
        set_scope(&server.database, ben_id, Scope::Assigned).await;
        let ann = server.api("ann").await;
        let (ben, bens) = server.desk("ben").await;
        let start = bens.cut();
        let (ada, bob) = (ann.new_thread(ADA).await, ann.new_thread(BOB).await);
        for (key, thread) in [("a1", ada.id), ("a2", bob.id)] {
            ann.command(key, assign(thread, None, Some(ben_id))).await.unwrap();
        }
        ann.command("n1", note(bob.id, "Bob's secret")).await.unwrap();
        // Ben owns both, and so may say that they are one.
        ben.command("m1", merge(bob.id, ada.id)).await.unwrap();
        ann.command("a3", assign(ada.id, Some(ben_id), Some(ann.id()))).await.unwrap();
        let mut replay = Socket::resume(&server.url(), &ben.token, start).await;
        replay.until_known("both are gone", |desk| gone(desk).len() == 2).await;
        replay.drain(Duration::from_millis(300)).await;
        let heard = format!("{:?}", replay.events);
        assert!(!heard.contains("secret") && had(&replay).is_empty(), "{heard}");
        server.stop().await;
    }
}
