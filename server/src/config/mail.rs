//! The settings of mail to agents: by which server, and from whom.

use std::net::Ipv4Addr;

use clap::Args;
use lettre::message::Mailbox;
use secrecy::SecretString;
use url::{Host, Url};

use crate::config::{
    error::ConfigError,
    parse::{Asked, all_or_none},
    settings::MailConfig,
};

const HEADING: &str = "Mail to agents who are not connected, of what they have not read (both, or none of \
                       them)";

/// All settings, as texts. The help texts are read in a terminal, so they are no doc comments.
#[derive(Debug, Args)]
pub struct MailArgs {
    #[arg(
        id = "smtp_url",
        long = "smtp-url",
        env = "SMTP_URL",
        value_name = "URL",
        help_heading = HEADING,
        help = "Mail server, as smtps://user:password@host, or with STARTTLS as \
                smtp://user:password@host:587?tls=required [default: none, and no mail is sent]"
    )]
    pub url: Option<SecretString>,

    #[arg(
        id = "smtp_from",
        long = "smtp-from",
        env = "SMTP_FROM",
        value_name = "ADDRESS",
        help_heading = HEADING,
        help = "Whom mail comes from, such as Tandem <tandem@example.com>"
    )]
    pub from: Option<String>,
}

/// Checks the settings; `None` where there are none.
pub fn read(raw: &MailArgs) -> Result<Option<MailConfig>, ConfigError> {
    let asked = [
        Asked::secret("SMTP_URL", "smtp-url", raw.url.as_ref()),
        Asked::text("SMTP_FROM", "smtp-from", raw.from.as_ref()),
    ];
    let allowed = "mail needs SMTP_URL and SMTP_FROM, or none of them";
    let Some([url, from]) = all_or_none(asked, false, allowed)? else { return Ok(None) };
    check_url(url.text).map_err(|allowed| ConfigError::SecretValue {
        variable: "SMTP_URL",
        flag: "smtp-url",
        allowed: allowed.to_owned(),
    })?;
    let from = from.read(|text| {
        text.parse::<Mailbox>()
            .map_err(|_other| "must be an address such as Tandem <tandem@example.com>".to_owned())
    })?;
    Ok(Some(MailConfig { url: url.text.to_owned().into(), from }))
}

/// The client reads the URL again, and more closely. A password in the clear goes no further than this
/// machine.
fn check_url(text: &str) -> Result<(), &'static str> {
    let allowed = "must be a URL such as smtps://user:password@host, or \
                   smtp://user:password@host:587?tls=required";
    let url = Url::parse(text).map_err(|_no_url| allowed)?;
    if !matches!(url.scheme(), "smtp" | "smtps") || !url.has_host() {
        return Err(allowed);
    }
    let tls = url.query_pairs().find(|(name, _value)| name == "tls").map(|(_name, value)| value);
    if !matches!(tls.as_deref(), None | Some("required" | "opportunistic")) {
        return Err("`tls` must be `required` or `opportunistic`");
    }
    let safe = url.scheme() == "smtps" || tls.as_deref() == Some("required");
    let here = match url.host() {
        // Of a scheme that it does not know, the URL leaves numbers as they are.
        Some(Host::Domain(name)) => {
            name == "localhost" || name.parse().is_ok_and(|ip: Ipv4Addr| ip.is_loopback())
        }
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    };
    if url.password().is_some() && !safe && !here {
        return Err("a password needs TLS: smtps://, or smtp:// with ?tls=required");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::config::harness::{good, refused};

    const WHOLE: [(&str, &str); 2] = [
        ("SMTP_URL", "smtps://tandem:sup3rs3cret@mail.example.com"),
        ("SMTP_FROM", "Tandem <tandem@example.com>"),
    ];

    #[test]
    fn it_is_whole_or_absent() {
        assert!(good(&[], &[]).1.mail.is_none());
        assert!(good(&[], &WHOLE.map(|(name, _)| (name, " "))).1.mail.is_none());
        let mail = good(&[], &WHOLE).1.mail.expect("it is whole");
        assert_eq!(mail.from.to_string(), "Tandem <tandem@example.com>");
        for (name, _) in WHOLE {
            let rest: Vec<_> = WHOLE.into_iter().filter(|(it, _)| *it != name).collect();
            refused(&[], &rest, &format!("{name} (--smtp"));
        }
        for url in [
            "smtp://localhost:2525",
            "smtp://a:b@127.0.0.1:2525",
            "smtp://a:b@[::1]:2525",
            "smtp://a:b@mail.example.com:587?tls=required",
        ] {
            assert!(good(&["--smtp-url", url], &WHOLE).1.mail.is_some(), "{url}");
        }
    }

    #[test]
    fn wrong_values_are_named_and_the_password_is_not_shown() {
        for url in ["mail.example.com", "https://mail.example.com", "smtp:mail"] {
            refused(&["--smtp-url", url], &WHOLE, "SMTP_URL (--smtp-url): must be a URL");
        }
        refused(&["--smtp-url=smtp://a?tls=no"], &WHOLE, "`tls` must be");
        for tls in ["", "?tls=opportunistic"] {
            let url = format!("--smtp-url=smtp://a:sup3rs3cret@mail.example.com{tls}");
            refused(&[&url], &WHOLE, "a password needs TLS");
        }
        for from in ["nobody", "a@b@c", "Tandem <>"] {
            refused(&["--smtp-from", from], &WHOLE, "SMTP_FROM (--smtp-from) is");
        }
        let shown = format!("{:?}", good(&[], &WHOLE));
        assert!(!shown.contains("sup3rs3cret"), "{shown}");
    }
}
