//! A server that sends over the fake of Twilio.

use protocol::ids::ChannelId;
use protocol::views::ChannelKind;

use super::{
    api::Api,
    fake_twilio::{FakeTwilio, InboundSms},
};

/// The account.
pub(crate) const SID: &str = "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
/// Its secret.
pub(crate) const TOKEN: &str = "an-auth-token";

/// Numbers, reserved for fiction.
pub(crate) mod numbers {
    pub(crate) const BUSINESS: &str = "+12025550143";
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
    channels.iter().find(|it| it.kind == ChannelKind::Sms).expect("an SMS channel").id
}

/// Lets a customer text the business, through the webhook.
pub(crate) async fn inbound(fake: &FakeTwilio, api: &Api, from: &str, body: &str) {
    let sid = format!("SM{}", uuid::Uuid::now_v7().simple());
    let url = format!("{}/webhooks/twilio/{}/messages", api.url, channel(api));
    let message = InboundSms { account_sid: SID, sid: &sid, from, to: numbers::BUSINESS, body };
    assert_eq!(fake.inbound(&url, &message).await, 200);
}
