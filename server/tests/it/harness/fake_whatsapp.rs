//! A stand-in for Meta: the part of the Graph API that sends messages, which misbehaves on request, and
//! whoever calls webhooks. And a server that uses it.
//!
//! It is strict about what it is sent ("Messages" of the Cloud API reference), because nobody else is.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode, header::AUTHORIZATION},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use parking_lot::Mutex;
use protocol::{ids::ChannelId, views::ChannelKind};
use serde_json::{Value, json};
use server::{
    channels::whatsapp::signature::{SIGNATURE_HEADER, sign},
    config::settings::WhatsappConfig,
};
use tokio::net::TcpListener;

use super::{
    api::{Api, client},
    mortal::Mortal,
    server::{TestServer, Wanted},
};

/// What Meta calls the business account.
pub(crate) const ACCOUNT_ID: &str = "102290129340398";
/// What Meta calls our number.
pub(crate) const NUMBER_ID: &str = "106540352242922";
/// Our number, reserved for fiction.
pub(crate) const NUMBER: &str = "+12025550143";
pub(crate) const APP_SECRET: &str = "an-app-secret";
/// The one before it.
pub(crate) const OLD_SECRET: &str = "an-old-app-secret";
pub(crate) const VERIFY_TOKEN: &str = "a-verify-token";
pub(crate) const ACCESS_TOKEN: &str = "an-access-token";

/// What the next send does instead of its work.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Behaviour {
    /// Its work.
    Ok,
    /// Refuses with this HTTP status and this error code.
    Error(u16, u32),
    /// Answers with this HTTP status and no JSON.
    Status(u16),
    /// Takes the message and never answers.
    NeverAnswer,
    /// Takes the message and says this, with 200.
    Say(&'static str),
    /// Redirects, with 307, to here.
    Redirect(&'static str),
}

type Chance = Box<dyn FnMut() -> Behaviour + Send>;

/// The running fake; dropping it ends it.
pub(crate) struct FakeWhatsapp {
    shared: Arc<Shared>,
    pub(crate) server: Mortal,
}

#[derive(Default)]
struct Shared {
    taken: Mutex<Vec<Value>>,
    asked: Mutex<usize>,
    next: Mutex<VecDeque<Behaviour>>,
    by_chance: Mutex<Option<Chance>>,
    templates: Mutex<Vec<Value>>,
    attended: Mutex<Vec<Value>>,
}

impl FakeWhatsapp {
    /// Starts a fake.
    pub(crate) async fn start() -> Self {
        // Another test of this process may have installed it.
        let _installed = rustls::crypto::ring::default_provider().install_default();
        let shared = Arc::new(Shared::default());
        let router = Router::new()
            .route("/v23.0/{number}", get(number))
            .route("/v23.0/{number}/messages", post(messages))
            .route("/v23.0/{account}/message_templates", get(templates))
            .with_state(Arc::clone(&shared));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a loopback port");
        Self { shared, server: Mortal::start(listener, router) }
    }

    /// Returns the address that stands for `https://graph.facebook.com`.
    pub(crate) fn base_url(&self) -> String {
        format!("http://{}", self.server.addr())
    }

    /// Queues what the next sends do.
    pub(crate) fn script(&self, behaviours: &[Behaviour]) {
        self.shared.next.lock().extend(behaviours);
    }

    /// Lets chance say what sends do that no script says anything of.
    pub(crate) fn by_chance(&self, chance: impl FnMut() -> Behaviour + Send + 'static) {
        *self.shared.by_chance.lock() = Some(Box::new(chance));
    }

    /// Has these templates, as the API lists them.
    pub(crate) fn set_templates(&self, templates: Vec<Value>) {
        *self.shared.templates.lock() = templates;
    }

    /// Returns what customers were told of us: message, and whether somebody types.
    pub(crate) fn attended(&self) -> Vec<(String, bool)> {
        let told = self.shared.attended.lock();
        let one = |it: &Value| {
            (
                it["message_id"].as_str().unwrap().to_owned(),
                it["typing_indicator"]["type"] == "text",
            )
        };
        told.iter().map(one).collect()
    }

    /// Returns what customers have been sent, oldest first: the bodies, and `wamid`, our name for each.
    pub(crate) fn received(&self) -> Vec<Value> {
        self.shared.taken.lock().clone()
    }

    /// Returns how many calls there were, refused ones too.
    pub(crate) fn asked(&self) -> usize {
        *self.shared.asked.lock()
    }
}

async fn number(Path(number): Path<String>, headers: HeaderMap) -> Response {
    if !authorised(&headers) {
        return error(401, 190, "Invalid OAuth access token");
    }
    match &*number {
        NUMBER_ID => {
            let shown = json!({ "display_phone_number": NUMBER, "verified_name": "Front desk" });
            Json(shown).into_response()
        }
        "me" => Json(json!({ "id": "1", "name": "Tandem" })).into_response(),
        _ => error(400, 100, "Object with that ID does not exist"),
    }
}

/// Lists templates, one on each page.
async fn templates(
    State(shared): State<Arc<Shared>>,
    Path(account): Path<String>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Response {
    if !authorised(&headers) || account != ACCOUNT_ID {
        return error(401, 190, "Invalid OAuth access token");
    }
    let at: usize = query.get("after").map_or(0, |after| after.parse().expect("a cursor of ours"));
    let all = shared.templates.lock().clone();
    let page: Vec<_> = all.iter().skip(at).take(1).collect();
    let mut paging =
        json!({ "cursors": { "before": at.to_string(), "after": (at + 1).to_string() } });
    if at + 1 < all.len() {
        paging["next"] = json!("https://graph.facebook.com/next");
    }
    Json(json!({ "data": page, "paging": paging })).into_response()
}

fn authorised(headers: &HeaderMap) -> bool {
    let bearer = headers.get(AUTHORIZATION).and_then(|it| it.to_str().ok());
    bearer == Some(format!("Bearer {ACCESS_TOKEN}").as_str())
}

async fn messages(
    State(shared): State<Arc<Shared>>,
    Path(number): Path<String>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    *shared.asked.lock() += 1;
    if !authorised(&headers) {
        return error(401, 190, "Invalid OAuth access token");
    }
    if number != NUMBER_ID {
        return error(400, 100, "Object with that ID does not exist");
    }
    if body["status"] == "read" {
        let good = body["messaging_product"] == "whatsapp" && body["message_id"].is_string();
        shared.attended.lock().push(body);
        let said = if good {
            Json(json!({ "success": true })).into_response()
        } else {
            error(400, 131_009, "Parameter value is wrong")
        };
        return said;
    }
    let scripted = shared.next.lock().pop_front();
    let chance = || shared.by_chance.lock().as_mut().map(|chance| chance());
    let behaviour = scripted.or_else(chance).unwrap_or(Behaviour::Ok);
    match behaviour {
        Behaviour::Error(status, code) => return error(status, code, "scripted"),
        Behaviour::Status(status) => {
            return (StatusCode::from_u16(status).expect("a status"), "<html>").into_response();
        }
        Behaviour::Redirect(to) => {
            return (StatusCode::TEMPORARY_REDIRECT, [("location", to)]).into_response();
        }
        Behaviour::Ok | Behaviour::NeverAnswer | Behaviour::Say(_) => {}
    }
    let Some(to) = recipient(&body) else { return error(400, 131_009, "Parameter value is wrong") };
    let wamid = format!("wamid.{}", uuid::Uuid::now_v7().simple());
    let mut message = body.clone();
    message["wamid"] = json!(wamid);
    shared.taken.lock().push(message);
    match behaviour {
        Behaviour::NeverAnswer => std::future::pending().await,
        Behaviour::Say(said) => said.into_response(),
        _ => Json(json!({
            "messaging_product": "whatsapp",
            "contacts": [{ "input": to, "wa_id": to }],
            "messages": [{ "id": wamid, "message_status": "accepted" }],
        }))
        .into_response(),
    }
}

/// Checks the body, and returns whom it is for.
fn recipient(body: &Value) -> Option<String> {
    let fields = body.as_object()?;
    let kind = body["type"].as_str()?;
    let known = ["messaging_product", "recipient_type", "to", "recipient", "type", kind];
    let known = |name: &String| name == "biz_opaque_callback_data" || known.contains(&&**name);
    let good = fields.keys().all(known)
        && body["messaging_product"] == "whatsapp"
        && body["recipient_type"] == "individual"
        && match kind {
            "text" => {
                let text = body["text"]["body"].as_str()?;
                (1..=4_096).contains(&text.chars().count())
                    && body["text"]["preview_url"].is_boolean()
            }
            "image" | "video" | "audio" | "document" => {
                let it = body[kind].as_object()?;
                let known = |name: &String| match &**name {
                    "link" => true,
                    "caption" => kind != "audio",
                    "filename" => kind == "document",
                    _ => false,
                };
                let caption = it.get("caption").map_or(Some("-"), Value::as_str)?;
                it.keys().all(known)
                    && it.get("link")?.as_str()?.starts_with("http")
                    && (1..=1_024).contains(&caption.chars().count())
            }
            "template" => {
                let it = &body["template"];
                it["name"].is_string() && it["language"]["code"].is_string()
            }
            _ => false,
        }
        && body["biz_opaque_callback_data"].as_str().is_some_and(|it| it.len() <= 512);
    let number = |it: &&str| it.bytes().all(|byte| byte.is_ascii_digit());
    let user = |it: &&str| it.split_once('.').is_some_and(|(country, _)| country.len() == 2);
    let to = match (body["to"].as_str(), body["recipient"].as_str()) {
        (Some(to), None) => Some(to).filter(number),
        (None, Some(to)) => Some(to).filter(user),
        _ => None,
    };
    to.filter(|_| good).map(str::to_owned)
}

fn error(status: u16, code: u32, message: &str) -> Response {
    let body = json!({ "error": {
        "message": format!("(#{code}) {message}"),
        "type": "OAuthException",
        "code": code,
        "fbtrace_id": "A",
    }});
    (StatusCode::from_u16(status).expect("a status"), Json(body)).into_response()
}

/// Returns the settings of a server that uses the fake at this address.
pub(crate) fn config(api_url: String) -> WhatsappConfig {
    WhatsappConfig {
        phone_number_id: NUMBER_ID.to_owned(),
        number: NUMBER.to_owned(),
        app_secrets: vec![OLD_SECRET.into(), APP_SECRET.into()],
        verify_token: VERIFY_TOKEN.into(),
        access_token: ACCESS_TOKEN.into(),
        business_account_id: Some(ACCOUNT_ID.to_owned()),
        api_url,
    }
}

/// Starts a fake, and a server that uses it.
pub(crate) async fn start(wanted: Wanted) -> (TestServer, FakeWhatsapp) {
    let fake = FakeWhatsapp::start().await;
    let whatsapp = Some(config(fake.base_url()));
    let server = TestServer::start_with(Wanted { whatsapp, ..wanted }).await;
    (server, fake)
}

/// Returns the channel.
pub(crate) fn channel(api: &Api) -> ChannelId {
    let channels = &api.me.inboxes[0].channels;
    channels
        .iter()
        .find(|it| it.kind == ChannelKind::Whatsapp && it.address == NUMBER)
        .expect("a WhatsApp channel")
        .id
}

/// Returns the address of the webhook.
pub(crate) fn webhook(api: &Api) -> String {
    format!("{}/webhooks/whatsapp/{}/messages", api.url, channel(api))
}

/// Returns a new id of a message.
pub(crate) fn wamid() -> String {
    format!("wamid.{}", uuid::Uuid::now_v7().simple())
}

/// Returns a body in which Meta tells this of our number.
pub(crate) fn body(field: &str, more: &Value) -> Value {
    let mut value = json!({
        "messaging_product": "whatsapp",
        "metadata": { "display_phone_number": "12025550143", "phone_number_id": NUMBER_ID },
    });
    value.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let change = json!({ "field": field, "value": value });
    json!({ "object": "whatsapp_business_account", "entry": [{ "id": "1", "changes": [change] }] })
}

/// Returns a customer's text; the number as WhatsApp writes it.
pub(crate) fn text(id: &str, from: &str, text: &str) -> Value {
    said(id, from, "text", &json!({ "body": text }))
}

/// Returns what a customer says or does just now.
pub(crate) fn said(id: &str, from: &str, kind: &str, inner: &Value) -> Value {
    #[expect(clippy::disallowed_methods, reason = "the provider's clock is not ours to move")]
    let now = chrono::Utc::now().timestamp().to_string();
    json!({ "id": id, "from": from, "timestamp": now, "type": kind, kind: inner })
}

/// Posts a body, signed as Meta signs, and returns the answer's status.
pub(crate) async fn tell(api: &Api, body: &Value) -> u16 {
    let body = body.to_string();
    let signature = sign(body.as_bytes(), &APP_SECRET.into());
    post_signed(&webhook(api), &body, Some(&signature)).await
}

/// Posts a body with any signature, or none.
pub(crate) async fn post_signed(url: &str, body: &str, signature: Option<&str>) -> u16 {
    let mut request = client().post(url).header("content-type", "application/json");
    if let Some(signature) = signature {
        request = request.header(SIGNATURE_HEADER, signature);
    }
    request.body(body.to_owned()).send().await.unwrap().status().as_u16()
}
