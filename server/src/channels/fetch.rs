//! Fetching what customers sent from where their provider has it: public addresses only, secrets only
//! to whom they belong, and no more than is wanted.

use std::{error::Error, fmt, sync::Arc, time::Duration};

use bytes::Bytes;
use reqwest::{Client, Response, StatusCode, header, redirect};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::reachable::{Blocked, Checked, Lookup, Reach};
use crate::domain::inbound::MediaSource;

/// Most redirects that are followed.
const REDIRECTS_MAX: usize = 5;
/// How long connecting may take, and each wait for more.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const READ_TIMEOUT: Duration = Duration::from_secs(15);

/// What to ask for.
pub struct FetchRequest {
    /// Where it is.
    pub url: Url,
    /// The secret that goes with it: to this scheme, host and port, and nowhere else.
    pub credentials: Option<Credentials>,
}

/// A secret of a provider's account.
#[derive(Clone)]
pub enum Credentials {
    /// Name and password.
    Basic(String, SecretString),
    /// A token.
    Bearer(SecretString),
}

impl FetchRequest {
    /// Makes a request out of an address as it was told, without a secret.
    pub fn plain(source: &MediaSource) -> Result<Self, FetchError> {
        let MediaSource::Url(url) = source else { return Err(FetchError::refused("no_address")) };
        let url = url.parse().map_err(|_bad| FetchError::refused("bad_address"))?;
        Ok(Self { url, credentials: None })
    }
}

impl fmt::Debug for FetchRequest {
    /// An address of a file opens it for whoever has it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FetchRequest").field("host", &self.url.host_str()).finish_non_exhaustive()
    }
}

/// Why there is no file. `code` is a word for the agents and the log, never an address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// It will never come.
    #[error("the file will not come ({code})")]
    Refused {
        /// Why.
        code: String,
    },
    /// It may come later.
    #[error("the file did not come ({code})")]
    Later {
        /// Why.
        code: String,
    },
}

impl FetchError {
    /// It will never come.
    pub fn refused(code: &str) -> Self {
        Self::Refused { code: code.to_owned() }
    }

    /// It may come later.
    pub fn later(code: &str) -> Self {
        Self::Later { code: code.to_owned() }
    }

    /// Returns the reason.
    pub fn code(&self) -> &str {
        match self {
            Self::Refused { code } | Self::Later { code } => code,
        }
    }
}

/// Fetches.
pub struct Fetcher {
    http: Client,
    reach: Reach,
    bytes_max: u64,
}

impl Fetcher {
    /// Makes a fetcher. A rustls crypto provider must have been installed.
    pub fn new(
        lookup: Arc<dyn Lookup>,
        reach: Reach,
        bytes_max: u64,
    ) -> Result<Self, reqwest::Error> {
        let http = Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(READ_TIMEOUT)
            // Each step is checked, and loses the secrets on its way.
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .dns_resolver(Arc::new(Checked::new(lookup, reach)))
            // A proxy would look the names up itself.
            .no_proxy()
            .pool_max_idle_per_host(0)
            .user_agent(concat!("tandem/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { http, reach, bytes_max })
    }

    /// Asks for a file, through redirects, and returns it as it begins to come.
    pub async fn open(&self, request: FetchRequest) -> Result<Incoming, FetchError> {
        let FetchRequest { mut url, mut credentials } = request;
        for _hop in 0..=REDIRECTS_MAX {
            let response = self.ask(&url, credentials.as_ref()).await?;
            if !response.status().is_redirection() {
                return self.begin(response);
            }
            let next = response
                .headers()
                .get(header::LOCATION)
                .and_then(|to| url.join(to.to_str().ok()?).ok())
                .ok_or_else(|| FetchError::refused("bad_redirect"))?;
            if next.origin() != url.origin() {
                // Nor does it come back when a later redirect leads home again.
                credentials = None;
            }
            url = next;
        }
        Err(FetchError::refused("too_many_redirects"))
    }

    /// Asks for a short answer of a provider's API, such as the address of a file.
    pub async fn small(
        &self,
        request: FetchRequest,
        bytes_max: u64,
    ) -> Result<Vec<u8>, FetchError> {
        let mut incoming = self.open(request).await?;
        incoming.left = incoming.left.min(bytes_max);
        let mut answer = Vec::new();
        while let Some(chunk) = incoming.chunk().await? {
            answer.extend_from_slice(&chunk);
        }
        Ok(answer)
    }

    async fn ask(
        &self,
        url: &Url,
        credentials: Option<&Credentials>,
    ) -> Result<Response, FetchError> {
        self.reach.check(url).map_err(|Blocked| FetchError::refused("blocked_address"))?;
        let call = self.http.get(url.clone());
        let call = match credentials {
            Some(Credentials::Basic(name, word)) => {
                call.basic_auth(name, Some(word.expose_secret()))
            }
            Some(Credentials::Bearer(token)) => call.bearer_auth(token.expose_secret()),
            None => call,
        };
        call.send().await.map_err(|error| failed(&error))
    }

    fn begin(&self, response: Response) -> Result<Incoming, FetchError> {
        let status = response.status();
        if status != StatusCode::OK {
            let code = format!("http_{}", status.as_u16());
            return Err(if may_change(status) {
                FetchError::Later { code }
            } else {
                FetchError::Refused { code }
            });
        }
        if response.content_length().is_some_and(|bytes| bytes > self.bytes_max) {
            return Err(FetchError::refused("too_large"));
        }
        Ok(Incoming { response, left: self.bytes_max })
    }
}

/// Says whether a file may be there later: providers tell of files before all of their own machines
/// know them, and credentials are mended.
fn may_change(status: StatusCode) -> bool {
    status.is_server_error() || matches!(status.as_u16(), 401 | 403 | 404 | 408 | 425 | 429)
}

/// A file as it comes.
pub struct Incoming {
    response: Response,
    /// How many bytes it may still have, whatever was said of it.
    left: u64,
}

impl Incoming {
    /// Returns the next piece.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, FetchError> {
        let Some(chunk) = self.response.chunk().await.map_err(|error| failed(&error))? else {
            return Ok(None);
        };
        let left = self.left.checked_sub(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
        self.left = left.ok_or_else(|| FetchError::refused("too_large"))?;
        Ok(Some(chunk))
    }
}

/// Says what a failed call means. The error itself has the address in it.
fn failed(error: &reqwest::Error) -> FetchError {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(it) = cause {
        if it.is::<Blocked>() {
            return FetchError::refused("blocked_address");
        }
        cause = it.source();
    }
    FetchError::later(if error.is_timeout() {
        "too_slow"
    } else if error.is_connect() {
        "connect"
    } else {
        "broken"
    })
}
