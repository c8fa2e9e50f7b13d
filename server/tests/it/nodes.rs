//! Two nodes on one database and one Redis are as one.

use std::time::Duration;

use protocol::{
    commands::{Command, ThreadOnly},
    events::EventBody,
    frames::ServerFrame,
    signals::Activity,
};
use tokio::time::Instant;

use crate::{
    harness::{
        api::{Api, CUSTOMER},
        server::{TestServer, Wanted, redis},
        socket::Socket,
    },
    main_job::reply,
};

/// Two nodes, and a desk at each.
pub(crate) struct Two {
    pub(crate) a: TestServer,
    pub(crate) b: TestServer,
    pub(crate) ann: (Api, Socket),
    pub(crate) ben: (Api, Socket),
}

impl Two {
    pub(crate) async fn start() -> Self {
        let wanted = Wanted { redis: Some(redis()), ..Wanted::default() };
        let a = TestServer::start_with(wanted.clone()).await;
        let b = TestServer::join(&a.database, wanted).await;
        let (ann, ben) = (a.desk("ann").await, b.desk("ben").await);
        Self { a, b, ann, ben }
    }

    async fn stop(self) {
        self.b.stop().await;
        self.a.stop().await;
    }
}

#[tokio::test]
async fn what_happens_on_one_node_is_on_the_other_before_it_asks_postgres() {
    let mut two = Two::start().await;
    let id = two.ann.0.new_thread(CUSTOMER).await.id;
    two.ben.1.until_known("the text", |desk| !desk.events.is_empty()).await;
    // Each waits for the one before, so by the head poll alone each would take a second.
    let mut quick = 0;
    for n in 0..20 {
        let began = Instant::now();
        let command = reply(id, n, &format!("answer {n}"));
        two.ann.1.command(&format!("k{n}"), command).await.unwrap();
        two.ben
            .1
            .until_known("the answer", |desk| {
                desk.events.iter().any(|event| match &event.body {
                    EventBody::MessageSent(it) => it.message.reply_no == Some(n + 1),
                    _ => false,
                })
            })
            .await;
        quick += u32::from(began.elapsed() < Duration::from_millis(700));
    }
    assert!(quick >= 5, "only {quick} came by a hint");
    two.stop().await;
}

#[tokio::test]
async fn viewing_typing_locks_and_requests_cross_the_nodes() {
    let mut two = Two::start().await;
    let id = two.ann.0.new_thread(CUSTOMER).await.id;
    let (ann, ben) = (two.ann.0.id(), two.ben.0.id());
    two.ann.1.signal(id, Activity::Typing).await;
    let typing = move |desk: &Socket| desk.signals.get(&id).is_some_and(|it| it.typing == [ann]);
    two.ben.1.until_known("Ann types", typing).await;

    let acquire = Command::AcquireLock(ThreadOnly { thread_id: id });
    two.ann.1.command("lock", acquire).await.unwrap();
    two.ben
        .1
        .until_known("Ann's lock", |desk| {
            desk.signals[&id].lock.as_ref().is_some_and(|lock| lock.agent_id == ann)
        })
        .await;
    let request = Command::RequestLock(ThreadOnly { thread_id: id });
    two.ben.1.command("ask", request).await.unwrap();
    let asked = |frame: &ServerFrame| match frame {
        ServerFrame::LockRequested(it) => Some(it.from),
        _ => None,
    };
    assert_eq!(two.ann.1.until(asked).await, ben, "the holder is asked on another node");

    // A node that comes later learns it all from the others.
    let wanted = Wanted { redis: two.a.redis(), ..Wanted::default() };
    let late = TestServer::join(&two.a.database, wanted).await;
    let (_cleo, mut cleos) = late.desk("cleo").await;
    cleos
        .until_known("Ann views", |desk| {
            desk.signals.get(&id).is_some_and(|it| it.viewing == [ann])
        })
        .await;

    two.ann.1.signal(id, Activity::Idle).await;
    let nobody = |desk: &Socket| desk.signals[&id].viewing.is_empty();
    two.ben.1.until_known("Ann has left", nobody).await;
    cleos.until_known("Ann has left", nobody).await;
    late.stop().await;
    two.stop().await;
}

#[tokio::test]
async fn a_customer_who_types_is_seen_until_it_has_said_it() {
    let mut two = Two::start().await;
    let id = two.ann.0.new_thread(CUSTOMER).await.id;
    let types = |typing: bool| {
        move |desk: &Socket| desk.signals.get(&id).map_or(!typing, |it| it.contact_typing == typing)
    };
    two.ann.0.type_on_phone(CUSTOMER).await;
    two.ann.1.until_known("it types", types(true)).await;
    two.ben.1.until_known("it types, on the other node", types(true)).await;
    two.ann.0.text(CUSTOMER, "Here it is.").await;
    two.ann.1.until_known("it has said it", types(false)).await;
    two.ben.1.until_known("it has said it, on the other node", types(false)).await;
    two.ann.0.type_on_phone(CUSTOMER).await;
    two.ben.1.until_known("it types again", types(true)).await;
    two.b.advance(Duration::from_secs(7)).await;
    two.ben.1.until_known("it has stopped", types(false)).await;
    two.stop().await;
}

#[tokio::test]
async fn who_moves_to_another_node_is_never_seen_to_leave() {
    let mut two = Two::start().await;
    let id = two.ann.0.new_thread(CUSTOMER).await.id;
    let ann = two.ann.0.id();
    two.ann.1.signal(id, Activity::Viewing).await;
    let there = move |desk: &Socket| desk.signals.get(&id).is_some_and(|it| it.viewing == [ann]);
    two.ben.1.until_known("Ann is there", there).await;

    let cursors = two.ann.1.cut();
    let mut moved = Socket::resume(&two.b.url(), &two.ann.0.token, cursors).await;
    moved.signal(id, Activity::Viewing).await;
    moved.signal(id, Activity::Typing).await;
    let types = two.ben.1.until(|frame| match frame {
        ServerFrame::Signals(it) => it.threads.iter().find(|it| it.thread_id == id).cloned(),
        _ => None,
    });
    let first = types.await;
    assert_eq!(first.viewing, [ann], "the first thing that is seen is that she types");

    // On the first node she is forgotten after a while, which changes nothing either.
    two.a.advance(Duration::from_secs(5)).await;
    moved.signal(id, Activity::Idle).await;
    two.ben.1.until_known("Ann leaves", |desk| desk.signals[&id].viewing.is_empty()).await;
    two.b.stop().await;
    two.a.stop().await;
}

#[tokio::test]
async fn the_agents_of_a_node_that_says_goodbye_are_gone_after_a_while() {
    let mut two = Two::start().await;
    let id = two.ann.0.new_thread(CUSTOMER).await.id;
    let ann = two.ann.0.id();
    two.ann.1.signal(id, Activity::Typing).await;
    two.ben
        .1
        .until_known("Ann types", |desk| desk.signals.get(&id).is_some_and(|it| it.typing == [ann]))
        .await;
    two.a.goodbye();
    two.b.advance(Duration::from_secs(2)).await;
    // Its agents may be on their way here.
    assert_eq!(two.ben.1.signals[&id].viewing, [ann]);
    let nobody = |desk: &Socket| desk.signals[&id].viewing.is_empty();
    two.a.stop().await;
    two.ben.1.until_known("the agents of the node are gone", nobody).await;
    two.b.stop().await;
}
