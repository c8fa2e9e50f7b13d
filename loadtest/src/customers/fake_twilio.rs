//! A small stand-in for Twilio's REST API on this machine: takes messages, lists them, remembers them,
//! reports them delivered, and now and then answers with an error after taking one.
//!
//! The shape is that of "Messages resource" (`docs/messaging/api/message-resource`).

use std::{collections::HashMap, sync::Arc, time::Duration};

use axum::{
    Json, Router,
    extract::{Query, RawForm, State},
    http::{HeaderMap, StatusCode, header::AUTHORIZATION},
    response::{IntoResponse as _, Response},
    routing::post,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use parking_lot::Mutex;
use rand::{RngExt as _, SeedableRng as _, rngs::ChaCha8Rng};
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::mpsc, task::JoinSet, time::sleep};

use super::signature;
use crate::{settings::Twilio, world::shared::World};

/// From one report to the next.
const PACE: Duration = Duration::from_millis(2);
/// Reports that wait to be sent; a full queue leaves messages at `queued`, which breaks no promise.
const REPORTS: usize = 10_000;

/// The running stand-in; dropping it ends it.
pub(crate) struct FakeTwilio {
    shared: Arc<Shared>,
    _tasks: JoinSet<()>,
}

struct Shared {
    account: Twilio,
    doubt: f64,
    state: Mutex<Taken>,
    reports: mpsc::Sender<Message>,
}

struct Taken {
    random: ChaCha8Rng,
    messages: Vec<Message>,
}

#[derive(Clone)]
struct Message {
    sid: String,
    to: String,
    from: String,
    body: String,
    callback: Option<String>,
    created: String,
}

impl FakeTwilio {
    /// Starts it where the server has been told that Twilio is.
    pub(crate) async fn start(account: &Twilio, doubt: f64, seed: u64) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(account.listen).await.map_err(|error| {
            anyhow::anyhow!("--twilio-listen: cannot listen on {}: {error}", account.listen)
        })?;
        let (reports, queue) = mpsc::channel(REPORTS);
        let random = ChaCha8Rng::seed_from_u64(seed ^ 0x7411);
        let state = Mutex::new(Taken { random, messages: Vec::new() });
        let shared = Arc::new(Shared { account: account.clone(), doubt, state, reports });
        let path = format!("/2010-04-01/Accounts/{}/Messages.json", account.account_sid);
        let router =
            Router::new().route(&path, post(create).get(list)).with_state(Arc::clone(&shared));
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let _ended = axum::serve(listener, router).await;
        });
        tasks.spawn(report(queue, account.clone()));
        Ok(Self { shared, _tasks: tasks })
    }

    /// Returns the commands whose replies this number got, by the marks in their texts; a text
    /// without a mark is returned as it is.
    pub(crate) fn marks_of(&self, number: &str, world: &World) -> Vec<String> {
        let state = self.shared.state.lock();
        let theirs = state.messages.iter().filter(|it| it.to == number);
        theirs
            .map(|it| world.marked(&it.body).map_or_else(|| it.body.clone(), |n| n.to_string()))
            .collect()
    }
}

async fn create(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    RawForm(form): RawForm,
) -> Response {
    if !authorised(&headers, &shared.account) {
        return refusal(401, 20003, "Authenticate");
    }
    let form: HashMap<String, String> = form_urlencoded::parse(&form).into_owned().collect();
    let field = |name: &str| form.get(name).filter(|it| !it.is_empty()).cloned();
    let (Some(to), Some(from), Some(body)) = (field("To"), field("From"), field("Body")) else {
        return refusal(400, 21602, "To, From and Body are required.");
    };
    let (message, doubtful) = {
        let mut state = shared.state.lock();
        let message = Message {
            sid: format!("SMfa4e{:028x}", state.messages.len() + 1),
            to,
            from,
            body,
            callback: field("StatusCallback"),
            created: now(),
        };
        state.messages.push(message.clone());
        (message, state.random.random::<f64>() < shared.doubt)
    };
    let answer = message.json(&shared.account.account_sid);
    let _full = shared.reports.try_send(message);
    if doubtful {
        return refusal(500, 20500, "Internal Server Error");
    }
    (StatusCode::CREATED, Json(answer)).into_response()
}

async fn list(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    Query(asked): Query<HashMap<String, String>>,
) -> Response {
    if !authorised(&headers, &shared.account) {
        return refusal(401, 20003, "Authenticate");
    }
    let is = |name: &str, value: &str| asked.get(name).is_none_or(|it| it == value);
    let number = |name: &str| asked.get(name).and_then(|it| it.parse::<usize>().ok());
    let (page, size) =
        (number("Page").unwrap_or(0), number("PageSize").unwrap_or(50).clamp(1, 1000));
    let state = shared.state.lock();
    let all = state.messages.iter().rev().filter(|it| is("To", &it.to) && is("From", &it.from));
    let shown: Vec<Value> = all
        .clone()
        .skip(page * size)
        .take(size)
        .map(|it| it.json(&shared.account.account_sid))
        .collect();
    let more = all.count() > (page + 1) * size;
    let next = more.then(|| {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let kept = asked.iter().filter(|it| it.0 != "Page");
        query.extend_pairs(kept).append_pair("Page", &(page + 1).to_string());
        let sid = &shared.account.account_sid;
        format!("/2010-04-01/Accounts/{sid}/Messages.json?{}", query.finish())
    });
    let body = json!({ "messages": shown, "page": page, "page_size": size, "next_page_uri": next });
    Json(body).into_response()
}

impl Message {
    fn json(&self, account: &str) -> Value {
        json!({
            "sid": self.sid,
            "account_sid": account,
            "to": self.to,
            "from": self.from,
            "body": self.body,
            "status": "queued",
            "direction": "outbound-api",
            "date_created": self.created,
            "date_sent": null,
            "error_code": null,
            "num_segments": "1",
            "api_version": "2010-04-01",
            "uri": format!("/2010-04-01/Accounts/{account}/Messages/{}.json", self.sid),
        })
    }
}

/// Tells the server that messages were delivered, one after the other.
async fn report(mut queue: mpsc::Receiver<Message>, account: Twilio) {
    let Ok(http) = crate::api::client(Duration::from_secs(15)) else { return };
    while let Some(message) = queue.recv().await {
        let Some(url) = message.callback else { continue };
        sleep(PACE).await;
        let params = [
            ("SmsSid", message.sid.as_str()),
            ("SmsStatus", "delivered"),
            ("MessageStatus", "delivered"),
            ("To", &message.to),
            ("MessageSid", &message.sid),
            ("AccountSid", &account.account_sid),
            ("From", &message.from),
            ("ApiVersion", "2010-04-01"),
        ];
        let signature = signature::sign(&url, &params, &account.auth_token);
        let request = http.post(&url).header("x-twilio-signature", signature).form(&params);
        // A lost report leaves the message at `sent`, which breaks no promise.
        let _lost = request.send().await;
    }
}

fn authorised(headers: &HeaderMap, account: &Twilio) -> bool {
    let pair = format!("{}:{}", account.account_sid, account.auth_token);
    let wanted = format!("Basic {}", STANDARD.encode(pair));
    headers.get(AUTHORIZATION).and_then(|it| it.to_str().ok()) == Some(wanted.as_str())
}

fn refusal(status: u16, code: u32, message: &str) -> Response {
    let body = json!({ "code": code, "message": message, "status": status });
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, Json(body)).into_response()
}

fn now() -> String {
    #[expect(clippy::disallowed_methods, reason = "the provider's clock is its own")]
    let now = chrono::Utc::now();
    now.format("%a, %d %b %Y %H:%M:%S +0000").to_string()
}
