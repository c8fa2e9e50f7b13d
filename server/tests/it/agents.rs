//! Whether agents are there, and what they do: for supervisors who watch, and for colleagues.

use std::time::Duration;

use protocol::{
    commands::{Command, Done, Outcome, SetAvailability},
    frames::{ClientFrame, ServerFrame, UnwatchAgents, WatchAgents},
    ids::AgentId,
    signals::{Activity, Attention, Availability},
    views::Scope,
};

use crate::{
    harness::{
        api::CUSTOMER,
        server::{TestServer, set_scope},
        socket::Socket,
    },
    nodes::Two,
};

fn choose(availability: Option<Availability>) -> Command {
    Command::SetAvailability(SetAvailability { availability })
}

fn is(agent: AgentId, availability: Availability, chosen: bool) -> impl Fn(&Socket) -> bool {
    move |desk: &Socket| {
        desk.agents
            .get(&agent)
            .is_some_and(|it| it.availability == availability && it.chosen == chosen)
    }
}

async fn watch(socket: &mut Socket) {
    socket.send(&ClientFrame::WatchAgents(WatchAgents { id: 900 })).await;
    let full = socket.until(|frame| match frame {
        ServerFrame::Agents(it) => Some(it.full),
        _ => None,
    });
    assert!(full.await, "the first one is everything");
}

#[tokio::test]
async fn availability_follows_from_connections_or_is_chosen_and_outlives_them() {
    let mut two = Two::start().await;
    let ann = two.ann.0.id();
    watch(&mut two.ben.1).await;
    two.ben.1.until_known("Ann is there", is(ann, Availability::Online, false)).await;
    two.ann.1.send(&ClientFrame::Attention(Attention { present: false })).await;
    two.ben.1.until_known("nobody at her desk", is(ann, Availability::Away, false)).await;
    two.ann.1.send(&ClientFrame::Attention(Attention { present: true })).await;
    two.ben.1.until_known("she is back", is(ann, Availability::Online, false)).await;

    let busy = two.ann.1.command("busy", choose(Some(Availability::Busy))).await.unwrap();
    assert!(matches!(busy, Outcome::Done(Done { seq: Some(_) })), "on record: {busy:?}");
    two.ben.1.until_known("she is busy", is(ann, Availability::Busy, true)).await;
    let again = two.ann.1.command("busy-again", choose(Some(Availability::Busy))).await.unwrap();
    assert_eq!(again, Outcome::Done(Done { seq: None }), "it was so already");

    let cursors = two.ann.1.cut();
    two.a.advance(Duration::from_secs(5)).await;
    two.ben.1.until_known("she is gone", is(ann, Availability::Offline, false)).await;
    let mut back = Socket::resume(&two.b.url(), &two.ann.0.token, cursors).await;
    two.ben.1.until_known("she is busy still", is(ann, Availability::Busy, true)).await;
    back.command("auto", choose(None)).await.unwrap();
    two.ben.1.until_known("it follows again", is(ann, Availability::Online, false)).await;
    two.b.stop().await;
    two.a.stop().await;
}

#[tokio::test]
async fn a_watcher_sees_what_the_agents_do_as_far_as_it_may() {
    let server = TestServer::start().await;
    let (ann, mut anns) = server.desk("ann").await;
    let (_sam, mut sams) = server.desk("sam").await;
    let cleo = server.api("cleo").await.id();
    set_scope(&server.database, cleo, Scope::Assigned).await;
    let (_cleo, mut cleos) = server.desk("cleo").await;
    watch(&mut sams).await;
    watch(&mut cleos).await;
    let id = ann.new_thread(CUSTOMER).await.id;
    let me = ann.id();
    anns.signal(id, Activity::Typing).await;
    let doing = |desk: &Socket| {
        desk.agents[&me].doing.iter().map(|it| (it.thread_id, it.typing)).collect::<Vec<_>>()
    };
    sams.until_known("Ann types there", |desk| doing(desk) == [(id, true)]).await;
    anns.command("away", choose(Some(Availability::Away))).await.unwrap();
    cleos.until_known("that she is away", is(me, Availability::Away, true)).await;
    assert!(doing(&cleos).is_empty(), "not what she does in a thread that Cleo may not see");

    sams.send(&ClientFrame::UnwatchAgents(UnwatchAgents { id: 901 })).await;
    let unwatched = |frame: &ServerFrame| match frame {
        ServerFrame::Unwatched(it) => Some(it.id),
        _ => None,
    };
    assert_eq!(sams.until(unwatched).await, 901);
    anns.command("online", choose(Some(Availability::Online))).await.unwrap();
    cleos.until_known("that she is back", is(me, Availability::Online, true)).await;
    sams.drain(Duration::from_millis(400)).await;
    assert_eq!(sams.agents[&me].availability, Availability::Away, "who stopped is told nothing");
    server.stop().await;
}
