//! A draft is looked at by somebody else, approved as it is, and goes out once.

use protocol::{
    commands::Outcome,
    drafts::ReviewState,
    errors::ErrorCode,
    events::{EventBody, MessageAdded},
    ids::ThreadId,
};

use super::{approve, ask_changes, discard, peer::Peer, request, send, stored};
use crate::harness::{
    api::{Api, CUSTOMER, refused},
    server::{TestServer, Wanted, redis},
    socket::Socket,
    twilio,
};

fn kinds(desk: &Socket) -> Vec<&'static str> {
    desk.events
        .iter()
        .filter_map(|event| match &event.body {
            EventBody::DraftReviewRequested(_) => Some("requested"),
            EventBody::DraftApproved(_) => Some("approved"),
            EventBody::DraftApprovalVoided(_) => Some("voided"),
            EventBody::DraftChangesRequested(_) => Some("changes"),
            EventBody::DraftDiscarded(_) => Some("discarded"),
            EventBody::MessageSent(_) => Some("sent"),
            _ => None,
        })
        .collect()
}

/// The whole way: two write, a third approves, a change voids it, it is approved again, and of two who
/// send at the same time on two nodes one is heard. Not a letter reaches the provider before.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_two_have_written_and_a_third_has_approved_goes_out_once() {
    let wanted = Wanted { redis: Some(redis()), ..Wanted::default() };
    let (one, fake) = twilio::start(wanted.clone()).await;
    let two = {
        let config = twilio::config(&fake);
        TestServer::join(&one.database, Wanted { twilio: Some(config), ..wanted }).await
    };
    let (ann, ben, sam) = (one.api("ann").await, two.api("ben").await, two.api("sam").await);
    let id = twilio::new_thread(&fake, &ann, CUSTOMER).await.id;
    let before = fake.requests().len();
    let mut anns = Peer::open(&ann, id, 11).await;
    let mut bens = Peer::open(&ben, id, 12).await;
    let (_sam, mut desk) = two.desk("sam").await;

    anns.type_at(0, "It left today").await;
    bens.shows("It left today").await;
    bens.type_at(13, " 📦").await;
    anns.shows("It left today 📦").await;
    let digest = stored(&ann, id).await.draft.digest;
    anns.command("r1", request(id, &digest)).await.unwrap();
    let draft = stored(&sam, id).await.draft;
    assert_eq!(draft.review.state, ReviewState::Requested);
    assert_eq!(draft.review.agent_id, Some(ann.id()));

    // An author cannot, whatever the role; a name that is not this draft's cannot be approved.
    let forbidden = refused(ann.command("x1", approve(id, &digest)).await, ErrorCode::Forbidden);
    assert!(forbidden.details.unwrap().permission.is_some(), "Ann's role does not allow it");
    refused(sam.command("x2", approve(id, &"0".repeat(64))).await, ErrorCode::Conflict);
    sam.command("c1", ask_changes(id, &digest, "Say when.")).await.unwrap();
    bens.until("the comment", |peer| peer.view.review.comment.as_deref() == Some("Say when."))
        .await;
    anns.type_at(13, " at noon").await;
    bens.shows("It left today at noon 📦").await;
    let digest = stored(&ann, id).await.draft.digest;
    assert_ne!(draft.digest, digest);
    sam.command("a1", approve(id, &digest)).await.unwrap();
    bens.until("it is approved", |peer| peer.view.review.state == ReviewState::Approved).await;

    // Any change voids it, and takes the name with it.
    bens.type_at(0, ".").await;
    bens.until("it is void", |peer| peer.view.review.state == ReviewState::Writing).await;
    refused(ann.command("s0", send(id, &digest, 0)).await, ErrorCode::Conflict);
    bens.delete(0, 1).await;
    bens.saved().await;
    let draft = stored(&ann, id).await.draft;
    assert_eq!(draft.digest, digest, "the same text has the same name");
    assert_eq!(draft.review.state, ReviewState::Writing, "what is void stays so");
    sam.command("a2", approve(id, &digest)).await.unwrap();
    assert_eq!(fake.requests().len(), before, "nothing of it has left the house");

    of_two_who_send_it_one_is_heard((&ann, &ben), id, &digest).await;
    anns.shows("").await;
    bens.shows("").await;
    let draft = stored(&ann, id).await.draft;
    assert_eq!((draft.digest.as_str(), draft.authors.len(), draft.n), ("", 0, 0));
    let bodies: Vec<_> = {
        let gone = async || (!fake.received().is_empty()).then_some(());
        crate::harness::wait::eventually("it goes out", gone).await;
        fake.received().into_iter().map(|it| it.body).collect()
    };
    assert_eq!(bodies, ["It left today at noon 📦"]);

    desk.until_known("all of it", |desk| kinds(desk).contains(&"sent")).await;
    let told = kinds(&desk);
    assert_eq!(told, ["requested", "changes", "approved", "voided", "approved", "sent"]);
    let said = desk.events.iter().find_map(|event| match &event.body {
        EventBody::MessageSent(MessageAdded { message }) => Some(message.text.clone()),
        _ => None,
    });
    assert_eq!(said.as_deref(), Some("It left today at noon 📦"));
    on_record(&one, &sam).await;
    two.stop().await;
    one.stop().await;
}

/// Lets two send a draft at the same time, on two nodes and two transports.
async fn of_two_who_send_it_one_is_heard((ann, ben): (&Api, &Api), id: ThreadId, digest: &str) {
    let mut socket = Socket::open(&ben.url, &ben.token).await;
    let (first, second) = tokio::join!(
        ann.command("s1", send(id, digest, 0)),
        socket.command("s1", send(id, digest, 0)),
    );
    let (first, second) = (first.map_err(|it| it.code), second.map_err(|it| it.code));
    let ((Ok(Outcome::ReplySent(sent)), Err(code)) | (Err(code), Ok(Outcome::ReplySent(sent)))) =
        (&first, &second)
    else {
        panic!("one of two: {first:?}, {second:?}")
    };
    assert_eq!((sent.reply_no, *code), (1, ErrorCode::Collision));
}

/// What was approved, by whom, is on record with what went out; of the draft itself nothing is left.
async fn on_record(server: &TestServer, sam: &Api) {
    let mut connection = server.database.connect().await;
    let sql =
        "select data->'terms'->'draft'->>'approved_by' from events where kind = 'message.sent'";
    let by: Option<String> = sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap();
    assert_eq!(by, Some(sam.id().to_string()));
    let left: i64 = sqlx::query_scalar("select count(*) from draft_updates")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(left, 0, "nothing of the draft is left beside the message");
}

#[tokio::test]
async fn whoever_has_written_a_word_of_it_does_not_approve_it() {
    let server = TestServer::start().await;
    let (ann, sam) = (server.api("ann").await, server.api("sam").await);
    let id = ann.new_thread(CUSTOMER).await.id;
    let mut anns = Peer::open(&ann, id, 11).await;
    anns.type_at(0, "Yes").await;
    anns.saved().await;
    let mut sams = Peer::open(&sam, id, 12).await;
    sams.type_at(3, ".").await;
    sams.saved().await;
    let digest = stored(&sam, id).await.draft.digest;
    let problem = refused(sam.command("k", approve(id, &digest)).await, ErrorCode::Forbidden);
    assert!(problem.detail.contains("written"), "{}", problem.detail);
    assert!(problem.details.is_none(), "no permission would help");

    // A draft that was thrown away is nobody's any more.
    let nothing = refused(ann.command("d0", discard(id, "")).await, ErrorCode::Conflict);
    assert_eq!(nothing.details.unwrap().field.as_deref(), Some("command.digest"));
    ann.command("d1", discard(id, &digest)).await.unwrap();
    anns.shows("").await;
    assert_eq!(stored(&ann, id).await.text, "");
    anns.type_at(0, "No").await;
    anns.saved().await;
    let digest = stored(&ann, id).await.draft.digest;
    sam.command("k2", approve(id, &digest)).await.unwrap();
    server.stop().await;
}

/// Files are part of what is approved, and those of all who have written go with it.
#[tokio::test]
async fn another_file_is_another_draft_and_the_files_go_out_with_it() {
    let server = TestServer::start().await;
    let (ann, ben, sam) =
        (server.api("ann").await, server.api("ben").await, server.api("sam").await);
    let id = ann.new_thread(CUSTOMER).await.id;
    let upload = async |api: &Api| -> String {
        let inbox = api.me.inboxes[0].id;
        let url = format!("{}/api/v1/inboxes/{inbox}/uploads", api.url);
        let post = reqwest::Client::new().post(url).bearer_auth(&api.token);
        let post = post.header("content-type", "text/plain").header("x-file-name", "a.txt");
        let answer = post.body("hello").send().await.unwrap();
        let file: serde_json::Value = answer.json().await.unwrap();
        file["id"].as_str().expect("an id").to_owned()
    };
    let (anns_file, bens_file) = (upload(&ann).await, upload(&ben).await);
    let mut anns = Peer::open(&ann, id, 11).await;
    anns.type_at(0, "See the files").await;
    anns.add_file(&anns_file).await;
    anns.saved().await;
    let digest = stored(&ann, id).await.draft.digest;
    sam.command("a1", approve(id, &digest)).await.unwrap();
    let mut bens = Peer::open(&ben, id, 12).await;
    bens.add_file(&bens_file).await;
    bens.saved().await;
    let content = stored(&ann, id).await;
    assert_eq!(content.draft.review.state, ReviewState::Writing, "another file is a change");
    assert_eq!(content.attachments.len(), 2);
    let sent = ann.command("s1", send(id, &content.draft.digest, 0)).await.unwrap();
    assert!(matches!(sent, Outcome::ReplySent(_)), "no rule asks for a review: {sent:?}");
    let timeline = ann.snapshot(id).await.timeline;
    let files = timeline.events.iter().find_map(|event| match &event.body {
        EventBody::MessageSent(it) => Some(it.message.attachments.len()),
        _ => None,
    });
    assert_eq!(files, Some(2));
    server.stop().await;
}
