//! The settings of the WhatsApp Cloud API: what can be said, and what it has to be.

use clap::Args;
use secrecy::SecretString;

use crate::config::{
    error::ConfigError,
    parse::{Asked, all_or_none, optional, setting},
    settings::WhatsappConfig,
    value,
};

/// Where Meta's Graph API lives.
pub const API_URL: &str = "https://graph.facebook.com";

const HEADING: &str =
    "WhatsApp Cloud API (all but the business account and the API's URL, or none of them)";

/// All settings, as texts. The help texts are read in a terminal, so they are no doc comments.
#[derive(Debug, Args)]
pub struct WhatsappSettings {
    #[arg(
        id = "whatsapp_phone_number_id",
        long = "whatsapp-phone-number-id",
        env = "TANDEM_WHATSAPP_PHONE_NUMBER_ID",
        value_name = "ID",
        help_heading = HEADING,
        help = "Phone number ID, as Meta's app dashboard shows it: digits"
    )]
    pub phone_number_id: Option<String>,

    #[arg(
        id = "whatsapp_number",
        long = "whatsapp-number",
        env = "TANDEM_WHATSAPP_NUMBER",
        value_name = "NUMBER",
        help_heading = HEADING,
        help = "The business's number in E.164, such as +12025550123"
    )]
    pub number: Option<String>,

    #[arg(
        id = "whatsapp_app_secret",
        long = "whatsapp-app-secret",
        env = "TANDEM_WHATSAPP_APP_SECRET",
        value_name = "SECRETS",
        help_heading = HEADING,
        help = "App secret; webhooks are signed with it. While it is replaced, the old and the \
                new one, separated by a comma"
    )]
    pub app_secret: Option<SecretString>,

    #[arg(
        id = "whatsapp_verify_token",
        long = "whatsapp-verify-token",
        env = "TANDEM_WHATSAPP_VERIFY_TOKEN",
        value_name = "TOKEN",
        help_heading = HEADING,
        help = "What was put in as the verify token where the webhook was set up"
    )]
    pub verify_token: Option<SecretString>,

    #[arg(
        id = "whatsapp_access_token",
        long = "whatsapp-access-token",
        env = "TANDEM_WHATSAPP_ACCESS_TOKEN",
        value_name = "TOKEN",
        help_heading = HEADING,
        help = "Access token of a system user that may send messages"
    )]
    pub access_token: Option<SecretString>,

    #[arg(
        id = "whatsapp_business_account_id",
        long = "whatsapp-business-account-id",
        env = "TANDEM_WHATSAPP_BUSINESS_ACCOUNT_ID",
        value_name = "ID",
        help_heading = HEADING,
        help = "WhatsApp business account ID: digits. Templates can be sent where it is known"
    )]
    pub business_account_id: Option<String>,

    #[arg(
        id = "whatsapp_api_url",
        long = "whatsapp-api-url",
        env = "TANDEM_WHATSAPP_API_URL",
        value_name = "URL",
        help_heading = HEADING,
        default_value = API_URL,
        help = "Base URL of the API; another one is for tests"
    )]
    pub api_url: String,
}

/// Checks the settings; `None` where there are none.
pub fn read(raw: &WhatsappSettings) -> Result<Option<WhatsappConfig>, ConfigError> {
    let account = optional(
        "TANDEM_WHATSAPP_BUSINESS_ACCOUNT_ID",
        "whatsapp-business-account-id",
        raw.business_account_id.as_ref(),
    );
    let api_url = setting("TANDEM_WHATSAPP_API_URL", "whatsapp-api-url", &raw.api_url, API_URL);
    let asked = [
        Asked::text(
            "TANDEM_WHATSAPP_PHONE_NUMBER_ID",
            "whatsapp-phone-number-id",
            raw.phone_number_id.as_ref(),
        ),
        Asked::text("TANDEM_WHATSAPP_NUMBER", "whatsapp-number", raw.number.as_ref()),
        Asked::secret("TANDEM_WHATSAPP_APP_SECRET", "whatsapp-app-secret", raw.app_secret.as_ref()),
        Asked::secret(
            "TANDEM_WHATSAPP_VERIFY_TOKEN",
            "whatsapp-verify-token",
            raw.verify_token.as_ref(),
        ),
        Asked::secret(
            "TANDEM_WHATSAPP_ACCESS_TOKEN",
            "whatsapp-access-token",
            raw.access_token.as_ref(),
        ),
    ];
    let allowed = "WhatsApp needs TANDEM_WHATSAPP_PHONE_NUMBER_ID, _NUMBER, _APP_SECRET, \
                   _VERIFY_TOKEN and _ACCESS_TOKEN, or no TANDEM_WHATSAPP_ variable at all";
    let Some([id, number, secrets, verify, access]) =
        all_or_none(asked, api_url.text != API_URL || account.is_some(), allowed)?
    else {
        return Ok(None);
    };
    Ok(Some(WhatsappConfig {
        phone_number_id: id.read(value::digits)?,
        number: number.read(value::e164)?,
        app_secrets: secrets.read_secrets()?,
        verify_token: verify.read_secret()?,
        access_token: access.read_secret()?,
        business_account_id: account.map(|it| it.read(value::digits)).transpose()?,
        api_url: api_url.read(value::api_url)?,
    }))
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;
    use crate::config::harness::{good, parse, refused};

    const WHOLE: [(&str, &str); 5] = [
        ("TANDEM_WHATSAPP_PHONE_NUMBER_ID", "106540352242922"),
        ("TANDEM_WHATSAPP_NUMBER", "+12025550123"),
        ("TANDEM_WHATSAPP_APP_SECRET", "sup3rs3cret1"),
        ("TANDEM_WHATSAPP_VERIFY_TOKEN", "sup3rs3cret2"),
        ("TANDEM_WHATSAPP_ACCESS_TOKEN", "sup3rs3cret3"),
    ];

    fn flag(variable: &str) -> String {
        let name = variable.trim_start_matches("TANDEM_").to_lowercase().replace('_', "-");
        format!("{variable} (--{name}) is missing")
    }

    #[test]
    fn it_is_whole_or_absent() {
        assert!(good(&[], &[]).1.whatsapp.is_none());
        let blank = WHOLE.map(|(name, _)| (name, " "));
        assert!(good(&[], &blank).1.whatsapp.is_none());
        let whole = good(&[], &WHOLE).1.whatsapp.expect("it is whole");
        assert_eq!((&*whole.phone_number_id, &*whole.number), ("106540352242922", "+12025550123"));
        assert_eq!((whole.app_secrets.len(), &*whole.api_url), (1, API_URL));
        for (name, _) in WHOLE {
            let rest: Vec<_> = WHOLE.into_iter().filter(|(it, _)| *it != name).collect();
            refused(&[], &rest, &flag(name));
        }
        refused(&["--whatsapp-api-url=http://127.0.0.1:9"], &[], &flag(WHOLE[0].0));
    }

    #[test]
    fn an_app_secret_is_replaced_with_overlap() {
        let secrets = |text: &str| {
            let whole = good(&["--whatsapp-app-secret", text], &WHOLE).1.whatsapp.unwrap();
            let secrets = whole.app_secrets.iter().map(|it| it.expose_secret().to_owned());
            secrets.collect::<Vec<_>>()
        };
        assert_eq!(secrets("old"), ["old"]);
        assert_eq!(secrets("old, new"), ["old", "new"]);
        for odd in ["old,", ",", "old,two words"] {
            let said = parse(&["--whatsapp-app-secret", odd], &WHOLE).expect_err(odd).to_string();
            assert!(said.contains("TANDEM_WHATSAPP_APP_SECRET"), "{said}");
        }
    }

    #[test]
    fn wrong_values_are_named() {
        refused(&["--whatsapp-phone-number-id=a1"], &WHOLE, "must be digits");
        refused(&["--whatsapp-phone-number-id=1/2"], &WHOLE, "must be digits");
        refused(&["--whatsapp-business-account-id=x"], &WHOLE, "must be digits");
        refused(&["--whatsapp-number=12025550123"], &WHOLE, "E.164");
        refused(&["--whatsapp-api-url=http://x.com"], &WHOLE, "https");
        let url = "--whatsapp-api-url=http://127.0.0.1:9/";
        assert_eq!(good(&[url], &WHOLE).1.whatsapp.unwrap().api_url, "http://127.0.0.1:9");
    }

    #[test]
    fn secrets_are_never_shown() {
        let shown = format!("{:?}", good(&[], &WHOLE));
        assert!(!shown.contains("sup3rs3cret"), "{shown}");
        for flag in ["app-secret", "verify-token", "access-token"] {
            let args = [format!("--whatsapp-{flag}"), "sup3rs3cret here".to_owned()];
            let args = args.each_ref().map(String::as_str);
            let spaced = parse(&args, &WHOLE).expect_err("a blank");
            let said = format!("{spaced} {spaced:?}");
            assert!(said.contains(&format!("--whatsapp-{flag}")), "{said}");
            assert!(!said.contains("sup3rs"), "{said}");
        }
    }
}
