//! Twilio's own libraries judge the signatures, both ways, and the fake.

use std::sync::Arc;

use axum::{
    Router,
    extract::{RawForm, State},
    http::{HeaderMap, StatusCode, Uri},
    routing::post,
};
use parking_lot::Mutex;
use protocol::ids::MessageId;
use secrecy::SecretString;
use serde_json::{Value, json};
use server::channels::twilio::{
    signature::{Params, Received, SIGNATURE_HEADER, Verifier, sign_form},
    webhook::{Inbound, StatusCallback},
};
use tokio::{net::TcpListener, task::JoinSet};
use url::Url;
use uuid::Uuid;

use super::twilio_signature::{Case, FORM, pairs};
use crate::harness::{
    fake_twilio::{FakeTwilio, InboundSms},
    python,
};

const SCRIPT: &str = "twilio_sdk_check.py";
const ACCOUNT: &str = "AC22222222222222222222222222222222";
const TOKEN: &str = "12345";
const FROM: &str = "+12025550143";

/// Random numbers that a printed seed brings back (xorshift64*, Vigna 2016).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let mixed = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        usize::try_from(mixed).expect("31 bits") % bound
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }

    fn text(&mut self) -> String {
        const PIECES: &[&str] = &[
            "a",
            "B",
            " ",
            "+",
            "%41",
            "&",
            "=",
            "é",
            "e\u{301}",
            "👋🏽",
            "你",
            "\u{202E}",
            "\n",
            "0",
            "\u{FFFD}",
            "ﬀ",
            "\u{10FFFF}",
            "\0",
            "'",
            "\"",
            "\\",
            "#",
            "?",
            "/",
            ";",
        ];
        let length = self.below(9);
        (0..length).map(|_| self.pick(PIECES)).collect()
    }

    fn case(&mut self) -> Value {
        let base =
            self.pick(&["https://inbox.example", "http://inbox.example", "https://i.example:8443"]);
        let target = self.pick(&[
            "/",
            "/w",
            "/w/",
            "/w?a=1&b=%20",
            "/w?b=+",
            "/%C3%A9%2f?x",
            "/w?msg=msg_1",
        ]);
        let names = ["Body", "body", "From", "To", "Tö", "T", "MediaUrl0", "MediaUrl10", ""];
        let count = self.below(12);
        let params: Vec<_> = (0..count).map(|_| (self.pick(&names), self.text())).collect();
        let key = format!("key {}", self.text());
        let algorithm = self.pick(&["HMAC_SHA1", "HMAC_SHA256"]);
        json!({ "name": "random", "base": base, "target": target, "url": format!("{base}{target}"),
            "params": params, "key": key, "algorithm": algorithm })
    }
}

#[tokio::test]
async fn twilios_libraries_and_we_make_the_same_signatures() {
    let seed = Uuid::new_v4().as_u64_pair().0 | 1;
    println!("seed {seed}");
    let mut dice = Dice(seed);
    let mut cases: Vec<Value> = (0..200).map(|_| dice.case()).collect();
    let body = "{\"text\":\"Grüße 👋\"}";
    let hash = hex::encode(<sha2::Sha256 as sha2::Digest>::digest(body));
    let (base, target) = ("https://inbox.example", format!("/w?x=1&bodySHA256={hash}"));
    cases.push(json!({ "name": "json", "base": base, "target": target, "body": body,
        "url": format!("{base}{target}"), "key": TOKEN, "algorithm": "HMAC_SHA1" }));

    let sha1: Vec<usize> =
        (0..cases.len()).filter(|n| cases[*n]["algorithm"] == "HMAC_SHA1").collect();

    // Signed by the libraries, verified by us. That of npm knows nothing but SHA-1 yet.
    let stdin = serde_json::to_vec(&cases).unwrap();
    let signatures = python::run(SCRIPT, &["sign"], &stdin).await;
    let signatures: Vec<String> = serde_json::from_str(&signatures).unwrap();
    let of_npm = python::node(&["sign"], &stdin).await;
    let of_npm: Vec<String> = serde_json::from_str(&of_npm).unwrap();
    assert_eq!((signatures.len(), of_npm.len()), (cases.len(), cases.len()));
    for (n, (case, signature)) in cases.iter_mut().zip(signatures).enumerate() {
        let mut both = vec![signature.clone()];
        both.extend(sha1.contains(&n).then(|| of_npm[n].clone()));
        for signature in both {
            case["signature"] = json!(signature);
            let case: Case = serde_json::from_value(case.clone()).unwrap();
            let verdict = case.verify_as(&case.key, &case.base, &case.target);
            assert!(verdict.is_ok(), "seed {seed}: {verdict:?} {case:?}");
        }
        case["signature"] = json!(signature);
    }
    // They sort characters beyond U+FFFF otherwise, which hardly ever shows.
    let same = sha1.iter().filter(|n| cases[**n]["signature"] == of_npm[**n]).count();
    assert!(same * 10 > sha1.len() * 8, "{same} of {}", sha1.len());

    // Signed by us, verified by the libraries; with an odd one among them.
    for case in &mut cases {
        let is: Case = serde_json::from_value(case.clone()).unwrap();
        if is.algorithm == "HMAC_SHA1" {
            let url = case["url"].as_str().unwrap();
            let key = SecretString::from(is.key);
            case["signature"] = json!(sign_form(url, &is.params.unwrap_or_default(), &key));
        }
    }
    let mut forged = cases[sha1[0]].clone();
    forged["key"] = json!("another");
    cases.push(forged);
    let stdin = serde_json::to_vec(&cases).unwrap();
    let verdicts = python::run(SCRIPT, &["validate"], &stdin).await;
    let verdicts: Vec<bool> = serde_json::from_str(&verdicts).unwrap();
    let (last, others) = verdicts.split_last().unwrap();
    assert!(others.iter().all(|good| *good), "seed {seed}: {verdicts:?}");
    assert!(!last);
    let verdicts = python::node(&["validate"], &stdin).await;
    let verdicts: Vec<bool> = serde_json::from_str(&verdicts).unwrap();
    let (last, others) = verdicts.split_last().unwrap();
    let same = sha1.iter().filter(|n| others[**n]).count();
    assert!(same * 10 > sha1.len() * 8, "seed {seed}: {verdicts:?}");
    assert!(!last);
}

#[tokio::test]
async fn twilios_own_client_takes_the_fake_for_twilio() {
    let fake = FakeTwilio::start().await;
    fake.add_account(ACCOUNT, TOKEN, &[FROM]);
    let said = python::run(SCRIPT, &["api", &fake.base_url(), ACCOUNT, TOKEN, FROM], b"").await;
    assert_eq!(said, "ok\n");
    assert_eq!(fake.received().len(), 5);
}

type Seen = Arc<Mutex<Vec<Params>>>;

/// A receiver that is no more than the verifier behind HTTP; keeps what it let in.
struct Receiver {
    url: Url,
    seen: Seen,
    _server: JoinSet<()>,
}

impl Receiver {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base: Url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let state = (base.clone(), Arc::clone(&seen));
        let router = Router::new().route("/hook", post(receive)).with_state(state);
        let mut server = JoinSet::new();
        server.spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url: base.join("/hook").unwrap(), seen, _server: server }
    }
}

async fn receive(
    State((base, seen)): State<(Url, Seen)>,
    uri: Uri,
    headers: HeaderMap,
    RawForm(body): RawForm,
) -> StatusCode {
    let it = Received {
        target: uri.path_and_query().unwrap().as_str(),
        signature: headers.get(SIGNATURE_HEADER).map(|it| it.to_str().unwrap()),
        settings: None,
        content_type: Some(FORM),
        body: &body,
    };
    match Verifier::new(vec![SecretString::from(TOKEN)]).verify(&base, &it) {
        Ok(params) => {
            seen.lock().push(params);
            StatusCode::NO_CONTENT
        }
        Err(_not_twilio) => StatusCode::FORBIDDEN,
    }
}

#[tokio::test]
async fn a_webhook_that_twilios_library_signed_is_let_in() {
    let fake = FakeTwilio::start().await;
    let receiver = Receiver::start().await;
    let url = format!("{}?tenant=a%20b", receiver.url);
    let text = "Olá 👋 a+b=c & %41";
    let sid = format!("SM{:032x}", 7);
    let params = pairs(&[
        ("MessageSid", &sid),
        ("AccountSid", ACCOUNT),
        ("From", "+14155552671"),
        ("To", FROM),
        ("Body", text),
    ]);
    let case = json!([{ "url": url, "params": params, "key": TOKEN }]);
    let signature = python::run(SCRIPT, &["sign"], case.to_string().as_bytes()).await;
    let [signature]: [String; 1] = serde_json::from_str(&signature).unwrap();

    assert_eq!(fake.inbound_raw(&url, &params, None).await, 403);
    assert_eq!(fake.inbound_raw(&url, &params, Some("AAAA")).await, 403);
    assert_eq!(fake.inbound_raw(&format!("{url}c"), &params, Some(&signature)).await, 403);
    assert_eq!(fake.inbound_raw(&url, &params, Some(&signature)).await, 204);
    let seen = receiver.seen.lock().pop().unwrap();
    assert_eq!(Inbound::read(&seen).unwrap().body, text);
}

#[tokio::test]
async fn the_fake_sends_messages_and_news_of_ours() {
    let fake = FakeTwilio::start().await;
    fake.add_account(ACCOUNT, TOKEN, &[]);
    let receiver = Receiver::start().await;
    let sid = format!("SM{:032x}", 7);
    let to = "+14155552671";
    let sms = InboundSms { account_sid: ACCOUNT, sid: &sid, from: to, to: FROM, body: "Hi\0" };
    assert_eq!(fake.inbound(receiver.url.as_str(), &sms).await, 204);
    let it = Inbound::read(&receiver.seen.lock().pop().unwrap()).unwrap();
    assert_eq!((&*it.message_sid, &*it.body, &*it.from), (&*sid, "Hi\u{FFFD}", to));
    assert_eq!(fake.received(), [], "a customer's message is not one to a customer");

    let ours = MessageId::from(Uuid::now_v7());
    let callback = format!("{}?msg={ours}", receiver.url);
    let form = [("To", to), ("From", FROM), ("Body", "Hello"), ("StatusCallback", &callback)];
    let url = format!("{}/2010-04-01/Accounts/{ACCOUNT}/Messages.json", fake.base_url());
    let http = reqwest::Client::new();
    let made = http.post(url).basic_auth(ACCOUNT, Some(TOKEN)).form(&form).send().await.unwrap();
    let made: Value = made.json().await.unwrap();
    let sid = made["sid"].as_str().unwrap();
    assert_eq!(fake.callback(sid, "sent").await, Some(204));
    assert_eq!(fake.callback_with_error(sid, "undelivered", Some(30005)).await, Some(204));
    let it = StatusCallback::read(&receiver.seen.lock().pop().unwrap()).unwrap();
    assert_eq!((it.message_sid.as_str(), it.error_code.as_deref()), (sid, Some("30005")));
    assert_eq!(it.our_message, Some(ours));
    assert_eq!(fake.received()[0].status, "undelivered");
}
