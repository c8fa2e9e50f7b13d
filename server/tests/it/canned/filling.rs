//! Filling: the right language, the right values, masked where they are, never somebody else's.

use protocol::{commands::Command, contacts::RenameContact, text::ContactName, views::Scope};
use reqwest::Method;
use serde_json::json;

use super::{MINE, ask, field, fill, make, office, reply, set_rule, shared};
use crate::harness::{api::CUSTOMER, server::set_scope};

#[tokio::test]
async fn variables_stand_for_what_the_thread_has() {
    let (server, sam) = office().await;
    let ann = server.api("ann").await;
    let inbox = &sam.me.inboxes[0];
    let text = "{{contact.first_name|you}} {{contact.name}} {{contact.address}} {{agent.name}} \
        {{inbox.name}} {{thread.assignee|nobody}} {{thread.channel}} {{thread.since}}";
    let all = make(&sam, &shared(inbox.id), &reply("all", &json!({ "en": text }))).await;
    let thread = ann.new_thread(CUSTOMER).await;
    let since = thread.created_at.format("%Y-%m-%d");
    let channel = &inbox.channels[0].address;
    let filled = fill(&ann, thread.id, &all, "").await;
    let rest = format!("ann {} nobody {channel} {since}", inbox.name);
    assert_eq!(filled.text, format!("you {{{{contact.name}}}} {CUSTOMER} {rest}"));
    assert_eq!((filled.missing, filled.language.as_str()), (vec!["contact.name".to_owned()], "en"));

    // A customer whose name looks like a variable is none.
    let name = ContactName::new("Ada {{agent.name}}".to_owned()).unwrap();
    let it = RenameContact { thread_id: thread.id, name: Some(name) };
    ann.command("n", Command::RenameContact(it)).await.unwrap();
    let filled = fill(&ann, thread.id, &all, "").await;
    assert_eq!(filled.text, format!("Ada Ada {{{{agent.name}}}} {CUSTOMER} {rest}"));
    assert!(filled.missing.is_empty());

    // Who may not see the address gets none of it.
    let body = json!({ "name": "Blind", "permissions": ["threads.read", "replies.send"] });
    let path = format!("/admin/inboxes/{}/roles", inbox.id);
    let (status, role) = ask(&sam, Method::POST, &path, Some(&body)).await;
    assert_eq!(status, 201, "{role}");
    let path = format!("/admin/inboxes/{}/members/{}", inbox.id, ann.id());
    let body = json!({ "role": role["role_id"], "scope": "all" });
    assert!(ask(&sam, Method::PUT, &path, Some(&body)).await.0 < 300);
    let filled = fill(&ann, thread.id, &all, "").await;
    assert!(filled.text.contains(" …23 ") && !filled.text.contains(CUSTOMER), "{}", filled.text);
    server.stop().await;
}

#[tokio::test]
async fn the_language_is_the_asked_one_or_the_inboxs_or_the_first() {
    let (server, sam) = office().await;
    let texts = json!({ "en": "Hello", "de-AT": "Servus", "fr": "Salut" });
    let hello = make(&sam, &shared(sam.me.inboxes[0].id), &reply("hello", &texts)).await;
    let thread = sam.new_thread(CUSTOMER).await.id;
    assert_eq!(fill(&sam, thread, &hello, "").await.text, "Servus", "the first");
    set_rule(&sam, &json!({ "approval": false, "language": "fr" })).await;
    for (query, text, language) in [
        ("", "Salut", "fr"),
        ("?language=de", "Servus", "de-AT"),
        ("?language=EN-gb", "Hello", "en"),
        ("?language=ja", "Salut", "fr"),
    ] {
        let filled = fill(&sam, thread, &hello, query).await;
        assert_eq!((&*filled.text, &*filled.language), (text, language), "{query}");
    }
    for (query, name) in [("?language=d!", "language"), ("?lang=de", "lang")] {
        let path = format!("/threads/{thread}/canned/{}{query}", hello.id);
        let (status, refused) = ask(&sam, Method::GET, &path, None).await;
        assert_eq!((status, field(&refused)), (422, name), "{refused}");
    }
    server.stop().await;
}

#[tokio::test]
async fn nobody_fills_what_they_may_not_see() {
    let (server, sam) = office().await;
    let inbox = sam.me.inboxes[0].id;
    let hello = make(&sam, &shared(inbox), &reply("hello", &json!({ "en": "Hello" }))).await;
    let own = make(&sam, MINE, &reply("own", &json!({ "en": "Mine" }))).await;
    let thread = sam.new_thread(CUSTOMER).await.id;
    let there = json!({ "name": "Another", "mode": "team" });
    let (status, made) = ask(&sam, Method::POST, "/admin/inboxes", Some(&there)).await;
    assert_eq!(status, 201, "{made}");
    let sam = server.api("sam").await;
    let other = sam.me.inboxes.iter().find(|it| it.id != inbox).unwrap().id;
    let foreign = make(&sam, &shared(other), &reply("there", &json!({ "en": "There" }))).await;
    let ann = server.api("ann").await;
    let path = |it: &protocol::canned::CannedView| format!("/threads/{thread}/canned/{}", it.id);
    assert_eq!(ask(&sam, Method::GET, &path(&own), None).await.0, 200, "in all inboxes");
    assert_eq!(ask(&ann, Method::GET, &path(&hello), None).await.0, 200);
    for (api, it) in [(&sam, &foreign), (&ann, &foreign), (&ann, &own)] {
        assert_eq!(ask(api, Method::GET, &path(it), None).await.0, 404);
    }
    // Of another inbox: neither the list, nor one of it, nor a change.
    assert_eq!(ask(&ann, Method::GET, &shared(other), None).await.0, 404);
    assert_eq!(ask(&ann, Method::GET, &format!("/canned/{}", foreign.id), None).await.0, 404);
    let body = reply("x", &json!({ "en": "x" }));
    assert_eq!(ask(&ann, Method::POST, &shared(other), Some(&body)).await.0, 404);
    // A thread out of sight.
    set_scope(&server.database, ann.id(), Scope::Assigned).await;
    let ann = server.api("ann").await;
    assert_eq!(ask(&ann, Method::GET, &path(&hello), None).await.0, 404);
    server.stop().await;
}
