//! Signing in, and how soon signing out is felt.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use protocol::{errors::ErrorCode, frames::ServerFrame, ids::SessionId, sessions::Sessions};
use reqwest::Method;
use serde_json::json;
use server::config::settings::AuthConfig;

use crate::{
    harness::{
        api::{Api, CUSTOMER, problem},
        dial::handshake,
        server::{TestServer, Wanted},
        socket::Socket,
        wait::eventually,
    },
    rights::stage::office,
};

#[tokio::test]
async fn a_revoked_session_loses_its_sockets_on_every_node() {
    let one = TestServer::start().await;
    let two = TestServer::join(&one.database, Wanted::default()).await;
    let ann = one.api("ann").await;
    let other = one.api("ann").await;
    let mut here = Socket::open(&one.url(), &ann.token).await;
    let mut there = Socket::open(&two.url(), &ann.token).await;
    let mut others = Socket::open(&one.url(), &other.token).await;
    let before = Instant::now();
    ann.sign_out().await;
    assert_eq!(here.closed().await.code, 4501);
    // Promised is a second, of a quiet machine.
    let limit = if std::env::var("TANDEM_PROVE").is_ok() { 1 } else { 10 };
    assert!(before.elapsed() < Duration::from_secs(limit), "{:?}", before.elapsed());
    assert_eq!(there.closed().await.code, 4501, "found by the head poll of the other node");
    assert_eq!(ann.try_get("/api/v1/me").await.status(), 401);
    let mut again = Socket::raw(handshake(&one.url(), &[]).await.unwrap());
    let hello = json!({ "type": "hello", "id": 1, "token": ann.token });
    again.send_text(&hello.to_string()).await;
    assert_eq!(again.closed().await.code, 4500);
    others.subscribe(other.stream(), None).await;
    one.stop().await;
    two.stop().await;
}

#[tokio::test]
async fn wrong_passwords_are_refused_alike_and_not_for_ever() {
    let server = TestServer::start().await;
    let http = reqwest::Client::new();
    let try_it = async |email: &str, password: &str| {
        let body = json!({ "email": email, "password": password });
        let url = format!("{}/api/v1/sessions", server.url());
        let answer = http.post(url).json(&body).send().await.unwrap();
        let retry_after = answer.headers().get("retry-after").is_some();
        (answer.status().as_u16(), retry_after, problem(answer).await)
    };
    let (status, _, wrong) = try_it("ann@demo.example", "wrong").await;
    let (_, _, nobody) = try_it("nobody@demo.example", "wrong").await;
    assert_eq!((status, wrong.code), (401, ErrorCode::BadCredentials));
    assert_eq!(wrong, nobody, "who exists is not told");
    let mut last = (0, false, wrong);
    for _try in 0..12 {
        last = try_it("ann@demo.example", "wrong").await;
    }
    let (status, retry_after, problem) = last;
    assert_eq!((status, retry_after, problem.code), (429, true, ErrorCode::RateLimited));
    assert!(problem.details.unwrap().retry_after_ms.unwrap() > 0);
    let kept = "select count(*) from sessions";
    assert_eq!(server.database.count(kept).await, 0);
    server.stop().await;
}

#[tokio::test]
async fn a_cookie_needs_our_own_page_for_every_change() {
    let server = TestServer::start().await;
    let http = reqwest::Client::new();
    let url = server.url();
    let body = json!({ "email": "ann@demo.example", "password": crate::harness::server::PASSWORD,
        "transport": "cookie" });
    let sign_in = http.post(format!("{url}/api/v1/sessions")).json(&body).send().await.unwrap();
    let cookie = sign_in.headers()["set-cookie"].to_str().unwrap().to_owned();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
    assert!(!sign_in.text().await.unwrap().contains("token"), "scripts do not get it");
    let cookie = cookie.split(';').next().unwrap().to_owned();
    let post = |origin: Option<String>| {
        let mut request = http.delete(format!("{url}/api/v1/sessions/current"));
        request = request.header("cookie", &cookie);
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        request.send()
    };
    assert_eq!(post(None).await.unwrap().status(), 403);
    assert_eq!(post(Some("https://evil.example".to_owned())).await.unwrap().status(), 403);

    let evil = [("cookie", cookie.as_str()), ("origin", "https://evil.example")];
    assert_eq!(handshake(&url, &evil).await.err(), Some(403));
    let null = [("cookie", cookie.as_str()), ("origin", "null")];
    assert_eq!(handshake(&url, &null).await.err(), Some(403));
    assert_eq!(handshake(&url, &[("cookie", &cookie)]).await.err(), Some(403), "no origin");
    let ours = [("cookie", cookie.as_str()), ("origin", url.as_str())];
    let mut socket = Socket::raw(handshake(&url, &ours).await.unwrap());
    socket.send_text(r#"{"type":"hello","id":1}"#).await;
    socket.next().await;
    assert_eq!(post(Some(url.clone())).await.unwrap().status(), 204);
    assert_eq!(socket.closed().await.code, 4501);
    server.stop().await;
}

#[tokio::test]
async fn what_is_not_hello_in_time_is_closed() {
    let server = TestServer::start().await;
    let cases = [
        (r#"{"type":"ping","id":1}"#, 4502),
        ("{", 4502),
        (r#"{"type":"hello","id":1,"token":"tds_wrong"}"#, 4500),
        (r#"{"type":"hello","id":1}"#, 4500),
    ];
    for (text, code) in cases {
        let mut socket = Socket::raw(handshake(&server.url(), &[]).await.unwrap());
        socket.send_text(text).await;
        assert_eq!(socket.closed().await.code, code, "{text}");
    }
    let mut silent = Socket::raw(handshake(&server.url(), &[]).await.unwrap());
    let before = Instant::now();
    assert_eq!(silent.closed().await.code, 4001);
    assert!((4..8).contains(&before.elapsed().as_secs()), "{:?}", before.elapsed());
    let ann: Api = server.api("ann").await;
    ann.new_thread(CUSTOMER).await;
    server.stop().await;
}

#[tokio::test]
async fn people_see_and_end_their_own_sessions_and_administrators_everybodys() {
    let (server, admin) = office(0).await;
    let (ann, here) = (server.api("ann").await, server.api("ann").await);
    let ben = server.api("ben").await;
    let own: Sessions = here.get("/api/v1/sessions").await;
    assert_eq!(own.sessions.len(), 2);
    assert_eq!(own.sessions.iter().filter(|it| it.current).count(), 1);
    let other = own.sessions.iter().find(|it| !it.current).unwrap().id;
    let mut socket = Socket::open(&server.url(), &ann.token).await;
    let end = async |who: &Api, id: SessionId, below: &str| {
        who.ask(Method::DELETE, &format!("{below}/sessions/{id}"), None).await.status().as_u16()
    };
    assert_eq!(end(&ben, other, "").await, 404, "not his");
    assert_eq!(end(&ben, other, "/admin").await, 403);
    assert_eq!(end(&here, other, "").await, 204);
    assert_eq!(socket.closed().await.code, 4501);
    assert_eq!(ann.try_get("/api/v1/me").await.status(), 401);
    assert_eq!(end(&here, other, "").await, 404, "it is over");
    let all: Sessions = admin.get("/api/v1/admin/sessions").await;
    let bens = all.sessions.iter().find(|it| it.agent_id == ben.id()).unwrap().id;
    assert_eq!(end(&admin, bens, "/admin").await, 204);
    assert_eq!(ben.try_get("/api/v1/me").await.status(), 401);
    server.stop().await;
}

#[tokio::test]
async fn who_does_nothing_is_signed_out() {
    let auth = AuthConfig { idle: Some(TimeDelta::minutes(1)), oidc: None };
    let server = TestServer::start_with(Wanted { auth, ..Wanted::default() }).await;
    let (ann, ben) = (server.api("ann").await, server.api("ben").await);
    let (cleo, sam) = (server.api("cleo").await, server.api("sam").await);
    let mut gone = Socket::open(&server.url(), &ann.token).await;
    let mut there = Socket::open(&server.url(), &ben.token).await;
    gone.send_text(r#"{"type":"attention","present":false}"#).await;
    for n in 0..2 {
        // They answer, as a browser does with nobody before it.
        for socket in [&mut gone, &mut there] {
            socket.send_text(&format!(r#"{{"type":"ping","id":{n}}}"#)).await;
            socket
                .until(|it| matches!(it, ServerFrame::Pong(it) if it.id == n).then_some(()))
                .await;
        }
        server.advance(Duration::from_secs(25)).await;
        assert_eq!(cleo.try_get("/api/v1/me").await.status(), 200, "used now and then");
    }
    for socket in [&mut gone, &mut there] {
        socket.send_text(r#"{"type":"ping","id":9}"#).await;
        socket.until(|it| matches!(it, ServerFrame::Pong(it) if it.id == 9).then_some(())).await;
    }
    server.advance(Duration::from_secs(25)).await;
    assert_eq!(gone.closed().await.code, 4501);
    assert_eq!(ann.try_get("/api/v1/me").await.status(), 401);
    assert_eq!(sam.try_get("/api/v1/me").await.status(), 401, "nobody used it");
    assert_eq!(cleo.try_get("/api/v1/me").await.status(), 200);
    let noted = async || {
        let unused =
            "select count(*) from sessions where used_at > tandem_now() - interval '20 seconds'";
        (server.database.count(unused).await >= 2).then_some(())
    };
    eventually("somebody sits before Ben's desk", noted).await;
    assert_eq!(ben.try_get("/api/v1/me").await.status(), 200);
    server.stop().await;
}
