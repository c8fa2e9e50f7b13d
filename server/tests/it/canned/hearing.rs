//! Who hears of it: the agents of the inbox; of one's own, that agent alone.

use std::time::Duration;

use protocol::{events::EventBody, ids::CannedId};
use reqwest::Method;
use serde_json::json;

use super::{MINE, approve, ask, changed, make, office, reply, set_role, set_rule, shared};
use crate::harness::{api::Api, socket::Socket};

/// What a desk has heard of canned replies.
fn heard(socket: &Socket) -> Vec<(&'static str, CannedId, u64)> {
    let told = socket.events.iter().filter_map(|event| match &event.body {
        EventBody::CannedChanged(it) => Some(("changed", it.canned_id, it.version)),
        EventBody::CannedApproved(it) => Some(("approved", it.canned_id, it.version)),
        EventBody::CannedRemoved(it) => Some(("removed", it.canned_id, 0)),
        _ => None,
    });
    told.collect()
}

/// Moves Cleo to another inbox, and lets her listen there.
async fn elsewhere(url: &str, sam: &Api) -> Socket {
    let there = json!({ "name": "Another", "mode": "team" });
    assert_eq!(ask(sam, Method::POST, "/admin/inboxes", Some(&there)).await.0, 201);
    let cleo = Api::sign_in(url, "cleo").await;
    let here = sam.me.inboxes[0].id;
    let all = Api::sign_in(url, "sam").await.me.inboxes;
    let there = all.iter().find(|it| it.id != here).unwrap().id;
    let member = json!({ "role": null, "scope": "all" });
    for (method, inbox, body) in [(Method::DELETE, here, None), (Method::PUT, there, Some(&member))]
    {
        let path = format!("/admin/inboxes/{inbox}/members/{}", cleo.id());
        assert!(ask(sam, method, &path, body).await.0 < 300);
    }
    let mut socket = Socket::open(url, &cleo.token).await;
    socket.heard = Some(String::new());
    socket.subscribe(there.into(), None).await;
    socket
}

#[tokio::test]
async fn an_inbox_hears_of_its_own_and_an_agent_of_theirs() {
    let (server, sam) = office().await;
    let inbox = sam.me.inboxes[0].id;
    set_rule(&sam, &json!({ "approval": true, "language": null })).await;
    let approver = server.api("agent0").await;
    set_role(&sam, &approver, "supervisor").await;
    let mut cleos = elsewhere(&server.url(), &sam).await;
    let (ann, mut anns) = server.desk("ann").await;
    let (ben, mut bens) = server.desk("ben").await;
    for socket in [&mut anns, &mut bens] {
        socket.heard = Some(String::new());
    }
    let before = [anns.cursors.clone(), bens.cursors.clone()];

    let one = make(&sam, &shared(inbox), &reply("one", &json!({ "en": "sesame" }))).await;
    let own = make(&ann, MINE, &reply("own", &json!({ "en": "sesame" }))).await;
    let own = changed(&ann, &own, &reply("own", &json!({ "en": "sesame too" }))).await;
    assert_eq!(approve(&approver, &one).await.0, 200);
    let gone = format!("/canned/{}?version=2", own.id);
    assert_eq!(ask(&ann, Method::DELETE, &gone, None).await.0, 204);
    let bens_own = make(&ben, MINE, &reply("own", &json!({ "en": "sesame" }))).await;
    let gone = format!("/canned/{}?version=1", one.id);
    assert_eq!(ask(&sam, Method::DELETE, &gone, None).await.0, 204);

    let of_ann = vec![
        ("changed", one.id, 1),
        ("changed", own.id, 1),
        ("changed", own.id, 2),
        ("approved", one.id, 1),
        ("removed", own.id, 0),
        ("removed", one.id, 0),
    ];
    let of_ben = vec![
        ("changed", one.id, 1),
        ("approved", one.id, 1),
        ("changed", bens_own.id, 1),
        ("removed", one.id, 0),
    ];
    // Live, and replayed: the same.
    let url = server.url();
    let [anns_before, bens_before] = before;
    let anns_later = Socket::resume(&url, &ann.token, anns_before).await;
    let bens_later = Socket::resume(&url, &ben.token, bens_before).await;
    for (mut socket, want) in
        [(anns, &of_ann), (bens, &of_ben), (anns_later, &of_ann), (bens_later, &of_ben)]
    {
        let last = ("removed", one.id, 0);
        socket.until_known("the last", |desk| heard(desk).last() == Some(&last)).await;
        assert_eq!(&heard(&socket), want);
        let bytes = socket.heard.unwrap_or_default();
        assert!(!bytes.contains("sesame"), "no text in events");
    }
    cleos.drain(Duration::from_millis(100)).await;
    assert_eq!(heard(&cleos), [], "another inbox");
    server.stop().await;
}
