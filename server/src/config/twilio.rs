//! The settings of Twilio: what can be said, and what it has to be.

use clap::Args;
use secrecy::SecretString;

use crate::config::{
    error::ConfigError,
    parse::{Asked, all_or_none, setting},
    settings::TwilioConfig,
    value,
};

/// Where Twilio's REST API lives.
pub const API_URL: &str = "https://api.twilio.com";

const HEADING: &str = "Twilio (account, token and number, or none of them)";

/// All settings, as texts. The help texts are read in a terminal, so they are no doc comments.
#[derive(Debug, Args)]
pub struct TwilioArgs {
    #[arg(
        long,
        env = "TANDEM_TWILIO_ACCOUNT_SID",
        value_name = "SID",
        help_heading = HEADING,
        help = "Account SID: AC and 32 hexadecimal digits"
    )]
    pub twilio_account_sid: Option<String>,

    #[arg(
        long,
        env = "TANDEM_TWILIO_AUTH_TOKEN",
        value_name = "TOKEN",
        help_heading = HEADING,
        help = "Auth token; webhooks are signed with it too"
    )]
    pub twilio_auth_token: Option<SecretString>,

    #[arg(
        long,
        env = "TANDEM_TWILIO_NUMBER",
        value_name = "NUMBER",
        help_heading = HEADING,
        help = "The business's number in E.164, such as +12025550123"
    )]
    pub twilio_number: Option<String>,

    #[arg(
        long,
        env = "TANDEM_TWILIO_API_URL",
        value_name = "URL",
        help_heading = HEADING,
        default_value = API_URL,
        help = "Base URL of the API; another one is for tests"
    )]
    pub twilio_api_url: String,
}

/// Checks them: all, or none.
pub(super) fn read(raw: &TwilioArgs) -> Result<Option<TwilioConfig>, ConfigError> {
    let api_url = setting("TANDEM_TWILIO_API_URL", "twilio-api-url", &raw.twilio_api_url, API_URL);
    let asked = [
        Asked::text(
            "TANDEM_TWILIO_ACCOUNT_SID",
            "twilio-account-sid",
            raw.twilio_account_sid.as_ref(),
        ),
        Asked::secret(
            "TANDEM_TWILIO_AUTH_TOKEN",
            "twilio-auth-token",
            raw.twilio_auth_token.as_ref(),
        ),
        Asked::text("TANDEM_TWILIO_NUMBER", "twilio-number", raw.twilio_number.as_ref()),
    ];
    let allowed = "Twilio needs TANDEM_TWILIO_ACCOUNT_SID, TANDEM_TWILIO_AUTH_TOKEN and \
                   TANDEM_TWILIO_NUMBER, or no TANDEM_TWILIO_ variable at all";
    let Some([sid, token, number]) = all_or_none(asked, api_url.text != API_URL, allowed)? else {
        return Ok(None);
    };
    Ok(Some(TwilioConfig {
        account_sid: sid.read(value::account_sid)?,
        auth_token: token.read_secret()?,
        number: number.read(value::e164)?,
        api_url: api_url.read(value::api_url)?,
    }))
}

#[cfg(test)]
mod tests {
    use crate::config::harness::{good, refused};

    const SID: &str = "AC0123456789abcdef0123456789abcdef";

    #[test]
    fn twilio_is_whole_or_absent() {
        let sid = ("TANDEM_TWILIO_ACCOUNT_SID", SID);
        let token = ("TANDEM_TWILIO_AUTH_TOKEN", "f0e1d2c3b4a5968778695a4b3c2d1e0f");
        let number = ("TANDEM_TWILIO_NUMBER", "+12025550123");
        let twilio = good(&[], &[sid, token, number]).1.twilio.expect("it is whole");
        assert_eq!(twilio.api_url, "https://api.twilio.com");
        refused(&[], &[sid, number], "TANDEM_TWILIO_AUTH_TOKEN (--twilio-auth-token) is missing");
        refused(
            &[],
            &[token, number],
            "TANDEM_TWILIO_ACCOUNT_SID (--twilio-account-sid) is missing",
        );
        refused(&[], &[sid, token], "TANDEM_TWILIO_NUMBER (--twilio-number) is missing");
        let api = ("TANDEM_TWILIO_API_URL", "http://127.0.0.1:9/");
        refused(&[], &[api], "is missing");
        let twilio = good(&[], &[sid, token, number, api]).1.twilio.expect("it is whole");
        assert_eq!(twilio.api_url, "http://127.0.0.1:9");
        refused(&["--twilio-api-url=http://x.com"], &[sid, token, number], "https");
        refused(&["--twilio-account-sid=AC1"], &[sid, token, number], "32 hexadecimal digits");
        for wrong in ["2025550123", "+0123456789", "+1 202 555 0123", "+1202555012345678"] {
            refused(&["--twilio-number", wrong], &[sid, token, number], "E.164");
        }
    }
}
