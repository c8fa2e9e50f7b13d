//! Notifications: live on every device of the agent and on nobody else's, read everywhere at once, and
//! exactly those that were missed after a disconnect.

use std::time::Duration;

use protocol::{
    commands::{Command, Done, OpenThread, Outcome},
    errors::ErrorCode,
    events::EventBody,
    ids::ThreadId,
    notes::MuteThread,
    notifications::{
        NotificationPage,
        NotificationReason::{Assigned, Mentioned, Message, TeamMentioned},
        ReadAllNotifications, ReadNotifications,
    },
};
use tokio::time::Instant;

use super::{At, mentioning, page, read, shown, told};
use crate::{
    harness::{
        api::{CUSTOMER, refused},
        server::{TestServer, Wanted, make_admin, redis},
        socket::Socket,
    },
    nodes::Two,
    rights::stage::team,
    threads::assign,
};

fn open(thread_id: ThreadId, read_seq: u64) -> Command {
    Command::OpenThread(OpenThread { thread_id, read_seq })
}

fn mute(thread_id: ThreadId, muted: bool) -> Command {
    Command::MuteThread(MuteThread { thread_id, muted })
}

fn is_muted(socket: &Socket) -> Option<bool> {
    socket.events.iter().rev().find_map(|event| match &event.body {
        EventBody::Muted(it) => Some(it.muted),
        _ => None,
    })
}

#[tokio::test]
async fn what_is_heard_on_one_node_is_read_on_all_devices_at_once_and_by_nobody_else() {
    let Two { a, b, ann: (ann, mut anns), ben: (ben, mut bens) } = Two::start().await;
    let mut phone = Socket::open(&a.url(), &ben.token).await;
    phone.subscribe(ben.stream(), None).await;
    let thread = ann.new_thread(CUSTOMER).await.id;
    anns.heard = Some(String::new());
    let since = Instant::now();
    anns.command("a", assign(thread, None, Some(ben.id()))).await.unwrap();
    anns.command("m", mentioning(thread, "@Ben", &[At::Agent(ben.id())])).await.unwrap();
    let want = [(Assigned, thread), (Mentioned, thread)];
    for socket in [&mut bens, &mut phone] {
        socket.until_known("both", |it| told(it) == want).await;
    }
    assert!(since.elapsed() < Duration::from_secs(1), "{:?}", since.elapsed());
    let list = page(&ben).await;
    assert_eq!(list.unread, 2);
    assert_eq!(shown(&list), [(Mentioned, thread, false), (Assigned, thread, false)]);

    // One of them, on one device.
    let first = list.notifications[1].id;
    let one = Command::ReadNotifications(ReadNotifications { notification_ids: vec![first] });
    phone.command("r1", one.clone()).await.unwrap();
    bens.until_known("read there, too", |it| read(it) == [first]).await;
    assert_eq!(page(&ben).await.unread, 1);
    let again = bens.command("r2", one.clone()).await.unwrap();
    assert_eq!(again, Outcome::Done(Done { seq: None }), "it already is");
    // Nobody reads another one's.
    ann.command("r3", one).await.unwrap();
    let second = list.notifications[0].id;
    let theirs = Command::ReadNotifications(ReadNotifications { notification_ids: vec![second] });
    assert_eq!(ann.command("r4", theirs).await.unwrap(), Outcome::Done(Done { seq: None }));
    assert_eq!(page(&ben).await.unread, 1);
    for ids in [Vec::new(), vec![second; 201]] {
        let bad = Command::ReadNotifications(ReadNotifications { notification_ids: ids });
        let problem = refused(ben.command("bad", bad).await, ErrorCode::Invalid);
        let field = problem.details.unwrap().field;
        assert_eq!(field.as_deref(), Some("command.notification_ids"));
    }
    // Opening the thread, but only to its end.
    bens.command("o1", open(thread, 1)).await.unwrap();
    assert_eq!(page(&ben).await.unread, 1);
    bens.command("o2", open(thread, bens.at(ben.stream()))).await.unwrap();
    phone.until_known("read by opening", |it| read(it) == [first, second]).await;
    assert_eq!(page(&ben).await.unread, 0);

    anns.drain(Duration::from_millis(300)).await;
    let heard = anns.heard.take().unwrap();
    assert!(heard.contains("thread.assigned") && !heard.contains("notification"), "{heard}");
    let timeline = ben.snapshot(thread).await.timeline.events;
    assert!(timeline.iter().all(|it| !matches!(it.body, EventBody::NotificationAdded(_))));
    b.stop().await;
    a.stop().await;
}

#[tokio::test]
async fn the_owner_hears_of_what_the_customer_writes_once_until_it_is_read() {
    let server = TestServer::start().await;
    let (ann, mut anns) = server.desk("ann").await;
    let thread = ann.new_thread(CUSTOMER).await.id;
    assert_eq!(page(&ann).await.unread, 0, "nobody owns it");
    anns.command("claim", assign(thread, None, Some(ann.id()))).await.unwrap();
    assert_eq!(page(&ann).await.unread, 0, "one knows what one does oneself");
    for words in ["one", "two", "three"] {
        ann.text(CUSTOMER, words).await;
    }
    let list = page(&ann).await;
    assert_eq!((list.unread, shown(&list)), (1, vec![(Message, thread, false)]));
    assert_eq!(list.notifications[0].text.as_deref(), Some("one"));
    ann.command("all", Command::ReadAllNotifications(ReadAllNotifications {})).await.unwrap();
    ann.text(CUSTOMER, "four").await;
    anns.until_known("the second", |it| told(it).len() == 2).await;
    assert_eq!(shown(&page(&ann).await), [(Message, thread, false), (Message, thread, true)]);
    server.stop().await;
}

#[tokio::test]
async fn a_muted_thread_tells_of_nothing_but_oneself() {
    let wanted = Wanted { redis: Some(redis()), ..Wanted::default() };
    let server = TestServer::start_with(wanted.clone()).await;
    let other = TestServer::join(&server.database, wanted).await;
    make_admin(&server.database, "sam@demo.example").await;
    let members = [server.api("ben").await.id()];
    let night = team(&server.api("sam").await, "Night", &members).await;
    let (ann, mut anns) = server.desk("ann").await;
    let (ben, mut bens) = server.desk("ben").await;
    let mut phone = Socket::open(&other.url(), &ben.token).await;
    phone.subscribe(ben.stream(), None).await;
    let thread = ann.new_thread(CUSTOMER).await.id;
    bens.command("mute", mute(thread, true)).await.unwrap();
    let again = bens.command("mute-again", mute(thread, true)).await.unwrap();
    assert_eq!(again, Outcome::Done(Done { seq: None }));
    phone.until_known("muted there, too", |it| is_muted(it) == Some(true)).await;
    assert!(ben.snapshot(thread).await.thread.muted && !ann.snapshot(thread).await.thread.muted);

    anns.command("a", assign(thread, None, Some(ben.id()))).await.unwrap();
    anns.command("t", mentioning(thread, "@Night", &[At::Team(night)])).await.unwrap();
    ann.text(CUSTOMER, "hello?").await;
    assert_eq!(shown(&page(&ben).await), []);
    anns.command("m", mentioning(thread, "@Ben", &[At::Agent(ben.id())])).await.unwrap();
    phone.until_known("oneself", |it| told(it) == [(Mentioned, thread)]).await;
    phone.command("loud", mute(thread, false)).await.unwrap();
    bens.until_known("loud here, too", |it| is_muted(it) == Some(false)).await;
    anns.command("t2", mentioning(thread, "@Night", &[At::Team(night)])).await.unwrap();
    bens.until_known("the team again", |it| told(it).len() == 2).await;
    assert_eq!(told(&bens), [(Mentioned, thread), (TeamMentioned, thread)]);
    assert_eq!(is_muted(&anns), None, "nobody else is told");
    other.stop().await;
    server.stop().await;
}

#[tokio::test]
async fn who_was_away_is_told_exactly_of_what_was_missed_on_any_node() {
    let Two { a, b, ann: (ann, mut anns), ben: (ben, bens) } = Two::start().await;
    let thread = ann.new_thread(CUSTOMER).await.id;
    let cursors = bens.cut();
    for n in 0..5 {
        let words = format!("@Ben {n}");
        let command = mentioning(thread, &words, &[At::Agent(ben.id())]);
        anns.command(&format!("m{n}"), command.clone()).await.unwrap();
        // Asked again at the other node, as a client does that has lost the answer.
        ann.at(&b.url()).command(&format!("m{n}"), command).await.unwrap();
    }
    for url in [a.url(), b.url()] {
        let mut back = Socket::resume(&url, &ben.token, cursors.clone()).await;
        back.until_known("what was missed", |it| told(it).len() >= 5).await;
        back.drain(Duration::from_millis(200)).await;
        assert_eq!(told(&back), [(Mentioned, thread); 5]);
    }
    let list = page(&ben).await;
    assert_eq!((list.unread, list.notifications.len()), (5, 5));
    // In pages, newest first, and each place of a page goes on without a gap.
    let first: NotificationPage = ben.get("/api/v1/notifications?limit=3").await;
    let next = first.next.unwrap();
    let second: NotificationPage =
        ben.get(&format!("/api/v1/notifications?limit=3&before={next}")).await;
    assert_eq!(second.next, None);
    let both = [first.notifications, second.notifications].concat();
    assert_eq!(both, list.notifications);
    let place = first.streams.iter().find(|it| it.stream == ben.stream()).unwrap().clone();
    let mut socket = Socket::open(&b.url(), &ben.token).await;
    let subscribed = socket.subscribe(place.stream, Some(place.cursor)).await;
    assert_eq!(subscribed.at, place.seq);
    anns.command("m", mentioning(thread, "@Ben", &[At::Agent(ben.id())])).await.unwrap();
    socket.until_known("what came after the page", |it| !told(it).is_empty()).await;
    assert_eq!(told(&socket), [(Mentioned, thread)], "and nothing that the page had");
    // All at once, of more than one thread.
    let other = ann.new_thread("+12025550188").await.id;
    anns.command("o", mentioning(other, "@Ben", &[At::Agent(ben.id())])).await.unwrap();
    ben.command("all", Command::ReadAllNotifications(ReadAllNotifications {})).await.unwrap();
    socket.until_known("all of them", |it| read(it).len() == 7).await;
    assert_eq!(page(&ben).await.unread, 0);
    assert_eq!(ben.try_get("/api/v1/notifications?before=x").await.status(), 422);
    assert_eq!(ben.try_get("/api/v1/notifications?unknown=1").await.status(), 422);
    b.stop().await;
    a.stop().await;
}
