//! Names: what an agent wrote stays, whatever a provider says.

use protocol::{errors::ErrorCode, events::EventBody};
use serde_json::{Value, json};

use super::{ADA, check, listed_second, rename, second_inbox, text_second};
use crate::harness::{
    api::{Api, CUSTOMER, refused},
    fake_whatsapp::{body, start, tell, text, wamid},
    server::{TestServer, Wanted},
    socket::Socket,
};

fn hello(name: &str) -> Value {
    let wa_id = &ADA[1..];
    body(
        "messages",
        &json!({
            "contacts": [{ "wa_id": wa_id, "profile": { "name": name } }],
            "messages": [text(&wamid(), wa_id, "Hello?")],
        }),
    )
}

async fn name(api: &Api) -> Option<String> {
    api.list().await.threads.remove(0).contact.name
}

fn told(desk: &Socket) -> Vec<Option<String>> {
    let name = |body: &EventBody| match body {
        EventBody::ContactChanged(it) => Some(it.contact.name.clone()),
        _ => None,
    };
    desk.events.iter().filter_map(|event| name(&event.body)).collect()
}

#[tokio::test]
async fn a_profile_name_never_overwrites_what_an_agent_wrote() {
    let (server, _fake) = start(Wanted::default()).await;
    let (ann, mut desk) = server.desk("ann").await;
    assert_eq!(tell(&ann, &hello("ada 🌈")).await, 200);
    assert_eq!(name(&ann).await.as_deref(), Some("ada 🌈"));
    let thread = ann.list().await.threads[0].id;
    ann.command("r1", rename(thread, Some(" Ada Lovelace "))).await.unwrap();
    desk.until_known("the name is told", |desk| !told(desk).is_empty()).await;
    assert_eq!(told(&desk), [Some("Ada Lovelace".to_owned())]);

    assert_eq!(tell(&ann, &hello("Countess")).await, 200);
    assert_eq!(name(&ann).await.as_deref(), Some("Ada Lovelace"));
    ann.command("r2", rename(thread, None)).await.unwrap();
    assert_eq!(name(&ann).await.as_deref(), Some("Countess"), "the provider's newest");
    check(&server).await;
}

#[tokio::test]
async fn a_new_name_is_told_in_every_inbox_and_once() {
    let server = TestServer::start().await;
    second_inbox(&server).await;
    let ann = server.api("ann").await;
    let thread = ann.new_thread(CUSTOMER).await.id;
    text_second(&ann, CUSTOMER, "Hello there").await;
    let second = listed_second(&ann).await.remove(0);
    let mut desk = Socket::open(&server.url(), &ann.token).await;
    desk.subscribe(ann.stream(), None).await;
    desk.subscribe(second.inbox_id.into(), None).await;
    ann.command("r1", rename(thread, Some("Ada"))).await.unwrap();
    desk.until_known("both are told", |desk| desk.events.len() == 2).await;
    assert_eq!(told(&desk), vec![Some("Ada".to_owned()); 2]);
    let mut threads: Vec<_> = desk.events.iter().filter_map(|event| event.thread_id).collect();
    threads.sort_unstable();
    let mut wanted = [thread, second.id];
    wanted.sort_unstable();
    assert_eq!(threads, wanted);

    // It already is so.
    let same = ann.command("r2", rename(second.id, Some("Ada"))).await.unwrap();
    assert_eq!(serde_json::to_value(same).unwrap(), json!({ "kind": "done", "seq": null }));
    for bad in [json!(""), json!(" "), json!("x".repeat(121)), json!("a\u{0}"), json!(7)] {
        let command = json!({ "kind": "contact.rename", "thread_id": thread, "name": bad });
        let body = json!({ "key": "bad", "command": command });
        let post = crate::harness::api::client().post(format!("{}/api/v1/commands", ann.url));
        let answer = post.bearer_auth(&ann.token).json(&body).send().await.unwrap();
        assert_eq!(answer.status(), 422, "{bad}");
        let problem = crate::harness::api::problem(answer).await;
        assert_eq!(problem.details.unwrap().field.as_deref(), Some("command.name"), "{bad}");
    }
    let nobody = uuid::Uuid::now_v7().into();
    refused(ann.command("r3", rename(nobody, None)).await, ErrorCode::NotFound);
    check(&server).await;
}
