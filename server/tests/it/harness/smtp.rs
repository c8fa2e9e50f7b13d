//! A mail server of the test's own.

use std::process::Stdio;

use serde_json::{Value, json};
use server::config::settings::MailConfig;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout},
    time::timeout,
};

use super::{python, wait::PATIENCE};

/// A mail server that runs; dropping it ends it.
pub(crate) struct Smtp {
    _child: Child,
    stdin: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
    address: String,
}

/// A mail that was taken.
#[derive(Debug)]
pub(crate) struct Taken {
    pub(crate) from: String,
    pub(crate) to: Vec<String>,
    /// Its headers and its text, as they came, with soft line breaks undone.
    pub(crate) text: String,
}

impl Smtp {
    /// Starts it.
    pub(crate) async fn start() -> Self {
        let mut command = python::command_with("requirements-smtp.txt", "smtp_server.py").await;
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("Python starts");
        let stdin = child.stdin.take().expect("a piped stdin");
        let mut lines = BufReader::new(child.stdout.take().expect("a piped stdout")).lines();
        let says = answer(&mut lines).await;
        let address = says["address"].as_str().expect("an address").to_owned();
        Self { _child: child, stdin, lines, address }
    }

    /// Returns what a server needs to send by it.
    pub(crate) fn config(&self) -> MailConfig {
        MailConfig {
            url: format!("smtp://tandem:correct%20horse@{}", self.address).into(),
            from: "Tandem <tandem@example.com>".parse().expect("an address"),
        }
    }

    /// Returns what it has taken so far.
    pub(crate) async fn mails(&mut self) -> Vec<Taken> {
        let found = self.ask(&json!(["mails"])).await;
        let read = |it: &Value| Taken {
            from: it["from"].as_str().expect("a sender").to_owned(),
            to: serde_json::from_value(it["to"].clone()).expect("receivers"),
            text: it["text"].as_str().expect("a text").replace("=\r\n", "").replace("=3D", "="),
        };
        found.as_array().expect("a list").iter().map(read).collect()
    }

    /// Answers the next mails with a status instead.
    pub(crate) async fn refuse(&mut self, status: u16, times: usize) {
        self.ask(&json!(["refuse", status, times])).await;
    }

    /// Returns how often it has refused one.
    pub(crate) async fn refused(&mut self) -> u64 {
        self.ask(&json!(["refused"])).await.as_u64().expect("a number")
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
