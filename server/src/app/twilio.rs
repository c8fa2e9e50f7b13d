//! Twilio, out of its settings.

use protocol::views::ChannelKind;

use super::build::account;
use crate::{
    channels::{
        maker::BadAccount,
        twilio::{
            account::Twilio,
            maker::{NAME, TwilioMaker},
        },
    },
    commands::setup::WantedChannel,
    config::settings::TwilioConfig,
};

/// Returns the channel of the number.
pub(super) fn channel(config: &TwilioConfig) -> WantedChannel {
    WantedChannel {
        kind: ChannelKind::Sms,
        provider: NAME,
        address: config.number.clone(),
        external_id: None,
    }
}

/// Makes the provider.
pub(super) fn provider(config: &TwilioConfig, maker: &TwilioMaker) -> Result<Twilio, BadAccount> {
    maker.provider(&account(
        &[("account_sid", &config.account_sid), ("api_url", &config.api_url)],
        &[("auth_token", &config.auth_token)],
    ))
}
