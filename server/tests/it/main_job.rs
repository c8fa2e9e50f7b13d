//! A customer texts, everyone sees it, one agent answers, the customer has the answer.

use protocol::{
    commands::{AddNote, Assign, Command, OpenThread, Outcome, SendReply, SetStatus},
    errors::ErrorCode,
    events::EventBody,
    ids::ThreadId,
    text::{NoteText, ReplyText},
    views::{DeliveryState, Direction, Status},
};

use crate::harness::{
    api::{CUSTOMER, refused},
    server::TestServer,
};

/// A reply to what was on screen.
pub(crate) fn reply(thread_id: ThreadId, seen_reply: u32, text: &str) -> Command {
    let text = ReplyText::new(text.to_owned()).unwrap();
    Command::SendReply(SendReply::new(thread_id, text, seen_reply))
}

/// A note.
pub(crate) fn note(thread_id: ThreadId, text: &str) -> Command {
    Command::AddNote(AddNote::new(thread_id, NoteText::new(text.to_owned()).unwrap()))
}

#[tokio::test]
async fn a_text_is_on_every_desk_and_the_answer_on_the_phone() {
    let server = TestServer::start().await;
    let (ann, mut anns) = server.desk("ann").await;
    let (_ben, mut bens) = server.desk("ben").await;
    let thread = ann.new_thread(CUSTOMER).await;

    for desk in [&mut anns, &mut bens] {
        desk.until_known("the text arrives", |desk| desk.events.len() >= 2).await;
        let [created, received] = &desk.events[..] else { panic!("{:?}", desk.events) };
        let EventBody::ThreadCreated(created) = &created.body else { panic!("{created:?}") };
        assert_eq!(created.thread.contact.addresses[0].value, CUSTOMER);
        assert_eq!(created.thread.status, Status::New);
        let EventBody::MessageReceived(it) = &received.body else { panic!("{received:?}") };
        assert_eq!((it.message.direction, it.message.text.as_str()), (Direction::In, "Hello?"));
    }

    let outcome = anns.command("k1", reply(thread.id, 0, "Hi, Ann here 😀")).await.unwrap();
    let Outcome::ReplySent(sent) = outcome else { panic!("{outcome:?}") };
    assert_eq!(sent.reply_no, 1);
    assert_eq!(ann.phone(CUSTOMER, 1).await[0].text, "Hi, Ann here 😀");

    let delivered = |desk: &crate::harness::socket::Socket| {
        desk.events.iter().any(|event| {
            matches!(&event.body, EventBody::DeliveryChanged(it)
                if it.message_id == sent.message_id && it.delivery.state == DeliveryState::Delivered)
        })
    };
    bens.until_known("the delivery", delivered).await;
    let kinds: Vec<_> =
        bens.events.iter().map(|event| std::mem::discriminant(&event.body)).collect();
    anns.until_known("the same at Ann's", |desk| desk.events.len() >= kinds.len()).await;
    assert_eq!(anns.events, bens.events, "everybody sees the same, in the same order");

    let snapshot = ann.snapshot(thread.id).await;
    assert_eq!(snapshot.thread.status, Status::Open, "the first reply opens the thread");
    assert_eq!(snapshot.thread.reply_no, 1);
    let timeline: Vec<_> = snapshot.timeline.events.iter().map(|event| event.seq).collect();
    assert!(timeline.is_sorted());
    let EventBody::MessageSent(it) = &snapshot.timeline.events[1].body else { panic!("a reply") };
    assert_eq!(it.message.delivery.as_ref().unwrap().state, DeliveryState::Delivered);
    server.stop().await;
}

#[tokio::test]
async fn notes_assignments_and_statuses_reach_colleagues_and_never_the_customer() {
    let server = TestServer::start().await;
    let (ann, mut anns) = server.desk("ann").await;
    let (ben, mut bens) = server.desk("ben").await;
    let id = ann.new_thread(CUSTOMER).await.id;

    anns.command("n1", note(id, "Asked the warehouse.")).await.unwrap();
    let to_ben = Command::Assign(Assign {
        thread_id: id,
        from: None,
        to: Some(ben.id()),
        from_team: None,
        to_team: None,
        note: None,
        mentions: Vec::new(),
    });
    anns.command("a1", to_ben.clone()).await.unwrap();
    let close = Command::SetStatus(SetStatus { thread_id: id, to: Status::Closed, until: None });
    bens.command("s1", close.clone()).await.unwrap();
    let again = bens.command("s2", close).await.unwrap();
    assert!(matches!(again, Outcome::Done(done) if done.seq.is_none()), "it already was so");

    // Ann's screen still says that nobody owns it.
    let late = ann.command("a2", to_ben).await;
    assert_eq!(refused(late, ErrorCode::OwnerChanged).details.unwrap().assignee, Some(ben.id()));
    let stranger = Some(protocol::ids::AgentId::from(uuid::Uuid::now_v7()));
    let unknown = Assign {
        thread_id: id,
        from: Some(ben.id()),
        to: stranger,
        from_team: None,
        to_team: None,
        note: None,
        mentions: Vec::new(),
    };
    let problem = refused(ann.command("a3", Command::Assign(unknown)).await, ErrorCode::Invalid);
    assert_eq!(problem.details.unwrap().field.as_deref(), Some("command.to"));
    let new = Command::SetStatus(SetStatus { thread_id: id, to: Status::New, until: None });
    refused(ann.command("s3", new).await, ErrorCode::InvalidTransition);

    ann.text(CUSTOMER, "One more thing").await;
    bens.until_known("the thread comes back", |desk| {
        desk.events.iter().any(|event| {
            matches!(&event.body,
            EventBody::StatusChanged(it) if (it.from, it.to) == (Status::Closed, Status::Open))
        })
    })
    .await;
    let thread = ben.list().await.threads.remove(0);
    assert_eq!((thread.status, thread.assignee_id), (Status::Open, Some(ben.id())));
    assert!(thread.inbound_seq > thread.read_seq, "unread");
    let read = OpenThread { thread_id: id, read_seq: 1_000_000 };
    bens.command("o1", Command::OpenThread(read.clone())).await.unwrap();
    let thread = ben.list().await.threads.remove(0);
    assert!(thread.inbound_seq <= thread.read_seq, "read, and not beyond the last thing said");
    let once = bens.command("o2", Command::OpenThread(read)).await.unwrap();
    assert!(matches!(once, Outcome::Done(done) if done.seq.is_none()), "on record once a minute");
    assert_eq!(ann.list().await.threads[0].read_seq, 0, "a read mark is its reader's own");

    anns.drain(std::time::Duration::from_millis(200)).await;
    let opened = |event: &protocol::events::Event| matches!(event.body, EventBody::ThreadOpened(_));
    bens.until_known("Ben's own read mark", |desk| desk.events.iter().any(opened)).await;
    assert!(!anns.events.iter().any(opened), "nobody else is told of it");

    bens.command("r1", reply(id, 0, "On its way")).await.unwrap();
    let shown = ann.phone(CUSTOMER, 1).await;
    assert_eq!(shown.len(), 1, "one message, and no note");
    assert_eq!(shown[0].text, "On its way");
    server.stop().await;
}

#[tokio::test]
async fn lists_page_by_activity_and_filter() {
    let server = TestServer::start().await;
    let ann = server.api("ann").await;
    let mut ids = Vec::new();
    for n in 0..5 {
        ids.push(ann.new_thread(&format!("+1202555020{n}")).await.id);
    }
    ann.text("+12025550200", "me first").await;
    ids.rotate_left(1);
    ids.reverse();
    let inbox = ann.me.inboxes[0].id;
    let path = |query: &str| format!("/api/v1/inboxes/{inbox}/threads?{query}");
    let mut listed = Vec::new();
    let mut query = "limit=2".to_owned();
    loop {
        let page: protocol::http::ThreadPage = ann.get(&path(&query)).await;
        assert!(page.threads.len() <= 2);
        listed.extend(page.threads.iter().map(|thread| thread.id));
        let Some(next) = page.next else { break };
        query = format!("limit=2&before={next}");
    }
    assert_eq!(listed, ids, "newest activity first, each thread once");
    let assign = Assign {
        thread_id: ids[2],
        from: None,
        to: Some(ann.id()),
        from_team: None,
        to_team: None,
        note: None,
        mentions: Vec::new(),
    };
    ann.command("a", Command::Assign(assign)).await.unwrap();
    let mine: protocol::http::ThreadPage = ann.get(&path("assignee=me")).await;
    assert_eq!(mine.threads.iter().map(|t| t.id).collect::<Vec<_>>(), [ids[2]]);
    let nobodys: protocol::http::ThreadPage = ann.get(&path("assignee=none&status=new")).await;
    assert_eq!(nobodys.threads.len(), 4);
    for wrong in ["status=done", "assignee=you", "limit=x", "surprise=1"] {
        let answer = ann.try_get(&path(wrong)).await;
        assert_eq!(answer.status(), 422, "{wrong}");
        let problem: protocol::http::Problem = answer.json().await.unwrap();
        let field = problem.details.unwrap().field.unwrap();
        assert_eq!(field, wrong.split('=').next().unwrap());
    }
    server.stop().await;
}
