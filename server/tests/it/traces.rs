//! Traces: what a collector is sent, that the last of it is sent at the end, and what is not in it.

use opentelemetry_proto::tonic::trace::v1::Span;
use reqwest::StatusCode;
use serde_json::json;
use server::channels::twilio::signature::SIGNATURE_HEADER;

use crate::{
    harness::{
        api::{Api, client},
        collector::{Collector, attribute},
        database::Database,
        fake_twilio::FakeTwilio,
        process::ServerProcess,
        server::people,
        socket::Socket,
        twilio::{self, SID, TOKEN, numbers::BUSINESS, twilio_env, webhook},
        wait::eventually,
    },
    main_job::{note, reply},
};

const TEXT: &str = "canary-text-7f3a";
const PHONE: &str = "+12025550186";

#[track_caller]
fn only<'a>(spans: &'a [Span], name: &str, key: &str, value: &str) -> &'a Span {
    let ours = |span: &&Span| {
        span.name == name && attribute(&span.attributes, key).as_deref() == Some(value)
    };
    let found: Vec<_> = spans.iter().filter(ours).collect();
    let [span] = found[..] else { panic!("{name} with {key}={value}: {found:?} of {spans:#?}") };
    span
}

#[tokio::test]
async fn requests_commands_deliveries_and_webhooks_are_traced() {
    let collector = Collector::start().await;
    let fake = FakeTwilio::start().await;
    fake.add_account(SID, TOKEN, &[BUSINESS]);
    let database = Database::create().await;
    people(&database, 0).await;
    let mut env = twilio_env(&fake.base_url());
    env.push(("TANDEM_OTLP_ENDPOINT", collector.endpoint()));
    let env: Vec<_> = env.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let process = ServerProcess::start(&database, &env).await;

    let ann = Api::sign_in(&process.url, "ann").await;
    let thread = twilio::new_thread(&fake, &ann, PHONE).await.id;
    let forged = client()
        .post(format!("{}{}", process.url, webhook(&ann, "messages")))
        .header(SIGNATURE_HEADER, "no")
        .form(&[("From", PHONE), ("To", BUSINESS), ("Body", TEXT)]);
    assert_eq!(forged.send().await.unwrap().status(), StatusCode::FORBIDDEN);
    let mut desk = Socket::open(&process.url, &ann.token).await;
    desk.command("by-socket", reply(thread, 0, TEXT)).await.unwrap();
    let asked = |fake: &FakeTwilio| fake.requests().iter().any(|it| it.starts_with("POST"));
    eventually("the reply goes out", async || asked(&fake).then_some(())).await;
    let body = json!({ "key": "by-http", "command": note(thread, TEXT) });
    let post = client().post(format!("{}/api/v1/commands", process.url)).bearer_auth(&ann.token);
    let request = post.header("x-request-id", "canary-request").json(&body);
    assert_eq!(request.send().await.unwrap().status(), StatusCode::OK);
    // It ends in order, long before the next batch were due: the end sends what is left.
    process.terminate().await;

    let spans = collector.spans();
    let resource = collector.resource();
    assert_eq!(attribute(&resource, "service.name").as_deref(), Some("tandem"));
    let request = only(&spans, "request", "request.id", "canary-request");
    assert_eq!(attribute(&request.attributes, "http.route").as_deref(), Some("/api/v1/commands"));
    assert_eq!(attribute(&request.attributes, "http.status").as_deref(), Some("200"));
    let command = only(&spans, "command", "command.key", "by-http");
    assert_eq!(command.parent_span_id, request.span_id, "a command is a part of its request");
    assert_eq!(command.trace_id, request.trace_id);
    assert_eq!(attribute(&command.attributes, "command.kind").as_deref(), Some("note.add"));
    let command = only(&spans, "command", "command.key", "by-socket");
    assert!(command.parent_span_id.is_empty(), "a connection lives too long to be a root");
    let said = |key: &str| attribute(&command.attributes, key);
    assert_eq!(said("thread.id"), Some(thread.to_string()));
    assert_eq!(said("connection.id"), desk.connection_id.map(|id| id.to_string()));
    assert_eq!(said("outcome").as_deref(), Some("ok"));
    assert!(command.end_time_unix_nano > command.start_time_unix_nano);
    only(&spans, "delivery", "provider", "twilio");
    let webhooks = spans.iter().filter(|span| span.name == "webhook").count();
    assert!(webhooks >= 2, "a text and a forged one: {webhooks}");

    let all = format!("{spans:?}{resource:?}");
    for canary in [TEXT, PHONE.trim_start_matches('+'), TOKEN, ann.token.as_str(), "ann@"] {
        assert!(!all.contains(canary), "{canary}");
    }
    assert!(spans.iter().all(|span| span.events.is_empty()), "log lines stay in the log");
}
