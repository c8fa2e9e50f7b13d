//! What routes work with: cheap handles.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use chrono::TimeDelta;
use secrecy::SecretString;
use url::Url;

use crate::{
    auth::{limit::SignInLimit, link::Links, oidc::Oidc, origin::Origins, password::Passwords},
    blobs::Blobs,
    channels::{registry::Registry, troubles::Troubles, upload::Uploads},
    commands::road::Road,
    store::pool::Store,
};

/// What routes work with.
#[derive(Clone)]
pub struct HttpState {
    /// The database.
    pub store: Store,
    /// All writes.
    pub road: Road,
    /// Checks passwords.
    pub passwords: Passwords,
    /// Signs people in with OpenID Connect, where that is set up.
    pub oidc: Option<Oidc>,
    /// After how long a session that is not used is over.
    pub idle: Option<TimeDelta>,
    /// Counts sign-ins.
    pub sign_ins: Arc<SignInLimit>,
    /// Reads webhooks.
    pub registry: Arc<Registry>,
    /// Counts webhooks that are refused.
    pub troubles: Troubles,
    /// How providers reach us.
    pub public_url: Url,
    /// Files of messages.
    pub blobs: Blobs,
    /// Takes files of agents.
    pub uploads: Uploads,
    /// Knows links to files.
    pub links: Links,
    /// Whose pages may use cookies.
    pub origins: Arc<Origins>,
    /// Whether cookies are for https only.
    pub secure: bool,
    /// Whether the sandbox's phones are open.
    pub sandbox: bool,
    /// Whether the server takes work.
    pub ready: Ready,
    /// What `/metrics` asks for, if it asks for anything.
    pub metrics_token: Option<SecretString>,
}

/// Whether the server takes work: not before it is set up, and not while it drains.
#[derive(Clone, Default)]
pub struct Ready(Arc<AtomicBool>);

impl Ready {
    /// Sets it.
    pub fn set(&self, ready: bool) {
        self.0.store(ready, Ordering::Release);
    }

    /// Returns it.
    pub fn get(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}
