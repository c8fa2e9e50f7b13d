//! Which status may follow which, and what an inbox may say about it.

use protocol::{errors::ErrorCode, views::Status};
use serde_json::{Value, json};

use super::{change_inbox, set};
use crate::{
    harness::{
        api::{CUSTOMER, refused},
        server::{TestServer, make_admin},
    },
    main_job::reply,
};

#[tokio::test]
async fn a_transition_that_is_not_allowed_is_refused_with_what_is() {
    let server = TestServer::start().await;
    make_admin(&server.database, "sam@demo.example").await;
    let sam = server.api("sam").await;
    let (ann, mut anns) = server.desk("ann").await;
    let id = ann.new_thread(CUSTOMER).await.id;
    // As built in: anything but `new`.
    let problem =
        refused(ann.command("k0", set(id, Status::New)).await, ErrorCode::InvalidTransition);
    let all = [Status::Open, Status::Pending, Status::Escalated, Status::Closed];
    assert_eq!(problem.details.unwrap().allowed.unwrap(), all);
    let rules = json!({ "statuses": {
        "transitions": { "new": ["open"], "open": ["pending", "closed"], "closed": [] },
        "after_reply": "open", "after_message": "open",
    }});
    assert_eq!(change_inbox(&sam, &rules).await.0, 200);
    assert_eq!(json!(server.api("ann").await.me.inboxes[0].statuses), rules["statuses"]);
    // Over both transports.
    let over_socket = anns.command("k1", set(id, Status::Closed)).await.unwrap_err();
    let over_http =
        refused(ann.command("k1", set(id, Status::Closed)).await, ErrorCode::InvalidTransition);
    assert_eq!(over_socket.code, ErrorCode::InvalidTransition);
    assert_eq!(over_socket.details, over_http.details);
    let details = over_http.details.unwrap();
    assert_eq!(details.field.as_deref(), Some("command.to"));
    assert_eq!(details.allowed.unwrap(), [Status::Open]);
    assert!(over_http.detail.contains("`new` cannot be followed by `closed`"));
    // Step by step it goes, and what is left out is as built in.
    for (n, to) in
        [Status::Open, Status::Pending, Status::Escalated, Status::Closed].iter().enumerate()
    {
        anns.command(&format!("s{n}"), set(id, *to)).await.unwrap();
    }
    let problem =
        refused(ann.command("k2", set(id, Status::Open)).await, ErrorCode::InvalidTransition);
    assert_eq!(problem.details.unwrap().allowed.unwrap(), []);
    // Customers are not bound by it.
    ann.text(CUSTOMER, "Me again").await;
    assert_eq!(ann.snapshot(id).await.thread.status, Status::Open);
    // Who leaves the rules out leaves them as they are.
    assert_eq!(change_inbox(&sam, &json!({})).await.0, 200);
    let problem =
        refused(ann.command("k3", set(id, Status::Escalated)).await, ErrorCode::InvalidTransition);
    assert_eq!(problem.details.unwrap().allowed.unwrap(), [Status::Pending, Status::Closed]);
    server.stop().await;
}

#[tokio::test]
async fn an_inbox_says_what_messages_do_to_statuses() {
    let server = TestServer::start().await;
    make_admin(&server.database, "sam@demo.example").await;
    let sam = server.api("sam").await;
    let id = sam.new_thread(CUSTOMER).await.id;
    let rules = json!({ "statuses": { "after_reply": "pending", "after_message": "new" } });
    assert_eq!(change_inbox(&sam, &rules).await.0, 200);
    let status = async || sam.snapshot(id).await.thread.status;
    sam.command("r1", reply(id, 0, "Which one?")).await.unwrap();
    assert_eq!(status().await, Status::Pending, "it waits for the customer");
    sam.text(CUSTOMER, "The blue one").await;
    assert_eq!(status().await, Status::Open);
    sam.command("r2", reply(id, 1, "Sent.")).await.unwrap();
    assert_eq!(status().await, Status::Pending, "every reply does it");
    sam.command("c", set(id, Status::Closed)).await.unwrap();
    sam.text(CUSTOMER, "Something else").await;
    assert_eq!(status().await, Status::New, "nobody has replied to that yet");
    sam.command("e", set(id, Status::Escalated)).await.unwrap();
    sam.command("r3", reply(id, 2, "We look into it.")).await.unwrap();
    assert_eq!(status().await, Status::Escalated, "that stays until somebody says otherwise");
    server.stop().await;
}

#[tokio::test]
async fn rules_that_make_no_sense_are_refused_with_the_field() {
    let server = TestServer::start().await;
    make_admin(&server.database, "sam@demo.example").await;
    let sam = server.api("sam").await;
    let rules = |changes: Value| {
        let mut rules = json!({ "after_reply": "open", "after_message": "open" });
        for (field, value) in changes.as_object().unwrap() {
            rules[field] = value.clone();
        }
        json!({ "statuses": rules })
    };
    let cases = [
        (json!({ "transitions": { "open": ["new"] } }), "statuses.transitions"),
        (json!({ "transitions": { "open": ["gone"] } }), "statuses.transitions.open[0]"),
        (json!({ "transitions": { "gone": [] } }), "statuses.transitions"),
        (json!({ "after_reply": "closed" }), "statuses.after_reply"),
        (json!({ "after_message": "pending" }), "statuses.after_message"),
    ];
    for (changes, field) in cases {
        let (status, problem) = change_inbox(&sam, &rules(changes.clone())).await;
        assert_eq!((status, &problem["details"]["field"]), (422, &json!(field)), "{changes}");
    }
    assert_eq!(server.api("sam").await.me.inboxes[0].statuses, sam.me.inboxes[0].statuses);
    server.stop().await;
}
