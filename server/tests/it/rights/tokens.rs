//! API tokens: what each may do, on record, and for how long.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use protocol::{
    canned::{CannedList, CannedSaved},
    commands::{Command, OpenThread, SendReply},
    errors::ErrorCode,
    events::EventBody,
    permissions::Permission,
    sessions::{TokenMade, Tokens},
    text::ReplyText,
    views::ActorView,
};
use reqwest::Method;
use serde_json::{Value, json};

use super::stage::{done, office};
use crate::{
    harness::{
        api::{Api, CUSTOMER, problem},
        socket::Socket,
    },
    main_job::note,
};

const DOCUMENT: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../protocol/openapi.json"));

/// Makes a token with these scopes, and a client that has it.
async fn token(of: &Api, name: &str, scopes: &[Permission]) -> (Api, TokenMade) {
    let body = json!({ "name": name, "scopes": scopes });
    let answer = of.ask(Method::POST, "/tokens", Some(&body)).await;
    assert_eq!(answer.status(), 201, "{name}");
    let made: TokenMade = answer.json().await.unwrap();
    (of.with_token(&made.token), made)
}

/// An operation of the document, and the scopes of which it takes one; `None` where no token may.
struct Described {
    method: Method,
    path: String,
    takes: Option<BTreeSet<String>>,
}

/// Reads the document: what it says is what is tried.
fn described(inbox: &str) -> Vec<Described> {
    let document: Value = serde_json::from_str(DOCUMENT).unwrap();
    let mut all = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, it) in methods.as_object().unwrap() {
            let security = it["security"].as_array().unwrap();
            if security.is_empty() {
                continue;
            }
            let mut takes = None;
            for way in security {
                if let Some(roles) = way["token"].as_array() {
                    let roles = roles.iter().map(|it| it.as_str().unwrap().to_owned());
                    takes.get_or_insert_with(BTreeSet::new).extend(roles);
                }
            }
            let mut at = path.replace("{inbox}", inbox);
            for parameter in it["parameters"].as_array().unwrap() {
                let name = parameter["name"].as_str().unwrap();
                let schema = parameter["schema"]["$ref"].as_str().unwrap_or_default();
                let schema = schema.trim_start_matches("#/components/schemas/");
                let pattern = &document["components"]["schemas"][schema]["pattern"];
                let pattern = pattern.as_str().unwrap_or_default();
                let prefix: String = pattern.chars().skip(1).take(4).collect();
                let nobody = format!("{prefix}{}", uuid::Uuid::now_v7().simple());
                at = at.replace(&format!("{{{name}}}"), &nobody);
            }
            assert!(!at.contains('{'), "{at}");
            let method = method.to_uppercase().parse().unwrap();
            all.push(Described { method, path: at, takes });
        }
    }
    all
}

#[tokio::test]
async fn its_scopes_are_enforced_on_every_operation() {
    let (server, admin) = office(0).await;
    let inbox = admin.me.inboxes[0].id.to_string();
    let everything = Permission::ALL;
    let (all, _) = token(&admin, "everything", everything).await;
    let (mut tried, mut made) = (0, Vec::new());
    for Described { method, path, takes } in described(&inbox) {
        let body = json!({});
        let body = (method != Method::GET && method != Method::DELETE).then_some(&body);
        let what = format!("{method} {path}");
        let name = what.chars().take(60).collect::<String>();
        let Some(takes) = takes else {
            let refused = all.ask(method, &path, body).await;
            assert_eq!(refused.status(), 403, "{what} is about a person");
            continue;
        };
        let scopes = |with: bool| -> Vec<Permission> {
            everything.iter().copied().filter(|it| takes.contains(it.name()) == with).collect()
        };
        if takes.is_empty() {
            let status = all.ask(method, &path, body).await.status();
            assert!(status != 401 && status != 403, "{what}: {status}");
            continue;
        }
        let (lacking, with) = (scopes(false), scopes(true));
        assert_eq!(with.len(), takes.len(), "{what}: all are permissions");
        let (lacking, it) = token(&admin, &name, &lacking).await;
        made.push(it);
        let refused = lacking.ask(method.clone(), &path, body).await;
        assert_eq!(refused.status(), 403, "{what} without {takes:?}");
        let refused = problem(refused).await;
        let named = refused.details.and_then(|it| it.permission).unwrap();
        assert!(takes.contains(named.name()), "{what}: {named:?}");
        for one in with {
            let (having, it) = token(&admin, &name, &[one]).await;
            made.push(it);
            let status = having.ask(method.clone(), &path, body).await.status();
            assert!(status != 401 && status != 403, "{what} with {}: {status}", one.name());
        }
        for it in made.drain(..) {
            let path = format!("/tokens/{}", it.made.id);
            done(&admin, Method::DELETE, &path, &json!({})).await;
        }
        tried += 1;
    }
    assert!(tried >= 40, "{tried}");
    server.stop().await;
}

#[tokio::test]
async fn what_it_does_is_its_own_doing_and_no_person_seems_to_be_there() {
    let (server, admin) = office(0).await;
    let (ann, mut desk) = server.desk("ann").await;
    let thread = admin.new_thread(CUSTOMER).await.id;
    let scopes = [Permission::ReadThreads, Permission::SendReplies, Permission::AddNotes];
    let (robot, made) = token(&ann, "Shop", &scopes).await;
    let mut socket = Socket::open(&server.url(), &robot.token).await;
    socket.subscribe(ann.stream(), None).await;
    let reply = SendReply::new(thread, ReplyText::new("from the shop".to_owned()).unwrap(), 0);
    socket.command("r1", Command::SendReply(reply.clone())).await.unwrap();
    let sent = |socket: &Socket| {
        let event = socket.events.iter().find(|it| matches!(it.body, EventBody::MessageSent(_)));
        event.map(|it| it.actor)
    };
    desk.until_known("the reply", |it| sent(it).is_some()).await;
    assert_eq!(sent(&desk), Some(ActorView::Token { id: made.made.id }));
    let again = server.api("ann").await;
    assert!(again.me.tokens.iter().any(|it| it.id == made.made.id && it.name == "Shop"));
    // The same key of the person is another wish.
    let refused = ann.command("r1", Command::SendReply(reply)).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::Collision);
    // Nobody sits there.
    let typing = json!({ "type": "signal", "thread_id": thread, "activity": "typing" });
    socket.send_text(&typing.to_string()).await;
    let open = Command::OpenThread(OpenThread { thread_id: thread, read_seq: 1 });
    for refused in [
        socket.command("o1", open.clone()).await.unwrap_err().code,
        robot.command("o2", open).await.unwrap_err().code,
    ] {
        assert_eq!(refused, ErrorCode::Forbidden);
    }
    // What is a person's own is not a program's.
    let canned = json!({ "title": "Mine", "short_code": "mine", "folder": "", "kinds": [], "texts": { "en": "mine" } });
    let answer = ann.ask(Method::POST, "/me/canned", Some(&canned)).await;
    assert_eq!(answer.status(), 201);
    let mine = answer.json::<CannedSaved>().await.unwrap().canned.id;
    let inbox = ann.me.inboxes[0].id;
    let list = format!("/api/v1/inboxes/{inbox}/canned");
    assert_eq!(ann.get::<CannedList>(&list).await.canned.len(), 1);
    assert!(robot.get::<CannedList>(&list).await.canned.is_empty());
    assert_eq!(robot.try_get(&format!("/api/v1/canned/{mine}")).await.status(), 404);
    let gone = robot.ask(Method::DELETE, &format!("/canned/{mine}?version=1"), None).await;
    assert_eq!(gone.status(), 404);
    // Addresses are masked: it may not reveal them.
    let seen = robot.snapshot(thread).await;
    let shown = serde_json::to_string(&seen).unwrap();
    assert!(!shown.contains(CUSTOMER), "{shown}");
    assert!(serde_json::to_string(&ann.snapshot(thread).await).unwrap().contains(CUSTOMER));
    server.stop().await;
}

#[tokio::test]
async fn it_ends_when_it_is_revoked_and_with_its_agent() {
    let (server, admin) = office(1).await;
    let agent = server.api("agent1").await;
    let scopes = [Permission::ReadThreads];
    let (first, made) = token(&agent, "first", &scopes).await;
    let (second, _) = token(&agent, "second", &scopes).await;
    let mut open = Socket::open(&server.url(), &first.token).await;
    let before = Instant::now();
    let path = format!("/admin/tokens/{}", made.made.id);
    done(&admin, Method::DELETE, &path, &json!({})).await;
    assert_eq!(open.closed().await.code, 4501);
    assert!(before.elapsed() < Duration::from_secs(5), "{:?}", before.elapsed());
    assert_eq!(first.try_get("/api/v1/me").await.status(), 401);
    assert_eq!(second.try_get("/api/v1/me").await.status(), 200);
    let left: Tokens = agent.get("/api/v1/tokens").await;
    assert_eq!(left.tokens.len(), 1);
    let role = json!({ "name": "Agent", "role": "agent", "disabled": true });
    done(&admin, Method::PUT, &format!("/admin/agents/{}", agent.id()), &role).await;
    assert_eq!(second.try_get("/api/v1/me").await.status(), 401);
    let role = json!({ "name": "Agent", "role": "agent" });
    done(&admin, Method::PUT, &format!("/admin/agents/{}", agent.id()), &role).await;
    assert_eq!(second.try_get("/api/v1/me").await.status(), 401, "it is not there again");
    server.stop().await;
}

#[tokio::test]
async fn it_may_nothing_that_its_maker_may_not_and_bad_ones_are_refused() {
    let (server, admin) = office(0).await;
    let ann = server.api("ann").await;
    let ask = async |who: &Api, body: Value| {
        let answer = who.ask(Method::POST, "/tokens", Some(&body)).await;
        let status = answer.status().as_u16();
        let details = problem(answer).await.details.unwrap_or_default();
        (status, details.permission, details.field)
    };
    let more = json!({ "name": "more", "scopes": ["threads.read", "agents.manage"] });
    assert_eq!(ask(&ann, more).await, (403, Some(Permission::ManageAgents), None));
    let none = json!({ "name": "none", "scopes": [] });
    assert_eq!(ask(&ann, none).await, (422, None, Some("scopes".to_owned())));
    let ever = json!({ "name": "ever", "scopes": ["threads.read"], "expires_in_days": 367 });
    assert_eq!(ask(&ann, ever).await, (422, None, Some("expires_in_days".to_owned())));
    let odd = json!({ "name": "odd", "scopes": ["threads.eat"] });
    assert_eq!(ask(&ann, odd).await.0, 422);
    // A token that may make tokens makes none that may more than itself.
    let (maker, _) = token(&admin, "maker", &[Permission::CreateTokens]).await;
    let more = json!({ "name": "more", "scopes": ["agents.manage"] });
    assert_eq!(ask(&maker, more).await, (403, Some(Permission::ManageAgents), None));
    // What its agent may not any more, it may not either.
    let (reader, _) = token(&ann, "reader", &[Permission::ReadThreads, Permission::AddNotes]).await;
    let thread = admin.new_thread(CUSTOMER).await.id;
    reader.command("n1", note(thread, "while it may")).await.unwrap();
    super::stage::set_member(&admin, ann.id(), Some("reviewer"), protocol::views::Scope::All).await;
    let refused = reader.command("n2", note(thread, "when it may not")).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::Forbidden);
    server.stop().await;
}
