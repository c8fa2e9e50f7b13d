//! What Twilio says to us, end to end: signed is taken, once; anything else leaves no trace.

use protocol::{
    events::EventBody,
    views::{DeliveryState, Direction},
};
use secrecy::SecretString;
use serde_json::json;
use server::channels::twilio::signature::{SIGNATURE_HEADER, sign_form};

use crate::{
    harness::{
        api::{Api, CUSTOMER},
        fake_twilio::{FakeTwilio, InboundSms},
        python,
        server::{TestServer, Wanted},
        twilio::{self, SID, TOKEN, numbers::BUSINESS, told, webhook},
        wait::eventually,
    },
    main_job::reply,
};

type Params = Vec<(String, String)>;

/// A customer's message.
fn sms(sid: &str, body: &str) -> Params {
    InboundSms { account_sid: SID, sid, from: CUSTOMER, to: BUSINESS, body }.params()
}

/// The same with some parameters changed or added.
fn changed(mut params: Params, changes: &[(&str, &str)]) -> Params {
    for (name, value) in changes {
        params.retain(|(it, _)| it != name);
        params.push(((*name).to_owned(), (*value).to_owned()));
    }
    params
}

/// Posts a form and returns the answer's status.
async fn post(url: &str, params: &[(String, String)], headers: &[(&str, &str)]) -> u16 {
    let mut request = reqwest::Client::new().post(url).form(params);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.unwrap().status().as_u16()
}

/// Posts a form, signed as Twilio signs.
async fn post_signed(url: &str, params: &[(String, String)]) -> u16 {
    let signature = sign_form(url, params, &TOKEN.into());
    post(url, params, &[(SIGNATURE_HEADER, &signature)]).await
}

/// Returns all texts of customers that a desk can see.
async fn texts(api: &Api) -> Vec<String> {
    let mut texts = Vec::new();
    for thread in api.list().await.threads {
        for event in api.snapshot(thread.id).await.timeline.events {
            if let EventBody::MessageReceived(it) = event.body {
                assert_eq!(it.message.direction, Direction::In);
                texts.push(it.message.text);
            }
        }
    }
    texts
}

async fn start() -> (TestServer, FakeTwilio, Api) {
    let (server, fake) = twilio::start(Wanted::default()).await;
    let api = server.api("ann").await;
    (server, fake, api)
}

#[tokio::test]
async fn the_public_url_is_what_is_signed_and_never_a_header() {
    const TEXT: &str = "Olá 👋 a+b=c & %41";
    for public_url in [None, Some("https://inbox.example".to_owned())] {
        let wanted = Wanted { public_url: public_url.clone(), ..Wanted::default() };
        let (server, _fake) = twilio::start(wanted).await;
        let ann = server.api("ann").await;
        let path = webhook(&ann, "messages");
        let base = public_url.unwrap_or(server.url());
        let params = sms(&twilio::sid(), TEXT);
        // Signed by Twilio's own library: for our URL, and for others that headers speak of.
        let others = ["https://evil.example", "http://evil.example", "https://localhost"];
        let urls: Vec<_> = std::iter::once(base.as_str()).chain(others).collect();
        let cases: Vec<_> = urls
            .iter()
            .map(|it| json!({ "url": format!("{it}{path}"), "params": params, "key": TOKEN }))
            .collect();
        let stdin = serde_json::to_vec(&cases).unwrap();
        let signatures = python::run("twilio_sdk_check.py", &["sign"], &stdin).await;
        let signatures: Vec<String> = serde_json::from_str(&signatures).unwrap();
        // Only now, because the first script on a machine has to be installed, and a desk that reads
        // nothing for so long is closed.
        let (_ann, mut desk) = server.desk("ann").await;
        let before = server.database.stored().await;
        let send = async |signature: &str, host: &str, scheme: &str| {
            let headers = [
                (SIGNATURE_HEADER, signature),
                ("host", host),
                ("x-forwarded-host", host),
                ("x-forwarded-proto", scheme),
                ("x-original-host", host),
                ("forwarded", &format!("host={host};proto={scheme}")),
            ];
            post(&format!("{}{path}", server.url()), &params, &headers).await
        };
        for (url, signature) in urls.iter().zip(&signatures).skip(1) {
            let (scheme, host) = url.split_once("://").unwrap();
            assert_eq!(send(signature, host, scheme).await, 403, "{url}");
        }
        assert_eq!(server.database.stored().await, before);
        assert_eq!(send(&signatures[0], "evil.example", "http").await, 200);
        desk.until_known("the text", |desk| desk.events.len() == 2).await;
        let EventBody::MessageReceived(it) = &desk.events[1].body else { panic!("no message") };
        assert_eq!(it.message.text, TEXT);
        server.stop().await;
    }
}

#[tokio::test]
async fn a_forged_webhook_is_refused_and_leaves_no_trace() {
    let (server, _fake, ann) = start().await;
    let base = server.url();
    let url = format!("{base}{}", webhook(&ann, "messages"));
    let good = sms(&twilio::sid(), "Hello?");
    let signature = sign_form(&url, &good, &TOKEN.into());
    let stranger = sign_form(&url, &good, &SecretString::from("another account's token"));
    let before = server.database.stored().await;

    let one = |signature| vec![(SIGNATURE_HEADER, signature)];
    let tampered = changed(good.clone(), &[("Body", "Hello!")]);
    let more = changed(good.clone(), &[("NumMedia2", "1")]);
    let less = good[1..].to_vec();
    let cut: String = signature.chars().take(8).collect();
    let forged = [
        ("no signature", &good, vec![]),
        ("an empty signature", &good, one("")),
        ("no base64", &good, one("%%%")),
        ("a wrong signature", &good, one("AAAAAAAAAAAAAAAAAAAAAAAAAAA=")),
        ("a cut signature", &good, one(&cut)),
        ("two signatures", &good, [one(&signature), one(&signature)].concat()),
        ("another account's token", &good, one(&stranger)),
        ("a changed parameter", &tampered, one(&signature)),
        ("a parameter more", &more, one(&signature)),
        ("a parameter less", &less, one(&signature)),
    ];
    for (what, params, headers) in forged {
        assert_eq!(post(&url, params, &headers).await, 403, "{what}");
    }
    let other = format!("{url}?x=1");
    assert_eq!(post(&other, &good, &one(&signature)).await, 403, "another address");
    let status = format!("{base}{}", webhook(&ann, "status"));
    assert_eq!(post(&status, &good, &one(&signature)).await, 403, "another topic");

    // Twilio's own, but not for this channel.
    for (name, value) in [
        ("To", "+12025550199"),
        ("AccountSid", "ACbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"),
        ("From", ""),
        ("MessageSid", "SM 1"),
    ] {
        let params = changed(good.clone(), &[(name, value)]);
        assert_eq!(post_signed(&url, &params).await, 422, "{name}");
    }
    let nowhere = format!("{base}{}", webhook(&ann, "surprise"));
    assert_eq!(post_signed(&nowhere, &good).await, 404);
    let sandbox = format!("{base}/webhooks/twilio/{}/messages", ann.sandbox().await);
    assert_eq!(post_signed(&sandbox, &good).await, 404, "a channel of another provider");
    let long = changed(good.clone(), &[("Body", &"x".repeat(70_000))]);
    assert_eq!(post_signed(&url, &long).await, 413);

    assert_eq!(server.database.stored().await, before, "nothing was stored");
    assert_eq!(post_signed(&url, &good).await, 200, "and the true one is taken");
    assert_eq!(texts(&ann).await, ["Hello?"]);
    server.stop().await;
}

#[tokio::test]
async fn a_webhook_that_comes_twenty_times_at_once_is_one_message() {
    let (server, _fake, ann) = start().await;
    let url = format!("{}{}", server.url(), webhook(&ann, "messages"));
    let params = sms(&twilio::sid(), "Once");
    let posts = (0..20).map(|_| post_signed(&url, &params));
    assert_eq!(futures_util::future::join_all(posts).await, [200; 20]);
    assert_eq!(texts(&ann).await, ["Once"]);
    let before = server.database.stored().await;
    assert_eq!(before[..3], [1, 1, 1], "one contact, one thread, one message");
    // Again a week later.
    server.advance(std::time::Duration::from_hours(24 * 7)).await;
    assert_eq!(post_signed(&url, &params).await, 200);
    assert_eq!(server.database.stored().await, before);
    server.stop().await;
}

#[tokio::test]
async fn two_first_messages_at_the_same_instant_are_one_customer() {
    let (server, _fake, ann) = start().await;
    let url = format!("{}{}", server.url(), webhook(&ann, "messages"));
    for n in 0..10 {
        let from = format!("+1202555011{n}");
        let message = |body| changed(sms(&twilio::sid(), body), &[("From", &from)]);
        let (one, two) = (message("One"), message("Two"));
        let answers = tokio::join!(post_signed(&url, &one), post_signed(&url, &two));
        assert_eq!(answers, (200, 200));
        assert_eq!(server.database.stored().await[..3], [n + 1, n + 1, 2 * n + 2]);
    }
    let mut texts = texts(&ann).await;
    texts.sort();
    assert_eq!(texts, [["One"; 10], ["Two"; 10]].concat());
    server.stop().await;
}

#[tokio::test]
async fn a_delivery_state_never_goes_back() {
    use DeliveryState::{Delivered, Failed, Read, Sent};
    let (server, fake) = twilio::start(Wanted::default()).await;
    let (ann, mut desk) = server.desk("ann").await;
    let thread = twilio::new_thread(&fake, &ann, CUSTOMER).await;
    let send = async |seen: u8| {
        let key = format!("k{seen}");
        let outcome = ann.command(&key, reply(thread.id, seen.into(), &key)).await.unwrap();
        let protocol::commands::Outcome::ReplySent(sent) = outcome else { panic!("{outcome:?}") };
        eventually("it goes out", async || fake.received().get(usize::from(seen)).cloned()).await;
        sent.message_id
    };
    let (one, two) = (send(0).await, send(1).await);
    for (message, words) in [
        (one, ["delivered", "sent", "undelivered", "delivered", "teleported", "queued", "read"]),
        (two, ["sending", "undelivered", "sent", "failed", "undelivered", "", "delivered"]),
    ] {
        let sid = &fake.received()[usize::from(message == two)].sid;
        for word in words.into_iter().filter(|word| !word.is_empty()) {
            let code = word.ends_with("ed").then_some(30_003);
            assert_eq!(fake.callback_with_error(sid, word, code).await, Some(200), "{word}");
        }
        assert_eq!(fake.callback(sid, "delivered").await, Some(200), "and late");
    }
    let at_the_end = |desk: &crate::harness::socket::Socket| {
        told(desk, one).last() == Some(&Read) && told(desk, two).last() == Some(&Delivered)
    };
    desk.until_known("the last states", at_the_end).await;
    assert_eq!(told(&desk, one), [Sent, Delivered, Read]);
    assert_eq!(told(&desk, two), [Sent, Failed, Delivered]);
    server.stop().await;
}

#[tokio::test]
async fn a_callback_that_names_no_message_of_ours_goes_by_twilios_id() {
    let (server, fake) = twilio::start(Wanted::default()).await;
    let (ann, mut desk) = server.desk("ann").await;
    let thread = twilio::new_thread(&fake, &ann, CUSTOMER).await;
    ann.command("k", reply(thread.id, 0, "Hi")).await.unwrap();
    desk.until_known("it goes out", |desk| {
        desk.events.iter().any(|it| matches!(it.body, EventBody::DeliveryChanged(_)))
    })
    .await;
    let url = format!("{}{}", server.url(), webhook(&ann, "status"));
    let news = |sid: &str, status: &str| {
        changed(vec![], &[("MessageSid", sid), ("MessageStatus", status), ("AccountSid", SID)])
    };
    let ours = fake.received()[0].sid.clone();
    let before = server.database.stored().await;
    assert_eq!(post_signed(&url, &news(&twilio::sid(), "delivered")).await, 200, "not ours");
    let nobody = format!("{url}?msg=msg_{}", uuid::Uuid::now_v7().simple());
    assert_eq!(post_signed(&nobody, &news(&twilio::sid(), "delivered")).await, 200, "not known");
    assert_eq!(post_signed(&url, &news(&ours, "")).await, 422, "says nothing");
    assert_eq!(post(&url, &news(&ours, "delivered"), &[]).await, 403);
    assert_eq!(server.database.stored().await, before);
    for _time in 0..3 {
        assert_eq!(post_signed(&url, &news(&ours, "delivered")).await, 200);
    }
    let timeline = ann.snapshot(thread.id).await.timeline.events;
    let ours = timeline.into_iter().find_map(|event| match event.body {
        EventBody::MessageSent(it) => Some(it.message),
        _ => None,
    });
    let ours = ours.expect("the reply");
    assert_eq!(ours.delivery.unwrap().state, DeliveryState::Delivered);
    desk.until_known("the news", |desk| told(desk, ours.id).len() == 2).await;
    let events = before[5] + 1;
    assert_eq!(server.database.stored().await[5], events, "one event, however often it is told");
    server.stop().await;
}

#[tokio::test]
async fn what_has_no_text_is_shown_all_the_same() {
    let (server, _fake, ann) = start().await;
    let url = format!("{}{}", server.url(), webhook(&ann, "messages"));
    let picture = [
        ("NumMedia", "1"),
        ("MediaUrl0", "https://api.example/m"),
        ("MediaContentType0", "image/jpeg"),
    ];
    let cases = [
        ("", &picture[..], ""),
        ("See:", &picture, "See:"),
        ("", &[("NumMedia", "2")], "[attachment]\n[attachment]"),
        (" \n", &[], "[no text]"),
        ("a\0b", &[], "a\u{FFFD}b"),
    ];
    for (body, more, shown) in cases {
        let params = changed(sms(&twilio::sid(), body), more);
        assert_eq!(post_signed(&url, &params).await, 200, "{shown}");
        assert_eq!(texts(&ann).await.last().unwrap(), shown);
    }
    assert_eq!(ann.list().await.threads.len(), 1);
    server.stop().await;
}
