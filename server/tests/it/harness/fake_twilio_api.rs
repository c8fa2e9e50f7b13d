//! The API half of the fake Twilio: what its accounts hold, and the HTTP that changes it.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::Arc,
    time::Duration,
};

use axum::{
    Json, Router,
    extract::{Path, RawForm, RawQuery, State},
    http::{HeaderMap, StatusCode, header::AUTHORIZATION},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, NaiveDate, Utc};
use parking_lot::Mutex;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

/// What the next create (or list) does instead of its work.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Behaviour {
    /// Its work.
    Ok,
    /// Answers with this status, and with `Retry-After` in seconds; takes nothing.
    Status(u16, Option<u64>),
    /// Takes the message and never answers.
    AcceptThenNeverAnswer,
    /// Takes the message and answers 500.
    AcceptThen500,
    /// Takes the message and answers 201 with this body.
    AcceptThenSay(&'static str),
    /// Refuses with 400 and this error code.
    Reject(u32),
    /// Waits, then does its work, unless the caller has gone meanwhile.
    Slow(Duration),
    /// Redirects, with 307, to here.
    Redirect(&'static str),
}

/// A message as the fake keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FakeMessage {
    pub(crate) sid: String,
    pub(crate) account_sid: String,
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) body: String,
    pub(crate) media_urls: Vec<String>,
    pub(crate) direction: &'static str,
    pub(crate) status: String,
    pub(crate) error_code: Option<u32>,
    pub(crate) status_callback: Option<String>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) sent_at: Option<DateTime<Utc>>,
}

type Now = dyn Fn() -> DateTime<Utc> + Send + Sync;

/// What the handlers and the handle share.
pub(super) struct Shared {
    pub(super) now: Box<Now>,
    pub(super) state: Mutex<Twilio>,
}

#[derive(Default)]
pub(super) struct Twilio {
    pub(super) tokens: HashMap<String, SecretString>,
    /// API keys, by their ids: each is good for every account here.
    pub(super) api_keys: HashMap<String, SecretString>,
    pub(super) numbers: HashMap<String, Vec<String>>,
    /// Messaging Services, and the number that each one sends from.
    pub(super) services: HashMap<String, String>,
    pub(super) opted_out: HashSet<String>,
    pub(super) messages: Vec<FakeMessage>,
    pub(super) on_create: VecDeque<Behaviour>,
    pub(super) by_chance: Option<Box<dyn FnMut() -> Behaviour + Send>>,
    pub(super) on_list: VecDeque<Behaviour>,
    pub(super) requests: Vec<String>,
}

/// Returns the routes of the API.
pub(super) fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/2010-04-01/Accounts/{file}", get(account))
        .route("/2010-04-01/Accounts/{account}/Messages.json", post(create).get(list))
        .route("/2010-04-01/Accounts/{account}/Messages/{file}", get(fetch))
        .with_state(shared)
}

type Answer = Result<Response, Refusal>;

/// An answer that is not a 2xx; its body is what Twilio's errors look like.
struct Refusal {
    status: u16,
    code: u32,
    message: String,
    header: Option<(&'static str, String)>,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = json!({
            "code": self.code,
            "message": self.message,
            "more_info": format!("https://www.twilio.com/docs/errors/{}", self.code),
            "status": self.status,
        });
        let status = StatusCode::from_u16(self.status).expect("a status");
        let mut response = answer(status, &body);
        if let Some((name, value)) = self.header {
            response.headers_mut().insert(name, value.parse().expect("a header value"));
        }
        response
    }
}

async fn create(
    State(shared): State<Arc<Shared>>,
    Path(account): Path<String>,
    headers: HeaderMap,
    RawForm(form): RawForm,
) -> Answer {
    let behaviour = {
        let mut state = shared.state.lock();
        state.requests.push(format!("POST /2010-04-01/Accounts/{account}/Messages.json"));
        authorised(&headers, &account, &state)?;
        let scripted = state.on_create.pop_front();
        let chance = || state.by_chance.as_mut().map(|chance| chance());
        scripted.or_else(chance).unwrap_or(Behaviour::Ok)
    };
    before(behaviour).await?;
    let message = shared.accept(&account, &form)?;
    match behaviour {
        Behaviour::AcceptThenNeverAnswer => std::future::pending().await,
        Behaviour::AcceptThen500 => Err(error(500, 20500, "Internal Server Error")),
        Behaviour::AcceptThenSay(body) => Ok((StatusCode::CREATED, body).into_response()),
        _ => Ok(answer(StatusCode::CREATED, &message.json())),
    }
}

async fn list(
    State(shared): State<Arc<Shared>>,
    Path(account): Path<String>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Answer {
    let query = query.unwrap_or_default();
    let path = format!("/2010-04-01/Accounts/{account}/Messages.json");
    let behaviour = {
        let mut state = shared.state.lock();
        state.requests.push(format!("GET {path}?{query}"));
        authorised(&headers, &account, &state)?;
        state.on_list.pop_front().unwrap_or(Behaviour::Ok)
    };
    before(behaviour).await?;

    let filters: HashMap<String, String> =
        form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let is = |name: &str, value: &str| filters.get(name).is_none_or(|it| it == value);
    let mut all: Vec<Value> = {
        let state = shared.state.lock();
        let matching = state.messages.iter().filter(|it| {
            it.account_sid == account
                && is("To", &it.to)
                && is("From", &it.from)
                && in_range(it.sent_at, &filters)
        });
        matching.map(FakeMessage::json).collect()
    };
    all.reverse(); // The newest first.
    let (page, size) = page_bounds(&filters);
    let more = all.len() > (page + 1) * size;
    let shown: Vec<Value> = all.into_iter().skip(page * size).take(size).collect();
    let uri = |page: usize| {
        let kept = filters.iter().filter(|(name, _)| !matches!(name.as_str(), "Page" | "PageSize"));
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(kept).append_pair("PageSize", &size.to_string());
        format!("{path}?{}", query.append_pair("Page", &page.to_string()).finish())
    };
    Ok(answer(
        StatusCode::OK,
        &json!({
            "first_page_uri": uri(0),
            "next_page_uri": more.then(|| uri(page + 1)),
            "previous_page_uri": page.checked_sub(1).map(uri),
            "uri": uri(page),
            "page": page,
            "page_size": size,
            "start": page * size,
            "end": (page * size + shown.len()).saturating_sub(1),
            "messages": shown,
        }),
    ))
}

async fn account(
    State(shared): State<Arc<Shared>>,
    Path(file): Path<String>,
    headers: HeaderMap,
) -> Answer {
    let mut state = shared.state.lock();
    state.requests.push(format!("GET /2010-04-01/Accounts/{file}"));
    let sid = file.strip_suffix(".json").unwrap_or(&file);
    authorised(&headers, sid, &state)?;
    let account = json!({ "sid": sid, "friendly_name": "Test", "status": "active" });
    Ok(answer(StatusCode::OK, &account))
}

async fn fetch(
    State(shared): State<Arc<Shared>>,
    Path((account, file)): Path<(String, String)>,
    headers: HeaderMap,
) -> Answer {
    let path = format!("/2010-04-01/Accounts/{account}/Messages/{file}");
    let mut state = shared.state.lock();
    state.requests.push(format!("GET {path}"));
    authorised(&headers, &account, &state)?;
    let sid = file.strip_suffix(".json").unwrap_or(&file);
    let found = state.messages.iter().find(|it| it.sid == sid && it.account_sid == account);
    let message = found.ok_or_else(|| {
        error(404, 20404, &format!("The requested resource {path} was not found"))
    })?;
    Ok(answer(StatusCode::OK, &message.json()))
}

/// What a behaviour does before the request is looked at.
async fn before(behaviour: Behaviour) -> Result<(), Refusal> {
    match behaviour {
        Behaviour::Status(status, retry_after) => {
            let code = if status == 429 { 20429 } else { 20000 + u32::from(status) };
            let header = retry_after.map(|seconds| ("retry-after", seconds.to_string()));
            Err(Refusal { header, ..error(status, code, "Scripted") })
        }
        Behaviour::Redirect(to) => {
            let header = Some(("location", to.to_owned()));
            Err(Refusal { header, ..error(307, 20307, "Scripted") })
        }
        Behaviour::Reject(code) => Err(error(400, code, "Scripted")),
        Behaviour::Slow(wait) => {
            tokio::time::sleep(wait).await;
            Ok(())
        }
        Behaviour::Ok
        | Behaviour::AcceptThenNeverAnswer
        | Behaviour::AcceptThen500
        | Behaviour::AcceptThenSay(_) => Ok(()),
    }
}

impl Shared {
    fn accept(&self, account: &str, form: &[u8]) -> Result<FakeMessage, Refusal> {
        let pairs: Vec<(String, String)> = form_urlencoded::parse(form).into_owned().collect();
        let is_media = |(name, _): &&(String, String)| name == "MediaUrl";
        let media_urls: Vec<_> =
            pairs.iter().filter(is_media).map(|(_, url)| url.clone()).collect();
        let form: HashMap<String, String> = pairs.into_iter().collect();
        let field = |name: &str| form.get(name).filter(|it| !it.is_empty()).cloned();
        let refuse = |code, message: &str| Err(error(400, code, message));
        let Some(to) = field("To") else {
            return refuse(21604, "A 'To' phone number is required.");
        };
        let service = field("MessagingServiceSid");
        let chosen = service.and_then(|sid| self.state.lock().services.get(&sid).cloned());
        let Some(from) = chosen.or_else(|| field("From")) else {
            return refuse(21603, "A 'From' phone number is required.");
        };
        // A template, filled: here it is shown as what it was made of.
        let content = field("ContentSid").map(|sid| {
            let values = field("ContentVariables").unwrap_or_default();
            format!("{sid} {values}")
        });
        let empty = (!media_urls.is_empty()).then(String::new);
        let Some(body) = field("Body").or(content).or(empty) else {
            return refuse(21602, "Message body is required.");
        };
        if media_urls.len() > 10 || media_urls.iter().any(|url| !url.starts_with("http")) {
            return refuse(21620, "Invalid media URL(s)");
        }
        if body.chars().count() > 1600 {
            let text = "The concatenated message body exceeds the 1600 character limit";
            return refuse(21617, text);
        }
        let digits = to.strip_prefix('+').unwrap_or_default();
        if !(8..=15).contains(&digits.len()) || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return refuse(21211, &format!("Invalid 'To' Phone Number: {to}"));
        }
        let mut state = self.state.lock();
        let numbers = state.numbers.get(account).map_or(&[][..], Vec::as_slice);
        if !numbers.is_empty() && !numbers.contains(&from) {
            let text = format!(
                "'From' {from} is not a Twilio phone number or Short Code country mismatch"
            );
            return refuse(21606, &text);
        }
        if state.opted_out.contains(&to) {
            return refuse(21610, "Attempt to send to unsubscribed recipient");
        }
        let message = FakeMessage {
            sid: format!("SMfa4e{:028x}", state.messages.len() + 1),
            account_sid: account.to_owned(),
            from,
            to,
            body,
            media_urls,
            direction: "outbound-api",
            status: "queued".to_owned(),
            error_code: None,
            status_callback: field("StatusCallback"),
            created_at: (self.now)(),
            sent_at: None,
        };
        state.messages.push(message.clone());
        Ok(message)
    }
}

impl FakeMessage {
    /// Returns the resource as Twilio writes it: numbers as strings, times as in RFC 2822.
    fn json(&self) -> Value {
        let uri = format!("/2010-04-01/Accounts/{}/Messages/{}", self.account_sid, self.sid);
        // Which encoding a text needs is not the fake's business: ASCII is near enough to GSM-7.
        let (one, part) = if self.body.is_ascii() { (160, 153) } else { (70, 67) };
        let units = self.body.encode_utf16().count();
        let segments = if units <= one { 1 } else { units.div_ceil(part) };
        json!({
            "account_sid": self.account_sid,
            "api_version": "2010-04-01",
            "body": self.body,
            "date_created": rfc2822(self.created_at),
            "date_sent": self.sent_at.map(rfc2822),
            "date_updated": rfc2822(self.sent_at.unwrap_or(self.created_at)),
            "direction": self.direction,
            "error_code": self.error_code,
            "error_message": null,
            "from": self.from,
            "messaging_service_sid": null,
            "num_media": self.media_urls.len().to_string(),
            "num_segments": segments.to_string(),
            "price": null,
            "price_unit": "USD",
            "sid": self.sid,
            "status": self.status,
            "subresource_uris": { "media": format!("{uri}/Media.json") },
            "to": self.to,
            "uri": format!("{uri}.json"),
        })
    }
}

/// Basic authentication with the account's id and token, or an API key and its secret.
fn authorised(headers: &HeaderMap, account: &str, state: &Twilio) -> Result<(), Refusal> {
    let given = headers.get(AUTHORIZATION).and_then(|it| it.to_str().ok());
    let is = |(user, secret): (&str, &SecretString)| {
        let pair = format!("{user}:{}", secret.expose_secret());
        given == Some(format!("Basic {}", STANDARD.encode(pair)).as_str())
    };
    let own = state.tokens.get(account).map(|token| (account, token));
    let keys = state.api_keys.iter().map(|(id, secret)| (&**id, secret));
    let good = state.tokens.contains_key(account) && own.into_iter().chain(keys).any(is);
    if good { Ok(()) } else { Err(error(401, 20003, "Authenticate")) }
}

/// `DateSent`, `DateSent>` and `DateSent<` are days, or times of which the day counts.
fn in_range(sent_at: Option<DateTime<Utc>>, filters: &HashMap<String, String>) -> bool {
    let day = |name: &str| -> Option<NaiveDate> { filters.get(name)?.get(..10)?.parse().ok() };
    let (on, from, to) = (day("DateSent"), day("DateSent>"), day("DateSent<"));
    let Some(sent) = sent_at.map(|it| it.date_naive()) else {
        return on.or(from).or(to).is_none();
    };
    on.is_none_or(|it| sent == it)
        && from.is_none_or(|it| sent >= it)
        && to.is_none_or(|it| sent <= it)
}

fn page_bounds(filters: &HashMap<String, String>) -> (usize, usize) {
    let number = |name: &str| -> Option<usize> { filters.get(name)?.parse().ok() };
    (number("Page").unwrap_or(0), number("PageSize").unwrap_or(50).clamp(1, 1000))
}

fn error(status: u16, code: u32, message: &str) -> Refusal {
    Refusal { status, code, message: message.to_owned(), header: None }
}

fn answer(status: StatusCode, body: &Value) -> Response {
    (status, Json(body)).into_response()
}

fn rfc2822(at: DateTime<Utc>) -> String {
    at.format("%a, %d %b %Y %H:%M:%S +0000").to_string()
}
