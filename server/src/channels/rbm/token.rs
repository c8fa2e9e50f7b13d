//! Access tokens for the API: asked for with an assertion that the service account has signed, kept
//! until shortly before they run out.
//!
//! Sources: Google Identity, "Using OAuth 2.0 for server to server applications"; RFC 7523 for the
//! assertion, RFC 6749, section 5.2 for refusals.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use parking_lot::Mutex;
use reqwest::{Client, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;
use tokio::{sync::Semaphore, time::timeout};

use super::{body::is_word, client::ANSWER_BYTES_MAX, service_account::ServiceAccount};
use crate::{
    channels::{
        answers::{retry, retry_after},
        provider::SendError,
    },
    clock::Clock,
    web_client::read_bounded,
};

/// What the tokens are for.
const SCOPE: &str = "https://www.googleapis.com/auth/rcsbusinessmessaging";
const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/// Google takes no assertion that is good for longer.
const ASSERTION_SECONDS: i64 = 3_600;
/// A token is not used in its last minute: it must outlive the call.
const MARGIN: Duration = Duration::from_mins(1);
/// Waiting for somebody else's refresh counts: a message's claim must outlive this and two calls.
const PATIENCE: Duration = Duration::from_secs(15);

/// An access token.
pub type Token = Arc<SecretString>;

/// The access tokens of one service account.
pub struct Tokens {
    account: ServiceAccount,
    http: Client,
    clock: Clock,
    kept: Mutex<Option<Kept>>,
    /// Held by the one who asks for a new token.
    asking: Semaphore,
}

struct Kept {
    token: Token,
    good_until: Instant,
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    expires_in: Option<u64>,
}

#[derive(Default, Deserialize)]
struct Refused {
    error: Option<String>,
}

impl Tokens {
    /// Makes a source that has no token yet.
    pub fn new(account: ServiceAccount, http: Client, clock: Clock) -> Self {
        Self { account, http, clock, kept: Mutex::new(None), asking: Semaphore::new(1) }
    }

    /// Returns a token, a new one if there is none that is good. Nothing has been sent if it fails.
    pub async fn get(&self) -> Result<Token, SendError> {
        if let Some(token) = self.kept() {
            return Ok(token);
        }
        let asked = timeout(PATIENCE, async {
            let _permit = self.asking.acquire().await.expect("it is never closed");
            // Somebody else may have got one meanwhile.
            if let Some(token) = self.kept() {
                return Ok(token);
            }
            self.ask().await
        });
        asked.await.unwrap_or_else(|_elapsed| Err(retry("token_timeout")))
    }

    /// Drops a token that the API refuses. A newer one stays.
    pub fn forget(&self, refused: &Token) {
        let mut kept = self.kept.lock();
        if kept.as_ref().is_some_and(|it| Arc::ptr_eq(&it.token, refused)) {
            *kept = None;
        }
    }

    fn kept(&self) -> Option<Token> {
        let kept = self.kept.lock();
        let good = kept.as_ref().filter(|it| self.clock.instant() < it.good_until)?;
        Some(Arc::clone(&good.token))
    }

    async fn ask(&self) -> Result<Token, SendError> {
        let begun = self.clock.instant();
        let assertion = self
            .assertion()
            .ok_or_else(|| SendError::Credentials { code: "service_account_key".to_owned() })?;
        let form = [("grant_type", GRANT_TYPE), ("assertion", &*assertion)];
        let request = self.http.post(self.account.token_uri.clone()).form(&form);
        // Whatever goes wrong here, no message is on its way.
        let response = request.send().await.map_err(|_error| retry("token_unanswered"))?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body =
            read_bounded(response, ANSWER_BYTES_MAX).await.ok_or_else(|| retry("token_cut"))?;
        if !status.is_success() {
            return Err(refusal(status, &body, retry_after(&headers)));
        }
        let granted: Granted = serde_json::from_slice(&body)
            .map_err(|_secret: serde_json::Error| retry("token_unreadable"))?;
        let lasts = Duration::from_secs(granted.expires_in.unwrap_or(3_600).min(86_400));
        let token = Arc::new(SecretString::from(granted.access_token));
        let good_until = begun + lasts.saturating_sub(MARGIN).max(lasts / 2);
        *self.kept.lock() = Some(Kept { token: Arc::clone(&token), good_until });
        Ok(token)
    }

    /// A signed statement of who we are and what we want (RFC 7523, section 3).
    fn assertion(&self) -> Option<String> {
        let now = self.clock.now().timestamp();
        let header = json!({ "alg": "RS256", "typ": "JWT", "kid": self.account.key_id });
        let claims = json!({
            "iss": self.account.client_email,
            "scope": SCOPE,
            "aud": self.account.token_uri.as_str(),
            "iat": now,
            "exp": now + ASSERTION_SECONDS,
        });
        let encode = |part: &serde_json::Value| URL_SAFE_NO_PAD.encode(part.to_string());
        let signed = format!("{}.{}", encode(&header), encode(&claims));
        let signature = self.account.sign(signed.as_bytes())?;
        Some(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

fn refusal(status: StatusCode, body: &[u8], after: Option<Duration>) -> SendError {
    let body: Refused = serde_json::from_slice(body).unwrap_or_default();
    let word = body.error.filter(|it| is_word(it));
    let code = word
        .map_or_else(|| format!("token_http_{}", status.as_u16()), |word| format!("token_{word}"));
    let later = status.is_server_error()
        || matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT);
    if later { SendError::Retry { code, after } } else { SendError::Credentials { code } }
}

/// Says a token as a request's header does.
pub fn bearer(token: &Token) -> &str {
    token.expose_secret()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_the_channels_unless_it_may_pass() {
        let check = |status: u16, body: &str, expected: SendError| {
            let status = StatusCode::from_u16(status).unwrap();
            assert_eq!(refusal(status, body.as_bytes(), None), expected);
        };
        let channel = |code: &str| SendError::Credentials { code: code.to_owned() };
        check(400, r#"{"error":"invalid_grant"}"#, channel("token_invalid_grant"));
        check(401, r#"{"error":"not for\nlogs"}"#, channel("token_http_401"));
        check(404, "<html>", channel("token_http_404"));
        check(302, "", channel("token_http_302"));
        check(429, "", retry("token_http_429"));
        check(503, r#"{"error":"unavailable"}"#, retry("token_unavailable"));
    }
}
