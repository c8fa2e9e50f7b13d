//! Nobody hears what they may not see: lists, timelines, commands, live events, replay, signals.

use protocol::{
    commands::{Assign, Command},
    errors::ErrorCode,
    events::EventBody,
    frames::{ClientFrame, ServerFrame, Subscribe},
    http::Problem,
    ids::{AgentId, ThreadId},
    signals::Activity,
    views::Scope,
};

use crate::{
    harness::{
        api::{CUSTOMER, refused},
        server::{TestServer, set_scope},
        socket::Socket,
    },
    main_job::{note, reply},
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

#[tokio::test]
async fn who_sees_assigned_threads_only_hears_of_no_other() {
    let server = TestServer::start().await;
    let (ann, mut anns) = server.desk("ann").await;
    let ben_id = server.api("ben").await.id();
    set_scope(&server.database, ben_id, Scope::Assigned).await;
    let (ben, mut bens) = server.desk("ben").await;
    let start = bens.cursors.clone();
    let id = ann.new_thread(CUSTOMER).await.id;
    anns.command("n1", note(id, "not for Ben")).await.unwrap();
    anns.signal(id, Activity::Typing).await;

    assert!(ben.list().await.threads.is_empty());
    assert_eq!(ben.try_get(&format!("/api/v1/threads/{id}")).await.status(), 404);
    assert_eq!(ben.try_get(&format!("/api/v1/threads/{id}/timeline")).await.status(), 404);
    let hidden = refused(ben.command("k0", reply(id, 0, "?")).await, ErrorCode::NotFound);
    let unknown = ThreadId::from(uuid::Uuid::now_v7());
    let nothing = refused(ben.command("k0", reply(unknown, 0, "?")).await, ErrorCode::NotFound);
    let plain = |problem| Problem { request_id: None, ..problem };
    assert_eq!(plain(hidden), plain(nothing), "hidden and absent look the same");

    anns.command("a1", assign(id, None, Some(ben_id))).await.unwrap();
    bens.until_known("the thread comes into sight", |desk| desk.events.len() == 2).await;
    let EventBody::ThreadView(view) = &bens.events[0].body else { panic!("{:?}", bens.events) };
    assert_eq!((view.id, view.assignee_id), (id, Some(ben_id)));
    assert_eq!(view.preview.as_ref().unwrap().text, "not for Ben", "the whole of it, as of now");
    assert!(matches!(bens.events[1].body, EventBody::NotificationAdded(_)), "and he is told so");
    assert_eq!(ben.list().await.threads.len(), 1);

    anns.command("n2", note(id, "for Ben")).await.unwrap();
    bens.until_known("the note", |desk| desk.events.len() == 3).await;
    anns.command("a2", assign(id, Some(ben_id), Some(ann.id()))).await.unwrap();
    bens.until_known("the thread leaves his sight", |desk| desk.events.len() == 4).await;
    assert!(matches!(bens.events[3].body, EventBody::ThreadGone(_)));
    anns.command("n3", note(id, "not for Ben again")).await.unwrap();
    anns.signal(id, Activity::Typing).await;
    bens.drain(std::time::Duration::from_millis(300)).await;
    assert_eq!(bens.events.len(), 4);
    assert!(!bens.signals.values().any(|it| !it.typing.is_empty()), "{:?}", bens.signals);

    // Replayed from the beginning, the content is left out, because he may not see it now.
    let mut replay = Socket::resume(&server.url(), &ben.token, start).await;
    replay.drain(std::time::Duration::from_millis(300)).await;
    let text = format!("{:?}", replay.events);
    assert!(!text.contains("for Ben"), "{text}");
    assert!(replay.events.iter().all(|it| matches!(it.body, EventBody::ThreadGone(_))), "{text}");
    server.stop().await;
}

#[tokio::test]
async fn streams_that_one_is_no_member_of_do_not_exist() {
    let server = TestServer::start().await;
    let ann = server.api("ann").await;
    let mut socket = Socket::open(&server.url(), &ann.token).await;
    let unknown = protocol::ids::StreamId::from(uuid::Uuid::now_v7());
    for stream in [unknown, protocol::ids::StreamId::ORG] {
        socket.send(&ClientFrame::Subscribe(Subscribe { id: 9, stream, cursor: None })).await;
        let error = socket
            .until(|frame| match frame {
                ServerFrame::Error(it) if it.id == Some(9) => Some(it.error.clone()),
                _ => None,
            })
            .await;
        assert_eq!(error.code, ErrorCode::NotFound);
    }
    server.stop().await;
}
