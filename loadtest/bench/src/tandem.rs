//! Tandem as the bench runs it: a node of the release build, a session, inboxes, threads.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    path::PathBuf,
    process::Command,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use anyhow::{Context, ensure};
use serde_json::{Value, json};

use crate::{fleet::Opening, postgres::Postgres, process::Process};

/// The longest that an HTTP answer may take.
const HTTP_TIMEOUT: Duration = Duration::from_secs(20);

/// Every command of this process has a key of its own.
static KEYS: AtomicU64 = AtomicU64::new(1);

/// How to run Tandem.
#[derive(Debug, Clone)]
pub(crate) struct Tandem {
    /// The executable.
    pub(crate) binary: PathBuf,
    /// Its database.
    pub(crate) database_url: String,
    /// The Redis between nodes, where there is one.
    pub(crate) redis_url: Option<String>,
}

/// A node that runs, with a session.
pub(crate) struct Node {
    /// The process.
    pub(crate) process: Process,
    token: String,
}

/// An inbox that is written into.
#[derive(Debug, Clone)]
pub(crate) struct Inbox {
    /// Its stream.
    pub(crate) stream: String,
    channel: String,
}

impl Tandem {
    /// Starts a node on these cores. The first one on a database also makes the demo, whose logins
    /// it prints; later ones are given those of the first.
    pub(crate) fn start(&self, cores: &str, logins: Option<&Node>) -> anyhow::Result<Node> {
        let binary = self.binary.to_str().context("a path that is text")?;
        let mut environment = vec![
            ("DATABASE_URL", self.database_url.clone()),
            ("TANDEM_DEMO", "on".to_owned()),
            ("TANDEM_CONNECTIONS_MAX", "20000".to_owned()),
            ("TANDEM_FRAMES_PER_SECOND", "100000".to_owned()),
            // Thousands of receivers come at once, and none of them comes back later.
            ("TANDEM_HANDSHAKES_PER_SECOND", "100000".to_owned()),
            // The only other departure from the defaults: not a line for each connection.
            ("TANDEM_LOG_FILTER", "warn".to_owned()),
        ];
        environment.extend(self.redis_url.clone().map(|url| ("REDIS_URL", url)));
        let command = [binary, "--listen", "127.0.0.1:0"];
        let process = Process::start_with(cores, &command, "Tandem is at", &environment)?;
        let token = match logins {
            Some(node) => node.token.clone(),
            None => sign_in(&process)?,
        };
        Ok(Node { process, token })
    }

    /// Checks the hash chains of everything that was written.
    pub(crate) fn verify(&self) -> anyhow::Result<String> {
        let output = Command::new(&self.binary)
            .arg("verify")
            .env("DATABASE_URL", &self.database_url)
            .output()
            .context("cannot start tandem verify")?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        ensure!(output.status.success(), "the hash chain does not hold:\n{text}");
        Ok(text)
    }
}

/// The demo's first login is in what the server prints at its first start.
fn sign_in(process: &Process) -> anyhow::Result<String> {
    let login = process.greeting.lines().find(|line| line.contains('@'));
    let mut words = login.context("no demo login was printed")?.split_whitespace();
    let (email, password) = (words.next(), words.next());
    let body = json!({ "email": email, "password": password });
    let answer = http(process.address, "POST", "/api/v1/sessions", None, Some(&body))?;
    Ok(text(&answer, "token")?.to_owned())
}

impl Node {
    /// Returns where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.process.address
    }

    /// Makes more inboxes, by SQL, because no command makes any yet. Returns all there are, the
    /// demo's first. Connections that are opened from now on may follow them.
    pub(crate) fn inboxes(
        &self,
        postgres: &Postgres,
        url: &str,
        more: usize,
    ) -> anyhow::Result<Vec<Inbox>> {
        if more > 0 {
            postgres.sql(url, &more_inboxes(more))?;
        }
        self.all_inboxes()
    }

    fn all_inboxes(&self) -> anyhow::Result<Vec<Inbox>> {
        let me = http(self.address(), "GET", "/api/v1/me", Some(&self.token), None)?;
        let inboxes = me.get("inboxes").and_then(Value::as_array).context("no inboxes")?;
        let mut found = Vec::new();
        for inbox in inboxes {
            let id = text(inbox, "id")?;
            let channel = inbox.pointer("/channels/0/id").and_then(Value::as_str);
            let channel = channel.context("an inbox without a channel")?.to_owned();
            let name = text(inbox, "name")?;
            let inbox = Inbox { stream: id.replacen("ibx_", "str_", 1), channel };
            found.push((name.starts_with("More"), name, inbox));
        }
        found.sort_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)));
        Ok(found.into_iter().map(|(_more, _name, inbox)| inbox).collect())
    }

    /// Returns the demo's inbox.
    pub(crate) fn first_inbox(&self) -> anyhow::Result<Inbox> {
        self.all_inboxes()?.into_iter().next().context("the demo has an inbox")
    }

    /// Has so many customers write for the first time; returns their threads.
    pub(crate) fn threads(&self, inbox: &Inbox, count: usize) -> anyhow::Result<Vec<String>> {
        (0..count).map(|customer| self.thread(inbox, customer)).collect()
    }

    fn thread(&self, inbox: &Inbox, customer: usize) -> anyhow::Result<String> {
        let from = format!("+1202{:07}", 5_550_000 + customer);
        let body = json!({ "from": from, "text": "Where is my order?", "id": "1" });
        let path = format!("/sandbox/api/channels/{}/messages", inbox.channel);
        http(self.address(), "POST", &path, None, Some(&body))?;
        let id = inbox.stream.replacen("str_", "ibx_", 1);
        let path = format!("/api/v1/inboxes/{id}/threads?limit=1");
        let list = http(self.address(), "GET", &path, Some(&self.token), None)?;
        let thread = list.pointer("/threads/0").context("the customer's thread is not there")?;
        Ok(text(thread, "id")?.to_owned())
    }

    /// Returns the cursor of an inbox's stream as it is now, and its place.
    pub(crate) fn cursor(&self, inbox: &Inbox) -> anyhow::Result<(String, u64)> {
        let id = inbox.stream.replacen("str_", "ibx_", 1);
        let path = format!("/api/v1/inboxes/{id}/threads?limit=1");
        let list = http(self.address(), "GET", &path, Some(&self.token), None)?;
        let seq = list.get("seq").and_then(Value::as_u64).context("no seq")?;
        Ok((text(&list, "cursor")?.to_owned(), seq))
    }

    /// Returns how a signed-in connection that follows these streams is opened.
    pub(crate) fn opening(&self, streams: &[&Inbox]) -> Opening {
        let hello = json!({ "type": "hello", "id": 0, "token": self.token });
        let mut steps = vec![(Some(hello.to_string()), "\"welcome\"")];
        for inbox in streams {
            let subscribe = json!({ "type": "subscribe", "id": 1, "stream": inbox.stream });
            steps.push((Some(subscribe.to_string()), "\"subscribed\""));
        }
        Opening { path: "/ws", subprotocol: Some("tandem.v1"), steps }
    }

    /// Returns how a connection that has not said `hello` is opened.
    pub(crate) fn silent() -> Opening {
        Opening { path: "/ws", subprotocol: Some("tandem.v1"), steps: Vec::new() }
    }

    /// Returns the `hello` that goes on from a cursor.
    pub(crate) fn resuming(&self, inbox: &Inbox, cursor: &str) -> String {
        let cursors = json!({ inbox.stream.clone(): cursor });
        json!({ "type": "hello", "id": 0, "token": self.token, "cursors": cursors }).to_string()
    }
}

/// Returns the frame that adds a note to a thread: a durable command like any other.
pub(crate) fn note(id: usize, thread: &str, text: &str) -> String {
    let key = KEYS.fetch_add(1, Ordering::Relaxed);
    format!(
        r#"{{"type":"command","id":{id},"key":"b-{key}","command":{{"kind":"note.add","thread_id":"{thread}","text":"{text}"}}}}"#
    )
}

/// Returns the frame that replies to a thread in the state that was seen.
pub(crate) fn reply(thread: &str, seen_reply: u64) -> String {
    let key = KEYS.fetch_add(1, Ordering::Relaxed);
    format!(
        r#"{{"type":"command","id":1,"key":"b-{key}","command":{{"kind":"reply.send","thread_id":"{thread}","text":"It left today, and is with you before the weekend.","seen_reply":{seen_reply}}}}}"#
    )
}

fn text<'a>(value: &'a Value, field: &str) -> anyhow::Result<&'a str> {
    value.get(field).and_then(Value::as_str).with_context(|| format!("no `{field}` in {value}"))
}

/// Asks, on a connection of its own.
fn http(
    address: SocketAddr,
    method: &str,
    path: &str,
    token: Option<&str>,
    body: Option<&Value>,
) -> anyhow::Result<Value> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(HTTP_TIMEOUT))?;
    let body = body.map(Value::to_string).unwrap_or_default();
    let token = token.map(|it| format!("Authorization: Bearer {it}\r\n")).unwrap_or_default();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{token}\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").context("no answer")?;
    ensure!(head.starts_with("HTTP/1.1 20"), "{method} {path}: {answer}");
    if body.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_str(body).with_context(|| format!("{method} {path}: {body}"))
}

/// Makes inboxes with a sandbox channel each, and everybody a member.
fn more_inboxes(count: usize) -> String {
    format!(
        r"
do $$
declare
    inbox uuid;
begin
    for n in 1..{count} loop
        inbox := gen_random_uuid();
        perform create_stream(inbox);
        insert into inboxes (id, name, mode, created_at)
            values (inbox, 'More ' || to_char(n, 'FM0000'), 'team', tandem_now());
        insert into channels (id, inbox_id, kind, provider, address, created_at)
            values (gen_random_uuid(), inbox, 'sandbox', 'sandbox', '+1303' || 5550000 + n,
                tandem_now());
        insert into inbox_members (inbox_id, agent_id, scope)
            select inbox, id, 'all' from agents;
    end loop;
end
$$;
"
    )
}
