//! The WhatsApp Cloud API, out of its settings.

use protocol::views::ChannelKind;

use super::build::account;
use crate::{
    channels::{
        maker::BadAccount,
        whatsapp::{
            account::Whatsapp,
            maker::{NAME, WhatsappMaker},
        },
    },
    commands::setup::WantedChannel,
    config::settings::WhatsappConfig,
};

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
pub(super) fn provider(config: &WhatsappConfig) -> Result<Whatsapp, BadAccount> {
    let mut secrets =
        vec![("access_token", &config.access_token), ("verify_token", &config.verify_token)];
    secrets.extend(config.app_secrets.iter().map(|it| ("app_secret", it)));
    let mut settings = vec![("api_url", &*config.api_url)];
    settings.extend(config.business_account_id.as_deref().map(|id| ("business_account_id", id)));
    WhatsappMaker.provider(&account(&settings, &secrets))
}
