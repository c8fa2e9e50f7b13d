//! What an account at Google RCS for Business needs, and how it becomes a provider.

use std::sync::Arc;

use protocol::views::ChannelKind;
use secrecy::ExposeSecret as _;

use super::{
    account::{Rbm, TOPIC},
    calls::TrafficType,
    client::{RbmClient, RbmSettings, TTL},
    service_account::ServiceAccount,
    signature::ClientTokens,
};
use crate::{
    channels::{
        maker::{Account, BadAccount, ExternalId, Field, Form, Maker, api_url, token},
        provider::Provider,
    },
    clock::Clock,
    config::{rbm::API_URL, value},
    web_client::{CALL_TIMEOUT, CONNECT_TIMEOUT},
};

/// The name that its channels keep.
pub const NAME: &str = "rbm";

static FORM: Form = Form {
    name: NAME,
    title: "Google RCS for Business",
    kinds: &[ChannelKind::Rcs],
    settings: &[Field {
        name: "api_url",
        title: "API address",
        help: "A region's, such as https://europe-rcsbusinessmessaging.googleapis.com",
        required: false,
        long: false,
        check: api_url,
    }],
    secrets: &[
        Field {
            name: "service_account",
            title: "Service account key",
            help: "The whole JSON file of the service account's key",
            required: true,
            long: true,
            check: |text| {
                let read = ServiceAccount::read(text.as_bytes());
                read.map(drop).map_err(|error| error.to_string())
            },
        },
        Field {
            name: "client_token",
            title: "Client token",
            help: "As the webhook's settings show it; webhooks are signed with it",
            required: true,
            long: false,
            check: token,
        },
    ],
    address: Field {
        name: "address",
        title: "Agent ID",
        help: "As its webhooks have it, such as front-desk@rbm.goog",
        required: true,
        long: false,
        check: value::agent_id,
    },
    external_id: ExternalId::Address,
    webhooks: &[("Webhook of the agent or the partner", TOPIC)],
};

/// Makes the providers of RCS.
pub struct RbmMaker {
    /// The time, for what the service account signs.
    pub clock: Clock,
}

impl RbmMaker {
    /// Makes one.
    pub fn provider(&self, account: &Account) -> Result<Rbm, BadAccount> {
        let wrong = |message: String| BadAccount::new("settings", message);
        let base = account.setting("api_url").unwrap_or(API_URL);
        let key = account.in_use("service_account");
        let service_account = ServiceAccount::read(key.expose_secret().as_bytes())
            .map_err(|error| BadAccount::new("secrets.service_account", error.to_string()))?;
        let settings = RbmSettings {
            base_url: base.parse().map_err(|_no: url::ParseError| wrong("api_url".to_owned()))?,
            service_account,
            traffic_type: TrafficType::default(),
            ttl: TTL,
            connect_timeout: CONNECT_TIMEOUT,
            timeout: CALL_TIMEOUT,
        };
        let client = RbmClient::new(settings, self.clock.clone());
        Ok(Rbm {
            client_tokens: ClientTokens::new(account.verifying("client_token")),
            client: client.map_err(|error| wrong(error.to_string()))?,
            keys: account.webhook_keys("client_token"),
        })
    }
}

impl Maker for RbmMaker {
    fn form(&self) -> &'static Form {
        &FORM
    }

    fn make(&self, account: &Account) -> Result<Arc<dyn Provider>, BadAccount> {
        Ok(Arc::new(self.provider(account)?))
    }
}
