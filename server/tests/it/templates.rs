//! Templates: which ones a provider has approved is known, and one of them is what may be sent when the
//! customer has not written for a day.

use std::time::Duration;

use protocol::{
    commands::{Command, SendReply},
    errors::ErrorCode,
    ids::ThreadId,
    templates::{TemplateList, TemplateUse, TemplateView},
    text::ReplyText,
};
use serde_json::{Value, json};

use crate::{
    harness::{
        api::{Api, refused},
        fake_whatsapp::{FakeWhatsapp, body, channel, start, tell, text, wamid},
        server::{TestServer, Wanted},
        wait::eventually,
    },
    main_job::reply,
};

const CUSTOMER: &str = "12025550111";

fn one(name: &str, status: &str, category: &str, text: &str) -> Value {
    json!({
        "id": format!("id-{name}"), "name": name, "language": "en_US", "status": status,
        "category": category, "rejected_reason": "NONE",
        "components": [{ "type": "BODY", "text": text }],
    })
}

async fn templates(api: &Api) -> Vec<TemplateView> {
    let list: TemplateList = api.get(&format!("/api/v1/channels/{}/templates", channel(api))).await;
    list.templates
}

/// A reply from a template.
fn from(thread: ThreadId, seen: u32, shown: &str, name: &str, values: &[&str]) -> SendReply {
    let values = values.iter().map(ToString::to_string).collect();
    let template = TemplateUse { name: name.to_owned(), language: "en_US".to_owned(), values };
    let text = ReplyText::new(shown.to_owned()).unwrap();
    SendReply { template: Some(Box::new(template)), ..SendReply::new(thread, text, seen) }
}

/// A server whose provider has templates, and a customer who wrote.
async fn office() -> (TestServer, FakeWhatsapp, Api, ThreadId) {
    let (server, fake) = start(Wanted::default()).await;
    fake.set_templates(vec![
        one("parcel", "APPROVED", "UTILITY", "Hi {{1}}, it comes {{2}}."),
        one("sale", "APPROVED", "MARKETING", "Cheap, {{first_name}}!"),
        one("later", "PENDING", "UTILITY", "Not yet."),
    ]);
    let ann = server.api("ann").await;
    // The provider was asked before it had them; a webhook of any template makes it be asked again.
    let news = json!({ "event": "APPROVED", "message_template_name": "parcel",
        "message_template_language": "en_US", "message_template_id": 1 });
    assert_eq!(tell(&ann, &body("message_template_status_update", &news)).await, 200);
    eventually("all are listed", async || (templates(&ann).await.len() == 3).then_some(())).await;
    let hello = body("messages", &json!({ "messages": [text(&wamid(), CUSTOMER, "Hello?")] }));
    assert_eq!(tell(&ann, &hello).await, 200);
    let thread = ann.list().await.threads[0].id;
    (server, fake, ann, thread)
}

#[tokio::test]
async fn a_day_later_only_a_template_goes() {
    let (server, fake, ann, thread) = office().await;
    let listed = templates(&ann).await;
    let known: Vec<_> =
        listed.iter().map(|it| (&*it.name, &*it.state, it.variables.join(","))).collect();
    assert_eq!(
        known,
        [
            ("later", "pending", String::new()),
            ("parcel", "approved", "1,2".to_owned()),
            ("sale", "approved", "first_name".to_owned()),
        ]
    );
    server.advance(Duration::from_hours(24)).await;
    refused(ann.command("k0", reply(thread, 0, "Sorry!")).await, ErrorCode::WindowClosed);
    let good = from(thread, 0, "Hi Ann, it comes on Monday.", "parcel", &["Ann", "on Monday"]);
    ann.command("k1", Command::SendReply(good)).await.unwrap();
    let sent = eventually("it goes out", async || fake.received().pop()).await;
    assert_eq!(sent["template"]["name"], "parcel");
    let words: Vec<_> = sent["template"]["components"][0]["parameters"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["text"].as_str().unwrap())
        .collect();
    assert_eq!(words, ["Ann", "on Monday"]);
    // The desk shows what the customer reads.
    let snapshot = ann.snapshot(thread).await;
    let preview = snapshot.thread.preview.unwrap();
    assert_eq!((&*preview.text, snapshot.thread.reply_no), ("Hi Ann, it comes on Monday.", 1));
    server.stop().await;
}

#[tokio::test]
async fn what_is_sent_is_what_the_agent_has_on_screen() {
    let (server, fake, ann, thread) = office().await;
    let field = async |key: &str, it: SendReply| {
        let problem = refused(ann.command(key, Command::SendReply(it)).await, ErrorCode::Invalid);
        problem.details.unwrap().field.unwrap()
    };
    let other = from(thread, 0, "Hi Bob, it comes on Monday.", "parcel", &["Ann", "on Monday"]);
    assert_eq!(field("k1", other).await, "command.text");
    let missing = from(thread, 0, "Hi Ann, it comes .", "parcel", &["Ann"]);
    assert_eq!(field("k2", missing).await, "command.template.values");
    let broken = from(thread, 0, "Hi A\nB, it comes x.", "parcel", &["A\nB", "x"]);
    assert_eq!(field("k3", broken).await, "command.template.values");
    for unknown in ["nothing", "later"] {
        let it = from(thread, 0, "Not yet.", unknown, &[]);
        assert_eq!(field(&format!("k-{unknown}"), it).await, "command.template.name");
    }
    assert!(fake.received().is_empty());
    assert_eq!(ann.snapshot(thread).await.thread.reply_no, 0, "a refused reply takes no turn");
    server.stop().await;
}

#[tokio::test]
async fn who_refuses_marketing_gets_no_marketing_template_and_everything_else() {
    let (server, fake, ann, thread) = office().await;
    let stop = json!({
        "contacts": [{ "wa_id": CUSTOMER, "profile": { "name": "Ann" } }],
        "user_preferences": [{ "wa_id": CUSTOMER, "category": "marketing_messages", "value": "stop",
            "detail": "User requested to stop marketing messages", "timestamp": "1750000000" }],
    });
    assert_eq!(tell(&ann, &body("user_preferences", &stop)).await, 200);
    let sale = from(thread, 0, "Cheap, Ann!", "sale", &["Ann"]);
    refused(ann.command("k1", Command::SendReply(sale)).await, ErrorCode::OptedOut);
    let parcel = from(thread, 0, "Hi Ann, it comes soon.", "parcel", &["Ann", "soon"]);
    ann.command("k2", Command::SendReply(parcel)).await.unwrap();
    ann.command("k3", reply(thread, 1, "And a text")).await.unwrap();
    eventually("both go out", async || (fake.received().len() == 2).then_some(())).await;
    let resume = json!({
        "user_preferences": [{ "wa_id": CUSTOMER, "category": "marketing_messages",
            "value": "resume", "timestamp": "1750000001" }],
    });
    assert_eq!(tell(&ann, &body("user_preferences", &resume)).await, 200);
    let sale = from(thread, 2, "Cheap, Ann!", "sale", &["Ann"]);
    ann.command("k4", Command::SendReply(sale)).await.unwrap();
    let sent = eventually("it goes out", async || fake.received().into_iter().nth(2)).await;
    let words = &sent["template"]["components"][0]["parameters"][0];
    assert_eq!(words, &json!({ "type": "text", "parameter_name": "first_name", "text": "Ann" }));
    server.stop().await;
}

#[tokio::test]
async fn templates_are_for_members_of_the_inbox() {
    let (server, _fake, ann, _thread) = office().await;
    let path = format!("/api/v1/channels/{}/templates", channel(&ann));
    let mut database = server.database.connect().await;
    let leave =
        "delete from inbox_members m using agents a where a.id = m.agent_id and a.name = $1";
    sqlx::query(leave).bind("ben").execute(&mut database).await.unwrap();
    let ben = server.api("ben").await;
    assert_eq!(ben.try_get(&path).await.status(), 404);
    let nothing =
        ann.try_get("/api/v1/channels/chn_00000000000000000000000000000001/templates").await;
    assert_eq!(nothing.status(), 404);
    server.stop().await;
}
