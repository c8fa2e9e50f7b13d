//! What an account at Meta needs, and how it becomes a provider.

use std::sync::Arc;

use protocol::views::ChannelKind;

use super::{
    account::Whatsapp,
    client::{VERSION, WhatsappClient, WhatsappSettings},
    signature::Verifier,
};
use crate::{
    channels::{
        maker::{Account, BadAccount, ExternalId, Field, Form, Maker, api_url, token},
        provider::Provider,
    },
    config::{value, whatsapp::API_URL},
    web_client::{CALL_TIMEOUT, CONNECT_TIMEOUT},
};

/// The name that its channels keep.
pub const NAME: &str = "whatsapp";

static FORM: Form = Form {
    name: NAME,
    title: "WhatsApp Cloud API",
    kinds: &[ChannelKind::Whatsapp],
    settings: &[
        Field {
            name: "business_account_id",
            title: "WhatsApp Business Account ID",
            help: "Digits; with it, templates are listed",
            required: false,
            long: false,
            check: |text| value::digits(text).map(drop),
        },
        Field {
            name: "api_url",
            title: "API address",
            help: "Another one than Meta's own is for tests",
            required: false,
            long: false,
            check: api_url,
        },
    ],
    secrets: &[
        Field {
            name: "access_token",
            title: "Access token",
            help: "Of a system user of the business that may send messages",
            required: true,
            long: false,
            check: token,
        },
        Field {
            name: "app_secret",
            title: "App secret",
            help: "From the app's basic settings; webhooks are signed with it",
            required: true,
            long: false,
            check: token,
        },
        Field {
            name: "verify_token",
            title: "Verify token",
            help: "A word of your own, put in again where the webhook is set up at Meta",
            required: true,
            long: false,
            check: token,
        },
    ],
    address: Field {
        name: "address",
        title: "Number",
        help: "The business's number in E.164, such as +12025550123",
        required: true,
        long: false,
        check: |text| value::e164(text).map(drop),
    },
    external_id: ExternalId::Asked(Field {
        name: "external_id",
        title: "Phone number ID",
        help: "As Meta's app dashboard shows it: digits",
        required: true,
        long: false,
        check: |text| value::digits(text).map(drop),
    }),
    webhooks: &[("Webhook of the app: callback URL", "messages")],
};

/// Makes WhatsApp's providers.
pub struct WhatsappMaker;

impl WhatsappMaker {
    /// Makes one.
    pub fn provider(&self, account: &Account) -> Result<Whatsapp, BadAccount> {
        let wrong = |message: String| BadAccount::new("settings", message);
        let base = account.setting("api_url").unwrap_or(API_URL);
        let settings = WhatsappSettings {
            base_url: base.parse().map_err(|_no: url::ParseError| wrong("api_url".to_owned()))?,
            version: VERSION.to_owned(),
            access_token: account.in_use("access_token"),
            business_account_id: account.setting("business_account_id").map(str::to_owned),
            connect_timeout: CONNECT_TIMEOUT,
            timeout: CALL_TIMEOUT,
        };
        Ok(Whatsapp {
            verifier: Verifier::new(
                account.verifying("app_secret"),
                account.in_use("verify_token"),
            ),
            client: WhatsappClient::new(settings).map_err(|error| wrong(error.to_string()))?,
            keys: account.webhook_keys("app_secret"),
        })
    }
}

impl Maker for WhatsappMaker {
    fn form(&self) -> &'static Form {
        &FORM
    }

    fn make(&self, account: &Account) -> Result<Arc<dyn Provider>, BadAccount> {
        Ok(Arc::new(self.provider(account)?))
    }
}
