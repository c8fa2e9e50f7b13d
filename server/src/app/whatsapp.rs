//! The WhatsApp Cloud API, out of its settings.

use anyhow::Context;
use protocol::views::ChannelKind;

use super::build::{CALL_TIMEOUT, CONNECT_TIMEOUT};
use crate::{
    channels::whatsapp::{
        account::Whatsapp,
        client::{VERSION, WhatsappClient, WhatsappSettings},
        signature::Verifier,
    },
    commands::setup::WantedChannel,
    config::settings::WhatsappConfig,
};

/// The name that its channels keep.
pub(super) const NAME: &str = "whatsapp";

/// Returns the channel of the number.
pub(super) fn channel(config: &WhatsappConfig) -> WantedChannel {
    WantedChannel {
        kind: ChannelKind::Whatsapp,
        provider: NAME,
        address: config.number.clone(),
        external_id: Some(config.phone_number_id.clone()),
    }
}

/// Makes the provider.
pub(super) fn provider(config: &WhatsappConfig) -> anyhow::Result<Whatsapp> {
    let settings = WhatsappSettings {
        base_url: config.api_url.parse().context("TANDEM_WHATSAPP_API_URL is no URL")?,
        version: VERSION.to_owned(),
        access_token: config.access_token.clone(),
        business_account_id: config.business_account_id.clone(),
        connect_timeout: CONNECT_TIMEOUT,
        timeout: CALL_TIMEOUT,
    };
    Ok(Whatsapp {
        verifier: Verifier::new(config.app_secrets.clone(), config.verify_token.clone()),
        client: WhatsappClient::new(settings)?,
    })
}
