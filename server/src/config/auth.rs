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

#[cfg(test)]
mod tests {
    use crate::config::{
        args::Command,
        harness::{good, parse, refused},
        people::{TokenCommand, UserCommand},
    };

    const WHOLE: [(&str, &str); 3] = [
        ("TANDEM_OIDC_ISSUER", "https://login.example.com/tenant"),
        ("TANDEM_OIDC_CLIENT_ID", "tandem"),
        ("TANDEM_OIDC_CLIENT_SECRET", "sup3rs3cret"),
    ];

    #[test]
    fn a_provider_is_whole_or_absent() {
        assert!(good(&[], &[]).1.auth.oidc.is_none());
        let oidc = good(&[], &WHOLE).1.auth.oidc.expect("it is whole");
        assert_eq!(oidc.issuer, "https://login.example.com/tenant");
        assert_eq!(oidc.name, "Single sign-on");
        for (name, _) in WHOLE {
            let rest: Vec<_> = WHOLE.into_iter().filter(|(it, _)| *it != name).collect();
            refused(&[], &rest, &format!("{name} (--"));
        }
        refused(&["--oidc-name=X"], &[], "TANDEM_OIDC_ISSUER (--oidc-issuer) is missing");
        refused(&["--oidc-issuer=http://login.example.com"], &WHOLE, "TANDEM_OIDC_ISSUER");
        // What goes with the browser is sealed by one node and opened by another.
        let nodes = [&WHOLE[..], &[("REDIS_URL", "redis://localhost")]].concat();
        refused(&[], &nodes, "TANDEM_SEAL_KEY (--seal-key)");
    }

    #[test]
    fn minutes_without_use_are_bounded() {
        assert!(good(&[], &[]).1.auth.idle.is_none());
        let idle = good(&["--session-idle-minutes=15"], &[]).1.auth.idle;
        assert_eq!(idle.map(|it| it.num_seconds()), Some(900));
        refused(&["--session-idle-minutes=0"], &[], "must be a whole number from 1 to 1440");
    }

    #[test]
    fn people_and_tokens_have_commands_of_their_own() {
        let (command, _) = good(&["user", "add", "zoe@example.com", "--name", "Zoe"], &[]);
        let Command::User(UserCommand::Add(it)) = command else { panic!("{command:?}") };
        assert_eq!((it.email.as_str(), it.role.as_str()), ("zoe@example.com", "agent"));
        let args = ["token", "create", "zoe@example.com", "--name=T", "--scope=a", "--scope=b"];
        let (command, _) = good(&args, &[]);
        let Command::Token(TokenCommand::Create(it)) = command else { panic!("{command:?}") };
        assert_eq!(it.scopes, ["a", "b"]);
        refused(&["token", "create", "zoe@example.com", "--name=T"], &[], "required");
        assert!(parse(&["user"], &[]).is_err(), "it says what there is");
    }
}
