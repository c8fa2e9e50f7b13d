//! Requests that make no sense get a problem with its documented code, and store nothing.

use protocol::{
    errors::ErrorCode,
    http::{Problem, Timeline},
    limits::CLIENT_FRAME_BYTES_MAX,
};
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::{
    bad_input::{commands, refusal, start},
    harness::{api::Api, server::PASSWORD},
    main_job::note,
};

/// Reads a refusal over HTTP.
async fn problem(what: &str, answer: Response) -> (u16, Problem) {
    let status = answer.status().as_u16();
    let kind = answer.headers().get("content-type").map(|it| it.to_str().unwrap().to_owned());
    assert_eq!(kind.as_deref(), Some("application/problem+json"), "{what}: {status}");
    let problem: Problem = answer.json().await.unwrap();
    assert_eq!(problem.status, status, "{what}");
    let code = serde_json::to_value(problem.code).unwrap();
    assert_eq!(problem.r#type, format!("urn:tandem:error:{}", code.as_str().unwrap()), "{what}");
    (status, problem)
}

/// Asks, signed in.
async fn ask(api: &Api, method: Method, path: &str, body: Option<String>) -> Response {
    let http = reqwest::Client::new();
    let mut request = http.request(method, format!("{}{path}", api.url)).bearer_auth(&api.token);
    if let Some(body) = body {
        request = request.header("content-type", "application/json").body(body);
    }
    request.send().await.unwrap()
}

#[tokio::test]
async fn a_command_that_makes_no_sense_is_a_problem_that_names_its_field() {
    let (server, api, mut socket, thread) = start().await;
    let before = server.database.stored().await;
    let post = |body: String| ask(&api, Method::POST, "/api/v1/commands", Some(body));
    for (what, command, expected) in commands(&thread) {
        let answer = post(format!(r#"{{"key":"k","command":{command}}}"#)).await;
        let (status, problem) = problem(what, answer).await;
        let wanted = match problem.code {
            ErrorCode::BadFrame | ErrorCode::UnknownCommand => 400,
            ErrorCode::NotFound => 404,
            _ => 422,
        };
        assert_eq!(status, wanted, "{what}");
        assert!(!problem.detail.contains("xxxxxxxx"), "{what}: nothing is sent back");
        assert_eq!(refusal(problem.code, problem.details), expected, "{what}: {}", problem.detail);
    }
    let good = json!({ "kind": "lock.acquire", "thread_id": thread });
    let field = |name: &str| (ErrorCode::Invalid, Some(name.to_owned()), None);
    let deep = "[".repeat(30_000);
    for (what, body, expected) in [
        ("nothing", String::new(), (ErrorCode::BadFrame, None, None)),
        ("no object", "7".to_owned(), (ErrorCode::Invalid, Some(".".to_owned()), None)),
        ("deep", deep, (ErrorCode::BadFrame, None, None)),
        ("no key", json!({ "command": good }).to_string(), field("key")),
        ("no command", json!({ "key": "k" }).to_string(), field("command")),
        ("one more", json!({ "key": "k", "command": good, "x": 1 }).to_string(), field("x")),
    ] {
        let (_status, problem) = problem(what, post(body).await).await;
        assert_eq!(refusal(problem.code, problem.details), expected, "{what}: {}", problem.detail);
    }
    let long =
        json!({ "key": "k", "command": { "kind": "note.add", "text": "x".repeat(1 << 20) } });
    let (status, problem) = problem("a megabyte", post(long.to_string()).await).await;
    let max = u32::try_from(CLIENT_FRAME_BYTES_MAX).unwrap();
    assert_eq!((status, problem.code), (413, ErrorCode::PayloadTooLarge));
    assert_eq!(problem.details.unwrap().max, Some(max));
    assert_eq!(server.database.stored().await, before, "nothing was stored");
    socket.command("good", note(thread.parse().unwrap(), "Still here")).await.unwrap();
    server.stop().await;
}

#[tokio::test]
async fn an_address_that_makes_no_sense_is_a_problem_too() {
    let (server, api, _socket, thread) = start().await;
    let inbox = api.me.inboxes[0].id;
    let threads = format!("/api/v1/inboxes/{inbox}/threads");
    let one = format!("/api/v1/threads/{thread}");
    let line = format!("{one}/timeline");
    let (not_found, invalid) = (ErrorCode::NotFound, ErrorCode::Invalid);
    let method = ErrorCode::MethodNotAllowed;
    let cases = [
        (Method::GET, "/api/v1/nothing".to_owned(), not_found),
        (Method::POST, "/api/v1/nothing".to_owned(), not_found),
        (Method::PUT, "/nothing".to_owned(), not_found),
        (Method::GET, "/nothing".to_owned(), not_found),
        (Method::GET, "/../Cargo.toml".to_owned(), not_found),
        (Method::GET, "/webhooks/twilio".to_owned(), not_found),
        (Method::POST, "/webhooks/nobody/x/messages".to_owned(), not_found),
        (Method::GET, "/api/v1/threads/thr_1".to_owned(), not_found),
        (Method::GET, "/api/v1/threads/%ff".to_owned(), not_found),
        (Method::GET, "/api/v1/threads/%00".to_owned(), not_found),
        (Method::GET, format!("/api/v1/threads/{inbox}"), not_found),
        (Method::GET, "/api/v1/inboxes/%F0%9F/threads".to_owned(), not_found),
        (Method::GET, "/sandbox/api/channels/x/phones/1".to_owned(), not_found),
        (Method::DELETE, "/api/v1/me".to_owned(), method),
        (Method::GET, "/api/v1/commands".to_owned(), method),
        (Method::PATCH, threads.clone(), method),
        (Method::POST, "/healthz".to_owned(), method),
        (Method::POST, "/".to_owned(), method),
        (Method::POST, "/ws".to_owned(), method),
        (Method::GET, format!("{threads}?limit=-1"), invalid),
        (Method::GET, format!("{threads}?limit=99999999999"), invalid),
        (Method::GET, format!("{threads}?before=1.5"), invalid),
        (Method::GET, format!("{threads}?surprise=1"), invalid),
        (Method::GET, format!("{line}?surprise=1"), invalid),
        (Method::GET, format!("{one}?surprise=1"), invalid),
        (Method::GET, "/api/v1/me?surprise=1".to_owned(), invalid),
    ];
    for (method, path, code) in cases {
        let what = format!("{method} {path}");
        let (status, problem) = problem(&what, ask(&api, method, &path, None).await).await;
        assert_eq!(problem.code, code, "{what}");
        let wanted = if code == invalid {
            422
        } else if code == not_found {
            404
        } else {
            405
        };
        assert_eq!(status, wanted, "{what}");
    }
    // Out of range is empty, and no fault.
    for before in ["0", "9223372036854775808", "18446744073709551615"] {
        let page: Timeline = api.get(&format!("{line}?before={before}&limit=0")).await;
        assert!(page.events.len() <= 1, "{before}");
        api.get::<Value>(&format!("{threads}?before={before}&limit=4294967295")).await;
    }
    server.stop().await;
}

#[tokio::test]
async fn a_sign_in_that_makes_no_sense_signs_nobody_in() {
    let (server, api, _socket, _thread) = start().await;
    let before = server.database.count("select count(*) from sessions").await;
    let bad_frame = (ErrorCode::BadFrame, None, None);
    let field = |name: &str| (ErrorCode::Invalid, Some(name.to_owned()), None);
    let wrong = (ErrorCode::BadCredentials, None, None);
    let full = |email: Value, password: Value| json!({ "email": email, "password": password });
    let email = "ann@demo.example";
    let more = json!({ "email": email, "password": PASSWORD, "role": "supervisor" });
    for (body, expected) in [
        ("{".to_owned(), bad_frame.clone()),
        (format!(r#"{{"email":"{email}","password":"\ud83d"}}"#), bad_frame),
        (json!({ "email": email }).to_string(), field("password")),
        (full(json!(email), json!(7)).to_string(), field("password")),
        (more.to_string(), field("role")),
        (full(json!("ann@demo.example\0"), json!(PASSWORD)).to_string(), wrong.clone()),
        (full(json!(email), json!("\0")).to_string(), wrong.clone()),
        (full(json!("x".repeat(50_000)), json!(PASSWORD)).to_string(), wrong.clone()),
        (full(json!(email), json!("x".repeat(50_000))).to_string(), wrong),
    ] {
        let shown: String = body.chars().take(80).collect();
        let answer = ask(&api, Method::POST, "/api/v1/sessions", Some(body)).await;
        let (_status, problem) = problem(&shown, answer).await;
        assert_eq!(refusal(problem.code, problem.details), expected, "{shown}");
    }
    assert_eq!(server.database.count("select count(*) from sessions").await, before);
    for headers in [
        vec![],
        vec![("authorization", "Bearer tds_wrong")],
        vec![("authorization", "Basic YTpi")],
        vec![("cookie", "tandem=x")],
    ] {
        let mut request = reqwest::Client::new().get(format!("{}/api/v1/me", api.url));
        for (name, value) in &headers {
            request = request.header(*name, *value);
        }
        let (status, problem) = problem("nobody", request.send().await.unwrap()).await;
        assert_eq!((status, problem.code), (401, ErrorCode::Unauthenticated), "{headers:?}");
    }
    server.stop().await;
}
