//! Twilio, out of its settings.

use anyhow::Context;
use protocol::views::ChannelKind;
use url::Url;

use super::build::{CALL_TIMEOUT, CONNECT_TIMEOUT};
use crate::{
    channels::twilio::{
        account::Twilio,
        client::{TwilioClient, TwilioSettings},
        endpoint::TwilioEndpoint,
        signature::Verifier,
    },
    commands::setup::WantedChannel,
    config::settings::TwilioConfig,
};

/// The name that its channels keep.
pub(super) const NAME: &str = "twilio";

/// Returns the channel of the number.
pub(super) fn channel(config: &TwilioConfig) -> WantedChannel {
    WantedChannel {
        kind: ChannelKind::Sms,
        provider: NAME,
        address: config.number.clone(),
        external_id: None,
    }
}

/// Makes the provider. `public_url` is where Twilio finds us.
pub(super) fn provider(config: &TwilioConfig, public_url: &Url) -> anyhow::Result<Twilio> {
    let verifier = Verifier::new(vec![config.auth_token.clone()]);
    let sid = config.account_sid.clone();
    let settings = TwilioSettings {
        base_url: config.api_url.parse().context("TANDEM_TWILIO_API_URL is no URL")?,
        account_sid: sid.clone(),
        username: sid.clone(),
        password: config.auth_token.clone(),
        connect_timeout: CONNECT_TIMEOUT,
        timeout: CALL_TIMEOUT,
    };
    Ok(Twilio {
        endpoint: TwilioEndpoint::new(verifier, public_url.clone(), sid),
        client: TwilioClient::new(settings)?,
    })
}
