//! A client of the HTTP API, signed in as one agent.

use std::time::Duration;

use protocol::{
    commands::{Command, Outcome},
    errors::ErrorCode,
    http::{
        CommandAnswer, CommandRequest, Me, Problem, SandboxChannels, SandboxMessage, SandboxPhone,
        SandboxSend, SignedIn, ThreadPage, ThreadSnapshot,
    },
    ids::{AgentId, ChannelId, StreamId, ThreadId},
    text::Key,
    views::ThreadView,
};
use serde::de::DeserializeOwned;
use serde_json::json;

use super::{server::PASSWORD, wait::eventually};

/// A customer's number.
pub(crate) const CUSTOMER: &str = "+12025550123";

/// Makes a client that nobody has signed in.
pub(crate) fn client() -> reqwest::Client {
    // Another test of this process may have installed it.
    let _installed = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::new()
}

/// A signed-in client.
#[derive(Clone)]
pub(crate) struct Api {
    pub(crate) url: String,
    pub(crate) token: String,
    pub(crate) me: Me,
    http: reqwest::Client,
}

impl Api {
    /// Signs in as one of the people.
    pub(crate) async fn sign_in(url: &str, name: &str) -> Self {
        Self::sign_in_with(url, name, PASSWORD).await
    }

    /// Signs in with a password.
    pub(crate) async fn sign_in_with(url: &str, name: &str, password: &str) -> Self {
        let http = client();
        let body = json!({ "email": format!("{name}@demo.example"), "password": password });
        let answer = http.post(format!("{url}/api/v1/sessions")).json(&body).send().await.unwrap();
        assert_eq!(answer.status(), 201, "{name} signs in");
        let signed_in: SignedIn = answer.json().await.unwrap();
        let token = signed_in.token.expect("a token");
        let me = http.get(format!("{url}/api/v1/me")).bearer_auth(&token).send().await.unwrap();
        let me: Me = me.json().await.unwrap();
        Self { url: url.to_owned(), token, me, http }
    }

    /// Returns the same session at another node.
    pub(crate) fn at(&self, url: &str) -> Self {
        Self { url: url.to_owned(), ..self.clone() }
    }

    /// Returns a client of the same agent with another token.
    pub(crate) fn with_token(&self, token: &str) -> Self {
        Self { token: token.to_owned(), ..self.clone() }
    }

    /// Returns the agent's id.
    pub(crate) fn id(&self) -> AgentId {
        self.me.agent.id
    }

    /// Returns the stream of the first inbox.
    pub(crate) fn stream(&self) -> StreamId {
        self.me.inboxes[0].id.into()
    }

    /// Reads, and expects it to be there.
    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str) -> T {
        let answer = self.try_get(path).await;
        assert_eq!(answer.status(), 200, "{path}");
        answer.json().await.unwrap()
    }

    /// Reads.
    pub(crate) async fn try_get(&self, path: &str) -> reqwest::Response {
        let request = self.http.get(format!("{}{path}", self.url)).bearer_auth(&self.token);
        request.send().await.unwrap()
    }

    /// Asks for something under `/api/v1`, with or without a body.
    pub(crate) async fn ask(
        &self,
        method: reqwest::Method,
        path: &str,
        body: Option<&serde_json::Value>,
    ) -> reqwest::Response {
        let request = self.http.request(method, format!("{}/api/v1{path}", self.url));
        let mut request = request.bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(body);
        }
        request.send().await.unwrap()
    }

    /// Lists the first inbox's threads.
    pub(crate) async fn list(&self) -> ThreadPage {
        self.get(&format!("/api/v1/inboxes/{}/threads", self.me.inboxes[0].id)).await
    }

    /// Returns a thread and its timeline.
    pub(crate) async fn snapshot(&self, thread: ThreadId) -> ThreadSnapshot {
        self.get(&format!("/api/v1/threads/{thread}")).await
    }

    /// Runs a command.
    pub(crate) async fn command(&self, key: &str, command: Command) -> Result<Outcome, Problem> {
        let request = CommandRequest { key: Key::new(key.to_owned()).unwrap(), command };
        let post = self.http.post(format!("{}/api/v1/commands", self.url));
        let answer = post.bearer_auth(&self.token).json(&request).send().await.unwrap();
        if answer.status() == 200 {
            return Ok(answer.json::<CommandAnswer>().await.unwrap().outcome);
        }
        let kind = answer.headers()["content-type"].to_str().unwrap().to_owned();
        assert_eq!(kind, "application/problem+json");
        Err(problem(answer).await)
    }

    /// Runs a command over whatever node; `None` if nobody knows what came of it.
    pub(crate) async fn try_command(
        &self,
        url: &str,
        key: &str,
        command: Command,
    ) -> Option<Outcome> {
        let request = CommandRequest { key: Key::new(key.to_owned()).unwrap(), command };
        let post = self.http.post(format!("{url}/api/v1/commands")).bearer_auth(&self.token);
        let answer = post.json(&request).timeout(Duration::from_secs(10)).send().await.ok()?;
        if answer.status() != 200 {
            return None;
        }
        Some(answer.json::<CommandAnswer>().await.ok()?.outcome)
    }

    /// Signs out.
    pub(crate) async fn sign_out(&self) {
        let request = self.http.delete(format!("{}/api/v1/sessions/current", self.url));
        assert_eq!(request.bearer_auth(&self.token).send().await.unwrap().status(), 204);
    }

    /// Finds the sandbox channel.
    pub(crate) async fn sandbox(&self) -> ChannelId {
        let found: SandboxChannels = self.get("/sandbox/api/channels").await;
        found.channels[0].id
    }

    /// Sends a text from a phone of the sandbox.
    pub(crate) async fn text(&self, from: &str, text: &str) {
        let id = uuid::Uuid::now_v7().simple().to_string();
        let body = SandboxSend { from: from.to_owned(), text: text.to_owned(), id };
        let channel = self.sandbox().await;
        let url = format!("{}/sandbox/api/channels/{channel}/messages", self.url);
        assert_eq!(self.http.post(url).json(&body).send().await.unwrap().status(), 202);
    }

    /// Types on a phone of the sandbox.
    pub(crate) async fn type_on_phone(&self, from: &str) {
        let channel = self.sandbox().await;
        let url = format!("{}/sandbox/api/channels/{channel}/typing", self.url);
        let body = json!({ "from": from });
        assert_eq!(self.http.post(url).json(&body).send().await.unwrap().status(), 202);
    }

    /// Sends a text over whatever node; `false` if it may not have been taken.
    pub(crate) async fn try_text(&self, url: &str, channel: ChannelId, text: &SandboxSend) -> bool {
        let url = format!("{url}/sandbox/api/channels/{channel}/messages");
        let request = self.http.post(url).json(text).timeout(Duration::from_secs(3));
        request.send().await.is_ok_and(|answer| answer.status() == 202)
    }

    /// Sends a text from a new customer and returns the thread that it began.
    pub(crate) async fn new_thread(&self, from: &str) -> ThreadView {
        self.text(from, "Hello?").await;
        let page = self.list().await;
        let found = page.threads.into_iter().find(|it| it.contact.addresses[0].value == from);
        found.expect("a new thread is listed")
    }

    /// Returns what the business has sent to a phone, once there are `count` such messages.
    pub(crate) async fn phone(&self, number: &str, count: usize) -> Vec<SandboxMessage> {
        let path = format!("/sandbox/api/channels/{}/phones/{number}", self.sandbox().await);
        eventually("the phone has shown it", async || {
            let phone: SandboxPhone = self.get(&path).await;
            let theirs: Vec<_> = phone.messages.into_iter().filter(|it| !it.mine).collect();
            (theirs.len() >= count).then_some(theirs)
        })
        .await
    }
}

/// Reads a refusal, without what is never the same: the request's id.
pub(crate) async fn problem(answer: reqwest::Response) -> Problem {
    let problem: Problem = answer.json().await.expect("a problem");
    assert!(problem.request_id.is_some());
    Problem { request_id: None, ..problem }
}

/// Expects a refusal with this code.
pub(crate) fn refused<T: std::fmt::Debug>(result: Result<T, Problem>, code: ErrorCode) -> Problem {
    let problem = result.expect_err("a refusal");
    assert_eq!(problem.code, code, "{}", problem.detail);
    problem
}
