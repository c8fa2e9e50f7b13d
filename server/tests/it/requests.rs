//! What our adapters send, letter by letter, written to `target/tmp/requests.json`: `scripts/prism` holds it
//! against the providers' own specifications.

use std::{path::Path, sync::Arc, time::Duration};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, Method, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use parking_lot::Mutex;
use protocol::{ids::MessageId, views::ChannelKind};
use serde_json::{Value, json};
use server::{
    channels::{
        provider::Outgoing,
        twilio::client::{TwilioClient, TwilioSettings},
        whatsapp::{
            client::{VERSION, WhatsappClient, WhatsappSettings},
            request,
        },
    },
    domain::address::Address,
    store::claims::FromTemplate,
};
use tokio::{net::TcpListener, task::JoinSet};

use crate::harness::{
    api::client,
    fake_whatsapp::{ACCESS_TOKEN, NUMBER, NUMBER_ID},
    twilio::{SID, TOKEN},
};

const CALLBACK: &str = "https://desk.example/webhooks/twilio/c/status?msg=msg_1";

type Recorded = Arc<Mutex<Vec<Value>>>;

/// Both providers at once; says yes to all.
struct Recorder {
    url: String,
    recorded: Recorded,
    _server: JoinSet<()>,
}

impl Recorder {
    async fn start() -> Self {
        let _installed = rustls::crypto::ring::default_provider().install_default();
        let recorded = Recorded::default();
        let router = Router::new().fallback(record).with_state(Arc::clone(&recorded));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let mut server = JoinSet::new();
        server.spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, recorded, _server: server }
    }
}

async fn record(
    State(recorded): State<Recorded>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let header = |name: &str| headers.get(name).and_then(|it| it.to_str().ok());
    recorded.lock().push(json!({
        "method": method.as_str(),
        "target": uri.to_string(),
        "headers": {
            "authorization": header("authorization"),
            "content-type": header("content-type"),
            "user-agent": header("user-agent"),
            "accept": header("accept"),
        },
        "body": String::from_utf8(body.to_vec()).unwrap(),
    }));
    let answer = if uri.path().starts_with("/2010") && method == Method::GET {
        json!({ "messages": [], "next_page_uri": null })
    } else if uri.path().starts_with("/2010") {
        json!({ "sid": format!("SM{}", "0".repeat(32)), "status": "queued" })
    } else {
        json!({ "messages": [{ "id": "wamid.1" }], "success": true })
    };
    (StatusCode::CREATED, axum::Json(answer)).into_response()
}

fn out(channel: ChannelKind, from: &str, to: Address) -> Outgoing {
    #[expect(clippy::disallowed_methods, reason = "the recorder lives in real time")]
    let now: DateTime<Utc> = Utc::now();
    Outgoing {
        message_id: MessageId::from(uuid::Uuid::nil()),
        channel,
        from: from.to_owned(),
        external_id: Some(NUMBER_ID.to_owned()),
        to,
        template: None,
        essential: false,
        files: vec![],
        text: "Olá 👋 a+b=c & \"100%\"\nbye".to_owned(),
        status_callback: Some(CALLBACK.parse().unwrap()),
        may_go: true,
        attempt: 1,
        first_attempt_at: now,
        known_ids: Vec::new(),
    }
}

async fn twilio(url: &str) {
    let client = TwilioClient::new(TwilioSettings {
        base_url: url.parse().unwrap(),
        account_sid: SID.to_owned(),
        username: SID.to_owned(),
        password: TOKEN.into(),
        messaging_service: None,
        connect_timeout: Duration::from_secs(5),
        timeout: Duration::from_secs(5),
    });
    let client = client.unwrap();
    let customer = || Address::phone("+12025550111");
    let sms = out(ChannelKind::Sms, NUMBER, customer());
    client.send(&sms).await.unwrap();
    client.send(&Outgoing { status_callback: None, ..sms.clone() }).await.unwrap();
    client.send(&Outgoing { attempt: 2, ..sms }).await.unwrap();
    client.send(&out(ChannelKind::Whatsapp, NUMBER, customer())).await.unwrap();
    let user = Address::whatsapp_user("US.13491208655302741918");
    client.send(&out(ChannelKind::Whatsapp, NUMBER, user)).await.unwrap();
    client.send(&out(ChannelKind::Rcs, "harbour_agent", customer())).await.unwrap();
    let template = Some(template(&["1"]));
    let filled = Outgoing { template, ..out(ChannelKind::Whatsapp, NUMBER, customer()) };
    client.send(&filled).await.unwrap();
}

fn template(gaps: &[&str]) -> FromTemplate {
    FromTemplate {
        name: "order_sent".to_owned(),
        language: "en_US".to_owned(),
        provider_id: Some(format!("HX{}", "0".repeat(32))),
        values: gaps.iter().map(|name| ((*name).to_owned(), "Olá \"7\"".to_owned())).collect(),
    }
}

async fn whatsapp(url: &str) {
    let client = WhatsappClient::new(WhatsappSettings {
        base_url: url.parse().unwrap(),
        version: VERSION.to_owned(),
        access_token: ACCESS_TOKEN.into(),
        business_account_id: None,
        connect_timeout: Duration::from_secs(5),
        timeout: Duration::from_secs(5),
    });
    let client = client.unwrap();
    let customer = Address::phone("+12025550111");
    client.send(&out(ChannelKind::Whatsapp, NUMBER, customer.clone())).await.unwrap();
    let user = Address::whatsapp_user("US.13491208655302741918");
    client.send(&out(ChannelKind::Whatsapp, NUMBER, user)).await.unwrap();
    for gaps in [&["1", "2"][..], &["first_name"], &[]] {
        let template = Some(template(gaps));
        let filled = Outgoing { template, ..out(ChannelKind::Whatsapp, NUMBER, customer.clone()) };
        client.send(&filled).await.unwrap();
    }
    // What nothing sends yet has its body all the same.
    let bodies = [
        request::mark_read_and_typing("wamid.1", false),
        request::mark_read_and_typing("wamid.1", true),
    ];
    for body in bodies {
        let request = self::client().post(format!("{url}/{VERSION}/{NUMBER_ID}/messages"));
        let request = request.header("user-agent", concat!("tandem/", env!("CARGO_PKG_VERSION")));
        request.bearer_auth(ACCESS_TOKEN).json(&body).send().await.unwrap();
    }
}

#[tokio::test]
async fn what_adapters_send_is_written_down() {
    let both = Recorder::start().await;
    twilio(&both.url).await;
    whatsapp(&both.url).await;
    let recorded = both.recorded.lock().clone();
    let asked = |it: &Value| {
        let path = it["target"].as_str().unwrap().split('?').next().unwrap();
        format!("{} {}", it["method"].as_str().unwrap(), path)
    };
    let messages = format!("/2010-04-01/Accounts/{SID}/Messages.json");
    let (post, get) = (format!("POST {messages}"), format!("GET {messages}"));
    let graph = format!("POST /{VERSION}/{NUMBER_ID}/messages");
    let twilio = [&post, &post, &get, &post, &post, &post, &post, &post];
    let expected: Vec<_> = twilio.into_iter().chain([&graph; 7]).collect();
    assert_eq!(
        recorded.iter().map(asked).collect::<Vec<_>>(),
        expected.into_iter().cloned().collect::<Vec<_>>()
    );
    for it in &recorded {
        assert!(it["headers"]["authorization"].is_string(), "{it}");
    }
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("requests.json");
    std::fs::write(file, serde_json::to_vec_pretty(&recorded).unwrap()).unwrap();
}
