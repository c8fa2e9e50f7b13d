//! A server that sends over the fake of Twilio.

use protocol::{
    events::EventBody,
    ids::{ChannelId, MessageId},
    views::{ChannelKind, ChannelView, DeliveryState, ThreadView},
};
use server::config::settings::TwilioConfig;

use super::{
    api::Api,
    fake_twilio::{FakeTwilio, InboundSms},
    server::{TestServer, Wanted},
    socket::Socket,
};

/// The account.
pub(crate) const SID: &str = "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
/// Its secret.
pub(crate) const TOKEN: &str = "an-auth-token";

/// Numbers, reserved for fiction.
pub(crate) mod numbers {
    pub(crate) const BUSINESS: &str = "+12025550143";
}

/// Starts a fake, and a server that uses it and lives in the same time.
pub(crate) async fn start(wanted: Wanted) -> (TestServer, FakeTwilio) {
    let clock = wanted.clock.clone();
    let fake = FakeTwilio::start_with_clock(move || clock.now()).await;
    fake.add_account(SID, TOKEN, &[numbers::BUSINESS]);
    let twilio = config(&fake);
    let server = TestServer::start_with(Wanted { twilio: Some(twilio), ..wanted }).await;
    (server, fake)
}

/// The settings of a server that uses a fake.
pub(crate) fn config(fake: &FakeTwilio) -> TwilioConfig {
    TwilioConfig {
        account_sid: SID.to_owned(),
        auth_token: TOKEN.into(),
        number: numbers::BUSINESS.to_owned(),
        api_url: fake.base_url(),
    }
}

/// The settings of a server process that uses the fake at this address.
pub(crate) fn twilio_env(api_url: &str) -> Vec<(&'static str, String)> {
    vec![
        ("TANDEM_TWILIO_ACCOUNT_SID", SID.to_owned()),
        ("TANDEM_TWILIO_AUTH_TOKEN", TOKEN.to_owned()),
        ("TANDEM_TWILIO_NUMBER", numbers::BUSINESS.to_owned()),
        ("TANDEM_TWILIO_API_URL", api_url.to_owned()),
    ]
}

/// Finds the SMS channel.
pub(crate) fn channel(api: &Api) -> ChannelId {
    let channels = &api.me.inboxes[0].channels;
    let ours = |it: &&ChannelView| it.kind == ChannelKind::Sms && it.address == numbers::BUSINESS;
    channels.iter().find(ours).expect("an SMS channel").id
}

/// Returns the address of a webhook, without scheme and host.
pub(crate) fn webhook(api: &Api, topic: &str) -> String {
    format!("/webhooks/twilio/{}/{topic}", channel(api))
}

/// Returns a new id of a message, as Twilio makes them.
pub(crate) fn sid() -> String {
    format!("SM{}", uuid::Uuid::now_v7().simple())
}

/// Lets a customer text the business, through the webhook.
pub(crate) async fn inbound(fake: &FakeTwilio, api: &Api, from: &str, body: &str) {
    let sid = sid();
    let url = format!("{}{}", api.url, webhook(api, "messages"));
    let message = InboundSms { account_sid: SID, sid: &sid, from, to: numbers::BUSINESS, body };
    assert_eq!(fake.inbound(&url, &message).await, 200);
}

/// Lets a new customer text the business, and returns the thread that it began.
pub(crate) async fn new_thread(fake: &FakeTwilio, api: &Api, from: &str) -> ThreadView {
    inbound(fake, api, from, "Hello?").await;
    let threads = api.list().await.threads;
    let theirs = threads.into_iter().find(|it| it.contact.addresses[0].value == from);
    theirs.expect("a new thread is listed")
}

/// Returns the delivery states that a desk was told of a message, oldest first.
pub(crate) fn told(desk: &Socket, message: MessageId) -> Vec<DeliveryState> {
    let state = |body: &EventBody| match body {
        EventBody::DeliveryChanged(it) if it.message_id == message => Some(it.delivery.state),
        _ => None,
    };
    desk.events.iter().filter_map(|event| state(&event.body)).collect()
}
