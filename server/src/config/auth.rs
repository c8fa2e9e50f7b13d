//! The settings of signing in: what can be said, and what it has to be.

use chrono::TimeDelta;
use clap::Args;
use secrecy::SecretString;
use url::Url;

use crate::config::{
    error::ConfigError,
    parse::{Asked, all_or_none, optional},
    settings::{AuthConfig, OidcConfig},
    value,
};

/// What the button says where nothing is set.
const NAME: &str = "Single sign-on";
/// A day: a longer one is none.
const IDLE_MINUTES_MAX: u32 = 1_440;

const HEADING: &str = "Signing in";
const OIDC: &str = "Signing in with OpenID Connect, beside passwords (issuer, id and secret, or none of \
                    them)";

/// All settings, as texts. The help texts are read in a terminal, so they are no doc comments.
#[derive(Debug, Args)]
pub struct AuthArgs {
    #[arg(
        long,
        env = "TANDEM_SESSION_IDLE_MINUTES",
        value_name = "MINUTES",
        help_heading = HEADING,
        help = "Sign out who does nothing for this long [default: never]"
    )]
    pub session_idle_minutes: Option<String>,

    #[arg(
        id = "oidc_issuer",
        long = "oidc-issuer",
        env = "TANDEM_OIDC_ISSUER",
        value_name = "URL",
        help_heading = OIDC,
        help = "The provider, as it names itself, such as https://login.example.com. It sends people \
                back to /api/v1/sessions/oidc/callback below the public URL"
    )]
    pub issuer: Option<String>,

    #[arg(
        id = "oidc_client_id",
        long = "oidc-client-id",
        env = "TANDEM_OIDC_CLIENT_ID",
        value_name = "ID",
        help_heading = OIDC,
        help = "What the provider calls this server"
    )]
    pub client_id: Option<String>,

    #[arg(
        id = "oidc_client_secret",
        long = "oidc-client-secret",
        env = "TANDEM_OIDC_CLIENT_SECRET",
        value_name = "SECRET",
        help_heading = OIDC,
        help = "What it proves that with"
    )]
    pub client_secret: Option<SecretString>,

    #[arg(
        id = "oidc_name",
        long = "oidc-name",
        env = "TANDEM_OIDC_NAME",
        value_name = "NAME",
        help_heading = OIDC,
        help = "What the button in the desk says [default: Single sign-on]"
    )]
    pub name: Option<String>,
}

/// Checks the settings.
pub fn read(raw: &AuthArgs) -> Result<AuthConfig, ConfigError> {
    let idle = optional(
        "TANDEM_SESSION_IDLE_MINUTES",
        "session-idle-minutes",
        raw.session_idle_minutes.as_ref(),
    );
    let minutes = idle.map(|it| it.read(|text| value::number(text, &(1..=IDLE_MINUTES_MAX))));
    let idle = minutes.transpose()?.map(|minutes| TimeDelta::minutes(i64::from(minutes)));
    Ok(AuthConfig { idle, oidc: oidc(raw)? })
}

fn oidc(raw: &AuthArgs) -> Result<Option<OidcConfig>, ConfigError> {
    let name = optional("TANDEM_OIDC_NAME", "oidc-name", raw.name.as_ref());
    let asked = [
        Asked::text("TANDEM_OIDC_ISSUER", "oidc-issuer", raw.issuer.as_ref()),
        Asked::text("TANDEM_OIDC_CLIENT_ID", "oidc-client-id", raw.client_id.as_ref()),
        Asked::secret(
            "TANDEM_OIDC_CLIENT_SECRET",
            "oidc-client-secret",
            raw.client_secret.as_ref(),
        ),
    ];
    let allowed = "OpenID Connect needs TANDEM_OIDC_ISSUER, _CLIENT_ID and _CLIENT_SECRET, or no \
                   TANDEM_OIDC_ variable at all";
    let Some([issuer, id, secret]) = all_or_none(asked, name.is_some(), allowed)? else {
        return Ok(None);
    };
    let url = |text: &str| -> Result<Url, String> {
        let url = value::api_url(text)?;
        Url::parse(&url).map_err(|error| error.to_string())
    };
    Ok(Some(OidcConfig {
        // As it was written: the provider's name is compared letter by letter.
        issuer: issuer.read(|text| url(text).map(|_url| text.to_owned()))?,
        client_id: id.read(|text| Ok(text.to_owned()))?,
        client_secret: secret.read_secret()?,
        name: name.map_or(NAME, |it| it.text).to_owned(),
    }))
}
