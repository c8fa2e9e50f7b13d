//! A webhook with a wrong signature is refused, counted, and explained to the administrator.

use protocol::admin::{TroubleKind, WebhookTrouble};
use server::channels::twilio::signature::sign_form;

use super::stage::{TOKEN, account, channel, found, office};
use crate::harness::{
    api::CUSTOMER,
    fake_twilio::InboundSms,
    server::Wanted,
    twilio::{SID, numbers::BUSINESS, sid},
};

#[tokio::test]
async fn a_wrong_signature_is_counted_and_explained() {
    let (server, ada, fake) = office(Wanted::default()).await;
    let made = account(&ada, &fake).await;
    let channel = channel(&ada, made.id).await;
    let own = channel.webhooks[0].url.clone();
    let tell = async |signed_for: Option<&str>, key: &str| {
        let id = sid();
        let it =
            InboundSms { account_sid: SID, sid: &id, from: CUSTOMER, to: BUSINESS, body: "Hello?" };
        let signature = signed_for.map(|url| sign_form(url, &it.params(), &key.into()));
        fake.inbound_raw(&own, &it.params(), signature.as_deref()).await
    };
    let trouble = async || -> WebhookTrouble { found(&ada, channel.id).await.troubles.remove(0) };

    assert_eq!(tell(Some(&own), "a-strangers-secret").await, 403);
    let it = trouble().await;
    assert_eq!(
        (it.kind, it.count, it.url.as_deref()),
        (TroubleKind::WrongSignature, 1, Some(&*own))
    );
    let keys: Vec<_> = it.keys.iter().map(|it| (&*it.name, it.end.as_deref())).collect();
    assert_eq!(keys, [("auth_token", Some("1e0f"))]);
    assert_eq!(it.hint, None, "nobody can say why");

    let https = own.replace("http://", "https://");
    assert_eq!(tell(Some(&https), TOKEN).await, 403);
    let it = trouble().await;
    assert_eq!(it.count, 2);
    assert!(it.last_at >= it.first_at);
    let hint = it.hint.unwrap();
    assert!(hint.contains(&https) && hint.contains("TANDEM_PUBLIC_URL"), "{hint}");

    assert_eq!(tell(None, TOKEN).await, 403);
    assert!(trouble().await.hint.unwrap().contains("no signature"));
    assert!(found(&ada, channel.id).await.webhook_taken_at.is_none());

    // Many at once cost little, and each one counts.
    for _many in 0..30 {
        assert_eq!(tell(None, TOKEN).await, 403);
    }
    crate::harness::wait::eventually("all are counted", async || {
        tell(None, TOKEN).await;
        (trouble().await.count >= 34).then_some(())
    })
    .await;
    assert!(ada.list().await.threads.is_empty());
    server.stop().await;
}
