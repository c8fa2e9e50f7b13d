//! Signing in with OpenID Connect, at a real provider: npm's `oidc-provider`.

use std::process::Stdio;

use protocol::{
    http::{Me, SignInWays},
    sessions::Sessions,
};
use reqwest::{Client, Response, header, redirect};
use server::config::settings::{AuthConfig, OidcConfig};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::Child,
};
use url::Url;

use crate::{
    harness::{
        api::client,
        python,
        server::{TestServer, Wanted},
    },
    rights::stage::office,
};

const CALLBACK: &str = "/api/v1/sessions/oidc/callback";

/// The provider, for as long as a test runs.
struct Provider {
    _child: Child,
    config: OidcConfig,
}

impl Provider {
    async fn start(public_url: &str) -> Self {
        let redirect = format!("{public_url}{CALLBACK}");
        let (id, secret) = ("tandem", "a-secret-of-the-test");
        let mut command = python::node_command("oidc.mjs", &[id, secret, &redirect]).await;
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let issuer = lines.next_line().await.unwrap().expect("it says where it is");
        // Whoever ends a pipe of a program that writes ends the program.
        tokio::spawn(async move { while let Ok(Some(_line)) = lines.next_line().await {} });
        let config = OidcConfig {
            issuer,
            client_id: id.to_owned(),
            client_secret: secret.to_owned().into(),
            name: "Example login".to_owned(),
        };
        Self { _child: child, config }
    }
}

/// A browser: it keeps cookies, of both sites, and follows where it is sent.
struct Browser {
    http: Client,
    cookies: Vec<(String, String, String)>,
}

impl Browser {
    fn new() -> Self {
        drop(client());
        let http = Client::builder().redirect(redirect::Policy::none()).build().unwrap();
        Self { http, cookies: Vec::new() }
    }

    async fn go(&mut self, url: &Url, form: Option<&[(&str, &str)]>) -> Response {
        let site = url.authority().to_owned();
        let sent = self.cookies.iter().filter(|(of, ..)| *of == site);
        let cookie: Vec<_> = sent.map(|(_, name, value)| format!("{name}={value}")).collect();
        let request = match form {
            Some(form) => self.http.post(url.clone()).form(form),
            None => self.http.get(url.clone()),
        };
        let answer = request.header(header::COOKIE, cookie.join("; ")).send().await.unwrap();
        for set in answer.headers().get_all(header::SET_COOKIE) {
            let (pair, _rest) = set.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.retain(|(of, it, _)| !(*of == site && it == name));
            if !value.is_empty() {
                self.cookies.push((site.clone(), name.to_owned(), value.to_owned()));
            }
        }
        answer
    }

    /// Goes where an answer sends it.
    async fn follow(&mut self, from: &Url, answer: Response) -> (Url, Response) {
        let place = answer.headers()[header::LOCATION].to_str().unwrap();
        let url = from.join(place).unwrap();
        let answer = self.go(&url, None).await;
        (url, answer)
    }

    /// Signs in at the provider; returns the address that it is sent back to.
    async fn at_provider(&mut self, server: &str, name: &str) -> Url {
        let mut url: Url = format!("{server}/api/v1/sessions/oidc").parse().unwrap();
        let mut answer = self.go(&url, None).await;
        let mut said = 0;
        loop {
            while answer.status().is_redirection() {
                let place = answer.headers()[header::LOCATION].to_str().unwrap().to_owned();
                let next = url.join(&place).unwrap();
                if next.path() == CALLBACK {
                    return next;
                }
                (url, answer) = self.follow(&url, answer).await;
            }
            assert!(answer.status().is_success() && said < 4, "{url}: {}", answer.status());
            let page = answer.text().await.unwrap();
            let prompt = if page.contains("name=\"login\"") { "login" } else { "consent" };
            let form = [("prompt", prompt), ("login", name), ("password", "any")];
            answer = self.go(&url, Some(&form)).await;
            said += 1;
        }
    }

    /// Returns the address in the desk that a sign-in ends at.
    async fn ends_at(&mut self, callback: &Url) -> String {
        let answer = self.go(callback, None).await;
        assert_eq!(answer.status(), 303);
        answer.headers()[header::LOCATION].to_str().unwrap().to_owned()
    }

    async fn me(&self, server: &str) -> Option<Me> {
        let (_, _, token) = self.cookies.iter().find(|(_, name, _)| name == "tandem_session")?;
        let cookie = format!("tandem_session={token}");
        let get = self.http.get(format!("{server}/api/v1/me")).header("cookie", cookie);
        get.send().await.unwrap().json().await.ok()
    }
}

/// Starts a server that knows a provider which knows the server.
async fn start() -> (TestServer, Provider) {
    // The provider has to know the address before there is one: so the server is told another.
    let public_url = "http://desk.example".to_owned();
    let provider = Provider::start(&public_url).await;
    let auth = AuthConfig { idle: None, oidc: Some(provider.config.clone()) };
    let public_url = Some(public_url);
    let server = TestServer::start_with(Wanted { auth, public_url, ..Wanted::default() }).await;
    (server, provider)
}

/// Where that is really.
fn here(server: &TestServer, callback: &Url) -> Url {
    format!("{}{CALLBACK}?{}", server.url(), callback.query().unwrap()).parse().unwrap()
}

#[tokio::test]
async fn whoever_the_provider_knows_by_a_verified_address_is_signed_in() {
    let (server, _provider) = start().await;
    let ways: SignInWays = client()
        .get(format!("{}/api/v1/sessions/ways", server.url()))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(ways.oidc.unwrap().name, "Example login");
    for _twice in 0..2 {
        let mut browser = Browser::new();
        let callback = browser.at_provider(&server.url(), "ann@demo.example").await;
        let callback = here(&server, &callback);
        assert_eq!(browser.ends_at(&callback).await, "/?signed-in=yes");
        let me = browser.me(&server.url()).await.expect("a session");
        assert_eq!(me.agent.name, "ann");
        // A code is good once, and what the browser had is gone.
        assert_eq!(browser.ends_at(&callback).await, "/?sign-in=expired");
    }
    let linked = "select count(*) from identities";
    assert_eq!(server.database.count(linked).await, 1);
    let on_record = "select count(*) from events where kind = 'identity.linked'";
    assert_eq!(server.database.count(on_record).await, 1);
    let ann = server.api("ann").await;
    let sessions: Sessions = ann.get("/api/v1/sessions").await;
    assert_eq!(sessions.sessions.len(), 3);
    server.stop().await;
}

#[tokio::test]
async fn whoever_it_does_not_vouch_for_is_not() {
    let (server, _provider) = start().await;
    for name in ["nobody", "unverified:ann@demo.example", "stranger@demo.example"] {
        let mut browser = Browser::new();
        let callback = browser.at_provider(&server.url(), name).await;
        let ended = browser.ends_at(&here(&server, &callback)).await;
        assert_eq!(ended, "/?sign-in=unknown", "{name}");
        assert!(browser.me(&server.url()).await.is_none());
    }
    // What another browser has begun, what was changed, and what comes too late.
    let mut one = Browser::new();
    let callback = here(&server, &one.at_provider(&server.url(), "ann@demo.example").await);
    assert_eq!(Browser::new().ends_at(&callback).await, "/?sign-in=expired");
    let changed = callback.as_str().replace("state=", "state=x").parse().unwrap();
    assert_eq!(one.ends_at(&changed).await, "/?sign-in=expired");
    let mut late = Browser::new();
    let callback = here(&server, &late.at_provider(&server.url(), "ann@demo.example").await);
    server.advance(std::time::Duration::from_secs(601)).await;
    assert_eq!(late.ends_at(&callback).await, "/?sign-in=expired");
    let mut refused = Browser::new();
    let denied = format!("{}{CALLBACK}?error=access_denied", server.url()).parse().unwrap();
    assert_eq!(refused.ends_at(&denied).await, "/?sign-in=refused");
    assert_eq!(server.database.count("select count(*) from identities").await, 0);
    server.stop().await;
}

#[tokio::test]
async fn without_a_provider_there_is_no_such_way() {
    let (server, admin) = office(0).await;
    let ways: SignInWays = admin.get("/api/v1/sessions/ways").await;
    assert!(ways.password && ways.oidc.is_none());
    assert_eq!(admin.try_get("/api/v1/sessions/oidc").await.status(), 404);
    server.stop().await;
}
