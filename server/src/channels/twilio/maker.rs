//! What an account at Twilio needs, and how it becomes a provider.

use std::sync::Arc;

use protocol::views::ChannelKind;
use url::Url;

use super::{
    account::Twilio,
    client::{TwilioClient, TwilioSettings},
    endpoint::TwilioEndpoint,
    signature::{Algorithm, SharedKey, Verifier},
};
use crate::{
    channels::{
        maker::{Account, BadAccount, ExternalId, Field, Form, Maker, api_url, token},
        provider::Provider,
    },
    config::{twilio::API_URL, value},
    web_client::{CALL_TIMEOUT, CONNECT_TIMEOUT},
};

/// The name that its channels keep.
pub const NAME: &str = "twilio";

static FORM: Form = Form {
    name: NAME,
    title: "Twilio",
    kinds: &[ChannelKind::Sms, ChannelKind::Whatsapp, ChannelKind::Rcs],
    settings: &[
        Field {
            name: "account_sid",
            title: "Account SID",
            help: "AC and 32 hexadecimal digits, from the console's first page",
            required: true,
            long: false,
            check: |text| value::account_sid(text).map(drop),
        },
        Field {
            name: "api_key_sid",
            title: "API key SID",
            help: "SK and 32 hexadecimal digits; with its secret, messages are sent with it instead of \
                   the auth token",
            required: false,
            long: false,
            check: |text| value::sid("SK", text),
        },
        Field {
            name: "messaging_service_sid",
            title: "Messaging Service SID",
            help: "MG and 32 hexadecimal digits; it then chooses which number a message is sent from",
            required: false,
            long: false,
            check: |text| value::sid("MG", text),
        },
        Field {
            name: "webhook_key_sid",
            title: "Webhook key SID",
            help: "The shared key that webhooks are signed with instead of the auth token",
            required: false,
            long: false,
            check: token,
        },
        Field {
            name: "api_url",
            title: "API address",
            help: "Another one than Twilio's own is for tests",
            required: false,
            long: false,
            check: api_url,
        },
    ],
    secrets: &[
        Field {
            name: "auth_token",
            title: "Auth token",
            help: "From the console's first page; webhooks are signed with it",
            required: true,
            long: false,
            check: token,
        },
        Field {
            name: "api_key_secret",
            title: "API key secret",
            help: "Shown once, when the API key was made",
            required: false,
            long: false,
            check: token,
        },
        Field {
            name: "webhook_key",
            title: "Webhook key",
            help: "The secret of the shared key that webhooks are signed with",
            required: false,
            long: false,
            check: token,
        },
    ],
    address: Field {
        name: "address",
        title: "Number or sender",
        help: "A number in E.164, such as +12025550123, a short code, or an RCS sender's id",
        required: true,
        long: false,
        check: value::sender,
    },
    external_id: ExternalId::Nothing,
    webhooks: &[("Messaging: a message comes in (HTTP POST)", "messages")],
};

/// Makes Twilio's providers.
pub struct TwilioMaker {
    /// The address that Twilio was told, whatever proxies stand before us.
    pub public_url: Url,
}

impl TwilioMaker {
    /// Makes one.
    pub fn provider(&self, account: &Account) -> Result<Twilio, BadAccount> {
        let sid = account.setting("account_sid").unwrap_or_default().to_owned();
        let (username, password) = match account.setting("api_key_sid") {
            None => (sid.clone(), account.in_use("auth_token")),
            Some(key) => (key.to_owned(), account.in_use("api_key_secret")),
        };
        let service = account.setting("messaging_service_sid").map(str::to_owned);
        let base = account.setting("api_url").unwrap_or(API_URL);
        let wrong = |message: String| BadAccount::new("settings", message);
        let settings = TwilioSettings {
            base_url: base.parse().map_err(|_no: url::ParseError| wrong("api_url".to_owned()))?,
            account_sid: sid.clone(),
            username,
            password,
            messaging_service: service.clone(),
            connect_timeout: CONNECT_TIMEOUT,
            timeout: CALL_TIMEOUT,
        };
        let client = TwilioClient::new(settings).map_err(|error| wrong(error.to_string()))?;
        let mut verifier = Verifier::new(account.verifying("auth_token"));
        let mut keys = account.webhook_keys("auth_token");
        if let Some(id) = account.setting("webhook_key_sid") {
            let shared = |secret| {
                let (id, algorithm) = (id.to_owned(), Algorithm::HmacSha256);
                SharedKey { id, algorithm, secret }
            };
            let secrets = account.verifying("webhook_key");
            verifier = verifier.with_shared_keys(secrets.into_iter().map(shared).collect());
            keys = account.webhook_keys("webhook_key");
        }
        let endpoint = TwilioEndpoint::new(verifier, self.public_url.clone(), sid)
            .with_messaging_service(service);
        Ok(Twilio { endpoint, client, keys })
    }
}

impl Maker for TwilioMaker {
    fn form(&self) -> &'static Form {
        &FORM
    }

    fn make(&self, account: &Account) -> Result<Arc<dyn Provider>, BadAccount> {
        for (setting, secret) in
            [("api_key_sid", "api_key_secret"), ("webhook_key_sid", "webhook_key")]
        {
            let set = account.setting(setting).is_some();
            let there = account.secrets.iter().any(|it| it.name == secret);
            if set && !there {
                let message = format!("needed, because `settings.{setting}` is set");
                return Err(BadAccount::new(format!("secrets.{secret}"), message));
            }
        }
        Ok(Arc::new(self.provider(account)?))
    }
}
