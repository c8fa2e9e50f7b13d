//! Putting a thread off: a timer opens it again, once, whatever node fires it.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use protocol::{
    commands::{Command, SetStatus},
    errors::ErrorCode,
    events::{EventBody, StatusChanged},
    ids::ThreadId,
    views::{ActorView, Status},
};

use crate::{
    harness::{
        api::{CUSTOMER, refused},
        server::{TestServer, Wanted},
        socket::Socket,
    },
    main_job::reply,
};

fn set(thread_id: ThreadId, to: Status, until: Option<DateTime<Utc>>) -> Command {
    Command::SetStatus(SetStatus { thread_id, to, until })
}

fn opened(desk: &Socket) -> usize {
    let is_it = |body: &EventBody| match body {
        EventBody::StatusChanged(StatusChanged { from, to, .. }) => {
            (*from, *to) == (Status::Pending, Status::Open)
        }
        _ => false,
    };
    desk.events.iter().filter(|event| is_it(&event.body)).count()
}

#[tokio::test]
async fn a_thread_that_was_put_off_opens_once_on_two_nodes() {
    let server = TestServer::start().await;
    let wanted = Wanted { clock: server.clock(), ..Wanted::default() };
    let other = TestServer::join(&server.database, wanted).await;
    let (ann, mut anns) = server.desk("ann").await;
    let until = server.clock().now() + TimeDelta::hours(1);
    let mut threads = Vec::new();
    for n in 0..30_u32 {
        let thread = ann.new_thread(&format!("+1202555{n:04}")).await.id;
        ann.command(&format!("off{n}"), set(thread, Status::Pending, Some(until))).await.unwrap();
        threads.push(thread);
    }
    let shown = ann.snapshot(threads[0]).await.thread;
    assert_eq!(shown.status, Status::Pending);
    assert_eq!(shown.until.map(|it| it.timestamp_micros()), Some(until.timestamp_micros()));

    // Answered by the customer, closed, and put off for longer: none of these opens by its timer.
    ann.text("+12025550000", "Never mind.").await;
    ann.command("close", set(threads[1], Status::Closed, None)).await.unwrap();
    let later = until + TimeDelta::hours(1);
    ann.command("later", set(threads[2], Status::Pending, Some(later))).await.unwrap();
    // A reply leaves it put off.
    ann.command("reply", reply(threads[3], 0, "We will see.")).await.unwrap();

    anns.until_known("the customer's answer", |desk| opened(desk) == 1).await;
    let cursors = anns.cut();
    server.advance(Duration::from_mins(40)).await;
    // A socket that was open would have been silent for an hour.
    let mut anns = Socket::resume(&server.url(), &ann.token, cursors).await;
    anns.drain(Duration::from_millis(1_500)).await;
    assert_eq!(opened(&anns), 0, "not before its time");
    let cursors = anns.cut();
    server.advance(Duration::from_mins(21)).await;
    let mut anns = Socket::resume(&server.url(), &ann.token, cursors).await;
    anns.until_known("all that were due", |desk| opened(desk) == 27).await;
    anns.drain(Duration::from_millis(1_500)).await;
    assert_eq!(opened(&anns), 27, "each once");
    let by_timer = anns.events.iter().rev().find(|it| it.thread_id == Some(threads[3])).unwrap();
    assert_eq!(by_timer.actor, ActorView::System);
    assert_eq!(ann.snapshot(threads[1]).await.thread.status, Status::Closed);
    assert_eq!(ann.snapshot(threads[2]).await.thread.status, Status::Pending);
    assert_eq!(ann.snapshot(threads[3]).await.thread.until, None);
    other.stop().await;
    server.stop().await;
}

#[tokio::test]
async fn a_time_that_makes_no_sense_is_refused_with_the_field() {
    let server = TestServer::start().await;
    let ann = server.api("ann").await;
    let id = ann.new_thread(CUSTOMER).await.id;
    let now = server.clock().now();
    let cases = [
        (Status::Closed, now + TimeDelta::hours(1), "pending"),
        (Status::Pending, now - TimeDelta::seconds(1), "future"),
        (Status::Pending, now + TimeDelta::days(400), "366 days"),
    ];
    for (n, (to, until, says)) in cases.into_iter().enumerate() {
        let command = set(id, to, Some(until));
        let problem = refused(ann.command(&format!("k{n}"), command).await, ErrorCode::Invalid);
        assert_eq!(problem.details.unwrap().field.as_deref(), Some("command.until"));
        assert!(problem.detail.contains(says), "{}", problem.detail);
    }
    assert_eq!(ann.snapshot(id).await.thread.status, Status::New, "nothing was done");
    server.stop().await;
}
