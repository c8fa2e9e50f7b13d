//! An S3 of the test's own that checks every signature, behind a line that can be made bad.

use std::{process::Stdio, time::Duration};

use serde_json::{Value, json};
use server::config::settings::BucketConfig;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout},
    time::timeout,
};

use super::{
    proxy::{Proxy, Upstream},
    python,
    wait::PATIENCE,
};

/// An S3 that runs; dropping it ends it.
pub(crate) struct S3 {
    _child: Child,
    stdin: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
    says: Value,
    /// How servers reach it.
    pub(crate) line: Proxy,
}

/// An object in the bucket.
#[derive(Debug)]
pub(crate) struct Object {
    pub(crate) name: String,
    pub(crate) bytes: u64,
    /// Whether it came in more than one piece.
    pub(crate) in_parts: bool,
}

impl S3 {
    /// Starts it.
    pub(crate) async fn start() -> Self {
        let mut command = python::command_with("requirements-s3.txt", "s3_server.py").await;
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("Python starts");
        let stdin = child.stdin.take().expect("a piped stdin");
        let mut lines = BufReader::new(child.stdout.take().expect("a piped stdout")).lines();
        let says = answer(&mut lines).await;
        let address = says["address"].as_str().and_then(|it| it.parse().ok());
        let line = Proxy::start(Upstream::Tcp(address.expect("an address"))).await;
        Self { _child: child, stdin, lines, says, line }
    }

    /// Returns its bucket for a server.
    pub(crate) fn bucket(&self) -> BucketConfig {
        BucketConfig {
            name: self.word("bucket"),
            region: self.word("region"),
            endpoint: Some(format!("http://{}", self.line.address())),
            prefix: None,
            access_key_id: self.word("id").into(),
            secret_access_key: self.word("key").into(),
            patience: Duration::from_secs(2),
        }
    }

    /// Returns a word of what it said of itself: `id`, `key`, `bucket` or `region`.
    pub(crate) fn word(&self, name: &str) -> String {
        self.says[name].as_str().expect(name).to_owned()
    }

    /// Returns what is in the bucket.
    pub(crate) async fn objects(&mut self) -> Vec<Object> {
        let found = self.ask(&json!(["objects"])).await;
        let read = |it: &Value| Object {
            name: it[0].as_str().expect("a name").to_owned(),
            bytes: it[1].as_u64().expect("a size"),
            in_parts: it[2].as_str().expect("an ETag").contains('-'),
        };
        found.as_array().expect("a list").iter().map(read).collect()
    }

    /// Returns how many files were begun and are neither finished nor taken back.
    pub(crate) async fn unfinished(&mut self) -> u64 {
        self.ask(&json!(["unfinished"])).await.as_u64().expect("a number")
    }

    /// Puts something into the bucket that no server has put there.
    pub(crate) async fn put(&mut self, name: &str) {
        self.ask(&json!(["put", name])).await;
    }

    async fn ask(&mut self, what: &Value) -> Value {
        self.stdin.write_all(format!("{what}\n").as_bytes()).await.expect("it listens");
        answer(&mut self.lines).await
    }
}

async fn answer(lines: &mut Lines<BufReader<ChildStdout>>) -> Value {
    let line = timeout(PATIENCE, lines.next_line()).await.expect("it answers in time");
    serde_json::from_str(&line.expect("its stdout").expect("it runs")).expect("JSON")
}
