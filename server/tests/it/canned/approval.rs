//! Approval: by somebody else, of exactly this version; what was approved before stays usable.

use protocol::canned::CannedState;
use reqwest::Method;
use serde_json::json;

use super::{
    MINE, approve, ask, changed, field, fill, make, office, read, reply, set_role, set_rule, shared,
};
use crate::harness::api::CUSTOMER;

#[tokio::test]
async fn a_shared_one_waits_until_somebody_else_approves_exactly_it() {
    let (server, sam) = office().await;
    let (ann, ben, cleo) =
        (server.api("ann").await, server.api("ben").await, server.api("cleo").await);
    let inbox = sam.me.inboxes[0].id;
    let before = make(&sam, &shared(inbox), &reply("old", &json!({ "en": "Old." }))).await;
    set_rule(&sam, &json!({ "approval": true, "language": null })).await;
    for agent in [&ben, &cleo] {
        set_role(&sam, agent, "supervisor").await;
    }
    let thread = ann.new_thread(CUSTOMER).await.id;
    assert_eq!(fill(&ann, thread, &before, "").await.text, "Old.", "what was usable stays so");

    let first = make(&ben, &shared(inbox), &reply("new", &json!({ "en": "One." }))).await;
    assert_eq!((first.state, first.usable), (CannedState::Pending, None));
    let path = format!("/threads/{thread}/canned/{}", first.id);
    let (status, refused) = ask(&ann, Method::GET, &path, None).await;
    assert_eq!((status, &refused["code"]), (409, &json!("conflict")), "{refused}");

    // Neither who may not, nor who wrote it.
    let (status, refused) = approve(&ann, &first).await;
    assert_eq!((status, &refused["details"]["permission"]), (403, &json!("canned.approve")));
    let (status, refused) = approve(&ben, &first).await;
    assert_eq!(status, 403);
    assert!(refused["detail"].as_str().unwrap().contains("cannot approve"), "{refused}");
    assert_eq!(approve(&cleo, &first).await.0, 200);
    assert_eq!(approve(&cleo, &first).await.0, 200, "again is the same");
    assert_eq!(fill(&ann, thread, &first, "").await.text, "One.");

    // An edit waits; the approved version stays usable meanwhile, and an old look approves nothing.
    let second = changed(&ben, &first, &reply("new", &json!({ "en": "Two." }))).await;
    assert_eq!((second.state, second.usable), (CannedState::Pending, Some(1)));
    let filled = fill(&ann, thread, &second, "").await;
    assert_eq!((filled.text.as_str(), filled.version), ("One.", 1));
    let whole = read(&cleo, &second).await;
    let usable = serde_json::to_value(whole.usable.unwrap()).unwrap();
    assert_eq!(usable, json!({ "en": "One." }));
    let third = changed(&cleo, &second, &reply("new", &json!({ "en": "Three." }))).await;
    assert_eq!(third.authors, [ben.id(), cleo.id()]);
    let (status, refused) = approve(&sam, &second).await;
    assert_eq!((status, field(&refused)), (409, "version"), "another version by now");
    for author in [&ben, &cleo] {
        assert_eq!(approve(author, &third).await.0, 403, "both have written it");
    }
    assert_eq!(approve(&sam, &third).await.0, 200);
    let filled = fill(&ann, thread, &third, "").await;
    assert_eq!((filled.text.as_str(), filled.version), ("Three.", 3));
    // What was written before counts no more.
    let fourth = changed(&cleo, &third, &reply("new", &json!({ "en": "Four." }))).await;
    assert_eq!(fourth.authors, [cleo.id()]);
    assert_eq!(approve(&ben, &fourth).await.0, 200);

    // One's own needs nobody.
    let own = make(&ann, MINE, &reply("own", &json!({ "en": "Mine." }))).await;
    assert_eq!(own.state, CannedState::Ready);
    // Without the rule it is usable at once again.
    set_rule(&sam, &json!({ "approval": false, "language": null })).await;
    let fifth = changed(&ben, &fourth, &reply("new", &json!({ "en": "Five." }))).await;
    assert_eq!((fifth.state, fifth.usable), (CannedState::Ready, Some(5)));
    server.stop().await;
}

#[tokio::test]
async fn the_rule_is_an_administrators() {
    let (server, sam) = office().await;
    let ann = server.api("ann").await;
    let path = format!("/admin/inboxes/{}/canned", sam.me.inboxes[0].id);
    let rule = json!({ "approval": true, "language": "de" });
    for (method, body) in [(Method::GET, None), (Method::PUT, Some(&rule))] {
        let (status, refused) = ask(&ann, method, &path, body).await;
        assert_eq!((status, &refused["details"]["permission"]), (403, &json!("inboxes.manage")));
    }
    for (body, name) in [
        (json!({ "approval": true, "language": "d!" }), "language"),
        (json!({ "approval": "yes", "language": null }), "approval"),
    ] {
        let (status, refused) = ask(&sam, Method::PUT, &path, Some(&body)).await;
        assert_eq!((status, field(&refused)), (422, name), "{refused}");
    }
    set_rule(&sam, &rule).await;
    assert_eq!(ask(&sam, Method::GET, &path, None).await.1, rule);
    let foreign = format!("/admin/inboxes/ibx_{}/canned", "0".repeat(31) + "1");
    assert_eq!(ask(&sam, Method::PUT, &foreign, Some(&rule)).await.0, 404);
    server.stop().await;
}
