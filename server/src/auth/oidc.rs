//! Signing in with OpenID Connect: the authorization code flow (OpenID Connect Core 1.0, section 3.1) with
//! PKCE (RFC 7636). What has to be remembered while somebody is at the provider goes with the browser,
//! sealed, so that any node can take it back.

use std::{
    pin::Pin,
    sync::Arc,
    time::{Duration, Instant},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use openidconnect::{
    AsyncHttpClient, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointMaybeSet,
    EndpointNotSet, EndpointSet, HttpRequest, HttpResponse, IssuerUrl, Nonce, OAuth2TokenResponse,
    PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope, TokenResponse,
    core::{CoreAuthenticationFlow, CoreClient, CoreProviderMetadata, CoreUserInfoClaims},
    http,
};
use parking_lot::Mutex;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;
use url::Url;
use uuid::Uuid;

use crate::{
    clock::Clock,
    config::settings::OidcConfig,
    seal::Sealer,
    web_client::{self, CALL_TIMEOUT, CONNECT_TIMEOUT, read_bounded},
};

/// Where the provider sends people back to.
pub const CALLBACK: &str = "/api/v1/sessions/oidc/callback";
/// How long somebody may be at the provider.
pub const AWAY: TimeDelta = TimeDelta::minutes(10);
/// Its endpoints and keys are asked for again after this long.
const KNOWN_FOR: Duration = Duration::from_hours(1);
/// No answer of a provider is longer.
const ANSWER_BYTES_MAX: usize = 1024 * 1024;
/// What the seal is bound to.
const SEALED_AS: &str = "oidc";

type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// Why somebody is not signed in.
#[derive(Debug, thiserror::Error)]
pub enum OidcError {
    /// What came back is not of a sign-in that this browser has begun, or too late.
    #[error("this sign-in was not begun here, or too long ago")]
    Expired,
    /// The provider cannot be asked, or says what cannot be believed.
    #[error("the provider of OpenID Connect: {0}")]
    Provider(String),
}

/// Who somebody is, as the provider says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The provider.
    pub issuer: String,
    /// Its name for the person, which never changes.
    pub subject: String,
    /// The address, if the provider has verified it.
    pub email: Option<String>,
}

/// A sign-in that has begun.
pub struct Begun {
    /// Where the browser goes.
    pub url: Url,
    /// What it brings back.
    pub sealed: String,
}

#[derive(Serialize, Deserialize)]
struct Pending {
    state: String,
    nonce: String,
    verifier: String,
    until: DateTime<Utc>,
}

/// Signs people in.
#[derive(Clone)]
pub struct Oidc(Arc<Inner>);

struct Inner {
    config: OidcConfig,
    redirect: RedirectUrl,
    web: Web,
    sealer: Sealer,
    clock: Clock,
    known: Mutex<Option<(Instant, CoreProviderMetadata)>>,
}

impl Oidc {
    /// Makes one. The provider is not asked before somebody signs in.
    pub fn new(
        config: OidcConfig,
        public_url: &Url,
        sealer: Sealer,
        clock: Clock,
    ) -> anyhow::Result<Self> {
        let callback = format!("{}{CALLBACK}", public_url.as_str().trim_end_matches('/'));
        let web = Web(web_client::build(CONNECT_TIMEOUT, CALL_TIMEOUT)?);
        let (redirect, known) = (RedirectUrl::new(callback)?, Mutex::default());
        Ok(Self(Arc::new(Inner { config, redirect, web, sealer, clock, known })))
    }

    /// Returns what people are shown.
    pub fn name(&self) -> &str {
        &self.0.config.name
    }

    /// Begins a sign-in.
    pub async fn begin(&self) -> Result<Begun, OidcError> {
        let client = self.client().await?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let (url, state, nonce) = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                CsrfToken::new_random,
                Nonce::new_random,
            )
            .add_scope(Scope::new("email".to_owned()))
            .set_pkce_challenge(challenge)
            .url();
        let pending = Pending {
            state: state.into_secret(),
            nonce: nonce.secret().clone(),
            verifier: verifier.into_secret(),
            until: self.0.clock.now() + AWAY,
        };
        let text = serde_json::to_string(&pending).map_err(unusable)?;
        let sealed = self.0.sealer.seal(Uuid::nil(), SEALED_AS, &SecretString::from(text));
        Ok(Begun { url, sealed: URL_SAFE_NO_PAD.encode(sealed.map_err(unusable)?) })
    }

    /// Ends a sign-in, with what the browser has kept and what the provider sent it back with.
    pub async fn end(&self, sealed: &str, state: &str, code: String) -> Result<Person, OidcError> {
        let pending = self.open(sealed).ok_or(OidcError::Expired)?;
        let same = bool::from(pending.state.as_bytes().ct_eq(state.as_bytes()));
        if !same || self.0.clock.now() > pending.until {
            return Err(OidcError::Expired);
        }
        let client = self.client().await?;
        let answer = client
            .exchange_code(AuthorizationCode::new(code))
            .map_err(unusable)?
            .set_pkce_verifier(PkceCodeVerifier::new(pending.verifier))
            .request_async(&self.0.web)
            .await
            .map_err(unusable)?;
        let id_token = answer.id_token().ok_or_else(|| unusable("it sent no id token"))?;
        let clock = self.0.clock.clone();
        let verifier = client.id_token_verifier().set_time_fn(move || clock.now());
        let claims = id_token.claims(&verifier, &Nonce::new(pending.nonce)).map_err(|error| {
            // Perhaps with keys that it has made since.
            self.0.known.lock().take();
            unusable(error)
        })?;
        let mut email = claims.email().filter(|_it| claims.email_verified() == Some(true)).cloned();
        if email.is_none() {
            // Section 5.4: with a code, it may tell the address only here.
            let subject = Some(claims.subject().clone());
            let asked = client.user_info(answer.access_token().clone(), subject);
            if let Ok(asked) = asked {
                let told: CoreUserInfoClaims =
                    asked.request_async(&self.0.web).await.map_err(unusable)?;
                email = told.email().filter(|_it| told.email_verified() == Some(true)).cloned();
            }
        }
        Ok(Person {
            issuer: self.0.config.issuer.clone(),
            subject: claims.subject().as_str().to_owned(),
            email: email.map(|it| it.as_str().to_lowercase()),
        })
    }

    fn open(&self, sealed: &str) -> Option<Pending> {
        let sealed = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let text = self.0.sealer.open(Uuid::nil(), SEALED_AS, &sealed).ok()?;
        serde_json::from_str(text.expose_secret()).ok()
    }

    async fn client(&self) -> Result<Client, OidcError> {
        let config = &self.0.config;
        let id = ClientId::new(config.client_id.clone());
        let secret = ClientSecret::new(config.client_secret.expose_secret().to_owned());
        let client = CoreClient::from_provider_metadata(self.metadata().await?, id, Some(secret));
        Ok(client.set_redirect_uri(self.0.redirect.clone()))
    }

    async fn metadata(&self) -> Result<CoreProviderMetadata, OidcError> {
        let now = self.0.clock.instant();
        let known = self.0.known.lock().clone();
        if let Some((since, metadata)) = known
            && now.saturating_duration_since(since) < KNOWN_FOR
        {
            return Ok(metadata);
        }
        let issuer = IssuerUrl::new(self.0.config.issuer.clone()).map_err(unusable)?;
        let found =
            CoreProviderMetadata::discover_async(issuer, &self.0.web).await.map_err(unusable)?;
        *self.0.known.lock() = Some((now, found.clone()));
        Ok(found)
    }
}

/// Asks the provider, for the library.
struct Web(reqwest::Client);

impl<'a> AsyncHttpClient<'a> for Web {
    type Error = Unanswered;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, Unanswered>> + Send + 'a>>;

    fn call(&'a self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            let request = reqwest::Request::try_from(request)?;
            let answer = self.0.execute(request).await?;
            let mut response = http::Response::builder().status(answer.status());
            if let Some(headers) = response.headers_mut() {
                headers.clone_from(answer.headers());
            }
            let body = read_bounded(answer, ANSWER_BYTES_MAX).await.ok_or(Unanswered::Cut)?;
            response.body(body).map_err(|_impossible| Unanswered::Cut)
        })
    }
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
enum Unanswered {
    #[error("it cannot be reached")]
    Unreachable(#[from] reqwest::Error),
    #[error("its answer was cut, or too long")]
    Cut,
}

/// Says what the library says, with its causes; secrets are in none of them.
fn unusable(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> OidcError {
    let error = error.into();
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(it) = cause {
        text = format!("{text}: {it}");
        cause = it.source();
    }
    OidcError::Provider(text)
}
