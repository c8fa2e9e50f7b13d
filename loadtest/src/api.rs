//! The HTTP side of a client: signing in and out, what may be seen, and the customer's phone.

use std::time::Duration;

use anyhow::{Context, bail};
use protocol::{
    frames::Cursor,
    http::{Me, Problem, SandboxSend, SignIn, SignedIn},
    ids::{ChannelId, InboxId},
    views::AgentView,
};
use reqwest::{Client, RequestBuilder, Response, redirect};

use crate::target::Target;

/// A signed-in client.
pub(crate) struct Api {
    http: Client,
    base: String,
    /// What `hello` says.
    pub(crate) token: String,
    /// Who it is.
    pub(crate) agent: AgentView,
}

/// The place of an inbox's stream.
pub(crate) struct Place {
    pub(crate) seq: u64,
    pub(crate) cursor: Cursor,
}

/// A page of a thread's timeline: the places and kinds alone.
#[derive(serde::Deserialize)]
pub(crate) struct Told {
    pub(crate) events: Vec<ToldEvent>,
    pub(crate) next: Option<u64>,
}

/// See [`Told::events`].
#[derive(serde::Deserialize)]
pub(crate) struct ToldEvent {
    pub(crate) seq: u64,
    pub(crate) kind: String,
}

/// Makes an HTTP client.
pub(crate) fn client(timeout: Duration) -> anyhow::Result<Client> {
    // Fails only where it was installed before, which is as good.
    let _installed = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .timeout(timeout)
        .redirect(redirect::Policy::none())
        // A proxy would be measured, too.
        .no_proxy()
        .tcp_nodelay(true)
        .build()
        .context("the HTTP client cannot be built")
}

impl Api {
    /// Signs in.
    pub(crate) async fn sign_in(
        target: &Target,
        (email, password): (&str, &str),
        timeout: Duration,
    ) -> anyhow::Result<Self> {
        let http = client(timeout)?;
        let base = target.http.clone();
        let sign_in =
            SignIn { email: email.to_owned(), password: password.to_owned(), transport: None };
        let request = http.post(format!("{base}/api/v1/sessions")).json(&sign_in);
        let signed_in: SignedIn = send(request)
            .await
            .context("cannot sign in")?
            .json()
            .await
            .context("cannot sign in")?;
        let token = signed_in.token.context("the sign-in gave no token")?;
        Ok(Self { http, base, token, agent: signed_in.agent })
    }

    /// Asks who this is and what it may see.
    pub(crate) async fn me(&self) -> anyhow::Result<Me> {
        let request = self.http.get(format!("{}/api/v1/me", self.base)).bearer_auth(&self.token);
        send(request).await?.json().await.context("the answer about the inboxes cannot be read")
    }

    /// Asks where an inbox's stream is.
    pub(crate) async fn place(&self, inbox: InboxId) -> anyhow::Result<Place> {
        #[derive(serde::Deserialize)]
        struct Page {
            seq: u64,
            cursor: Cursor,
        }
        let address = format!("{}/api/v1/inboxes/{inbox}/threads?limit=1", self.base);
        let page: Page =
            send(self.http.get(address).bearer_auth(&self.token)).await?.json().await?;
        Ok(Place { seq: page.seq, cursor: page.cursor })
    }

    /// Asks for a page of a thread's timeline: the newest, or what is before a place.
    pub(crate) async fn timeline(&self, thread: &str, before: Option<u64>) -> anyhow::Result<Told> {
        let before = before.map(|it| format!("&before={it}")).unwrap_or_default();
        let address = format!("{}/api/v1/threads/{thread}/timeline?limit=200{before}", self.base);
        Ok(send(self.http.get(address).bearer_auth(&self.token)).await?.json().await?)
    }

    /// Lets a customer's phone send a text.
    pub(crate) async fn post_text(
        &self,
        channel: ChannelId,
        message: &SandboxSend,
    ) -> anyhow::Result<()> {
        let address = format!("{}/sandbox/api/channels/{channel}/messages", self.base);
        send(self.http.post(address).json(message)).await.context("the phone cannot send")?;
        Ok(())
    }

    /// Ends the session.
    pub(crate) async fn sign_out(&self) -> anyhow::Result<()> {
        let address = format!("{}/api/v1/sessions/current", self.base);
        let request = self.http.delete(address).bearer_auth(&self.token);
        send(request).await.context("cannot sign out")?;
        Ok(())
    }
}

async fn send(request: RequestBuilder) -> anyhow::Result<Response> {
    let response = request.send().await.map_err(reqwest::Error::without_url)?;
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    match response.json::<Problem>().await {
        Ok(problem) => bail!("{}: {}", status.as_u16(), problem.detail),
        Err(_no_problem) => bail!("the server answered {status}"),
    }
}
