//! Google RCS for Business, out of its settings.

use std::fs;

use anyhow::Context;
use protocol::views::ChannelKind;

use super::build::{CALL_TIMEOUT, CONNECT_TIMEOUT};
use crate::{
    channels::rbm::{
        account::Rbm,
        calls::TrafficType,
        client::{RbmClient, RbmSettings, TTL},
        service_account::ServiceAccount,
        signature::ClientTokens,
    },
    clock::Clock,
    commands::setup::WantedChannel,
    config::settings::RbmConfig,
};

/// The name that its channels keep.
pub(super) const NAME: &str = "rbm";

/// Returns the channel of the agent.
pub(super) fn channel(config: &RbmConfig) -> WantedChannel {
    WantedChannel {
        kind: ChannelKind::Rcs,
        provider: NAME,
        address: config.agent_id.clone(),
        // Webhooks name the agent inside of what is signed.
        external_id: Some(config.agent_id.clone()),
    }
}

/// Reads the service account's key and makes the provider.
pub(super) fn provider(config: &RbmConfig, clock: &Clock) -> anyhow::Result<Rbm> {
    let file = &config.service_account;
    let named = || format!("TANDEM_RBM_SERVICE_ACCOUNT: {} cannot be used", file.display());
    let json = fs::read(file).with_context(named)?;
    let settings = RbmSettings {
        base_url: config.api_url.parse().context("TANDEM_RBM_API_URL is no URL")?,
        service_account: ServiceAccount::read(&json).with_context(named)?,
        traffic_type: TrafficType::default(),
        ttl: TTL,
        connect_timeout: CONNECT_TIMEOUT,
        timeout: CALL_TIMEOUT,
    };
    Ok(Rbm {
        client_tokens: ClientTokens::new(config.client_tokens.clone()),
        client: RbmClient::new(settings, clock.clone())?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_key_file_is_named_and_not_shown() {
        let _installed = rustls::crypto::ring::default_provider().install_default();
        let name = format!("tandem-rbm-{}.json", uuid::Uuid::now_v7().simple());
        let file = std::env::temp_dir().join(name);
        let config = RbmConfig {
            agent_id: "front-desk@rbm.goog".to_owned(),
            client_tokens: vec!["t".into()],
            service_account: file.clone(),
            api_url: "https://rcs.example".to_owned(),
        };
        let refused = || {
            let error = provider(&config, &Clock::system()).err().expect("it cannot be used");
            format!("{error:#}")
        };
        let said = refused();
        assert!(said.contains("TANDEM_RBM_SERVICE_ACCOUNT") && said.contains("No such"), "{said}");
        fs::write(&file, r#"{"client_email":"a@b","private_key_id":"k","private_key":"s3cr3t"}"#)
            .unwrap();
        let said = refused();
        fs::remove_file(&file).unwrap();
        assert!(said.contains("`token_uri` is missing") && !said.contains("s3cr3t"), "{said}");
    }
}
