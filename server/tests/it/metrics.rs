//! `/metrics`: who may read it, what it counts, and that its page and its dashboard are true.

use std::collections::{BTreeMap, BTreeSet};

use protocol::{
    commands::{Command, Outcome, ReleaseLock, TakeOverLock, ThreadOnly},
    errors::ErrorCode,
    frames::{ClientFrame, Cursor, Subscribe},
    text::Reason,
};
use reqwest::StatusCode;
use serde_json::Value;
use server::channels::twilio::signature::SIGNATURE_HEADER;

use crate::{
    harness::{
        api::{Api, CUSTOMER, client, refused},
        database::Database,
        dial::handshake,
        fake_twilio::FakeTwilio,
        process::ServerProcess,
        server::people,
        socket::Socket,
        twilio::{self, SID, TOKEN, numbers::BUSINESS, twilio_env, webhook},
        wait::eventually,
    },
    main_job::{note, reply},
};

/// What a node's page says.
pub(crate) struct Page(String);

impl Page {
    /// Returns the kind of each series.
    fn kinds(&self) -> BTreeMap<&str, &str> {
        let kinds = self.0.lines().filter_map(|line| line.strip_prefix("# TYPE "));
        kinds.map(|line| line.split_once(' ').expect("a name and a kind")).collect()
    }

    /// Returns the names of all samples.
    fn samples(&self) -> BTreeSet<&str> {
        let samples = self.0.lines().filter(|line| !line.starts_with('#'));
        samples.filter_map(|line| line.split(['{', ' ']).next()).collect()
    }

    /// Reads it.
    pub(crate) async fn of(url: &str) -> Self {
        let answer = client().get(format!("{url}/metrics")).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        let kind = answer.headers()["content-type"].to_str().unwrap().to_owned();
        assert!(kind.starts_with("application/openmetrics-text"), "{kind}");
        Self(answer.text().await.unwrap())
    }

    /// Returns one figure: its name with its labels, as the page has them.
    #[track_caller]
    pub(crate) fn get(&self, series: &str) -> f64 {
        let value = |line: &str| line.strip_prefix(series)?.strip_prefix(' ')?.parse().ok();
        self.0.lines().find_map(value).unwrap_or_else(|| panic!("{series} is not in\n{}", self.0))
    }
}

#[tokio::test]
async fn the_page_is_open_unless_it_has_a_token() {
    let database = Database::create().await;
    let open = ServerProcess::start(&database, &[]).await;
    let page = Page::of(&open.url).await;
    assert!(page.get("tandem_postgres_connections_open") >= 1.0);
    assert!(page.get("process_cpu_seconds_total") > 0.0);
    assert!(page.get("process_resident_memory_bytes") > 1e6);
    open.kill().await;

    let token = "canary-metrics-token";
    let closed = ServerProcess::start(&database, &[("TANDEM_METRICS_TOKEN", token)]).await;
    let ask = async |authorization: Option<&str>| {
        let request = client().get(format!("{}/metrics", closed.url));
        let request =
            authorization.into_iter().fold(request, |it, value| it.header("authorization", value));
        request.send().await.unwrap().status()
    };
    assert_eq!(ask(None).await, StatusCode::UNAUTHORIZED);
    for wrong in ["Bearer ", "Bearer canary", "Bearer canary-metrics-tokem", token] {
        assert_eq!(ask(Some(wrong)).await, StatusCode::UNAUTHORIZED, "{wrong}");
    }
    assert_eq!(ask(Some(&format!("Bearer {token}"))).await, StatusCode::OK);
}

/// Two desks, a customer, and one of everything that can go wrong.
async fn drive(url: &str, fake: &FakeTwilio) {
    let (ann, ben, sam) = (
        Api::sign_in(url, "ann").await,
        Api::sign_in(url, "ben").await,
        Api::sign_in(url, "sam").await,
    );
    let mut anns = Socket::open(url, &ann.token).await;
    let mut bens = Socket::open(url, &ben.token).await;
    anns.subscribe(ann.stream(), None).await;
    bens.subscribe(ben.stream(), None).await;
    let thread = twilio::new_thread(fake, &ann, CUSTOMER).await.id;

    // A lock: taken, renewed, refused, asked for, taken over, lost, and released twice.
    let lock = || Command::AcquireLock(ThreadOnly { thread_id: thread });
    let Ok(held) = anns.command("l1", lock()).await else { panic!("the lock is free") };
    anns.command("l2", lock()).await.unwrap();
    assert_eq!(bens.command("l1", lock()).await.unwrap_err().code, ErrorCode::Locked);
    bens.command("l2", Command::RequestLock(ThreadOnly { thread_id: thread })).await.unwrap();
    let reason = Reason::new("the customer waits".to_owned()).unwrap();
    let take_over = Command::TakeOverLock(TakeOverLock { thread_id: thread, reason });
    let Ok(Outcome::LockHeld(taken)) = sam.command("l1", take_over).await else {
        panic!("a supervisor takes over")
    };
    let Outcome::LockHeld(held) = held else { panic!("{held:?}") };
    let Command::SendReply(mut stale) = reply(thread, 0, "too late") else { panic!() };
    stale.lock_token = Some(held.token);
    let stale = anns.command("s", Command::SendReply(stale)).await.unwrap_err();
    assert_eq!(stale.code, ErrorCode::StaleLock);
    let release = ReleaseLock { thread_id: thread, token: taken.token };
    sam.command("l2", Command::ReleaseLock(release)).await.unwrap();

    // One answer, and one that is not sent.
    anns.command("r", reply(thread, 0, "first")).await.unwrap();
    assert_eq!(
        bens.command("r", reply(thread, 0, "second")).await.unwrap_err().code,
        ErrorCode::Collision
    );
    refused(ann.command("r", reply(thread, 0, "third")).await, ErrorCode::KeyReused);
    bens.command("n", note(thread, "hm")).await.unwrap();

    // Refusals at the doors.
    assert_eq!(handshake(url, &[("origin", "http://elsewhere.example")]).await.err(), Some(403));
    let forged = client()
        .post(format!("{url}{}", webhook(&ann, "messages")))
        .header(SIGNATURE_HEADER, "no")
        .form(&[("From", CUSTOMER), ("To", BUSINESS), ("Body", "x")]);
    assert_eq!(forged.send().await.unwrap().status(), StatusCode::FORBIDDEN);
    let mut stranger = Socket::raw(handshake(url, &[]).await.unwrap());
    stranger.send_text(r#"{"type":"hello","id":1,"token":"tds_no"}"#).await;
    assert_eq!(stranger.closed().await.code, 4500);
    let cursor = Some(Cursor("nonsense".to_owned()));
    bens.send(&ClientFrame::Subscribe(Subscribe { id: 900, stream: ben.stream(), cursor })).await;
    bens.until_known("a reset", |desk| desk.resets.len() == 1).await;
    ann.sign_out().await;
    assert_eq!(anns.closed().await.code, 4501);
}

#[tokio::test]
async fn what_happens_is_counted() {
    let fake = FakeTwilio::start().await;
    fake.add_account(SID, TOKEN, &[BUSINESS]);
    let database = Database::create().await;
    people(&database, 0).await;
    let env = twilio_env(&fake.base_url());
    let env: Vec<_> = env.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let process = ServerProcess::start(&database, &env).await;
    let url = process.url.clone();
    drive(&url, &fake).await;

    let expected = [
        ("connections_opened_total", 2.0),
        ("connections_open", 0.0),
        (r#"connections_closed_total{code="unauthenticated"}"#, 1.0),
        (r#"connections_closed_total{code="session_revoked"}"#, 1.0),
        (r#"handshakes_refused_total{reason="origin"}"#, 1.0),
        (r#"resets_total{reason="bad_cursor"}"#, 1.0),
        ("collisions_prevented_total", 1.0),
        (r#"commands_total{kind="reply.send",outcome="ok"}"#, 1.0),
        (r#"commands_total{kind="reply.send",outcome="collision"}"#, 1.0),
        (r#"commands_total{kind="reply.send",outcome="key_reused"}"#, 1.0),
        (r#"commands_total{kind="note.add",outcome="ok"}"#, 1.0),
        (r#"command_duration_seconds_count{kind="reply.send"}"#, 4.0),
        (r#"lock_outcomes_total{outcome="taken"}"#, 1.0),
        (r#"lock_outcomes_total{outcome="renewed"}"#, 1.0),
        (r#"lock_outcomes_total{outcome="locked"}"#, 1.0),
        (r#"lock_outcomes_total{outcome="requested"}"#, 1.0),
        (r#"lock_outcomes_total{outcome="taken_over"}"#, 1.0),
        (r#"lock_outcomes_total{outcome="stale"}"#, 1.0),
        (r#"lock_outcomes_total{outcome="released"}"#, 1.0),
        (r#"inbound_messages_total{channel="sms"}"#, 1.0),
        (r#"inbound_repeated_total{channel="sms"}"#, 0.0),
        (r#"webhooks_refused_total{reason="forged"}"#, 1.0),
        (r#"deliveries_total{result="accepted"}"#, 1.0),
    ];
    for (series, value) in expected {
        let name = format!("tandem_{series}");
        let now = async || Page::of(&url).await.get(&name);
        eventually(&format!("{name} is {value}"), async || {
            ((now().await - value).abs() < 0.5).then_some(())
        })
        .await;
    }
    let page = Page::of(&url).await;
    // The thread, its text, the reply, the lock's two, the note, and what became of the reply.
    assert!(page.get("tandem_events_appended_total") >= 6.0);
    assert!(page.get("tandem_events_delivered_total") >= 12.0, "two desks heard them");
    let (flushes, messages) =
        (page.get("tandem_flushes_total"), page.get("tandem_messages_flushed_total"));
    assert!(flushes > 10.0 && messages >= flushes, "{messages} messages in {flushes} flushes");
    for operation in ["begin", "commit", "page_read", "head_poll"] {
        // The poll of heads comes once a second.
        eventually(&format!("{operation} is timed"), async || {
            let page = Page::of(&url).await;
            let of = |part| {
                let name = format!("tandem_postgres_duration_seconds_{part}");
                page.get(&format!("{name}{{operation=\"{operation}\"}}"))
            };
            (of("count") > 0.0 && of("sum") > 0.0).then_some(())
        })
        .await;
    }
    eventually("the gauges of the feeds are measured", async || {
        let page = Page::of(&url).await;
        let feeds = page.get("tandem_feeds_open");
        // The organisation and the inbox.
        (feeds >= 2.0 && page.get("tandem_feed_rings_bytes") > 500.0).then_some(())
    })
    .await;
    drop(process);
}

/// Returns the words of a text that are names of ours.
fn names(text: &str) -> BTreeSet<&str> {
    let apart = |letter: char| !letter.is_ascii_alphanumeric() && letter != '_';
    let ours = |word: &&str| word.starts_with("tandem_") || word.starts_with("process_");
    text.split(apart).filter(ours).collect()
}

#[tokio::test]
async fn every_series_is_documented_and_the_dashboard_draws_what_there_is() {
    let documented: BTreeMap<&str, &str> = include_str!("../../ops/METRICS.md")
        .lines()
        .filter_map(|line| line.strip_prefix("| `"))
        .map(|row| {
            let (name, rest) = row.split_once("` | ").expect("a name");
            (name, rest.split(' ').next().expect("a kind"))
        })
        .collect();
    let database = Database::create().await;
    let process = ServerProcess::start(&database, &[]).await;
    let page = Page::of(&process.url).await;
    assert_eq!(documented, page.kinds(), "server/ops/METRICS.md (left) and /metrics (right)");

    let dashboard: Value =
        serde_json::from_str(include_str!("../../ops/grafana-dashboard.json")).unwrap();
    let samples = page.samples();
    let mut drawn = BTreeSet::new();
    for panel in dashboard["panels"].as_array().unwrap() {
        for target in panel["targets"].as_array().into_iter().flatten() {
            let expression = target["expr"].as_str().unwrap();
            let found = names(expression);
            assert!(!found.is_empty(), "{expression} draws nothing of ours");
            for name in found {
                assert!(samples.contains(name), "{}: there is no {name}", panel["title"]);
                drawn.insert(name.to_owned());
            }
        }
    }
    for variable in dashboard["templating"]["list"].as_array().unwrap() {
        for name in names(&variable["query"].to_string()) {
            assert!(samples.contains(name), "the choice of nodes: there is no {name}");
        }
    }
    let ends = ["", "_total", "_bucket"];
    let undrawn: Vec<_> = documented
        .keys()
        .filter(|name| !ends.iter().any(|end| drawn.contains(&format!("{name}{end}"))))
        // It names the nodes.
        .filter(|name| **name != "tandem_build")
        .collect();
    assert!(undrawn.is_empty(), "the dashboard lacks {undrawn:?}");
    process.kill().await;
}
