//! `tandem user`, `token` and `role`, beside a server that runs.

use protocol::views::Role;

use crate::harness::{
    api::{Api, CUSTOMER},
    server::TestServer,
    socket::Socket,
};

/// Runs the executable on a server's database; returns what it printed, or its refusal.
async fn tandem(server: &TestServer, args: &[&str]) -> Result<String, String> {
    let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_tandem"));
    let ours = |name: &str| name.starts_with("TANDEM_") || name.ends_with("_URL");
    for (name, _) in std::env::vars_os().filter(|(name, _)| ours(&name.to_string_lossy())) {
        command.env_remove(name);
    }
    command.args(args).env("DATABASE_URL", server.database.plain_url());
    let output = command.output().await.expect("it runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
}

#[tokio::test]
async fn people_come_and_go_while_it_runs() {
    let server = TestServer::start().await;
    let added = ["user", "add", "Zoe@demo.example", "--name", "Zoe", "--role", "supervisor"];
    let said = tandem(&server, &added).await.unwrap();
    let (email, password) = said.trim().split_once("  ").unwrap();
    assert_eq!(email, "zoe@demo.example");
    let zoe = Api::sign_in_with(&server.url(), "zoe", password).await;
    assert_eq!(zoe.me.agent.role, Role::Supervisor);
    assert!(zoe.me.inboxes.is_empty());
    let give = ["role", "give", "zoe@demo.example", "Front desk", "agent", "--scope", "assigned"];
    tandem(&server, &give).await.unwrap();
    let mut desk = Socket::open(&server.url(), &zoe.token).await;
    let zoe_now = Api::sign_in_with(&server.url(), "zoe", password).await;
    assert_eq!(zoe_now.me.inboxes.len(), 1);
    let said = tandem(&server, &["user", "password", "zoe@demo.example"]).await.unwrap();
    let (_, password) = said.trim().split_once("  ").unwrap();
    let code = desk.closed().await.code;
    assert!(code == 4003 || code == 4501, "{code}: other rights, or no session any more");
    let zoe = Api::sign_in_with(&server.url(), "zoe", password).await;
    tandem(&server, &["user", "change", "zoe@demo.example", "--disable"]).await.unwrap();
    assert_eq!(zoe.try_get("/api/v1/me").await.status(), 401);
    let list = tandem(&server, &["user", "list"]).await.unwrap();
    let line = list.lines().find(|it| it.starts_with("zoe@demo.example")).unwrap();
    assert!(line.contains("supervisor") && line.ends_with("(may not sign in)"), "{line}");
    server.stop().await;
}

#[tokio::test]
async fn tokens_are_made_and_revoked_while_it_runs() {
    let server = TestServer::start().await;
    let ann = server.api("ann").await;
    let thread = ann.new_thread(CUSTOMER).await.id;
    let create =
        ["token", "create", "ann@demo.example", "--name", "Till", "--scope", "threads.read"];
    let token = tandem(&server, &create).await.unwrap();
    let till = ann.with_token(token.trim());
    assert_eq!(till.snapshot(thread).await.thread.id, thread);
    let list = tandem(&server, &["token", "list"]).await.unwrap();
    assert!(list.contains("ann@demo.example") && list.contains("Till: threads.read"), "{list}");
    let mut socket = Socket::open(&server.url(), &till.token).await;
    let id = list.split_whitespace().next().unwrap();
    tandem(&server, &["token", "revoke", id]).await.unwrap();
    assert_eq!(socket.closed().await.code, 4501);
    assert_eq!(till.try_get("/api/v1/me").await.status(), 401);
    server.stop().await;
}

#[tokio::test]
async fn what_cannot_be_done_is_one_line() {
    let server = TestServer::start().await;
    let refused = async |args: &[&str]| {
        let said = tandem(&server, args).await.unwrap_err();
        assert_eq!(said.lines().count(), 1, "{said}");
        said
    };
    let nobody = refused(&["user", "password", "nobody@demo.example"]).await;
    assert!(nobody.contains("nobody has the address nobody@demo.example"), "{nobody}");
    let role = refused(&["user", "add", "x@demo.example", "--name", "X", "--role", "king"]).await;
    assert!(role.contains("--role") && role.contains("supervisor"), "{role}");
    let taken = refused(&["user", "add", "ann@demo.example", "--name", "Ann"]).await;
    assert!(taken.contains("somebody has this address already"), "{taken}");
    let scope = ["token", "create", "ann@demo.example", "--name", "T", "--scope", "agents.manage"];
    let scope = refused(&scope).await;
    assert!(scope.contains("agents.manage"), "{scope}");
    let inbox = refused(&["role", "give", "ann@demo.example", "Nowhere", "agent"]).await;
    assert!(inbox.contains("there is no inbox \"Nowhere\""), "{inbox}");
    let roles = tandem(&server, &["role", "list"]).await.unwrap();
    assert!(roles.starts_with("agent (built in): threads.read"), "{roles}");
    server.stop().await;
}
