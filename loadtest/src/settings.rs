//! All that a run needs to know.

use std::net::SocketAddr;

use crate::{scenario::file::Scenario, target::Target};

/// A run.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What happens, overrides included.
    pub scenario: Scenario,
    /// Where: one node or several.
    pub targets: Vec<Target>,
    /// Who signs in; more desks than these share them.
    pub logins: Vec<Login>,
    /// The same seed gives the same schedule.
    pub seed: u64,
    /// For scenarios through webhooks.
    pub twilio: Option<Twilio>,
    /// What is shown meanwhile, on stderr.
    pub progress: Progress,
}

/// An agent's e-mail address and password.
#[derive(Clone)]
pub struct Login {
    /// The e-mail address.
    pub email: String,
    /// The password.
    pub password: String,
}

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Login").field("email", &self.email).finish_non_exhaustive()
    }
}

/// The Twilio account that the server believes in, and where this process plays Twilio.
#[derive(Clone)]
pub struct Twilio {
    /// `AC…`, as the server has it.
    pub account_sid: String,
    /// As the server has it.
    pub auth_token: String,
    /// The business's number, as the server has it.
    pub number: String,
    /// Where the stand-in for Twilio's API listens; the server has it as `TANDEM_TWILIO_API_URL`.
    pub listen: SocketAddr,
    /// The server's public URL, which signatures are made over; without it, the first target.
    pub public_url: Option<String>,
}

impl std::fmt::Debug for Twilio {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Twilio").field("listen", &self.listen).finish_non_exhaustive()
    }
}

/// What is shown while it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Nothing.
    Quiet,
    /// One line that changes, for a terminal.
    Live,
    /// A line every five seconds, for a log.
    Lines,
}
