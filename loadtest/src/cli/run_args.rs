//! The flags of `loadtest run`, and what they change in a scenario.

use std::{net::SocketAddr, path::PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;

use super::logins;
use crate::{
    scenario::{
        file::{Scenario, Via},
        limits, read,
        span::{Rate, Span},
        threshold::Threshold,
    },
    settings::{Progress, Settings, Twilio},
    target,
};

const LOAD: &str = "Instead of what the scenario says";
const PROVIDER: &str = "Twilio (for scenarios through webhooks; the same values as the server's)";

/// See [`super::args::Command::Run`].
#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// What happens: a name of `loadtest list`, or a file that ends in .toml
    #[arg(long, value_name = "NAME|FILE", default_value = "desk-day")]
    scenario: String,

    /// Where the server is; again for each further node
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8080")]
    url: Vec<String>,

    /// Who signs in; again for each further agent. Desks above that number share logins
    #[arg(long, value_name = "EMAIL:PASSWORD", env = "TANDEM_LOGIN", hide_env_values = true)]
    login: Vec<String>,

    /// A file with an e-mail address and a password in each line, such as the demo's
    /// demo-logins.txt in the server's data folder
    #[arg(long, value_name = "FILE")]
    logins: Option<PathBuf>,

    /// Seed of the schedule: the same seed gives the same actions at the same instants
    #[arg(long, value_name = "NUMBER", default_value_t = 7)]
    seed: u64,

    /// Folder for run.json and report.html
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,

    /// Show nothing but the result
    #[arg(long)]
    quiet: bool,

    /// Allow targets that are not on this machine
    #[arg(long, alias = "i-own-this-target")]
    allow_remote: bool,

    /// Desks, each with a socket
    #[arg(long, value_name = "COUNT", help_heading = LOAD)]
    agents: Option<u32>,

    /// Customers, each with a thread
    #[arg(long, value_name = "COUNT", help_heading = LOAD)]
    customers: Option<u32>,

    /// Actions a second, such as 20/s
    #[arg(long, value_name = "RATE", help_heading = LOAD)]
    rate: Option<String>,

    /// How long it takes until all desks are there, such as 5s
    #[arg(long, value_name = "TIME", help_heading = LOAD)]
    ramp: Option<String>,

    /// How long is measured, such as 60s or 2m
    #[arg(long, value_name = "TIME", help_heading = LOAD)]
    duration: Option<String>,

    /// How customers reach the server
    #[arg(long, value_name = "ROAD", help_heading = LOAD)]
    via: Option<Via>,

    /// A further threshold, such as "ack.p99 < 50ms"; again for each one
    #[arg(long, value_name = "TEXT", help_heading = LOAD)]
    threshold: Vec<String>,

    /// Without the scenario's own thresholds
    #[arg(long, help_heading = LOAD)]
    no_thresholds: bool,

    /// How late the generator's actions may start (99 of 100) before its figures count for nothing
    #[arg(long, value_name = "TIME", help_heading = LOAD)]
    max_lag: Option<String>,

    /// Account SID
    #[arg(long, env = "TANDEM_TWILIO_ACCOUNT_SID", value_name = "SID", help_heading = PROVIDER)]
    twilio_account_sid: Option<String>,

    /// Auth token
    #[arg(long, env = "TANDEM_TWILIO_AUTH_TOKEN", value_name = "TOKEN", hide_env_values = true,
        help_heading = PROVIDER)]
    twilio_auth_token: Option<String>,

    /// The business's number
    #[arg(long, env = "TANDEM_TWILIO_NUMBER", value_name = "NUMBER", help_heading = PROVIDER)]
    twilio_number: Option<String>,

    // No doc comment: the terminal would show its backticks.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:18089",
        help_heading = PROVIDER, help = "Where this process plays Twilio's API; the server's \
        TANDEM_TWILIO_API_URL is http:// and this")]
    twilio_listen: SocketAddr,

    /// The server's public URL, which signatures are made over [default: the first --url]
    #[arg(long, env = "TANDEM_PUBLIC_URL", value_name = "URL", help_heading = PROVIDER)]
    public_url: Option<String>,
}

impl RunArgs {
    /// Returns what is to be run.
    pub(crate) fn settings(&self, terminal: bool) -> anyhow::Result<Settings> {
        let targets: anyhow::Result<Vec<_>> =
            self.url.iter().map(|it| target::check(it, self.allow_remote)).collect();
        let mut all: Vec<_> =
            self.login.iter().map(|it| logins::one(it)).collect::<anyhow::Result<_>>()?;
        if let Some(path) = &self.logins {
            all.extend(logins::file(path)?);
        }
        if all.is_empty() {
            bail!(
                "say who signs in: --login email:password, or --logins FILE (the server's data \
                 folder has demo-logins.txt)"
            );
        }
        let progress = match (self.quiet, terminal) {
            (true, _) => Progress::Quiet,
            (false, true) => Progress::Live,
            (false, false) => Progress::Lines,
        };
        Ok(Settings {
            scenario: self.scenario()?,
            targets: targets?,
            logins: all,
            seed: self.seed,
            twilio: self.twilio(),
            progress,
        })
    }

    /// Where the result goes.
    pub(crate) fn out(&self) -> Option<&PathBuf> {
        self.out.as_ref()
    }

    fn scenario(&self) -> anyhow::Result<Scenario> {
        let mut it = read::named(&self.scenario)?;
        let load = &mut it.load;
        load.agents = self.agents.unwrap_or(load.agents);
        load.customers = self.customers.unwrap_or(load.customers);
        // A share of few is still a share: never more than there are.
        load.hot_customers = load.hot_customers.min(load.customers);
        load.contenders = load.contenders.min(load.agents.max(2));
        load.via = self.via.unwrap_or(load.via);
        override_with(&mut load.rate, self.rate.as_deref(), "--rate", str::parse::<Rate>)?;
        override_with(&mut load.ramp, self.ramp.as_deref(), "--ramp", str::parse::<Span>)?;
        let duration = self.duration.as_deref();
        override_with(&mut load.duration, duration, "--duration", str::parse::<Span>)?;
        let lag = self.max_lag.as_deref();
        override_with(&mut it.trust.lag_p99, lag, "--max-lag", str::parse::<Span>)?;
        if self.no_thresholds {
            it.thresholds.clear();
        }
        for text in &self.threshold {
            let threshold: Threshold = text.parse().map_err(anyhow::Error::msg)?;
            it.thresholds.insert(threshold, "asked for on the command line".to_owned());
        }
        limits::check(&it).map_err(anyhow::Error::msg)?;
        Ok(it)
    }

    fn twilio(&self) -> Option<Twilio> {
        Some(Twilio {
            account_sid: self.twilio_account_sid.clone()?,
            auth_token: self.twilio_auth_token.clone()?,
            number: self.twilio_number.clone()?,
            listen: self.twilio_listen,
            public_url: self.public_url.clone(),
        })
    }
}

fn override_with<T>(
    value: &mut T,
    text: Option<&str>,
    flag: &str,
    parse: impl Fn(&str) -> Result<T, String>,
) -> anyhow::Result<()> {
    if let Some(text) = text {
        *value = parse(text).map_err(anyhow::Error::msg).context(flag.to_owned())?;
    }
    Ok(())
}
