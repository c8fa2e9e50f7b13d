//! One customer out of two: one thread with all that was said, all addresses, one guard and one lock;
//! and two again.

use std::time::Duration;

use chrono::TimeDelta;
use protocol::{
    commands::{Command, OpenThread, Outcome, SendReply, SetStatus, ThreadOnly},
    errors::ErrorCode,
    events::EventBody,
    ids::ThreadId,
    views::{DeliveryState, Status, ThreadView},
};

use super::{
    ADA, BOB, addresses, check, listed, listed_second, merge, rename, said, second_inbox,
    text_second, unmerge,
};
use crate::{
    harness::{
        api::{Api, refused},
        fake_whatsapp,
        server::{TestServer, Wanted},
        twilio,
    },
    main_job::{note, reply},
};

/// Two customers with a thread each, who wrote one after the other.
async fn two(ann: &Api) -> (ThreadView, ThreadView) {
    let (ada, bob) = (ann.new_thread(ADA).await, ann.new_thread(BOB).await);
    ann.text(ADA, "ada two").await;
    ann.text(BOB, "bob two").await;
    (ada, bob)
}

fn set(thread_id: ThreadId, to: Status) -> Command {
    Command::SetStatus(SetStatus { thread_id, to, until: None })
}

#[tokio::test]
async fn two_customers_become_one_and_two_again() {
    let server = TestServer::start().await;
    let ann = server.api("ann").await;
    let (ada, bob) = two(&ann).await;
    ann.command("n1", note(bob.id, "Looks like Ada")).await.unwrap();
    ann.command("r1", rename(bob.id, Some("Bob"))).await.unwrap();
    ann.command("m1", merge(bob.id, ada.id)).await.unwrap();

    assert_eq!(listed(&ann).await, [ada.id], "the list has the root only");
    let both = ["Hello?", "Hello?", "ada two", "bob two", "Looks like Ada"];
    assert_eq!(said(&ann, ada.id).await, both, "all of it, in order");
    let snapshot = ann.snapshot(ada.id).await;
    assert_eq!(addresses(&snapshot.thread), [ADA, BOB]);
    let [merged] = &snapshot.thread.contact.merged[..] else { panic!("{snapshot:?}") };
    assert_eq!((merged.id, merged.name.as_deref()), (bob.contact.id, Some("Bob")));
    assert_eq!(merged.addresses[0].value, BOB);
    assert_eq!(snapshot.thread.contact.name.as_deref(), Some("Bob"), "the only name there is");
    assert_eq!(snapshot.thread.preview.as_ref().unwrap().text, "Looks like Ada");
    // The customer used this one last.
    assert_eq!(snapshot.reach[0].address.value, BOB);
    let last = snapshot.timeline.events.last().unwrap();
    let EventBody::ContactMerged(it) = &last.body else { panic!("{last:?}") };
    assert_eq!(it.contact_id, bob.contact.id, "on record, with who did it");
    check(&server).await;

    // What comes from the merged address is said in the root.
    ann.text(BOB, "bob three").await;
    assert_eq!(said(&ann, ada.id).await.last().unwrap(), "bob three");
    ann.command("k1", reply(ada.id, 0, "To both")).await.unwrap();
    assert_eq!(ann.phone(BOB, 1).await[0].text, "To both", "where the customer wrote last");
    assert_eq!(listed(&ann).await, [ada.id]);

    ann.command("u1", unmerge(ada.id, bob.contact.id)).await.unwrap();
    check(&server).await;
    let mut now = listed(&ann).await;
    now.sort_unstable();
    assert_eq!(now, [ada.id, bob.id]);
    // Messages keep their thread.
    assert_eq!(said(&ann, bob.id).await, ["Hello?", "bob two", "Looks like Ada"]);
    assert_eq!(said(&ann, ada.id).await, ["Hello?", "ada two", "bob three", "To both"]);
    let snapshot = ann.snapshot(ada.id).await;
    assert_eq!(addresses(&snapshot.thread), [ADA]);
    assert!(snapshot.thread.contact.merged.is_empty());
    assert_eq!(snapshot.reach[0].address.value, ADA, "no reply goes to somebody else");
    assert_eq!(addresses(&ann.snapshot(bob.id).await.thread), [BOB]);
    ann.command("k2", reply(ada.id, 1, "Only you")).await.unwrap();
    assert_eq!(ann.phone(ADA, 1).await[0].text, "Only you");
    ann.text(BOB, "bob four").await;
    assert_eq!(said(&ann, bob.id).await.last().unwrap(), "bob four");
    check(&server).await;
    server.stop().await;
}

#[tokio::test]
async fn what_cannot_be_merged_is_refused_and_the_field_named() {
    let server = TestServer::start().await;
    second_inbox(&server).await;
    let ann = server.api("ann").await;
    let (ada, bob) = two(&ann).await;
    let cleo = ann.new_thread("+12025550111").await;
    text_second(&ann, ADA, "Hello there").await;
    let elsewhere = listed_second(&ann).await.remove(0);
    ann.command("m1", merge(bob.id, ada.id)).await.unwrap();
    let nobody = ThreadId::from(uuid::Uuid::now_v7());
    let (invalid, not_found) = (ErrorCode::Invalid, ErrorCode::NotFound);
    let cases = [
        ("into itself", merge(ada.id, ada.id), invalid, "command.into", None),
        ("into a merged one", merge(cleo.id, bob.id), not_found, "command.into", Some(ada.id)),
        ("in a circle", merge(ada.id, bob.id), not_found, "command.into", Some(ada.id)),
        ("merged since", merge(bob.id, cleo.id), not_found, "command.thread_id", Some(ada.id)),
        ("another inbox", merge(cleo.id, elsewhere.id), invalid, "command.into", None),
        ("into nothing", merge(cleo.id, nobody), not_found, "command.into", None),
        ("nothing", merge(nobody, cleo.id), not_found, "command.thread_id", None),
        ("the root", unmerge(ada.id, ada.contact.id), invalid, "command.contact_id", None),
        ("a stranger", unmerge(ada.id, cleo.contact.id), invalid, "command.contact_id", None),
        ("from elsewhere", unmerge(cleo.id, bob.contact.id), invalid, "command.contact_id", None),
        (
            "of a part",
            unmerge(bob.id, bob.contact.id),
            not_found,
            "command.thread_id",
            Some(ada.id),
        ),
        ("a part's name", rename(bob.id, None), not_found, "command.thread_id", Some(ada.id)),
        ("to a part", reply(bob.id, 0, "?"), not_found, "command.thread_id", Some(ada.id)),
        ("on a part", note(bob.id, "?"), not_found, "command.thread_id", Some(ada.id)),
    ];
    let before = server.database.stored().await;
    for (what, command, code, field, into) in cases {
        let details = refused(ann.command("k", command).await, code).details.expect(what);
        assert_eq!((details.field.as_deref(), details.merged_into), (Some(field), into), "{what}");
    }
    assert_eq!(server.database.stored().await, before, "a refusal stores nothing");
    // Whoever still has the old address is told where it is now.
    let answer = ann.try_get(&format!("/api/v1/threads/{}", bob.id)).await;
    assert_eq!(answer.status(), 404);
    let problem = crate::harness::api::problem(answer).await;
    assert_eq!(problem.details.unwrap().merged_into, Some(ada.id));
    check(&server).await;
    server.stop().await;
}

#[tokio::test]
async fn the_guard_and_the_lock_are_the_roots() {
    let server = TestServer::start().await;
    let (ann, mut desk) = server.desk("ann").await;
    let (ada, bob) = two(&ann).await;
    ann.command("k1", reply(bob.id, 0, "One")).await.unwrap();
    let lock = |thread_id| Command::AcquireLock(ThreadOnly { thread_id });
    let ben = server.api("ben").await;
    ben.command("l1", lock(bob.id)).await.unwrap();
    desk.until_known("Ben's lock shows", |desk| {
        desk.signals.get(&bob.id).is_some_and(|it| it.lock.is_some())
    })
    .await;
    ann.command("m1", merge(bob.id, ada.id)).await.unwrap();
    desk.until_known("Ben's lock is gone with its thread", |desk| {
        desk.signals.get(&bob.id).is_none_or(|it| it.lock.is_none())
    })
    .await;
    let shown = ann.snapshot(ada.id).await.thread;
    assert_eq!((shown.reply_no, shown.lock), (0, None));
    // One turn, one reply: of two who saw the same, one.
    let (one, two) = tokio::join!(
        ann.command("k2", reply(ada.id, 0, "Two")),
        ben.command("k3", reply(ada.id, 0, "Three")),
    );
    assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
    let lost = if one.is_ok() { two } else { one };
    refused(lost, ErrorCode::Collision);
    server.stop().await;
}

#[tokio::test]
async fn what_was_not_done_is_not_done_after_a_merge() {
    let server = TestServer::start().await;
    let ann = server.api("ann").await;
    let (ada, bob) = two(&ann).await;
    ann.command("c1", set(ada.id, Status::Closed)).await.unwrap();
    let until = server.clock().now() + TimeDelta::hours(1);
    let off = SetStatus { thread_id: bob.id, to: Status::Pending, until: Some(until) };
    ann.command("p1", Command::SetStatus(off)).await.unwrap();
    ann.command("m1", merge(bob.id, ada.id)).await.unwrap();
    assert_eq!(ann.snapshot(ada.id).await.thread.status, Status::Open);
    assert_eq!(server.database.count("select count(*) from timers").await, 0);

    // It was put off for an hour, and still is once it stands for itself again.
    ann.command("u1", unmerge(ada.id, bob.contact.id)).await.unwrap();
    assert_eq!(ann.snapshot(bob.id).await.thread.status, Status::Pending);
    server.advance(Duration::from_mins(61)).await;
    crate::harness::wait::eventually("it opens", async || {
        (ann.snapshot(bob.id).await.thread.status == Status::Open).then_some(())
    })
    .await;
    server.stop().await;
}

#[tokio::test]
async fn who_has_read_both_has_read_all() {
    let server = TestServer::start().await;
    let (ann, ben) = (server.api("ann").await, server.api("ben").await);
    let (ada, bob) = two(&ann).await;
    let open = |it: &ThreadView| {
        Command::OpenThread(OpenThread { thread_id: it.id, read_seq: u64::MAX >> 1 })
    };
    ann.command("o1", open(&ada)).await.unwrap();
    ann.command("o2", open(&bob)).await.unwrap();
    ben.command("o3", open(&ada)).await.unwrap();
    ann.command("m1", merge(bob.id, ada.id)).await.unwrap();
    let unread = |it: ThreadView| it.inbound_seq > it.read_seq;
    assert!(!unread(ann.snapshot(ada.id).await.thread));
    assert!(unread(ben.snapshot(ada.id).await.thread), "Ben has not read what Bob said");
    server.stop().await;
}

#[tokio::test]
async fn a_customer_is_one_in_every_inbox() {
    let server = TestServer::start().await;
    second_inbox(&server).await;
    let ann = server.api("ann").await;
    let (ada, bob) = two(&ann).await;
    let cleo = ann.new_thread("+12025550111").await;
    for (from, text) in [(ADA, "ada there"), (BOB, "bob there")] {
        text_second(&ann, from, text).await;
    }
    assert_eq!(listed_second(&ann).await.len(), 2);
    ann.command("m1", merge(bob.id, ada.id)).await.unwrap();
    let [there] = &listed_second(&ann).await[..] else { panic!("one customer, one thread") };
    assert_eq!(said(&ann, there.id).await, ["ada there", "bob there"]);

    // Cleo has none there: hers is found by any of the addresses.
    ann.command("m2", merge(ada.id, cleo.id)).await.unwrap();
    let [there] = &listed_second(&ann).await[..] else { panic!("still one") };
    assert_eq!(there.contact.id, cleo.contact.id);
    assert_eq!(there.contact.merged.len(), 2, "whoever was merged before comes along");
    text_second(&ann, "+12025550111", "cleo there").await;
    assert_eq!(said(&ann, there.id).await, ["ada there", "bob there", "cleo there"]);
    check(&server).await;

    // Ada's was the root there: without her, Bob's is.
    ann.command("u1", unmerge(cleo.id, ada.contact.id)).await.unwrap();
    check(&server).await;
    let lists = listed_second(&ann).await;
    let of = |contact| lists.iter().find(|it| it.contact.id == contact).expect("a thread");
    assert_eq!(said(&ann, of(cleo.contact.id).id).await, ["bob there"]);
    assert_eq!(said(&ann, of(ada.contact.id).id).await, ["ada there", "cleo there"]);
    server.stop().await;
}

#[tokio::test]
async fn refusals_windows_and_receipts_follow_the_customer() {
    let clock = server::clock::Clock::system();
    let wanted = Wanted { clock: clock.clone(), ..Wanted::default() };
    let (server, fake) = twilio::start(wanted).await;
    let (ann, mut desk) = server.desk("ann").await;
    let ada = ann.new_thread(ADA).await;
    let bob = twilio::new_thread(&fake, &ann, BOB).await;
    let Outcome::ReplySent(sent) = ann.command("k1", reply(bob.id, 0, "Hi Bob")).await.unwrap()
    else {
        panic!()
    };
    crate::harness::wait::eventually("it goes out", async || {
        (fake.received().len() == 1).then_some(())
    })
    .await;
    ann.command("m1", merge(bob.id, ada.id)).await.unwrap();
    // What becomes of a message is told of the thread that shows it.
    let sid = fake.received()[0].sid.clone();
    assert!(fake.callback(&sid, "delivered").await.is_some_and(|status| status < 300));
    desk.until_known("the receipt", |desk| {
        desk.events.iter().any(|event| {
            event.thread_id == Some(ada.id)
                && matches!(&event.body, EventBody::DeliveryChanged(it)
                    if it.message_id == sent.message_id
                        && it.delivery.state == DeliveryState::Delivered)
        })
    })
    .await;
    twilio::inbound(&fake, &ann, BOB, "STOP").await;
    refused(ann.command("k2", reply(ada.id, 0, "?")).await, ErrorCode::OptedOut);
    let sms = Some(twilio::channel(&ann));
    let Command::SendReply(it) = reply(ada.id, 0, "?") else { panic!() };
    let chosen = Command::SendReply(SendReply { channel_id: sms, ..it });
    refused(ann.command("k3", chosen).await, ErrorCode::OptedOut);
    ann.command("u1", unmerge(ada.id, bob.contact.id)).await.unwrap();
    refused(ann.command("k4", reply(bob.id, 1, "?")).await, ErrorCode::OptedOut);
    check(&server).await;
}

#[tokio::test]
async fn a_changed_message_is_changed_where_it_is_shown() {
    let (server, _fake) = fake_whatsapp::start(Wanted::default()).await;
    let (ann, mut desk) = server.desk("ann").await;
    let ada = ann.new_thread(ADA).await;
    let id = fake_whatsapp::wamid();
    let wa_id = &BOB[1..];
    let said_by = |it| fake_whatsapp::body("messages", &serde_json::json!({ "messages": [it] }));
    let hello = fake_whatsapp::text(&id, wa_id, "Hello?");
    assert_eq!(fake_whatsapp::tell(&ann, &said_by(hello)).await, 200);
    let bob = ann.list().await.threads.remove(0);
    ann.command("m1", merge(bob.id, ada.id)).await.unwrap();
    let inner = serde_json::json!({ "message_id": id, "emoji": "👍" });
    let mark = fake_whatsapp::said(&fake_whatsapp::wamid(), wa_id, "reaction", &inner);
    assert_eq!(fake_whatsapp::tell(&ann, &said_by(mark)).await, 200);
    desk.until_known("the mark is told of the root", |desk| {
        desk.events.iter().any(|event| {
            event.thread_id == Some(ada.id) && matches!(event.body, EventBody::MessageReacted(_))
        })
    })
    .await;
    let mark = async |thread| {
        let events = ann.snapshot(thread).await.timeline.events;
        events.into_iter().find_map(|event| match event.body {
            EventBody::MessageReceived(it) => it.message.reaction,
            _ => None,
        })
    };
    assert_eq!(mark(ada.id).await.as_deref(), Some("👍"));
    ann.command("u1", unmerge(ada.id, bob.contact.id)).await.unwrap();
    assert_eq!(mark(bob.id).await.as_deref(), Some("👍"), "and stays with its message");
    assert_eq!(mark(ada.id).await, None);
    server.stop().await;
}
