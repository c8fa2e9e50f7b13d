//! The settings of Google RCS for Business, from text to value.

use std::path::PathBuf;

use clap::Args;
use secrecy::SecretString;

use crate::config::{
    error::ConfigError,
    parse::{Asked, all_or_none, filled, setting},
    settings::RbmConfig,
    value,
};

/// Where the API lives.
pub const API_URL: &str = "https://rcsbusinessmessaging.googleapis.com";

const RBM: &str = "RCS for Business (agent, client token and service account, or none of them)";

/// All settings of RCS, as texts.
#[derive(Debug, Args)]
pub struct RbmArgs {
    #[arg(
        long,
        env = "TANDEM_RBM_AGENT_ID",
        value_name = "ID",
        help_heading = RBM,
        help = "The agent's id, as its webhooks have it, such as front-desk@rbm.goog"
    )]
    pub rbm_agent_id: Option<String>,

    #[arg(
        long,
        env = "TANDEM_RBM_CLIENT_TOKEN",
        value_name = "TOKEN",
        help_heading = RBM,
        help = "Client token of the webhook, which is signed with it; several, separated by \
                commas, while one is replaced"
    )]
    pub rbm_client_token: Option<SecretString>,

    #[arg(
        long,
        env = "TANDEM_RBM_SERVICE_ACCOUNT",
        value_name = "FILE",
        help_heading = RBM,
        help = "JSON file with the service account's key"
    )]
    pub rbm_service_account: Option<String>,

    #[arg(
        long,
        env = "TANDEM_RBM_API_URL",
        value_name = "URL",
        help_heading = RBM,
        default_value = API_URL,
        help = "Base URL of the API: a region's, or for tests"
    )]
    pub rbm_api_url: String,
}

/// Checks them: all, or none.
pub(super) fn read(raw: &RbmArgs) -> Result<Option<RbmConfig>, ConfigError> {
    let api_url = setting("TANDEM_RBM_API_URL", "rbm-api-url", &raw.rbm_api_url, API_URL);
    let asked = [
        Asked::text("TANDEM_RBM_AGENT_ID", "rbm-agent-id", raw.rbm_agent_id.as_ref()),
        Asked::secret("TANDEM_RBM_CLIENT_TOKEN", "rbm-client-token", raw.rbm_client_token.as_ref()),
        Asked::text(
            "TANDEM_RBM_SERVICE_ACCOUNT",
            "rbm-service-account",
            raw.rbm_service_account.as_ref(),
        ),
    ];
    let allowed = "RCS needs TANDEM_RBM_AGENT_ID, TANDEM_RBM_CLIENT_TOKEN and \
                   TANDEM_RBM_SERVICE_ACCOUNT, or no TANDEM_RBM_ variable at all";
    let Some([agent, tokens, account]) = all_or_none(asked, api_url.text != API_URL, allowed)?
    else {
        return Ok(None);
    };
    Ok(Some(RbmConfig {
        agent_id: agent.read(|text| value::agent_id(text).map(|()| text.to_owned()))?,
        client_tokens: client_tokens(tokens.text)?,
        service_account: account.read(|path| Ok(PathBuf::from(path)))?,
        api_url: api_url.read(value::api_url)?,
    }))
}

fn client_tokens(text: &str) -> Result<Vec<SecretString>, ConfigError> {
    let tokens: Vec<&str> = text.split(',').filter_map(filled).collect();
    if !tokens.is_empty() && tokens.iter().all(|token| value::token(token).is_ok()) {
        return Ok(tokens.into_iter().map(SecretString::from).collect());
    }
    Err(ConfigError::SecretValue {
        variable: "TANDEM_RBM_CLIENT_TOKEN",
        flag: "rbm-client-token",
        allowed: "must be printable ASCII without blanks, or several separated by commas"
            .to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn args() -> RbmArgs {
        RbmArgs {
            rbm_agent_id: Some(" front-desk@rbm.goog ".to_owned()),
            rbm_client_token: Some("s3cr3t-a, s3cr3t-b,".into()),
            rbm_service_account: Some("/etc/tandem/key.json".to_owned()),
            rbm_api_url: API_URL.to_owned(),
        }
    }

    fn refused(args: &RbmArgs, expected: &str) {
        let error = read(args).expect_err("these settings are wrong");
        let said = format!("{error} {error:?}");
        assert!(said.contains(expected) && !said.contains("s3cr3t"), "{said}");
    }

    #[test]
    fn it_is_whole_or_absent() {
        let whole = read(&args()).unwrap().expect("it is whole");
        assert_eq!(whole.agent_id, "front-desk@rbm.goog");
        let tokens: Vec<_> = whole.client_tokens.iter().map(ExposeSecret::expose_secret).collect();
        assert_eq!(tokens, ["s3cr3t-a", "s3cr3t-b"]);
        assert_eq!(whole.service_account, PathBuf::from("/etc/tandem/key.json"));
        assert_eq!(whole.api_url, API_URL);
        assert!(!format!("{whole:?}").contains("s3cr3t"));
        refused(&RbmArgs { rbm_agent_id: None, ..args() }, "(--rbm-agent-id) is missing");
        let blank = Some(" ".into());
        refused(&RbmArgs { rbm_client_token: blank, ..args() }, "(--rbm-client-token) is missing");
        let without = RbmArgs { rbm_service_account: None, ..args() };
        refused(&without, "(--rbm-service-account) is missing");
        let none = || RbmArgs {
            rbm_agent_id: None,
            rbm_client_token: Some("".into()),
            rbm_service_account: Some(String::new()),
            rbm_api_url: String::new(),
        };
        assert!(read(&none()).unwrap().is_none());
        let api_only = RbmArgs { rbm_api_url: "http://127.0.0.1:9".to_owned(), ..none() };
        refused(&api_only, "is missing");
    }

    #[test]
    fn a_wrong_value_is_named() {
        refused(
            &RbmArgs { rbm_agent_id: Some("two words".into()), ..args() },
            "TANDEM_RBM_AGENT_ID",
        );
        for token in ["s3cr3t two", ","] {
            let args = RbmArgs { rbm_client_token: Some(token.into()), ..args() };
            refused(&args, "TANDEM_RBM_CLIENT_TOKEN");
        }
        let args = RbmArgs { rbm_api_url: "http://rcs.example".to_owned(), ..args() };
        refused(&args, "must be an https URL");
    }
}
