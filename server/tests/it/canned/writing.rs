//! Making, changing, finding and deleting; and all that is refused.

use protocol::canned::CannedState;
use reqwest::Method;
use serde_json::{Value, json};

use super::{MINE, ask, change, changed, codes, field, list, make, office, read, reply, shared};

#[tokio::test]
async fn who_may_writes_what_the_inbox_shares_and_everybody_has_their_own() {
    let (server, sam) = office().await;
    let (ann, ben) = (server.api("ann").await, server.api("ben").await);
    let path = shared(sam.me.inboxes[0].id);
    let body = reply("refund", &json!({ "en": "Your money is on its way." }));
    let (status, refused) = ask(&ann, Method::POST, &path, Some(&body)).await;
    assert_eq!((status, &refused["details"]["permission"]), (403, &json!("canned.write")));
    let made = make(&sam, &path, &body).await;
    assert_eq!((made.version, made.state, made.usable), (1, CannedState::Ready, Some(1)));
    assert_eq!((made.inbox_id, made.uses), (Some(sam.me.inboxes[0].id), 0));

    // Another scope may have the same code.
    let own = make(&ann, MINE, &reply("refund", &json!({ "en": "Mine." }))).await;
    assert_eq!((own.inbox_id, own.state), (None, CannedState::Ready));
    assert_eq!(codes(&ann, "").await, ["refund", "refund"]);
    assert_eq!(codes(&ben, "").await, ["refund"], "nobody else's own");
    for (method, path, body) in [
        (Method::GET, format!("/canned/{}", own.id), json!(null)),
        (Method::PUT, format!("/canned/{}", own.id), body.clone()),
        (Method::POST, format!("/canned/{}/approve", own.id), json!({ "version": 1 })),
        (Method::DELETE, format!("/canned/{}?version=1", own.id), json!(null)),
    ] {
        let body = (!body.is_null()).then_some(&body);
        assert_eq!(ask(&sam, method, &path, body).await.0, 404, "{path}: not even an admin");
    }

    // Who may not write does not change, nor delete.
    let (status, refused) = change(&ann, &made, &body).await;
    assert_eq!((status, &refused["details"]["permission"]), (403, &json!("canned.write")));
    let path = format!("/canned/{}?version=1", made.id);
    assert_eq!(ask(&ann, Method::DELETE, &path, None).await.0, 403);
    assert_eq!(ask(&sam, Method::DELETE, &path, None).await.0, 204);
    assert_eq!(ask(&sam, Method::DELETE, &path, None).await.0, 404);
    assert_eq!(codes(&ben, "").await, [""; 0]);
    server.stop().await;
}

#[tokio::test]
async fn of_two_editors_the_second_is_told() {
    let (server, sam) = office().await;
    let path = shared(sam.me.inboxes[0].id);
    let first = make(&sam, &path, &reply("hours", &json!({ "en": "We open at nine." }))).await;
    let texts = json!({ "en": "We open at ten.", "de": "Wir öffnen um zehn." });
    let second = changed(&sam, &first, &reply("hours", &texts)).await;
    assert_eq!((second.version, second.languages.len()), (2, 2));
    let late = reply("hours", &json!({ "en": "We open at eight." }));
    let (status, refused) = change(&sam, &first, &late).await;
    assert_eq!((status, field(&refused)), (409, "version"), "{refused}");
    let (status, refused) =
        ask(&sam, Method::PUT, &format!("/canned/{}", first.id), Some(&late)).await;
    assert_eq!((status, field(&refused)), (422, "version"), "{refused}");
    let path = format!("/canned/{}", first.id);
    for (query, status) in [("", 422), ("?version=x", 422), ("?version=1", 409), ("?v=2", 422)] {
        let (got, refused) = ask(&sam, Method::DELETE, &format!("{path}{query}"), None).await;
        assert_eq!(got, status, "{query}: {refused}");
    }
    let now = serde_json::to_value(read(&sam, &first).await.texts).unwrap();
    assert_eq!(now, texts);
    server.stop().await;
}

#[tokio::test]
async fn what_cannot_be_taken_is_refused_with_its_field() {
    let (server, sam) = office().await;
    let path = shared(sam.me.inboxes[0].id);
    let text = json!({ "en": "Hello {{contact.name|there}}" });
    make(&sam, &path, &reply("Taken", &text)).await;
    let texts = |texts: Value| reply("a", &texts);
    let with = |name: &str, value: Value| {
        let mut body = reply("a", &text);
        body[name] = value;
        body
    };
    let cases = [
        (reply("taken", &text), 409, "short_code", "already"),
        (reply("a b", &text), 422, "short_code", "A-Z a-z 0-9 - _"),
        (reply("", &text), 422, "short_code", "A-Z a-z 0-9 - _"),
        (reply(&"x".repeat(33), &text), 422, "short_code", "1 to 32"),
        (with("title", json!(" ")), 422, "title", "empty"),
        (with("title", json!("x".repeat(81))), 422, "title", "allowed are 80"),
        (with("folder", json!("a/b/c/d")), 422, "folder", "1 to 3 names"),
        (with("folder", json!("a//b")), 422, "folder", "1 to 3 names"),
        (with("kinds", json!(["fax"])), 422, "kinds[0]", "sms"),
        (with("surprise", json!(1)), 422, "surprise", "unknown field"),
        (texts(json!({})), 422, "texts", "1 to 20 languages"),
        (texts(json!({ "de": "  " })), 422, "texts.de", "empty"),
        (texts(json!({ "de": "x".repeat(4_097) })), 422, "texts.de", "allowed are 4096"),
        (texts(json!({ "d_e": "x" })), 422, "texts.d_e", "pt-BR"),
        (texts(json!({ "de": "x", "DE": "y" })), 422, "texts.de", "twice"),
        (texts(json!({ "de": "{{contact.nam}}" })), 422, "texts.de", "allowed are contact.name,"),
        (texts(json!({ "en": "ok", "de": "{{contact.name" })), 422, "texts.de", "not closed"),
        (texts(json!({ "de": "contact.name}}" })), 422, "texts.de", "closes nothing"),
        (texts(json!({ "de": "{{contact.name|{x}}}" })), 422, "texts.de", "no braces"),
    ];
    for (body, status, name, reason) in cases {
        for path in [&path, MINE] {
            if path == MINE && status == 409 {
                continue;
            }
            let (got, refused) = ask(&sam, Method::POST, path, Some(&body)).await;
            assert_eq!((got, field(&refused)), (status, name), "{body}: {refused}");
            let detail = refused["detail"].as_str().unwrap();
            assert!(detail.contains(reason), "{detail}");
        }
    }
    assert_eq!(codes(&sam, "").await, ["Taken"], "nothing was kept");

    // While it is written, all faults are told, with their places.
    let body = json!({ "texts": { "de": "ä {{x}} }}", "en": "fine {{agent.name}}" } });
    let (status, checked) = ask(&sam, Method::POST, "/canned/check", Some(&body)).await;
    let at: Vec<_> = checked["faults"].as_array().unwrap().iter().map(|it| &it["at"]).collect();
    assert_eq!((status, at), (200, vec![&json!(2), &json!(8)]), "{checked}");
    assert_eq!(checked["faults"][0]["field"], "texts.de");
    let nobody = reqwest::Client::new().get(format!("{}/api/v1/me/canned", server.url()));
    assert_eq!(nobody.send().await.unwrap().status(), 401);
    server.stop().await;
}

#[tokio::test]
async fn they_are_found_by_title_short_code_text_folder_and_kind() {
    let (server, sam) = office().await;
    let path = shared(sam.me.inboxes[0].id);
    for (code, title, folder, text, kinds) in [
        ("hi", "Greeting", "Hello", "Good day \"friend\"", json!([])),
        ("bye", "Farewell", "Hello/End", "See you, 50% off", json!(["sms"])),
        ("parcel", "Where it is", "Orders", "It left.", json!(["whatsapp", "whatsapp"])),
    ] {
        let mut body = reply(code, &json!({ "en": text }));
        body["title"] = json!(title);
        body["folder"] = json!(folder);
        body["kinds"] = kinds;
        make(&sam, &path, &body).await;
    }
    for (query, found) in [
        ("", vec!["hi", "bye", "parcel"]),
        ("?q=FARE", vec!["bye"]),
        ("?q=parc", vec!["parcel"]),
        ("?q=%22friend%22", vec!["hi"]),
        ("?q=50%25", vec!["bye"]),
        ("?q=zz", vec![]),
        ("?folder=Hello", vec!["hi", "bye"]),
        ("?folder=Hel", vec![]),
        ("?folder=Hello/End", vec!["bye"]),
        ("?kind=sms", vec!["hi", "bye"]),
        ("?kind=rcs&q=left", vec![]),
    ] {
        assert_eq!(codes(&sam, query).await, found, "{query}");
    }
    assert_eq!(list(&sam, "?q=parcel").await.canned[0].kinds.len(), 1, "named once");
    for (query, name) in [
        ("?kind=fax", "kind"),
        ("?sort=age", "sort"),
        ("?q=%00", "q"),
        ("?folder=%00", "folder"),
        ("?page=2", "page"),
    ] {
        let (status, refused) = ask(&sam, Method::GET, &format!("{path}{query}"), None).await;
        assert_eq!((status, field(&refused)), (422, name), "{query}: {refused}");
    }
    server.stop().await;
}

#[tokio::test]
async fn an_inbox_shares_five_hundred_at_most() {
    let (server, sam) = office().await;
    let inbox = sam.me.inboxes[0].id;
    let mut body = reply("first", &json!({ "en": "One." }));
    let first = make(&sam, &shared(inbox), &body).await;
    let sql =
        "insert into canned_replies (id, inbox_id, title, short_code, folder, languages, kinds,
            version, content_id, authors, created_at, changed_at)
        select gen_random_uuid(), inbox_id, title, 'n' || n, folder, languages, kinds, version,
            content_id, authors, created_at, changed_at
        from canned_replies, generate_series(2, 500) n";
    let mut connection = server.database.connect().await;
    sqlx::query(sql).execute(&mut connection).await.unwrap();
    body["short_code"] = json!("more");
    let (status, refused) = ask(&sam, Method::POST, &shared(inbox), Some(&body)).await;
    assert_eq!(status, 409, "{refused}");
    assert!(refused["detail"].as_str().unwrap().contains("at most 500"));
    assert_eq!(changed(&sam, &first, &body).await.version, 2, "a change is no more");
    server.stop().await;
}
