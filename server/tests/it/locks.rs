//! The reply lock: taking, keeping, losing it, and what a reply then gets.

use std::time::Duration;

use protocol::{
    commands::{Command, LockHeld, Outcome, ReleaseLock, SendReply, TakeOverLock, ThreadOnly},
    errors::{ErrorBody, ErrorCode},
    events::EventBody,
    frames::ServerFrame,
    ids::ThreadId,
    text::Reason,
};

use crate::{
    harness::{api::CUSTOMER, server::TestServer, socket::Socket},
    main_job::reply,
};

fn acquire(thread_id: ThreadId) -> Command {
    Command::AcquireLock(ThreadOnly { thread_id })
}

fn take_over(thread_id: ThreadId) -> Command {
    let reason = Reason::new("The customer waits.".to_owned()).unwrap();
    Command::TakeOverLock(TakeOverLock { thread_id, reason })
}

fn with_token(thread: ThreadId, seen: u32, token: u64) -> Command {
    let Command::SendReply(it) = reply(thread, seen, "with a token") else { panic!() };
    Command::SendReply(SendReply { lock_token: Some(token), ..it })
}

async fn held(socket: &mut Socket, key: &str, command: Command) -> LockHeld {
    match socket.command(key, command).await {
        Ok(Outcome::LockHeld(held)) => held,
        other => panic!("{other:?}"),
    }
}

fn code(result: Result<Outcome, ErrorBody>) -> ErrorCode {
    result.expect_err("a refusal").code
}

#[tokio::test]
async fn while_one_holds_the_lock_others_wait_and_see_who_it_is() {
    let server = TestServer::start().await;
    let (ann, mut anns) = server.desk("ann").await;
    let (_ben, mut bens) = server.desk("ben").await;
    let id = ann.new_thread(CUSTOMER).await.id;
    let first = held(&mut anns, "l1", acquire(id)).await;
    let renewed = held(&mut anns, "l2", acquire(id)).await;
    assert_eq!(renewed.token, first.token, "a renewal keeps the token");
    bens.until_known("Ben sees who replies", |desk| {
        let lock = desk.signals.get(&id).and_then(|signals| signals.lock.as_ref());
        lock.is_some_and(|lock| lock.agent_id == ann.id())
    })
    .await;
    let refusal = bens.command("l1", acquire(id)).await.unwrap_err();
    assert_eq!(refusal.code, ErrorCode::Locked);
    assert_eq!(refusal.details.unwrap().lock.unwrap().agent_id, ann.id());
    assert_eq!(code(bens.command("k1", reply(id, 0, "no")).await), ErrorCode::Locked);
    assert_eq!(ann.list().await.threads[0].lock.as_ref().unwrap().agent_id, ann.id());

    bens.command("q1", Command::RequestLock(ThreadOnly { thread_id: id })).await.unwrap();
    let asked = anns
        .until(|frame| match frame {
            ServerFrame::LockRequested(it) => Some(it.clone()),
            _ => None,
        })
        .await;
    assert_eq!(asked.thread_id, id);

    let release = ReleaseLock { thread_id: id, token: first.token };
    anns.command("u1", Command::ReleaseLock(release)).await.unwrap();
    bens.until_known("it is free", |desk| desk.signals[&id].lock.is_none()).await;
    let next = held(&mut bens, "l2", acquire(id)).await;
    assert!(next.token > first.token, "a token never repeats");
    assert_eq!(
        code(anns.command("k2", with_token(id, 0, first.token)).await),
        ErrorCode::StaleLock
    );
    bens.command("k3", with_token(id, 0, next.token)).await.unwrap();
    anns.until_known("sending gives it back", |desk| {
        desk.signals.get(&id).is_none_or(|signals| signals.lock.is_none())
    })
    .await;
    let takings = anns.events.iter().filter(|e| matches!(e.body, EventBody::LockAcquired(_)));
    assert_eq!(takings.count(), 2, "each taking is on record, renewals are not");
    server.stop().await;
}

#[tokio::test]
async fn a_supervisor_takes_over_and_the_old_token_is_dead_at_once() {
    let server = TestServer::start().await;
    let (ann, mut anns) = server.desk("ann").await;
    let (_ben, mut bens) = server.desk("ben").await;
    let (sam, mut sams) = server.desk("sam").await;
    let id = ann.new_thread(CUSTOMER).await.id;
    let anns_lock = held(&mut anns, "l1", acquire(id)).await;
    assert_eq!(code(bens.command("t1", take_over(id)).await), ErrorCode::Forbidden);
    let sams_lock = held(&mut sams, "t1", take_over(id)).await;
    assert!(sams_lock.token > anns_lock.token);
    let refusal = anns.command("k1", with_token(id, 0, anns_lock.token)).await.unwrap_err();
    assert_eq!(refusal.code, ErrorCode::StaleLock);
    assert_eq!(refusal.details.unwrap().lock.unwrap().agent_id, sam.id());
    anns.until_known("Ann is told why", |desk| {
        desk.events.iter().any(|event| {
            matches!(&event.body,
            EventBody::LockTakenOver(it) if it.reason == "The customer waits.")
        })
    })
    .await;
    sams.command("k1", with_token(id, 0, sams_lock.token)).await.unwrap();
    server.stop().await;
}

#[tokio::test]
async fn a_lease_that_is_over_is_free_and_untaken_still_sends() {
    let server = TestServer::start().await;
    let (ann, mut anns) = server.desk("ann").await;
    let (_ben, mut bens) = server.desk("ben").await;
    let id = ann.new_thread(CUSTOMER).await.id;
    let lock = held(&mut anns, "l1", acquire(id)).await;
    server.advance(Duration::from_secs(16)).await;
    bens.until_known("the lock is gone from Ben's screen", |desk| {
        desk.signals.get(&id).is_some_and(|signals| signals.lock.is_none())
    })
    .await;
    anns.command("k1", with_token(id, 0, lock.token)).await.unwrap();

    let again = held(&mut anns, "l2", acquire(id)).await;
    server.advance(Duration::from_secs(16)).await;
    let taken = held(&mut bens, "l1", acquire(id)).await;
    assert!(taken.token > again.token);
    assert_eq!(
        code(anns.command("k2", with_token(id, 1, again.token)).await),
        ErrorCode::StaleLock
    );
    server.stop().await;
}

#[tokio::test]
async fn a_lock_whose_holder_is_gone_is_free_soon() {
    let server = TestServer::start().await;
    let (ann, mut anns) = server.desk("ann").await;
    let (_ben, mut bens) = server.desk("ben").await;
    let id = ann.new_thread(CUSTOMER).await.id;
    held(&mut anns, "l1", acquire(id)).await;
    bens.until_known("Ann replies", |desk| {
        desk.signals.get(&id).is_some_and(|signals| signals.lock.is_some())
    })
    .await;
    let before = tokio::time::Instant::now();
    drop(anns);
    bens.until_known("Ann is gone", |desk| desk.signals[&id].lock.is_none()).await;
    assert!(before.elapsed() < Duration::from_secs(10), "long before the lease is over");
    held(&mut bens, "l1", acquire(id)).await;
    server.stop().await;
}
