//! The HTTP half of the fake Google: the token endpoint, which checks what was signed, and the API.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::Arc,
};

use axum::{
    Json, Router,
    extract::{Path, Query, RawForm, State},
    http::{HeaderMap, StatusCode, header::AUTHORIZATION},
    response::{IntoResponse, Response},
    routing::{delete, get, post},
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use parking_lot::Mutex;
use rustls::{SignatureScheme, crypto::ring::default_provider};
use serde_json::{Value, json};
use server::clock::Clock;
use uuid::Uuid;

use super::fake_rbm::{AGENT, CLIENT_EMAIL, KEY_ID};

/// The public half of the tests' key: an `RSAPublicKey` (RFC 8017, A.1.1).
const PUBLIC_KEY: &str = include_str!("rbm_test_key.pub.pem");

/// What the next call does instead of its work.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Behaviour {
    /// Answers with this status and Google's word for it, and takes nothing.
    Refuse(u16, &'static str),
    /// The same, and says when to come back, in seconds.
    Later(u16, &'static str, u64),
    /// Does its work and answers with this status.
    TakeThen(u16),
    /// Does its work and never answers.
    TakeThenNeverAnswer,
    /// Answers with HTML, as something else at this address would.
    Html(u16),
}

/// A message as the fake keeps it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct FakeRcs {
    pub(crate) to: String,
    pub(crate) id: String,
    pub(crate) body: Value,
    pub(crate) revoked: bool,
}

impl FakeRcs {
    /// Returns its text.
    pub(crate) fn text(&self) -> &str {
        self.body["contentMessage"]["text"].as_str().unwrap()
    }
}

/// What the handlers and the handle share.
pub(super) struct Shared {
    pub(super) clock: Clock,
    pub(super) token_uri: String,
    pub(super) state: Mutex<Google>,
}

#[derive(Default)]
pub(super) struct Google {
    pub(super) tokens: HashSet<String>,
    pub(super) messages: Vec<FakeRcs>,
    pub(super) events: Vec<(String, Value)>,
    pub(super) on_call: VecDeque<Behaviour>,
    pub(super) by_chance: Option<Box<dyn FnMut() -> Option<Behaviour> + Send>>,
    pub(super) on_token: VecDeque<Behaviour>,
    pub(super) requests: Vec<String>,
    used_ids: HashSet<String>,
}

type Params = HashMap<String, String>;
type Answer = Result<Response, Refusal>;

/// An answer that is not a 2xx.
struct Refusal {
    status: u16,
    after: Option<u64>,
    body: String,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap();
        let mut response = (status, self.body).into_response();
        if let Some(seconds) = self.after {
            response.headers_mut().insert("retry-after", seconds.into());
        }
        response
    }
}

/// Returns the routes.
pub(super) fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/token", post(token))
        .route("/v1/phones/{number}/agentMessages", post(message))
        .route("/v1/phones/{number}/agentMessages/{id}", delete(revoke))
        .route("/v1/phones/{number}/agentEvents", post(event))
        .route("/v1/phones/{number}/capabilities", get(capabilities))
        .with_state(shared)
}

async fn token(State(shared): State<Arc<Shared>>, RawForm(form): RawForm) -> Answer {
    let form: Params = form_urlencoded::parse(&form).into_owned().collect();
    let behaviour = {
        let mut state = shared.state.lock();
        state.requests.push("POST token".to_owned());
        state.on_token.pop_front()
    };
    let refused = |status: u16, word: &str| Refusal {
        status,
        after: None,
        body: json!({ "error": word }).to_string(),
    };
    match behaviour {
        Some(Behaviour::Refuse(status, word)) => return Err(refused(status, word)),
        Some(Behaviour::TakeThenNeverAnswer) => std::future::pending().await,
        Some(other) => panic!("no answer of a token endpoint: {other:?}"),
        None => {}
    }
    let grant_type = form.get("grant_type").map(String::as_str);
    if grant_type != Some("urn:ietf:params:oauth:grant-type:jwt-bearer") {
        return Err(refused(400, "unsupported_grant_type"));
    }
    let assertion = form.get("assertion").cloned().unwrap_or_default();
    check(&assertion, &shared).map_err(|_why: &str| refused(400, "invalid_grant"))?;
    // Long enough for others to come meanwhile.
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    let token = format!("ya29.{}", Uuid::new_v4().simple());
    shared.state.lock().tokens.insert(token.clone());
    let granted = json!({ "access_token": token, "expires_in": 3599, "token_type": "Bearer" });
    Ok(Json(granted).into_response())
}

/// Checks an assertion as RFC 7523, section 3, and Google ask.
fn check(assertion: &str, shared: &Shared) -> Result<(), &'static str> {
    let (signed, signature) = assertion.rsplit_once('.').ok_or("no signature")?;
    let (header, claims) = signed.split_once('.').ok_or("no claims")?;
    let bytes = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_wrong| "no base64url");
    let read = |part: &str| serde_json::from_slice(&bytes(part)?).map_err(|_wrong| "no JSON");
    let (header, claims): (Value, Value) = (read(header)?, read(claims)?);
    if header != json!({ "alg": "RS256", "typ": "JWT", "kid": KEY_ID }) {
        return Err("another header");
    }
    let der: String = PUBLIC_KEY.lines().filter(|line| !line.starts_with('-')).collect();
    let der = STANDARD.decode(der).map_err(|_wrong| "a bad key")?;
    let provider = default_provider();
    let known = provider.signature_verification_algorithms.mapping.iter();
    let mut rs256 = known.filter(|(scheme, _)| *scheme == SignatureScheme::RSA_PKCS1_SHA256);
    let (_, algorithms) = rs256.next().ok_or("RS256 is not known")?;
    let signature = bytes(signature)?;
    let good = |it: &dyn rustls::pki_types::SignatureVerificationAlgorithm| {
        it.verify_signature(&der, signed.as_bytes(), &signature).is_ok()
    };
    if !algorithms.iter().any(|it| good(*it)) {
        return Err("the signature does not match");
    }
    let number = |name: &str| claims[name].as_i64().unwrap_or_default();
    let now = shared.clock.now().timestamp();
    let fits = (number("iat") - now).abs() <= 60
        && number("exp") > now
        && number("exp") - number("iat") <= 3_600;
    if claims["iss"] != CLIENT_EMAIL || claims["aud"] != shared.token_uri || !fits {
        return Err("other claims");
    }
    if claims["scope"] != "https://www.googleapis.com/auth/rcsbusinessmessaging" {
        return Err("another scope");
    }
    Ok(())
}

impl Shared {
    /// Notes the request, asks for the token, and returns what is to be done.
    fn begin(
        &self,
        name: &str,
        headers: &HeaderMap,
        query: &Params,
    ) -> Result<Option<Behaviour>, Refusal> {
        let mut state = self.state.lock();
        state.requests.push(name.to_owned());
        let given = headers.get(AUTHORIZATION).and_then(|it| it.to_str().ok()).unwrap_or_default();
        let token = given.strip_prefix("Bearer ").unwrap_or_default();
        if !state.tokens.contains(token) {
            return Err(refusal(401, "UNAUTHENTICATED"));
        }
        if query.get("agentId").map(String::as_str) != Some(AGENT) {
            return Err(refusal(403, "PERMISSION_DENIED"));
        }
        let scripted = state.on_call.pop_front();
        let chance = || state.by_chance.as_mut().and_then(|chance| chance());
        match scripted.or_else(chance) {
            Some(Behaviour::Refuse(status, word)) => Err(refusal(status, word)),
            Some(Behaviour::Later(status, word, seconds)) => {
                Err(Refusal { after: Some(seconds), ..refusal(status, word) })
            }
            Some(Behaviour::Html(status)) => {
                Err(Refusal { body: "<html>Not here</html>".to_owned(), ..refusal(status, "") })
            }
            other => Ok(other),
        }
    }
}

async fn message(
    State(shared): State<Arc<Shared>>,
    Path(number): Path<String>,
    Query(query): Query<Params>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Answer {
    let behaviour = shared.begin("POST agentMessages", &headers, &query)?;
    let id = query.get("messageId").cloned().unwrap_or_default();
    let words = ["AUTHENTICATION", "TRANSACTION", "PROMOTION", "SERVICEREQUEST", "ACKNOWLEDGEMENT"];
    let traffic = body["messageTrafficType"].as_str().unwrap_or_default();
    let ttl = body["ttl"].as_str().and_then(|it| it.strip_suffix('s'));
    let ttl = ttl.and_then(|it| it.parse::<u64>().ok()).unwrap_or_default();
    let good = Uuid::try_parse(&id).is_ok()
        && says_something(&body["contentMessage"])
        && words.contains(&traffic)
        && (10..=15 * 86_400).contains(&ttl)
        && number.strip_prefix('+').is_some_and(|it| it.bytes().all(|b| b.is_ascii_digit()));
    if !good {
        return Err(refusal(400, "INVALID_ARGUMENT"));
    }
    let name = format!("phones/{number}/agentMessages/{id}");
    {
        let mut state = shared.state.lock();
        // An id that was used, by a message or an event, is ignored.
        if state.used_ids.insert(id.clone()) {
            state.messages.push(FakeRcs { to: number, id, body: body.clone(), revoked: false });
        }
    }
    finish(behaviour, &json!({ "name": name, "sendTime": "2026-11-02T08:09:10Z" })).await
}

/// One thing of those that a message can say.
fn says_something(content: &Value) -> bool {
    let Some(fields) = content.as_object().filter(|it| it.len() == 1) else { return false };
    let is_url = |it: &Value| it.as_str().is_some_and(|it| it.starts_with("http"));
    let is_info = |it: &Value| {
        is_url(&it["fileUrl"]) && (it["thumbnailUrl"].is_null() || is_url(&it["thumbnailUrl"]))
    };
    let length = |it: &Value| it.as_str().map_or(0, |it| it.encode_utf16().count());
    match fields.keys().next().map(String::as_str) {
        Some("text") => (1..=3_072).contains(&length(&content["text"])),
        Some("contentInfo") => is_info(&content["contentInfo"]),
        Some("richCard") => {
            let card = &content["richCard"]["standaloneCard"];
            let media = &card["cardContent"]["media"];
            (1..=2_000).contains(&length(&card["cardContent"]["description"]))
                && ["VERTICAL", "HORIZONTAL"].map(Value::from).contains(&card["cardOrientation"])
                && ["SHORT", "MEDIUM", "TALL"].map(Value::from).contains(&media["height"])
                && is_info(&media["contentInfo"])
        }
        _ => false,
    }
}

async fn event(
    State(shared): State<Arc<Shared>>,
    Path(number): Path<String>,
    Query(query): Query<Params>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Answer {
    let behaviour = shared.begin("POST agentEvents", &headers, &query)?;
    let id = query.get("eventId").cloned().unwrap_or_default();
    let good = match body["eventType"].as_str() {
        Some("IS_TYPING") => true,
        Some("READ") => body["messageId"].is_string(),
        _ => false,
    };
    if !good || Uuid::try_parse(&id).is_err() {
        return Err(refusal(400, "INVALID_ARGUMENT"));
    }
    {
        let mut state = shared.state.lock();
        if state.used_ids.insert(id) {
            state.events.push((number, body.clone()));
        }
    }
    finish(behaviour, &body).await
}

async fn revoke(
    State(shared): State<Arc<Shared>>,
    Path((number, id)): Path<(String, String)>,
    Query(query): Query<Params>,
    headers: HeaderMap,
) -> Answer {
    let behaviour = shared.begin("DELETE agentMessages", &headers, &query)?;
    for message in &mut shared.state.lock().messages {
        message.revoked |= message.id == id && message.to == number;
    }
    // It says the same whether there was such a message or not.
    finish(behaviour, &json!({})).await
}

async fn capabilities(
    State(shared): State<Arc<Shared>>,
    Path(_number): Path<String>,
    Query(query): Query<Params>,
    headers: HeaderMap,
) -> Answer {
    let behaviour = shared.begin("GET capabilities", &headers, &query)?;
    if query.get("requestId").is_none_or(|it| Uuid::try_parse(it).is_err()) {
        return Err(refusal(400, "INVALID_ARGUMENT"));
    }
    finish(behaviour, &json!({ "features": ["RICHCARD_STANDALONE", "ACTION_DIAL"] })).await
}

async fn finish(behaviour: Option<Behaviour>, body: &Value) -> Answer {
    match behaviour {
        Some(Behaviour::TakeThenNeverAnswer) => std::future::pending().await,
        Some(Behaviour::TakeThen(status)) => Err(refusal(status, "SCRIPTED")),
        _ => Ok(Json(body).into_response()),
    }
}

/// An error, as Google's APIs write them.
fn refusal(status: u16, word: &str) -> Refusal {
    let error = json!({ "code": status, "message": "Scripted", "status": word });
    Refusal { status, after: None, body: json!({ "error": error }).to_string() }
}
