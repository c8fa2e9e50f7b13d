//! A secret takes another one's place, on two nodes that do not hear each other.

use std::time::Duration;

use protocol::admin::{Accounts, TroubleKind};
use secrecy::SecretString;

use super::stage::{TOKEN, account, channel, found, office, rotate, text};
use crate::{
    harness::{
        api::CUSTOMER,
        server::{TestServer, Wanted},
        twilio::{SID, numbers::BUSINESS},
        wait::eventually,
    },
    main_job::reply,
};

const NEW: &str = "00112233445566778899aabbccddeeff";

#[tokio::test]
async fn a_new_secret_is_good_at_once_and_the_old_one_for_a_while_on_every_node() {
    let wanted = Wanted {
        // Behind a balancer: both nodes are the same address to Twilio.
        public_url: Some("https://inbox.example".to_owned()),
        seal_keys: vec!["AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=".to_owned()],
        ..Wanted::default()
    };
    let (a, ada, fake) = office(wanted.clone()).await;
    let b = TestServer::join(&a.database, wanted).await;
    let ann = b.api("ann").await;
    let made = account(&ada, &fake).await;
    let channel = channel(&ada, made.id).await;
    let tell = async |node: &TestServer, key: &str| {
        let id = crate::harness::twilio::sid();
        let it = crate::harness::fake_twilio::InboundSms {
            account_sid: SID,
            sid: &id,
            from: CUSTOMER,
            to: BUSINESS,
            body: "Hello?",
        };
        let signed_for = &channel.webhooks[0].url;
        assert!(signed_for.starts_with("https://inbox.example/webhooks/"), "{signed_for}");
        let key = SecretString::from(key);
        let signature =
            server::channels::twilio::signature::sign_form(signed_for, &it.params(), &key);
        let url = signed_for.replace("https://inbox.example", &node.url());
        fake.inbound_raw(&url, &it.params(), Some(&signature)).await
    };
    for node in [&a, &b] {
        assert_eq!((tell(node, TOKEN).await, tell(node, NEW).await), (200, 403));
    }
    // Replaced on one node, and known on the other without a word between them.
    let rotated = rotate(&ada, &made, NEW).await;
    assert_eq!(rotated.version, made.version + 1);
    let ends: Vec<_> = rotated.secrets.iter().map(|it| it.end.as_deref()).collect();
    assert_eq!(ends, [Some("eeff"), Some("1e0f")]);
    assert!(rotated.secrets[0].retires_at.is_none() && rotated.secrets[1].retires_at.is_some());
    for node in [&b, &a] {
        assert_eq!((tell(node, TOKEN).await, tell(node, NEW).await), (200, 200));
    }
    fake.add_account(SID, NEW, &[BUSINESS]);
    let thread = ann.list().await.threads.remove(0);
    ann.command("k1", reply(thread.id, 0, "Hi")).await.unwrap();
    eventually("it is sent with the new one", async || (fake.received().len() == 1).then_some(()))
        .await;

    // The overlap ends, though nothing is changed then.
    a.advance(Duration::from_secs(3_700)).await;
    b.advance(Duration::from_secs(3_700)).await;
    for node in [&a, &b] {
        assert_eq!((tell(node, TOKEN).await, tell(node, NEW).await), (403, 200));
    }
    let trouble = found(&ada, channel.id).await.troubles.remove(0);
    assert_eq!(trouble.kind, TroubleKind::WrongSignature);
    assert!(trouble.hint.unwrap().contains("was replaced"), "by the retired one");
    b.stop().await;
    a.stop().await;
}

#[tokio::test]
async fn who_has_not_seen_the_newest_version_is_told_so() {
    let (server, ada, fake) = office(Wanted::default()).await;
    let made = account(&ada, &fake).await;
    rotate(&ada, &made, NEW).await;
    let path = format!("/admin/accounts/{}/secrets", made.id);
    let body = serde_json::json!({ "version": made.version, "name": "auth_token", "value": TOKEN });
    let problem = super::stage::refused(
        &ada,
        reqwest::Method::POST,
        &path,
        &body,
        protocol::errors::ErrorCode::Conflict,
    )
    .await;
    assert_eq!(super::stage::field(&problem), "version");
    let accounts: Accounts = ada.get("/api/v1/admin/accounts").await;
    assert_eq!(accounts.accounts[0].secrets.len(), 2, "nothing was stored");
    let channel = channel(&ada, made.id).await;
    assert_eq!(text(&fake, &channel, CUSTOMER).await, 200, "within the overlap");
    server.stop().await;
}
