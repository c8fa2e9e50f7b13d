//! Google RCS for Business, out of its settings.

use std::fs;

use anyhow::Context;
use protocol::views::ChannelKind;
use secrecy::SecretString;

use super::build::account;
use crate::{
    channels::rbm::{
        account::Rbm,
        maker::{NAME, RbmMaker},
        service_account::ServiceAccount,
    },
    commands::setup::WantedChannel,
    config::settings::RbmConfig,
};

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
pub(super) fn provider(config: &RbmConfig, maker: &RbmMaker) -> anyhow::Result<Rbm> {
    let file = &config.service_account;
    let named = || format!("TANDEM_RBM_SERVICE_ACCOUNT: {} cannot be used", file.display());
    let json = fs::read(file).with_context(named)?;
    ServiceAccount::read(&json).with_context(named)?;
    let key = SecretString::from(String::from_utf8(json).with_context(named)?);
    let mut secrets = vec![("service_account", &key)];
    secrets.extend(config.client_tokens.iter().map(|it| ("client_token", it)));
    Ok(maker.provider(&account(&[("api_url", &config.api_url)], &secrets))?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;

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
            let error = provider(&config, &RbmMaker { clock: Clock::system() })
                .err()
                .expect("it cannot be used");
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
