//! The log tells what happened and never what was said or by whom.

use std::{fs, path::Path};

use protocol::{errors::ErrorCode, http::Problem};
use serde_json::{Value, json};
use server::channels::twilio::signature::SIGNATURE_HEADER;

use crate::{
    bad_input::error,
    harness::{
        api::{Api, client, refused},
        database::Database,
        dial::handshake,
        fake_twilio::FakeTwilio,
        fake_twilio_api::Behaviour,
        process::ServerProcess,
        server::people,
        socket::Socket,
        twilio::{self, SID, numbers::BUSINESS, twilio_env, webhook},
        wait::eventually,
    },
    main_job::{note, reply},
};

/// What must not be in the log, whatever part of it is printed.
const TEXT: &str = "canary-text-7f3a";
const REPLY: &str = "canary-reply-91bc";
const NOTE: &str = "canary-note-2e5d";
const REASON: &str = "canary-reason-c04f";
const WRONG_PASSWORD: &str = "canary-password-66aa";
const EMAIL: &str = "canary-email-d8e1@demo.example";
const WRONG_TOKEN: &str = "tds_canary-token-b2c9";
const FIELD: &str = "canary-field-5a10";
const PATH: &str = "canary-path-3c77";
const AUTH_TOKEN: &str = "canary-auth-token-f00d";
const PHONE: &str = "+12025550186";

async fn wait_for_posts(fake: &FakeTwilio, count: usize) {
    let posts = || fake.requests().iter().filter(|it| it.starts_with("POST")).count();
    eventually("Twilio is asked", async || (posts() >= count).then_some(())).await;
}

/// Does all that can go right and wrong, with a canary in each place.
async fn drive(url: &str, fake: &FakeTwilio) -> Vec<String> {
    let ann = Api::sign_in(url, "ann").await;
    let sam = Api::sign_in(url, "sam").await;
    let mut desk = Socket::open(url, &ann.token).await;
    desk.subscribe(ann.stream(), None).await;
    twilio::inbound(fake, &ann, PHONE, TEXT).await;
    let thread = ann.list().await.threads.remove(0).id;
    desk.until_known("the text", |desk| desk.events.len() == 2).await;

    // The provider refuses in every way.
    fake.script(&[
        Behaviour::Status(503, None),
        Behaviour::Reject(21_211),
        Behaviour::AcceptThen500,
        Behaviour::Status(401, None),
    ]);
    for seen in 0..3 {
        let command = reply(thread, seen, &format!("{REPLY} {seen}"));
        desk.command(&format!("r{seen}"), command).await.unwrap();
    }
    refused(ann.command("late", reply(thread, 0, REPLY)).await, ErrorCode::Collision);
    wait_for_posts(fake, 4).await;
    desk.command("n", note(thread, NOTE)).await.unwrap();
    let take_over = json!({ "key": "t", "command": { "kind": "lock.take_over",
        "thread_id": thread, "reason": REASON } });
    let http = reqwest::Client::new();
    let post = |path: &str| http.post(format!("{url}{path}"));
    let request = post("/api/v1/commands").bearer_auth(&sam.token).json(&take_over);
    assert_eq!(request.send().await.unwrap().status(), 200);

    // Frames and bodies that are refused.
    let bad = json!({ "type": "command", "id": 900, "key": "b", "command": { "kind": "note.add",
        "thread_id": thread, "text": NOTE.repeat(1_000) } });
    let odd = json!({ "type": FIELD, "id": 901 });
    let field = json!({ "type": "ping", "id": 902, FIELD: TEXT });
    for frame in [bad, odd, field] {
        desk.send_text(&frame.to_string()).await;
        error(&mut desk).await;
    }
    desk.send_text(&format!("{{\"{FIELD}\"")).await;
    error(&mut desk).await;
    let body = json!({ "key": "b", "command": { "kind": FIELD, "text": TEXT } });
    let request = post("/api/v1/commands").bearer_auth(&ann.token).json(&body);
    assert_eq!(request.send().await.unwrap().status(), 400);

    // Strangers.
    for (email, password) in [(EMAIL, "x"), ("ann@demo.example", WRONG_PASSWORD)] {
        let body = json!({ "email": email, "password": password });
        let answer = post("/api/v1/sessions").json(&body).send().await.unwrap();
        assert_eq!(answer.status(), 401);
    }
    let mut stranger = Socket::raw(handshake(url, &[]).await.unwrap());
    stranger
        .send_text(&json!({ "type": "hello", "id": 1, "token": WRONG_TOKEN }).to_string())
        .await;
    assert_eq!(stranger.closed().await.code, 4500);
    let bearer = http.get(format!("{url}/api/v1/me")).bearer_auth(WRONG_TOKEN);
    assert_eq!(bearer.send().await.unwrap().status(), 401);
    let query = http.get(format!("{url}/api/v1/threads/{PATH}?{PATH}={PATH}"));
    assert_eq!(query.bearer_auth(&ann.token).send().await.unwrap().status(), 422);
    let forged = post(&format!("{}?{PATH}", webhook(&ann, "messages")))
        .header(SIGNATURE_HEADER, PATH)
        .form(&[("From", PHONE), ("To", BUSINESS), ("Body", TEXT)]);
    assert_eq!(forged.send().await.unwrap().status(), 403);
    ann.sign_out().await;
    assert_eq!(desk.closed().await.code, 4501);
    vec![ann.token, sam.token]
}

#[tokio::test]
async fn the_log_is_json_and_tells_no_secrets() {
    let fake = FakeTwilio::start().await;
    fake.add_account(SID, AUTH_TOKEN, &[BUSINESS]);
    let database = Database::create().await;
    people(&database, 0).await;
    let mut env = twilio_env(&fake.base_url());
    for (name, value) in &mut env {
        if *name == "TANDEM_TWILIO_AUTH_TOKEN" {
            AUTH_TOKEN.clone_into(value);
        }
    }
    let mut env: Vec<_> = env.iter().map(|(name, value)| (*name, value.as_str())).collect();
    env.extend([("TANDEM_LOG_FILTER", "trace"), ("TANDEM_LOG_FORMAT", "json")]);
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{}.log", twilio::sid()));
    let process = ServerProcess::start_logged(&database, &env, &file).await;
    let tokens = drive(&process.url, &fake).await;
    process.kill().await;

    let log = fs::read_to_string(&file).unwrap();
    println!("{} lines, {} bytes", log.lines().count(), log.len());
    let digits = PHONE.trim_start_matches('+');
    let canaries = [
        TEXT,
        REPLY,
        NOTE,
        REASON,
        WRONG_PASSWORD,
        EMAIL,
        WRONG_TOKEN,
        FIELD,
        PATH,
        AUTH_TOKEN,
        digits,
        crate::harness::server::PASSWORD,
    ];
    let tokens = tokens.iter().map(String::as_str);
    for canary in canaries.into_iter().chain(tokens) {
        let line = log.lines().find(|line| line.contains(canary));
        assert_eq!(line, None, "{canary}");
    }
    let lines: Vec<Value> =
        log.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    let count = |message: &str| {
        lines
            .iter()
            .filter(|it| it["message"].as_str().is_some_and(|it| it.contains(message)))
            .count()
    };
    assert_eq!(count("a frame was refused"), 4, "each of the four once");
    assert_eq!(count("a sign-in was refused"), 2);
    assert_eq!(count("webhook refused"), 1);
    assert!(count("a message was not taken by its provider") >= 3);
    let levels: std::collections::BTreeSet<_> =
        lines.iter().filter_map(|it| it["level"].as_str()).collect();
    assert!(
        levels.contains("DEBUG") || levels.contains("TRACE"),
        "it was asked for all: {levels:?}"
    );
    assert!(!levels.contains("ERROR"), "nothing of this is a fault of ours");
    fs::remove_file(file).unwrap();
}

/// A line of the log, with the fields of all spans that it is in.
fn in_spans(line: &Value, name: &str) -> Value {
    let spans = line["spans"].as_array().expect("spans");
    spans.iter().find(|span| span["name"] == name).cloned().unwrap_or_default()
}

#[tokio::test]
async fn a_failure_is_found_in_the_log_by_the_ids_that_the_client_has() {
    let database = Database::create().await;
    people(&database, 0).await;
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{}.log", twilio::sid()));
    // A command's span is there although the filter lets only errors through.
    let env = [("TANDEM_LOG_FILTER", "error,server::ws=info"), ("TANDEM_LOG_FORMAT", "json")];
    let process = ServerProcess::start_logged(&database, &env, &file).await;
    let ann = Api::sign_in(&process.url, "ann").await;
    let thread = ann.new_thread(PHONE).await.id;
    let mut desk = Socket::open(&process.url, &ann.token).await;
    let broken = "alter table thread_locks rename to locked_away";
    sqlx::query(broken).execute(&mut database.connect().await).await.unwrap();

    let frame = desk.begin("by-socket", reply(thread, 0, "one")).await;
    assert_eq!(desk.answer(frame).await.unwrap_err().code, ErrorCode::Internal);
    let body = json!({ "key": "by-http", "command": { "kind": "reply.send", "thread_id": thread,
        "text": "two", "seen_reply": 0 } });
    let post = client().post(format!("{}/api/v1/commands", process.url)).bearer_auth(&ann.token);
    let answer = post.header("x-request-id", "from-the-proxy-17").json(&body).send().await.unwrap();
    assert_eq!(answer.status(), 500);
    assert_eq!(answer.headers()["x-request-id"], "from-the-proxy-17");
    let problem: Problem = answer.json().await.unwrap();
    assert_eq!(problem.request_id.as_deref(), Some("from-the-proxy-17"));

    // One that no log line should hold is replaced; whoever words the refusal, it has the id.
    let get = client().get(format!("{}/api/v1/nowhere", process.url));
    let answer = get.header("x-request-id", "a b").send().await.unwrap();
    let made = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
    assert!(made.starts_with("req_"), "{made}");
    let length = answer.content_length();
    let text = answer.text().await.unwrap();
    assert_eq!(length, u64::try_from(text.len()).ok());
    let problem: Problem = serde_json::from_str(&text).unwrap();
    assert_eq!(problem.request_id, Some(made));
    process.kill().await;

    let log = fs::read_to_string(&file).unwrap();
    let lines: Vec<Value> =
        log.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    let failed = |key: &str| {
        let ours = |line: &&Value| {
            line["message"] == "command failed" && in_spans(line, "command")["command.key"] == key
        };
        lines.iter().find(ours).unwrap_or_else(|| panic!("{key} is not in\n{log}")).clone()
    };
    let line = failed("by-socket");
    let command = in_spans(&line, "command");
    assert_eq!(command["command.kind"], "reply.send");
    assert_eq!(command["thread.id"], thread.to_string());
    assert_eq!(command["frame.id"], frame);
    assert_eq!(command["connection.id"], desk.connection_id.unwrap().to_string());
    let connection = in_spans(&line, "connection");
    assert_eq!(connection["connection.id"], desk.connection_id.unwrap().to_string());
    assert!(connection["request.id"].as_str().unwrap().starts_with("req_"), "{connection}");
    let line = failed("by-http");
    let request = in_spans(&line, "request");
    assert_eq!(request["request.id"], "from-the-proxy-17");
    assert_eq!(request["http.route"], "/api/v1/commands");
    fs::remove_file(file).unwrap();
}
