//! Channels of accounts that were set up over HTTP: what comes in, what goes out.

use protocol::{
    admin::{AccountView, ChannelSettings, Tested},
    events::EventBody,
    views::ChannelKind,
};
use reqwest::Method;
use serde_json::json;

use super::stage::{account, admin, channel, done, found, office, sms, test, text, wanted_account};
use crate::{
    harness::{
        api::{Api, CUSTOMER},
        fake_rbm::{AGENT, CLIENT_TOKENS, FakeRbm, pushed},
        fake_twilio::{FakeTwilio, InboundSms},
        fake_whatsapp::{
            ACCESS_TOKEN, APP_SECRET, FakeWhatsapp, NUMBER, NUMBER_ID, VERIFY_TOKEN, body,
            post_signed, text as meta_text, wamid,
        },
        server::{TestServer, Wanted},
        twilio::{SID, numbers::BUSINESS, sid},
        wait::eventually,
    },
    main_job::reply,
};

async fn answer(api: &Api) {
    let thread = api.list().await.threads.remove(0);
    api.command("k1", reply(thread.id, thread.reply_no, "Hi")).await.unwrap();
}

#[tokio::test]
async fn an_account_that_was_set_up_sends_and_receives_at_once() {
    let (server, ada, fake) = office(Wanted::default()).await;
    let (ann, mut desk) = server.desk("ann").await;
    let made = account(&ada, &fake).await;
    let channel = channel(&ada, made.id).await;
    assert_eq!((channel.kind, channel.account_id), (ChannelKind::Sms, Some(made.id)));
    let url = format!("{}/webhooks/twilio/{}/messages", server.url(), channel.id);
    assert_eq!(channel.webhooks[0].url, url);
    // Desks hear of it.
    desk.until_known("the channel", |desk| {
        desk.events.iter().any(|event| match &event.body {
            EventBody::ChannelChanged(it) => it.channel.id == channel.id,
            _ => false,
        })
    })
    .await;
    assert!(test(&ada, channel.id).await.ok);

    assert_eq!(text(&fake, &channel, CUSTOMER).await, 200);
    answer(&ann).await;
    let sent = eventually("it went out", async || fake.received().pop()).await;
    assert_eq!((&*sent.from, &*sent.body), (BUSINESS, "Hi"));
    assert_eq!(fake.callback(&sent.sid, "delivered").await, Some(200));
    let now = found(&ada, channel.id).await;
    assert!(now.webhook_taken_at.is_some() && now.troubles.is_empty());
    server.stop().await;
}

#[tokio::test]
async fn a_channel_that_is_paused_by_hand_holds_messages_back() {
    let (server, ada, fake) = office(Wanted::default()).await;
    let ann = server.api("ann").await;
    let made = account(&ada, &fake).await;
    let channel = channel(&ada, made.id).await;
    text(&fake, &channel, CUSTOMER).await;
    let path = |what: &str| format!("/admin/channels/{}/{what}", channel.id);
    for _twice in 0..2 {
        let it: ChannelSettings = done(&ada, Method::POST, &path("pause"), &json!({})).await;
        assert!(it.paused.is_some());
    }
    answer(&ann).await;
    eventually("it waits", async || (found(&ada, channel.id).await.waiting == 1).then_some(()))
        .await;
    // What the worker is woken for, and looks at by itself, finds nothing to claim.
    tokio::time::sleep(std::time::Duration::from_millis(700)).await;
    assert!(fake.received().is_empty());
    assert_eq!(text(&fake, &channel, "+12025550177").await, 200, "what comes in is taken");
    let it: ChannelSettings = done(&ada, Method::POST, &path("resume"), &json!({})).await;
    assert!(it.paused.is_none());
    eventually("it goes", async || (fake.received().len() == 1).then_some(())).await;
    server.stop().await;
}

#[tokio::test]
async fn a_messaging_service_and_an_api_key_send_and_every_number_of_it_is_heard() {
    const SERVICE: &str = "MG0123456789abcdef0123456789abcdef";
    const KEY: &str = "SK0123456789abcdef0123456789abcdef";
    const OTHER: &str = "+12025550144";
    let (server, ada, fake) = office(Wanted::default()).await;
    fake.add_api_key(KEY, "the-secret-of-the-api-key");
    fake.add_service(SERVICE, BUSINESS);
    let ann = server.api("ann").await;
    let mut wanted = wanted_account(&fake);
    wanted["settings"]["messaging_service_sid"] = json!(SERVICE);
    wanted["settings"]["api_key_sid"] = json!(KEY);
    wanted["secrets"]["api_key_secret"] = json!("the-secret-of-the-api-key");
    let made: AccountView = done(&ada, Method::POST, "/admin/accounts", &wanted).await;
    let first = channel(&ada, made.id).await;
    let inbox = ada.me.inboxes[0].id;
    let second: ChannelSettings =
        done(&ada, Method::POST, "/admin/channels", &sms(inbox, made.id, OTHER)).await;

    // The service has one webhook, whichever number was written to.
    let heard = async |to: &str, service: &str| {
        let id = sid();
        let from = format!("+120255501{}", to.get(to.len() - 2..).unwrap());
        let it = InboundSms { account_sid: SID, sid: &id, from: &from, to, body: "Hello?" };
        let mut params = it.params();
        params.push(("MessagingServiceSid".to_owned(), service.to_owned()));
        let url = &first.webhooks[0].url;
        let signature = server::channels::twilio::signature::sign_form(
            url,
            &params,
            &super::stage::TOKEN.into(),
        );
        fake.inbound_raw(url, &params, Some(&signature)).await
    };
    assert_eq!(heard(BUSINESS, SERVICE).await, 200);
    assert_eq!(heard(OTHER, SERVICE).await, 200);
    assert_eq!(heard("+12025550145", SERVICE).await, 200, "a number without a channel of its own");
    assert_eq!(heard(OTHER, "MGother").await, 422, "another service's");
    let mut by: Vec<_> = ann
        .list()
        .await
        .threads
        .into_iter()
        .map(|it| (it.contact.addresses[0].value.clone(), it.channel_id))
        .collect();
    by.sort();
    let expected = [("43", first.id), ("44", second.id), ("45", first.id)];
    assert_eq!(by, expected.map(|(end, id)| (format!("+120255501{end}"), id)));

    answer(&ann).await;
    let sent = eventually("it went out", async || fake.received().pop()).await;
    assert_eq!(sent.from, BUSINESS, "the service has chosen");
    server.stop().await;
}

#[tokio::test]
async fn whatsapp_and_rcs_are_set_up_in_the_same_way() {
    let server = TestServer::start_with(Wanted {
        more_agents: 1,
        seal_keys: vec!["AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=".to_owned()],
        ..Wanted::default()
    })
    .await;
    let (ada, ann) = (admin(&server).await, server.api("ann").await);
    let meta = FakeWhatsapp::start().await;
    let google = FakeRbm::start(server.clock()).await;
    let inbox = ada.me.inboxes[0].id;
    let whatsapp: AccountView = done(
        &ada,
        Method::POST,
        "/admin/accounts",
        &json!({
            "provider": "whatsapp", "name": "Meta", "settings": { "api_url": meta.base_url() },
            "secrets": { "app_secret": APP_SECRET, "access_token": ACCESS_TOKEN,
                "verify_token": VERIFY_TOKEN },
        }),
    )
    .await;
    let whatsapp: ChannelSettings = done(
        &ada,
        Method::POST,
        "/admin/channels",
        &json!({
            "inbox_id": inbox, "account_id": whatsapp.id, "kind": "whatsapp", "address": NUMBER,
            "external_id": NUMBER_ID,
        }),
    )
    .await;
    let tested: Tested = test(&ada, whatsapp.id).await;
    assert!(tested.ok && tested.detail.contains("Front desk"), "{tested:?}");
    let told = body("messages", &json!({ "messages": [meta_text(&wamid(), "12025550111", "Hi")] }));
    let told = told.to_string();
    let signature =
        server::channels::whatsapp::signature::sign(told.as_bytes(), &APP_SECRET.into());
    let url = &whatsapp.webhooks[0].url;
    assert_eq!(post_signed(url, &told, Some(&signature)).await, 200);
    answer(&ann).await;
    eventually("it went out", async || (meta.received().len() == 1).then_some(())).await;

    let rcs: AccountView = done(&ada, Method::POST, "/admin/accounts", &json!({
        "provider": "rbm", "name": "Google", "settings": { "api_url": google.base_url() },
        "secrets": { "service_account": google.service_account(), "client_token": CLIENT_TOKENS[0] },
    }))
    .await;
    assert!(rcs.secrets.iter().all(|it| it.end.is_none()), "{rcs:?}");
    let rcs: ChannelSettings = done(
        &ada,
        Method::POST,
        "/admin/channels",
        &json!({
            "inbox_id": inbox, "account_id": rcs.id, "kind": "rcs", "address": AGENT,
        }),
    )
    .await;
    assert!(test(&ada, rcs.id).await.ok);
    let (told, signature) =
        pushed(&crate::harness::fake_rbm::text("+12025550166", "m1", "Hi"), CLIENT_TOKENS[0]);
    assert_eq!(google.post(&rcs.webhooks[0].url, &told, Some(&signature)).await.0, 200);
    assert_eq!(ann.list().await.threads.len(), 2);
    server.stop().await;
}

#[tokio::test]
async fn what_one_account_signs_says_nothing_of_another_ones_channels() {
    let (server, ada, _twilio) = office(Wanted::default()).await;
    let ann = server.api("ann").await;
    let meta = FakeWhatsapp::start().await;
    let mut channels: Vec<ChannelSettings> = Vec::new();
    for (name, secret, number, id) in
        [("A", APP_SECRET, NUMBER, NUMBER_ID), ("B", "another-secret", "+12025550144", "2")]
    {
        let made: AccountView = done(
            &ada,
            Method::POST,
            "/admin/accounts",
            &json!({
                "provider": "whatsapp", "name": name, "settings": { "api_url": meta.base_url() },
                "secrets": { "app_secret": secret, "access_token": "t", "verify_token": "v" },
            }),
        )
        .await;
        let wanted = json!({ "inbox_id": ada.me.inboxes[0].id, "account_id": made.id,
            "kind": "whatsapp", "address": number, "external_id": id });
        channels.push(done(&ada, Method::POST, "/admin/channels", &wanted).await);
    }
    // It is about A's number, comes by B's door and has B's signature.
    let told = body("messages", &json!({ "messages": [meta_text(&wamid(), "12025550111", "Hi")] }));
    let told = told.to_string();
    let sign =
        |secret: &str| server::channels::whatsapp::signature::sign(told.as_bytes(), &secret.into());
    let doors = [&channels[0].webhooks[0].url, &channels[1].webhooks[0].url];
    assert_eq!(post_signed(doors[1], &told, Some(&sign("another-secret"))).await, 200);
    assert_eq!(post_signed(doors[0], &told, Some(&sign("another-secret"))).await, 403);
    assert!(ann.list().await.threads.is_empty());
    assert_eq!(post_signed(doors[0], &told, Some(&sign(APP_SECRET))).await, 200);
    assert_eq!(ann.list().await.threads.len(), 1);
    server.stop().await;
}

/// The fake is strict: an account that is set up with a wrong secret is told so.
#[tokio::test]
async fn a_wrong_secret_shows_when_it_is_tried() {
    let (server, ada, fake) = office(Wanted::default()).await;
    let mut wanted = wanted_account(&fake);
    wanted["secrets"]["auth_token"] = json!("a-wrong-one-that-nobody-should-see");
    let made: AccountView = done(&ada, Method::POST, "/admin/accounts", &wanted).await;
    let path = format!("/admin/accounts/{}/test", made.id);
    let tested: Tested = done(&ada, Method::POST, &path, &json!({})).await;
    assert_eq!((tested.ok, tested.code.as_deref()), (false, Some("20003")));
    let _keeps_it: FakeTwilio = fake;
    server.stop().await;
}
