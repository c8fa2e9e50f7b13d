//! What left the house: every text that a provider's fake of this process was sent, and every text that a
//! phone of the sandbox shows. When a test is done with its database, no note and no unsent draft of it may
//! be among them. `scripts/test-rust` sees at the end that no database was left out.

use std::{
    collections::{BTreeSet, HashMap},
    net::SocketAddr,
    sync::{Arc, LazyLock},
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::Request,
    middleware::{Next, from_fn},
    response::Response,
};
use parking_lot::Mutex;
use serde_json::Value;
use server::domain::draft::document;
use sqlx::{Connection, PgConnection};

/// What one fake was sent.
type Sent = Arc<Mutex<Vec<String>>>;

/// By where the fake listens.
static FAKES: LazyLock<Mutex<HashMap<SocketAddr, Sent>>> = LazyLock::new(Mutex::default);

/// The fakes that the servers of a database were told of, by its name.
static USED: LazyLock<Mutex<HashMap<String, Vec<Sent>>>> = LazyLock::new(Mutex::default);

/// A text that is shorter has to be all that was sent; a longer one may be a part of it.
const PART_CHARS_MIN: usize = 8;

/// Keeps what is sent to a fake.
pub(super) fn kept(addr: SocketAddr, router: Router) -> Router {
    let sent = Sent::default();
    FAKES.lock().insert(addr, Arc::clone(&sent));
    router.layer(from_fn(move |request, next| keep(Arc::clone(&sent), request, next)))
}

async fn keep(sent: Sent, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let mut texts = vec![parts.uri.to_string()];
    match serde_json::from_slice(&bytes) {
        Ok(json) => strings(&json, &mut texts),
        Err(_form) => texts.extend(form_urlencoded::parse(&bytes).map(|(_name, it)| it.into())),
    }
    sent.lock().append(&mut texts);
    next.run(Request::from_parts(parts, Body::from(bytes))).await
}

fn strings(json: &Value, out: &mut Vec<String>) {
    match json {
        Value::String(text) => out.push(text.clone()),
        Value::Array(all) => all.iter().for_each(|it| strings(it, out)),
        Value::Object(all) => all.values().for_each(|it| strings(it, out)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Learns from a server's settings which fakes it sends to, and on which database it is.
pub(super) fn learn(settings: &[&str]) {
    let Some(name) = settings.iter().find_map(|it| database_name(it)) else { return };
    let fakes = FAKES.lock();
    let addresses = settings.iter().filter_map(|it| it.strip_prefix("http://")?.parse().ok());
    let sent = addresses.filter_map(|addr: SocketAddr| fakes.get(&addr)).cloned();
    USED.lock().entry(name).or_default().extend(sent);
}

/// Finds the name of a test's database in its address.
fn database_name(url: &str) -> Option<String> {
    let name = url.get(url.find("test_")?..)?;
    let end = name.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(name.len());
    name.get(..end).map(str::to_owned)
}

/// What was compared.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Compared {
    /// Texts of notes, as they were and as they are.
    pub(crate) notes: usize,
    /// Texts of drafts that were not sent, and what was said of them.
    pub(crate) drafts: usize,
    /// Texts that left the house.
    pub(crate) sent: Vec<String>,
    /// Those of notes and drafts that left with them.
    pub(crate) leaks: Vec<String>,
}

/// Compares what a database keeps inside with what left; `None` where it cannot be reached any more.
pub(crate) async fn compare(url: &str) -> Option<Compared> {
    let mut db = PgConnection::connect(url).await.ok()?;
    let notes = texts(
        &mut db,
        "select c.bytes from notes n join contents c on c.id = n.content_id union
        select c.bytes from events e join contents c on c.id = e.content_id where e.kind like 'note.%'",
    )
    .await?;
    let mut drafts = texts(
        &mut db,
        "select c.bytes from events e join contents c on c.id = e.content_id where e.kind like 'draft.%'",
    )
    .await?;
    drafts.extend(unsent(&mut db).await?);
    // What was said to customers is no secret: a draft that was sent, a note that says the same.
    let said = texts(
        &mut db,
        "select c.bytes from messages m join contents c on c.id = m.content_id \
            where m.direction = 'out'",
    )
    .await?;
    let mut sent = sqlx::query_scalar("select text from sandbox_messages where not mine")
        .fetch_all(&mut db)
        .await
        .ok()?;
    let accounts: Vec<String> =
        sqlx::query_scalar("select settings::text from accounts").fetch_all(&mut db).await.ok()?;
    let name = database_name(url)?;
    for account in accounts {
        let mut settings = vec![name.clone()];
        strings(&serde_json::from_str(&account).unwrap_or_default(), &mut settings);
        learn(&settings.iter().map(String::as_str).collect::<Vec<_>>());
    }
    let used = USED.lock().get(&name).cloned().unwrap_or_default();
    for fake in used {
        sent.extend(fake.lock().iter().cloned());
    }
    let leaks = leaks(&notes.union(&drafts).cloned().collect(), &said, &sent);
    let it = Compared { notes: notes.len(), drafts: drafts.len(), sent, leaks };
    // For `scripts/test-rust`, which adds them up.
    let keep = format!(
        "create table if not exists nothing_left (notes int, drafts int, sent int);
        insert into nothing_left values ({}, {}, {})",
        it.notes,
        it.drafts,
        it.sent.len()
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(keep)).execute(&mut db).await.ok()?;
    Some(it)
}

/// Returns what was to stay inside, was said to nobody, and was sent, in order.
pub(crate) fn leaks(
    inside: &BTreeSet<String>,
    said: &BTreeSet<String>,
    sent: &[String],
) -> Vec<String> {
    let left = |inside: &&String| {
        let short = inside.chars().count() < PART_CHARS_MIN;
        sent.iter().any(|it| it == *inside || (!short && it.contains(inside.as_str())))
    };
    let secret = inside.iter().filter(|it| !it.trim().is_empty() && !said.contains(*it));
    secret.filter(left).cloned().collect()
}

async fn texts(db: &mut PgConnection, sql: &'static str) -> Option<BTreeSet<String>> {
    let rows: Vec<Option<Vec<u8>>> = sqlx::query_scalar(sql).fetch_all(db).await.ok()?;
    let text = |bytes| String::from_utf8(bytes).ok();
    Some(rows.into_iter().flatten().filter_map(text).collect())
}

/// Reads the drafts that nobody has sent.
async fn unsent(db: &mut PgConnection) -> Option<Vec<String>> {
    let sql = "select array_agg(u.bytes order by u.n) from drafts d \
        join draft_updates u on u.thread_id = d.thread_id and u.epoch = d.epoch group by d.thread_id";
    let documents: Vec<Vec<Vec<u8>>> = sqlx::query_scalar(sql).fetch_all(db).await.ok()?;
    let text = |updates: Vec<Vec<u8>>| document::read(&updates).ok().map(|it| it.text);
    Some(documents.into_iter().filter_map(text).filter(|it| !it.trim().is_empty()).collect())
}

/// Does it when a test is done: the test waits, and fails where something left.
pub(super) fn check(url: &str) {
    if std::thread::panicking() {
        return;
    }
    let url = url.to_owned();
    // The test's runtime is not to be waited for from within.
    let checking = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(compare(&url))
    });
    if let Some(it) = checking.join().expect("the check ends") {
        assert!(it.leaks.is_empty(), "notes or drafts left the house: {:?}", it.leaks);
    }
}
