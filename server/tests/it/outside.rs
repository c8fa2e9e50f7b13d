//! Notes and drafts never leave the house: when a test is done with its database, the harness compares them
//! with all that providers and phones were sent. Here it is seen that it has something to compare.

use protocol::{
    commands::{AddNote, Command},
    ids::ThreadId,
    text::NoteText,
};

use crate::{
    drafts::peer::Peer,
    harness::{
        api::{Api, CUSTOMER},
        fake_whatsapp,
        outside::{compare, leaks},
        server::{TestServer, Wanted},
        twilio,
        wait::eventually,
    },
    main_job::reply,
    rbm,
};

const NOTE: &str = "Careful: she has cancelled twice before";
const SHORT: &str = "VIP";
const DRAFT: &str = "Dear customer, we are thinking about it";

fn note(thread_id: ThreadId, text: &str) -> Command {
    let text = NoteText::new(text.to_owned()).unwrap();
    Command::AddNote(AddNote { thread_id, text, mentions: Vec::new() })
}

/// Writes notes and a draft and sends a reply; what left the house is the reply.
async fn keep_inside(server: &TestServer, ann: &Api, thread: ThreadId) {
    ann.command("n1", note(thread, NOTE)).await.unwrap();
    ann.command("n2", note(thread, SHORT)).await.unwrap();
    let mut draft = Peer::open(ann, thread, 11).await;
    draft.type_at(0, DRAFT).await;
    draft.saved().await;
    let said = "It is on its way";
    ann.command("r", reply(thread, 0, said)).await.unwrap();
    let url = server.database.plain_url();
    let compared = eventually("the reply left", async || {
        let compared = compare(url).await.expect("a database");
        compared.sent.iter().any(|it| it.contains(said)).then_some(compared)
    })
    .await;
    // That nothing of it left is seen when the test is done with its database, as in all tests.
    assert_eq!((compared.notes, compared.drafts), (2, 1));
}

#[tokio::test]
async fn nothing_inside_leaves_by_a_phone_of_the_sandbox() {
    let server = TestServer::start().await;
    let ann = server.api("ann").await;
    let thread = ann.new_thread(CUSTOMER).await.id;
    keep_inside(&server, &ann, thread).await;
    server.stop().await;
}

#[tokio::test]
async fn nothing_inside_leaves_by_twilio() {
    let (server, fake) = twilio::start(Wanted::default()).await;
    let ann = server.api("ann").await;
    let thread = twilio::new_thread(&fake, &ann, CUSTOMER).await.id;
    keep_inside(&server, &ann, thread).await;
    server.stop().await;
}

#[tokio::test]
async fn nothing_inside_leaves_by_whatsapp() {
    let (server, _fake) = fake_whatsapp::start(Wanted::default()).await;
    let ann = server.api("ann").await;
    let id = fake_whatsapp::wamid();
    let said = [fake_whatsapp::text(&id, "12025550111", "Hello?")];
    let body = fake_whatsapp::body("messages", &serde_json::json!({ "messages": said }));
    assert_eq!(fake_whatsapp::tell(&ann, &body).await, 200);
    let thread = ann.list().await.threads[0].id;
    keep_inside(&server, &ann, thread).await;
    server.stop().await;
}

#[tokio::test]
async fn nothing_inside_leaves_by_google() {
    let office = rbm::office().await;
    let thread = office.thread().await.id;
    keep_inside(&office.server, &office.ann, thread).await;
    office.server.stop().await;
}

#[test]
fn what_left_is_found_whole_or_as_a_part() {
    let check = |sent: &[&str], said: &[&str], found: &[&str]| {
        let inside = [NOTE, SHORT, DRAFT].map(str::to_owned).into();
        let said = said.iter().map(|it| (*it).to_owned()).collect();
        let sent: Vec<String> = sent.iter().map(|it| (*it).to_owned()).collect();
        assert_eq!(leaks(&inside, &said, &sent), found, "{sent:?}");
    };
    check(&["Hello", "VIPs only"], &["Hello"], &[]);
    check(&["Hello", NOTE, SHORT], &["Hello"], &[NOTE, SHORT]);
    check(&[&format!("Hello. {DRAFT}!")], &["Hello"], &[DRAFT]);
    check(&[DRAFT, SHORT], &[DRAFT, SHORT], &[]);
}
